"""What the worker asks of the carrier, and Twilio's REST API as one that answers."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.util import Retry

from ivr.worker.trouble import Trouble, of_connection, of_status

CONNECT_AND_READ_SECONDS = (5.0, 15.0)
MOST_MEDIA_BYTES = 80_000_000  # an hour and more of 16-bit sound at 8 kHz
MOST_REDIRECTS = 3
MOST_CALLS = 1000
TRIES = 4
DELETE_TOO_EARLY = 20009  # https://www.twilio.com/docs/api/errors/20009
TRY_LATER_STATUSES = (429, 500, 502, 503, 504)  # 429: not processed, safe to repeat
SOFTPHONE_NAME = "hotline_"  # how the names of our softphones begin; then random
OWN_SOFTPHONE = f"client:{SOFTPHONE_NAME}"
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
NO_SOUND = frozenset({"absent", "failed"})  # statuses of recordings that never get any


class CarrierFailed(Exception):
    """The carrier did not answer as it should; trying again may help. Carries no identifier."""

    def __init__(self, why: str = "", trouble: Trouble = Trouble.ODD) -> None:
        super().__init__(why)
        self.trouble = trouble


class NotYet(Exception):
    """The carrier will do this later, not now; trying again helps."""


@dataclass(frozen=True)
class Listed:
    """One recording as the carrier describes it."""

    sid: str
    status: str  # in-progress | paused | stopped | processing | completed | absent | failed | deleted
    started: int | None  # seconds since the epoch
    seconds: float
    encryption: str  # EncryptionDetails as JSON, or ``


@dataclass(frozen=True)
class FinishedCall:
    """One call that is over, as the carrier lists it."""

    sid: str
    line: str  # our own number: the one that was rung, or that we rang from; the caller's is not looked at
    is_ours: bool = False  # a softphone's leg, or one that the line began


class Carrier(Protocol):
    """What the worker asks of the carrier. Everything may be asked twice."""

    def recordings_of(self, call_sid: str) -> tuple[Listed, ...]:
        """Return the recordings of a call that are not deleted."""
        ...

    def recording(self, sid: str) -> Listed | None:
        """Describe one recording, or None when there is none (any more)."""
        ...

    def sound(self, sid: str) -> bytes | None:
        """Fetch a recording as it is kept there, or None when it is not ready or gone."""
        ...

    def delete_recording(self, sid: str) -> None:
        """Delete a recording; one that is gone is well. Raises `NotYet`."""
        ...

    def call_status(self, call_sid: str) -> str | None:
        """Return a call's status, or None when the carrier knows no such call (any more)."""
        ...

    def finished_calls(self, *, before: int) -> tuple[FinishedCall, ...]:
        """Return calls that ended before a time (seconds since the epoch), the newest thousand."""
        ...

    def child_calls(self, call_sid: str) -> tuple[str, ...]:
        """Return the SIDs of the legs that a call has started."""
        ...

    def delete_call(self, call_sid: str) -> None:
        """Delete a call; one that is gone is well. Raises `NotYet` while it is not over (error 20009)."""
        ...


class TwilioCarrier:
    """Twilio's REST API (version 2010-04-01), by the official client. Safe for several threads."""

    def __init__(self, *, account_sid: str, api_key: str, api_secret: str, base: str) -> None:
        self._http = HttpClient(base)
        self._client = Client(api_key, api_secret, account_sid=account_sid, http_client=self._http)
        self._media = f"{base}/2010-04-01/Accounts/{account_sid}/Recordings"
        self._auth = (api_key, api_secret)

    def recordings_of(self, call_sid: str) -> tuple[Listed, ...]:
        sid = checked(call_sid, "CA")
        found = _asked(lambda: self._client.recordings.list(call_sid=sid, limit=1000))
        return tuple(listed for listed in map(_listed, found or ()) if listed.status != "deleted")

    def recording(self, sid: str) -> Listed | None:
        context = self._client.recordings(checked(sid, "RE"))
        found = _asked(context.fetch)
        if found is None:
            return None
        listed = _listed(found)
        return None if listed.status == "deleted" else listed

    def sound(self, sid: str) -> bytes | None:
        address = f"{self._media}/{checked(sid, 'RE')}.wav"
        try:
            return self._http.fetch(address, self._auth)
        except requests.RequestException as failure:
            raise CarrierFailed(type(failure).__name__, of_connection(failure)) from None

    def delete_recording(self, sid: str) -> None:
        _asked(self._client.recordings(checked(sid, "RE")).delete)

    def call_status(self, call_sid: str) -> str | None:
        call = _asked(self._client.calls(checked(call_sid, "CA")).fetch)
        return str(call.status) if call is not None else None

    def finished_calls(self, *, before: int) -> tuple[FinishedCall, ...]:
        found = _asked(lambda: self._client.calls.list(limit=MOST_CALLS))
        over = (call for call in found or () if str(call.status) in OVER and _ended_before(call, before))
        return tuple(told for call in over if (told := _finished(call)) is not None)

    def child_calls(self, call_sid: str) -> tuple[str, ...]:
        sid = checked(call_sid, "CA")
        found = _asked(lambda: self._client.calls.list(parent_call_sid=sid, limit=1000))
        return tuple(str(call.sid) for call in found or ())

    def delete_call(self, call_sid: str) -> None:
        _asked(self._client.calls(checked(call_sid, "CA")).delete)


