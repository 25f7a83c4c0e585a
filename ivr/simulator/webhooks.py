"""Sends one webhook as Twilio would: signed, with its retries and redirects, and keeps a record of each try."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode, urljoin

from ivr.simulator.clocks import Clock, move
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.overrides import TOTAL_SECONDS, Overrides, split
from ivr.simulator.signing import AuthToken, Pairs, Signer
from ivr.simulator.transport import Answer, NotAnswered, NotConnected, Request, Transport

MAX_REDIRECTS = 10
Trouble = Literal["ct", "rt", "4xx", "5xx"]
CODES: dict[Trouble, int] = {"ct": 11205, "rt": 11200, "4xx": 11200, "5xx": 11200}


@dataclass(frozen=True)
class Sent:
    """One try of one webhook. `status` is None when nothing came back; `lost` when Twilio never saw the answer."""

    method: str
    url: str
    params: Pairs
    headers: dict[str, str]
    status: int | None
    document: str
    lost: bool = False

    def param(self, name: str) -> str | None:
        """Return the last value of a parameter, or None."""
        return dict(self.params).get(name)


@dataclass(frozen=True)
class Notice:
    """What Twilio would write into a notice nobody can delete: the parameters are part of it."""

    code: int
    url: str
    params: Pairs
    reason: str


@dataclass(frozen=True)
class Fetched:
    """A 2xx answer and the address it came from in the end, with that address's overrides."""

    answer: Answer
    address: str


@dataclass(frozen=True)
class Failed:
    """No usable answer."""

    code: int
    address: str
    reason: str


@dataclass
class Webhooks:
    """Everything that goes from the exchange to the service, and what became of it."""

    transport: Transport
    signer: Signer
    clock: Clock
    misbehaviour: Callable[[], Misbehaviour]
    sent: list[Sent] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def fetch(self, address: str, method: str, params: Pairs) -> Fetched | Failed:
        """Send an event and return what came of it; a failure is written down as a notice."""
        token = secrets.token_hex(16)
        current, verb, fields = address, method, params
        for _ in range(MAX_REDIRECTS + 1):
            outcome = self._with_retries(current, verb, fields, token)
            if isinstance(outcome, Failed):
                return self._noticed(outcome, params)
            if not 300 <= outcome.status < 400 or "location" not in outcome.headers:
                return Fetched(outcome, current)
            # Digits and whatever else was posted are not sent again.
            current, verb = urljoin(split(current)[0], outcome.headers["location"]), "GET"
            fields = tuple(pair for pair in fields if pair[0] not in ("Digits", "FinishedOnKey", "msg"))
        return self._noticed(Failed(11215, current, "too many redirects"), params)

    def fetch_sound(self, address: str) -> Fetched | Failed:
        """Fetch a sound: without signature or parameters, and as often as proxies do."""
        url, overrides = split(address)
        outcome: Fetched | Failed = Failed(11200, address, "not fetched")
        for _ in range(self.misbehaviour().sound_fetches):
            tried = self._try(Request("GET", url, {"User-Agent": "TwilioProxy/1.1"}, b"", *_seconds(overrides)), ())
            if isinstance(tried, Answer) and 200 <= tried.status < 300:
                outcome = Fetched(tried, address)
            else:
                reason = f"a sound answered {tried.status if isinstance(tried, Answer) else tried}"
                outcome = self._noticed(Failed(11200, address, reason), ())
        return outcome

    def note(self, code: int, address: str, params: Pairs, reason: str) -> None:
        """Write a notice."""
        self.notices.append(Notice(code, split(address)[0], params, reason))

    def _noticed(self, failure: Failed, params: Pairs) -> Failed:
        self.note(failure.code, failure.address, params, failure.reason)
        return failure

    def _with_retries(self, address: str, method: str, params: Pairs, token: str) -> Answer | Failed:
        """Ask until an answer is good, or the address's own rules or the 15 seconds are used up."""
        url, overrides = split(address)
        odd = self._odd(url)
        request = self._request(url, method, self._doubled(params, odd), overrides, token)
        spent, reason = 0.0, ""
        tried: Answer | Trouble = "ct"
        for turn in range(overrides.retries + 1):
            began = time.monotonic()
            tried = self._misused(request, self._doubled(params, odd), odd, turn)
            spent += time.monotonic() - began + (odd.slow_answers if tried != "ct" else overrides.connect_ms / 1000)
            if isinstance(tried, Answer) and tried.status < 400:
                return tried
            trouble = _trouble(tried)
            reason = f"{trouble}: {tried.status} {tried.failure}" if isinstance(tried, Answer) else trouble
            if trouble not in overrides.policies or spent >= TOTAL_SECONDS:
                break
        return Failed(CODES[_trouble(tried)], address, reason)

    def _misused(self, request: Request, params: Pairs, odd: Misbehaviour, turn: int) -> Answer | Trouble:
        """Try once, with whatever is set to go wrong."""
        if turn < odd.failed_connects:
            self._record(request, params, None, lost=True)
            return "ct"
        lost = odd.retry_after_timeout and turn == 0
        lost = lost or odd.slow_answers > request.read_seconds
        tried = self._try(request, params, lost=lost)
        move(self.clock, min(odd.slow_answers, request.read_seconds))
        if odd.duplicate_webhooks and isinstance(tried, Answer):
            self._try(request, params, lost=True)
        return "rt" if lost and isinstance(tried, Answer) else tried

    def _try(self, request: Request, params: Pairs, *, lost: bool = False) -> Answer | Trouble:
        try:
            answer = self.transport.send(request)
        except NotConnected:
            self._record(request, params, None)
            return "ct"
        except NotAnswered:
            self._record(request, params, None)
            return "rt"
        self._record(request, params, answer, lost=lost)
        return answer

    def _record(self, request: Request, params: Pairs, answer: Answer | None, *, lost: bool = False) -> None:
        text = answer.body.decode("utf-8", "replace") if answer and not answer.content_type.startswith("audio/") else ""
        status = answer.status if answer else None
        self.sent.append(Sent(request.method, request.url, params, dict(request.headers), status, text, lost))

    def _request(self, url: str, method: str, params: Pairs, overrides: Overrides, token: str) -> Request:
        signer = AuthToken("not the secret") if self._odd(url).wrong_signature else self.signer
        headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", "I-Twilio-Idempotency-Token": token}
        if method == "GET":
            full = url + ("&" if "?" in url else "?") + urlencode(params) if params else url
            return Request("GET", full, headers | signer.headers(full, ()), b"", *_seconds(overrides))
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        body = urlencode(params).encode()
        return Request("POST", url, headers | signer.headers(url, params), body, *_seconds(overrides))

    def _doubled(self, params: Pairs, odd: Misbehaviour) -> Pairs:
        replaced = {name for name, _ in odd.odd_parameters}
        kept = tuple(pair for pair in params if pair[0] not in replaced) + odd.odd_parameters
        return kept + tuple(pair for pair in kept if pair[0] in odd.doubled_parameters)

    def _odd(self, url: str) -> Misbehaviour:
        odd = self.misbehaviour()
        return odd if odd.where in url else Misbehaviour()


def _seconds(overrides: Overrides) -> tuple[float, float]:
    return overrides.connect_ms / 1000, min(overrides.read_ms, overrides.total_ms) / 1000


def _trouble(tried: Answer | Trouble) -> Trouble:
    if not isinstance(tried, Answer):
        return tried
    return "4xx" if tried.status < 500 else "5xx"
