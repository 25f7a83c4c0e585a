"""The numbers Twilio answers, the people who ring them, and what Twilio tells the service about both."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from ivr.simulator.signing import Pairs

# How a withheld number has been seen to arrive (help.twilio.com 223179988; techmatters/flex-plugins 4647).
WITHHELD_FORMS = (
    "Anonymous",
    "anonymous",
    "+266696687",
    "+7378742833",
    "+2562533",
    "+8656696",
    "+86282452253",
    "Restricted",
    "Unavailable",
    "unknown",
    "Private",
    "BLOCKED",
    "",
)
API_VERSION = "2010-04-01"


@dataclass(frozen=True)
class NumberSettings:
    """What is set on a number in Twilio's Console. Without a fallback a caller hears Twilio's own apology."""

    voice_url: str
    status_callback: str = ""
    voice_fallback_url: str = ""
    fallback_document: str = ""  # kept at Twilio itself (a TwiML Bin); used rather than the fallback address
    voice_method: str = "POST"
    caller_id_lookup: bool = False  # only then does a caller's name come along


@dataclass(frozen=True)
class Caller:
    """Somebody with a telephone, and all that the networks say about them."""

    number: str = "+447700900123"
    name: str = "SMITH JANE"
    city: str = "LONDON"
    state: str = "England"
    zip: str = "SW1A 1AA"
    country: str = "GB"
    forwarded_from: str = ""
    sip_headers: Pairs = field(default=())
    withheld: bool = False
    application: str = ""  # of a softphone: the application that its token lets it ring, instead of a number
    custom: Pairs = ()  # of a softphone: what its page passes on

    def withholding(self, form: str = "Anonymous") -> Caller:
        """Return the caller ringing with the number withheld, in one of `WITHHELD_FORMS`."""
        return replace(self, number=form, withheld=True)

    def told(self) -> Pairs:
        """Return the parameters that say where the caller is; a withheld call names a country that is not theirs."""
        if self.application:
            return ()
        if self.withheld:
            places = {"City": "", "State": "", "Zip": "", "Country": "TH"}
        else:
            places = {"City": self.city, "State": self.state, "Zip": self.zip, "Country": self.country}
        return tuple((f"{side}{part}", value) for side in ("From", "Caller") for part, value in places.items())


@dataclass(frozen=True)
class CallerId:
    """What a phone can show of itself, for people to choose from. The numbers are for drama: nobody has them."""

    name: str
    label: str
    caller: Caller


CALLER_IDS = (
    CallerId("mobile", "A mobile, 07700 900123", Caller()),
    CallerId("london", "A London number, 020 7946 0321", Caller("+442079460321")),
    CallerId("abroad", "A number abroad, +1 202 555 0143", Caller("+12025550143", city="", state="DC", country="US")),
    CallerId("withheld", "Withheld, as a word", Caller().withholding()),
    CallerId("withheld-digits", "Withheld, as digits that spell ANONYMOUS", Caller().withholding("+266696687")),
    CallerId("withheld-empty", "Withheld, as nothing at all", Caller().withholding("")),
    CallerId("national", "Odd: without its country, 07700 900456", Caller("07700 900456")),
    CallerId("sip", "Odd: an internet telephone", Caller("sip:morgan@exchange.example;user=phone", city="")),
    CallerId("forwarded", "Odd: forwarded from 0113 496 0321", Caller(forwarded_from="+441134960321")),
)


def softphone(identity: str, application: str, custom: Pairs = ()) -> Caller:
    """Return somebody in a browser, known to Twilio by a name that their token gives them."""
    return Caller(f"client:{identity}", name="", city="", state="", zip="", application=application, custom=custom)


def caller_of(name: str) -> Caller | None:
    """Return who rings with one of the caller ids above; None for a name that none of them has."""
    return next((one.caller for one in CALLER_IDS if one.name == name), None)


def call_parameters(call_sid: str, account_sid: str, line: str, caller: Caller, settings: NumberSettings) -> Pairs:
    """Return what every webhook of a call carries, apart from its status."""
    if caller.application:
        return _softphone_parameters(call_sid, account_sid, caller)
    pairs = [
        ("AccountSid", account_sid),
        ("ApiVersion", API_VERSION),
        ("CallSid", call_sid),
        ("CallToken", call_token(call_sid, line, caller)),
        ("Direction", "inbound"),
        ("From", caller.number),
        ("Caller", caller.number),
        ("To", line),
        ("Called", line),
        ("StirVerstat", "TN-Validation-Passed-A" if caller.withheld else "No-TN-Validation"),
        *caller.told(),
        *((f"{side}{part}", "GB" if part == "Country" else "") for side in ("To", "Called") for part in _PLACES),
        *caller.sip_headers,
    ]
    if settings.caller_id_lookup and not caller.withheld:
        pairs.append(("CallerName", caller.name))
    if caller.forwarded_from:
        pairs.append(("ForwardedFrom", caller.forwarded_from))
    return tuple(pairs)


def _softphone_parameters(call_sid: str, account_sid: str, caller: Caller) -> Pairs:
    # A leg that a browser began: no number anywhere, and whatever its page passed on.
    return (
        ("AccountSid", account_sid),
        ("ApiVersion", API_VERSION),
        ("ApplicationSid", caller.application),
        ("CallSid", call_sid),
        ("Direction", "inbound"),
        ("From", caller.number),
        ("Caller", caller.number),
        ("To", ""),
        ("Called", ""),
        *caller.custom,
    )


_PLACES = ("City", "State", "Zip", "Country")


def call_token(call_sid: str, line: str, caller: Caller) -> str:
    """Return a `CallToken`: a JSON text with a JWT whose payload holds the number for anyone to read."""
    payload = {
        "callSid": call_sid,
        "from": "Anonymous" if caller.withheld else caller.number,
        "to": line,
        "iat": "1795000000",
    }
    header = {"alg": "ES256", "typ": "JWT", "kid": "simulated"}
    parts = [json.dumps(part).encode() for part in (header, payload)]
    jwt = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, secrets.token_bytes(64)))
    return quote(json.dumps({"parentCallInfoToken": jwt, "identityHeaderTokens": []}), safe="")


def new_sid(prefix: str) -> str:
    """Return a name as Twilio makes them: two letters and 32 hexadecimal characters."""
    return prefix + secrets.token_hex(16)