def checked(sid: str, prefix: str) -> str:
    """Return a SID that looks like one; whatever else stood in a callback never becomes part of an address."""
    if not re.fullmatch(prefix + r"[0-9a-f]{32}", sid):
        raise CarrierFailed(f"an identifier is not {prefix} and 32 hex characters")
    return sid


class HttpClient(TwilioHttpClient):
    """Twilio's own client, sent to the configured address, patient with 429, and silent: its log would hold SIDs."""

    def __init__(
        self, base: str, *, seconds: tuple[float, float] = CONNECT_AND_READ_SECONDS, tries: int = TRIES
    ) -> None:
        """`seconds`: to connect and to be answered, for each of the `tries`."""
        silent = logging.getLogger("hotline.worker.silent")
        silent.disabled = True
        super().__init__(timeout=sum(seconds), logger=silent)
        self._base = base
        retry = Retry(
            total=tries - 1,
            status_forcelist=TRY_LATER_STATUSES,
            allowed_methods=None,  # everything asked for here may be asked twice, DELETE included
            backoff_factor=0.3,
            redirect=0,
            raise_on_status=False,
        )
        self._requests = requests.Session()
        self._requests.trust_env = False  # no proxy, .netrc or other credential from the environment
        for scheme in ("https://", "http://"):
            self._requests.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=8))
        self.session = self._requests

    def request(  # type: ignore[override]  # the library's own two classes name this argument differently
        self, method: str, url: str, *arguments: Any, **named: Any
    ) -> Response:
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return super().request(method, f"{self._base}{parts.path}{query}", *arguments, **named)

    def fetch(self, address: str, auth: tuple[str, str]) -> bytes | None:
        """Fetch sound. Redirects are followed without credentials, and never from https to http."""
        credentials: tuple[str, str] | None = auth
        for _ in range(MOST_REDIRECTS + 1):
            asked = self._requests.get(
                address, auth=credentials, timeout=CONNECT_AND_READ_SECONDS, allow_redirects=False, stream=True
            )
            with asked as answer:
                if answer.status_code == 404:
                    return None
                if answer.status_code == 200:
                    return _whole(answer)
                if not answer.is_redirect:
                    raise CarrierFailed(f"status {answer.status_code} for sound", of_status(answer.status_code))
                onward = urljoin(address, answer.headers["Location"])
            if urlsplit(address).scheme == "https" and urlsplit(onward).scheme != "https":
                raise CarrierFailed("sound is redirected to an address that is not https")
            if urlsplit(onward).netloc != urlsplit(address).netloc:
                credentials = None
            address = onward
        raise CarrierFailed("too many redirects for sound")


def _whole(answer: requests.Response) -> bytes:
    parts, size = [], 0
    for part in answer.iter_content(65_536):
        size += len(part)
        if size > MOST_MEDIA_BYTES:
            raise CarrierFailed("a recording is larger than any that was asked for")
        parts.append(part)
    length = answer.headers.get("Content-Length")
    if length is not None and "Content-Encoding" not in answer.headers and int(length) != size:
        raise CarrierFailed("a recording broke off on its way")
    return b"".join(parts)


T = TypeVar("T")


def _asked(ask: Callable[[], T]) -> T | None:
    """Ask; None when there is no such thing. The library's own errors hold addresses with SIDs and go no further."""
    try:
        return ask()
    except (TwilioRestException, TwilioServiceException) as refusal:
        if refusal.status == 404:
            return None
        if refusal.code == DELETE_TOO_EARLY:
            raise NotYet("the carrier deletes it later") from None
        raise CarrierFailed(f"status {refusal.status}, code {refusal.code}", of_status(refusal.status)) from None
    except (TwilioException, requests.RequestException) as failure:
        raise CarrierFailed(type(failure).__name__, of_connection(failure)) from None


def _finished(call: Any) -> FinishedCall | None:
    match call.direction:
        case "inbound" if str(call._from).startswith(OWN_SOFTPHONE):
            return FinishedCall(str(call.sid), "", is_ours=True)
        case "inbound":
            return FinishedCall(str(call.sid), str(call.to))
        case "outbound-api":
            return FinishedCall(str(call.sid), str(call._from), is_ours=True)
        case _:  # a leg that a call began goes with that call
            return None


def _ended_before(call: Any, time: int) -> bool:
    return call.end_time is not None and call.end_time.timestamp() < time


def _listed(found: Any) -> Listed:
    started = found.start_time or found.date_created
    details = found.encryption_details
    return Listed(
        sid=str(found.sid),
        status=str(found.status),
        started=int(started.timestamp()) if started is not None else None,
        seconds=float(found.duration or 0),
        encryption=json.dumps(details) if details else "",
    )
