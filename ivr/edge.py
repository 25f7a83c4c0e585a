"""The outer wall, in front of Flask: lets in what Twilio signed, and of that only what is on the allow-list.

From, Caller, CallerName, ForwardedFrom, CallToken (its JWT holds the number in clear), places, SIP headers: none of it
passes this file. Signature: HMAC over the configured public address with the raw target and the sorted parameters
(Twilio's page "Webhooks security"); SHA-1 with the Auth Token, SHA-256 with a shared key.
"""

from __future__ import annotations

import hmac
import logging
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlsplit, urlunsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 200
MAX_TARGET_CHARACTERS = 300
FORM = "hotline.form"  # where the allowed parameters stand in the environ

# What may pass, and what it must look like; anything else in a field is dropped with the field.
ALLOWED: Mapping[str, re.Pattern[str]] = {
    "CallSid": re.compile(r"CA[0-9a-f]{32}"),
    "CallStatus": re.compile(r"[a-z-]{1,20}"),
    "Digits": re.compile(r"[0-9*#]{0,40}|hangup"),
    "RecordingSid": re.compile(r"RE[0-9a-f]{32}"),
    "RecordingDuration": re.compile(r"[0-9]{0,6}"),
    "RecordingStatus": re.compile(r"[a-z-]{1,20}"),
    "RecordingSource": re.compile(r"[A-Za-z]{0,40}"),
    "RecordingStartTime": re.compile(r"[A-Za-z0-9:,+. -]{0,40}"),
    "EncryptionDetails": re.compile(r"[\x20-\x7e]{0,2000}"),
    "StatusCallbackEvent": re.compile(r"participant-[a-z-]{1,20}"),
    "offer": re.compile(r"[0-9a-f]{32}"),  # what a softphone passes on
    "RecordingUrl": re.compile(r"[\x21-\x7e]{0,300}"),  # only that it is there: no address in a request is ever fetched
}
KNOWN = frozenset(
    {*ALLOWED, "AccountSid", "Called", "Caller", "CallerName", "CallSidEndingConference", "CallToken", "Direction"}
)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")  # Twilio sends `msg=Gather End` too
UNSIGNED = re.compile(r"/health|/audio/[0-9a-f]{32}|/prompts/hold\.wav|/prompts/[a-z]{2,3}/[a-z0-9_.]{1,60}\.wav")
# What it says is the same for all, and nothing of the request passes: what the carrier sends with it is not documented.
SAME_FOR_ALL = "/hold"
LENGTH = re.compile(r"[0-9]{1,9}")
SETTINGS_HEADER = "HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS"

# What Flask needs to answer; above all no header of the carrier's, and no address of whoever connected.
PASSED_ON = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL")

log = logging.getLogger("hotline.edge")


class Forged(Exception):
    """Twilio did not sign this, or not as it stands here; the answer says no more than that."""


@dataclass(frozen=True)
class Signatures:
    """The keys that Twilio may have signed with: two of each during a rotation."""

    public_base: str
    account_sid: str
    tokens: tuple[str, ...]
    shared_keys: tuple[tuple[str, str], ...]

    def check(self, target: str, pairs: Sequence[tuple[str, str]], signature: str, settings: str) -> None:
        """Raise `Forged` unless one of our keys signed exactly this address with exactly these parameters."""
        values: dict[str, set[str]] = {}
        for name, value in pairs:
            values.setdefault(name, set()).add(value)
        text = "".join(name + value for name in sorted(values) for value in sorted(values[name]))
        addresses = [f"{base}{target}{text}".encode() for base in _with_and_without_port(self.public_base)]
        try:
            given = b64decode(signature, validate=True)
        except ValueError:
            raise Forged from None
        algorithm, keys = self._keys(settings)
        rights = [hmac.digest(key.encode(), signed, algorithm) for key in keys for signed in addresses]
        matches = [hmac.compare_digest(right, given) for right in rights]
        if not any(matches):
            raise Forged

    def _keys(self, settings: str) -> tuple[str, tuple[str, ...]]:
        if not settings:
            return "sha1", self.tokens
        told = dict(part.strip().partition("=")[::2] for part in settings.split(","))
        if told.get("algorithm") != "HMAC_SHA256":
            raise Forged
        return "sha256", tuple(secret for key_id, secret in self.shared_keys if key_id == told.get("key"))


