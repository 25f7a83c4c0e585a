"""Whole calls as bytes made beforehand, so that the load client only sends, reads and takes the time."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha1
from urllib.parse import urlencode
from uuid import uuid4

ACCOUNT = "AC" + "5" * 32
LINE = "+448081570192"
# From greeting to a report begun: three answers sealed, one recording asked for and accepted, an alert raised.
PATH: tuple[tuple[str, dict[str, str]], ...] = (
    ("/call", {}),
    ("/call/greeting/1", {}),
    ("/call/safety/2", {}),
    ("/call/main_menu/3", {"Digits": "2"}),
    ("/call/consent/4", {"Digits": "1"}),
    ("/call/urgent/5", {"Digits": "1"}),
    ("/call/at_risk/6", {"Digits": "2"}),
    ("/call/risk_story/7", {"RecordingUrl": "https://api.twilio.com/x", "RecordingDuration": "9", "Digits": "#"}),
    ("/call/clip_kept/8", {}),
    ("/call/weapon/9", {"Digits": "1"}),
    ("/call/allegation/10", {"Digits": "8"}),
    ("/call/allegation/11", {}),
    ("/call/now", {}),
    ("/ended", {"CallStatus": "completed", "CallDuration": "60"}),
)
WITH_REFERENCE = (*PATH[:-2], ("/call/allegation/12", {"Digits": "#"}), PATH[-1])  # Argon2id begins


@dataclass(frozen=True)
class Webhook:
    """One signed request as it stands on the wire."""

    path: str
    raw: bytes


def whole_call(base: str, token: str, path: tuple[tuple[str, dict[str, str]], ...] = PATH) -> tuple[Webhook, ...]:
    """Return the requests of one call with a SID of its own, about thirty fields each, as Twilio sends them."""
    common = _common("CA" + uuid4().hex)
    return tuple(_webhook(base, token, target, {**common, **fields}) for target, fields in path)


def _common(call_sid: str) -> dict[str, str]:
    number = "+447700900123"
    places = {
        f"{side}{part}": value
        for side in ("From", "Caller", "To", "Called")
        for part, value in (("City", "LONDON"), ("State", "England"), ("Zip", "SW1A 1AA"), ("Country", "GB"))
    }
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": call_sid,
        "CallStatus": "in-progress",
        "CallToken": "%7B%22parentCallInfoToken%22%3A%22" + "e" * 300 + "%22%7D",
        "Direction": "inbound",
        "From": number,
        "Caller": number,
        "To": LINE,
        "Called": LINE,
        "StirVerstat": "TN-Validation-Passed-A",
        "CallerName": "SMITH JANE",
        **places,
    }


def _webhook(base: str, token: str, target: str, fields: dict[str, str]) -> Webhook:
    body = urlencode(fields).encode()
    signed = base + target + "".join(name + fields[name] for name in sorted(fields))
    signature = b64encode(hmac.digest(token.encode(), signed.encode(), sha1)).decode()
    head = (
        f"POST {target} HTTP/1.1\r\nHost: line.example.org\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nX-Twilio-Signature: {signature}\r\nUser-Agent: TwilioProxy/1.1\r\n"
        f"I-Twilio-Idempotency-Token: {uuid4()}\r\nAccept: */*\r\n\r\n"
    )
    return Webhook(target, head.encode() + body)
