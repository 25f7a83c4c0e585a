"""Requests as Twilio signs them, put into a WSGI environ by hand: with odd bodies, targets and headers where asked."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from ivr.edge import FORM, Edge, Signatures
from ivr.simulator.signing import signature

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BASE = "https://line.example.org"
ACCOUNT = "AC" + "5" * 32
CALL = "CA" + "1" * 32
TOKEN, OLD_TOKEN = "the-token-of-now", "the-token-of-before"
SHARED_KEY_ID, SHARED_SECRET = "webhooks_sharedkey_1", "a-shared-secret"
SIGNATURES = Signatures(BASE, ACCOUNT, (TOKEN, OLD_TOKEN), ((SHARED_KEY_ID, SHARED_SECRET),))
# What stands in every webhook of a call and must not be seen behind the edge (numbers from Ofcom's drama range).
NUMBER = "+447700900123"
CALL_PARAMETERS = (
    ("AccountSid", ACCOUNT),
    ("ApiVersion", "2010-04-01"),
    ("CallSid", CALL),
    ("CallStatus", "in-progress"),
    ("CallToken", "%7B%22from%22%3A%22%2B447700900123%22%7D"),
    ("Called", "+448081570192"),
    ("Caller", NUMBER),
    ("CallerCity", "LONDON"),
    ("CallerName", "SMITH JANE"),
    ("Direction", "inbound"),
    ("From", NUMBER),
    ("FromZip", "SW1A 1AA"),
    ("SipHeader_X-Number", NUMBER),
    ("StirVerstat", "TN-Validation-Passed-A"),
    ("To", "+448081570192"),
    ("msg", "Gather End"),
)
Pairs = Sequence[tuple[str, str]]


@dataclass
class Probe:
    """Stands where Flask stands, and keeps what it is shown."""

    seen: list[WSGIEnvironment] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.seen.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"behind the edge"]


@dataclass
class Refusal:
    """Counts how often the edge said that something was forged."""

    times: int = 0

    def __call__(self) -> None:
        self.times += 1


@dataclass(frozen=True)
class Answered:
    """What came back through the edge."""

    status: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Wall:
    """An edge with a probe behind it."""

    signatures: Signatures = SIGNATURES
    probe: Probe = field(default_factory=Probe)
    refusal: Refusal = field(default_factory=Refusal)

    def send(self, environ: dict[str, Any]) -> Answered:
        return send(Edge(self.probe, self.signatures, self.refusal), environ)

    def form(self, environ: dict[str, Any]) -> dict[str, str] | None:
        """Return the form that got through, or None when the request was refused."""
        if self.send(environ).status != "200 OK":
            return None
        form: dict[str, str] = self.probe.seen[-1][FORM]
        return form


def send(app: WSGIApplication, environ: dict[str, Any]) -> Answered:
    """Send one request into a WSGI application."""
    begun: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
        begun.append((status, dict(headers)))

    body = b"".join(app(environ, start_response))
    return Answered(*begun[0], body)


def request(
    pairs: Pairs = CALL_PARAMETERS,
    target: str = "/call",
    *,
    body: bytes | None = None,
    signed: str | None = None,
    method: str = "POST",
    **more: str,
) -> dict[str, Any]:
    """Return an environ with a right signature, or with `signed` as its signature; `more` adds to the environ."""
    content = urlencode(list(pairs)).encode() if body is None else body
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path),
        "QUERY_STRING": query,
        "RAW_URI": target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.9",
        "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=UTF-8",
        "CONTENT_LENGTH": str(len(content)),
        "HTTP_HOST": "line.example.org",
        "HTTP_X_FORWARDED_FOR": "203.0.113.9",
        "HTTP_USER_AGENT": "TwilioProxy/1.1",
        "HTTP_COOKIE": f"number={NUMBER}",
        "HTTP_X_TWILIO_SIGNATURE": signature(BASE + target, pairs, TOKEN, "sha1") if signed is None else signed,
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    return environ | more