@dataclass(frozen=True)
class Edge:
    """WSGI middleware; `on_forged` is told of each refusal, to raise an alarm, and must return at once."""

    app: WSGIApplication
    signatures: Signatures
    on_forged: Callable[[], None]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] in ("GET", "HEAD") and UNSIGNED.fullmatch(path):
            return self.app(_lean(environ, {}), start_response)
        if environ["REQUEST_METHOD"] == "POST" and path == SAME_FOR_ALL:
            return self.app(_lean(environ, {}), start_response)
        try:
            form = self._signed_form(environ)
        except Forged:
            self.on_forged()
            start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]
        return self.app(_lean(environ, form), start_response)

    def _signed_form(self, environ: WSGIEnvironment) -> dict[str, str]:
        if environ["REQUEST_METHOD"] != "POST" or environ.get("QUERY_STRING"):
            raise Forged
        target = _raw_target(environ)
        pairs = _pairs(_body(environ))
        signature = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
        self.signatures.check(target, pairs, signature, environ.get(SETTINGS_HEADER, ""))
        return self._allowed(pairs)

    def _allowed(self, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
        told: dict[str, set[str]] = {}
        if {value for name, value in pairs if name == "AccountSid"} != {self.signatures.account_sid}:
            raise Forged
        for name, value in pairs:
            if _is_shifted(name):
                raise Forged
            if name in ALLOWED:
                told.setdefault(name, set()).add(value)
        # Of two values that differ none can be known to be true.
        once = {name: values.pop() for name, values in told.items() if len(values) == 1}
        form = {name: value for name, value in once.items() if ALLOWED[name].fullmatch(value)}
        if "CallSid" not in form:
            raise Forged
        return form


@lru_cache(maxsize=8)
def _with_and_without_port(base: str) -> tuple[str, ...]:
    # Twilio signs a default port in some products and leaves it out in others: its own library tries both.
    parts = urlsplit(base)
    port = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    bare = parts.netloc.removesuffix(port)
    if ":" in bare.rpartition("]")[2]:
        return (base,)  # any other port is part of the address
    return tuple(urlunsplit(parts._replace(netloc=netloc)) for netloc in (bare, bare + port))


@lru_cache(maxsize=1024)
def _is_shifted(name: str) -> bool:
    # The signed text has no borders: `Digits=12` and `Digits1=2` sign alike. A name that begins like an allowed one, or
    # is the beginning of one, is such a shift; Twilio has no such names.
    if name in KNOWN:
        return False
    if not NAME.fullmatch(name):
        return True
    return any(name.startswith(known) or known.startswith(name) for known in (*ALLOWED, "AccountSid"))


def _body(environ: WSGIEnvironment) -> bytes:
    told = environ.get("CONTENT_LENGTH") or ""
    if not LENGTH.fullmatch(told) or int(told) > MAX_BODY_BYTES:
        raise Forged
    length = int(told)
    body: bytes = environ["wsgi.input"].read(length)
    if len(body) != length:
        raise Forged
    return body


def _pairs(body: bytes) -> list[tuple[str, str]]:
    # By hand, since most of the thirty fields hold nothing to decode: a third of what the library's reader costs.
    pairs = []
    try:
        pieces = body.decode("ascii").split("&") if body else []
        if len(pieces) > MAX_FIELDS:
            raise Forged
        for piece in pieces:
            name, value = piece.split("=", 1)
            pairs.append((_decoded(name), _decoded(value)))
    except ValueError:  # not a form, or not UTF-8
        raise Forged from None
    return pairs


def _decoded(text: str) -> str:
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


def _raw_target(environ: WSGIEnvironment) -> str:
    # The address as it stood on the wire: what a framework decoded and encoded again would not sign alike.
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ.get("PATH_INFO", "")
    if not isinstance(raw, str) or not raw.startswith("/") or len(raw) > MAX_TARGET_CHARACTERS:
        raise Forged
    if any(name in raw for name in (*ALLOWED, "AccountSid")):  # a parameter shifted over the border into the path
        raise Forged
    return raw


def _lean(environ: WSGIEnvironment, form: dict[str, str]) -> dict[str, Any]:
    lean = {name: environ[name] for name in PASSED_ON if name in environ}
    lean |= {name: environ[name] for name in environ if name.startswith("wsgi.") and name != "wsgi.input"}
    lean["wsgi.input"] = _EMPTY
    lean["HTTP_HOST"] = "hotline"
    lean[FORM] = form
    return lean


class _Empty:
    """A request body that has been read: nothing behind the edge sees another."""

    def read(self, _size: int = -1) -> bytes:
        return b""

    def readline(self, _size: int = -1) -> bytes:
        return b""


_EMPTY = _Empty()
