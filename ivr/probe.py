"""Rings the line as Twilio would: a signed call through the public address, by an invented caller.

It proves what no process can say of itself: that the name resolves, the certificate holds, the proxy passes the raw
address on, the signature is taken, the database answers and the wording is there. It never reaches Twilio. The caller's
number is one of Ofcom's for drama, and name, city and call are new each time: `hotline scan` can look for them.
"""

from __future__ import annotations

import hmac
import re
import secrets
import string
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode, urlsplit

import requests

from ivr.canary import Canary
from storage.settings import ProbeSettings

MENU = "main_menu"
MOST_TURNS = 8
PATIENCE_SECONDS = 10.0  # Twilio waits 15 at most (its page on webhooks)
ANSWERED = re.compile(r"""(?:action="|>)([^"<]*/(?:call|static)/[^"<#]+)""")
STATIC = "/static/"

Post = Callable[[str, bytes, Mapping[str, str]], tuple[int, str]]  # address, form, headers -> status and body


class LineNotWell(Exception):
    """The line did not answer as a caller needs it; the message says at which step, and nothing of any caller."""


@dataclass(frozen=True)
class InventedCaller:
    """Somebody who does not exist."""

    call_sid: str
    number: str
    name: str
    city: str

    @staticmethod
    def new() -> InventedCaller:
        """Return a caller whose every word is new."""
        return InventedCaller(
            call_sid="CA" + secrets.token_hex(16),
            number=f"+447700900{secrets.randbelow(1000):03d}",
            name=f"{_invented_word()} {_invented_word()}",
            city=_invented_word(),
        )

    def canaries(self) -> tuple[Canary, ...]:
        """Return what no disk may hold after this call."""
        return (
            Canary("number", self.number),
            Canary("call_sid", self.call_sid),
            Canary("name", self.name),
            Canary("city", self.city),
        )


@dataclass(frozen=True)
class Probe:
    """One call to one line."""

    settings: ProbeSettings
    caller: InventedCaller
    post: Post

    def call(self) -> tuple[str, ...]:
        """Ring, wait for the main menu, leave by the quick exit, hang up; return the steps that were heard.

        Raises `LineNotWell`.
        """
        steps: list[str] = []
        address = self._spoken("/call", CallStatus="ringing")
        while (step := _step_of(address)) != MENU:
            steps.append(step)
            if len(steps) > MOST_TURNS:
                raise LineNotWell(f"the main menu never comes: {', '.join(steps)}")
            address = self._spoken(urlsplit(address).path, CallStatus="in-progress")
        for _ in range(2):
            address = self._spoken(urlsplit(address).path, CallStatus="in-progress", Digits="9")
        if address:
            raise LineNotWell("the quick exit does not end the call")
        status, _ = self._sent("/ended", CallStatus="completed")
        if status != requests.codes.no_content:
            raise LineNotWell(f"the end of the call was answered with {status}")
        return (*steps, MENU, "quick_exit")

    def _spoken(self, path: str, **fields: str) -> str:
        """Send one webhook; return the address that its document leads to, or nothing when it hangs up."""
        status, body = self._sent(path, **fields)
        if status != requests.codes.ok or "<Response>" not in body:
            raise LineNotWell(f"{_step_of(path)} was answered with {status} and no words")
        if STATIC in body:
            raise LineNotWell("the line apologises and takes messages only: its database is away")
        found = ANSWERED.search(body)
        return unescape(found[1]) if found else ""

    def _sent(self, path: str, **fields: str) -> tuple[int, str]:
        bare = urlsplit(self.settings.public_base).path
        address = self.settings.public_base + path.removeprefix(bare)
        pairs = {**self._common(), **fields}
        headers = {"Content-Type": "application/x-www-form-urlencoded", **self._signed(address, pairs)}
        return self.post(address, urlencode(pairs).encode(), headers)

    def _common(self) -> dict[str, str]:
        caller = self.caller
        return {
            "AccountSid": self.settings.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": caller.call_sid,
            "Direction": "inbound",
            "From": caller.number,
            "Caller": caller.number,
            "CallerName": caller.name,
            "FromCity": caller.city,
            "CallerCity": caller.city,
        }

    def _signed(self, address: str, pairs: Mapping[str, str]) -> dict[str, str]:
        # Twilio's page "Webhooks security": the address, then the sorted parameters; see ivr/edge.py.
        text = address + "".join(name + pairs[name] for name in sorted(pairs))
        if self.settings.shared_keys:
            key_id, secret = self.settings.shared_keys[0]
            told = {"X-Twilio-Webhooks-Signature-Settings": f"key={key_id},algorithm=HMAC_SHA256"}
            return {**told, "X-Twilio-Signature": _mac(secret, text, "sha256")}
        return {"X-Twilio-Signature": _mac(self.settings.auth_tokens[0], text, "sha1")}


def posted(address: str, form: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Post over the network, as Twilio does: certificates are checked. Raises `LineNotWell` when nothing answers."""
    try:
        answer = requests.post(address, data=form, headers=dict(headers), timeout=PATIENCE_SECONDS)
    except requests.RequestException as error:
        raise LineNotWell(f"nothing answers at the public address ({type(error).__name__})") from None
    return answer.status_code, answer.text


def planted(canaries: Sequence[Canary]) -> str:
    """Return canaries as the list that `hotline scan` reads."""
    return "".join(f"{canary.kind}={canary.text}\n" for canary in canaries)


def _mac(secret: str, text: str, algorithm: str) -> str:
    return b64encode(hmac.digest(secret.encode(), text.encode(), algorithm)).decode()


def _step_of(address: str) -> str:
    parts = urlsplit(address).path.rsplit("/", 2)
    return parts[-2] if parts[-1].isdigit() else parts[-1]


def _invented_word() -> str:
    return "".join(secrets.choice(string.ascii_uppercase) for _ in range(12))
