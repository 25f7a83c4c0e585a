"""The exchange's door on this machine: the page of the browser's phone, WebSockets of phones, the control interface."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from simple_websocket import ConnectionClosed, Server
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, NotFound, ServiceUnavailable
from werkzeug.wrappers import Request, Response
from wsproto.utilities import ProtocolError

from ivr.simulator.browser_phone import MAX_MESSAGE_BYTES, BrowserPhone, Gone, NotUnderstood
from ivr.simulator.live_call import Ground
from ivr.simulator.softphones import SoftphoneRefused, Softphones

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOLDER = Path(__file__).parent / "handset"
# What makes and takes sound in a browser: the desk's softphone uses it too, so it lies where both can serve it.
SOUND = Path(__file__).parents[2] / "handlers" / "desk" / "static" / "sound"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?")
MAX_PHONES = 8
MAX_SOFTPHONES = 32
PING_SECONDS = 10
POLICY_VIOLATION = 1008


@dataclass
class SocketWire:
    """A WebSocket that may be written to from several threads."""

    server: Server
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: str | bytes) -> None:
        """Send, unless nobody is there any more."""
        with self._lock, contextlib.suppress(ConnectionClosed, OSError, ProtocolError):
            self.server.send(message)

    def cut(self) -> None:
        """End the connection without a word, also when nobody takes what is sent."""
        with contextlib.suppress(OSError):
            self.server.sock.shutdown(socket.SHUT_RDWR)

    def receive(self) -> str | bytes:
        """Return the next message, or raise `Gone`."""
        try:
            message: str | bytes | None = self.server.receive()
        except ConnectionClosed:
            raise Gone from None
        if message is None:
            raise Gone
        return message


@dataclass
class PhoneDoor:
    """Serves the page and its phones, and hands everything else to `inner`.

    A web site that somebody visits must not ring here: the name asked for has to be the loopback's, so that no foreign
    name can be pointed at this machine, and a WebSocket has to come from our own page; a softphone's from any page of
    this machine, since the desk has another port.
    """

    ground: Ground
    inner: WSGIApplication
    softphones: Softphones = field(init=False)
    _phones: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MAX_PHONES))
    _soft: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MAX_SOFTPHONES))

    def __post_init__(self) -> None:
        self.softphones = Softphones(self.ground)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            if not is_loopback(request.headers.get("Host", "")):
                raise Forbidden
            if request.path == "/phone":
                _hold(self._phones, request, is_own_page, lambda wire: BrowserPhone(self.ground, wire).serve())
            if request.path == "/softphone":
                _hold(self._soft, request, is_page_of_this_machine, self.softphones.serve)
            file = _file(request.path)
            if file is not None:
                return _page(request, file)(environ, start_response)
            if request.path == "/favicon.ico":
                raise NotFound
        except HTTPException as error:
            return Response(status=error.code)(environ, start_response)
        return self.inner(environ, start_response)


def is_loopback(host: str) -> bool:
    """Say whether a Host header names this machine's loopback, with any port."""
    return LOOPBACK.fullmatch(host) is not None


def is_own_page(request: Request) -> bool:
    """Say whether a WebSocket is asked for by a page of this very address."""
    return _asks_for_socket(request) and _origin(request) == f"http://{request.headers.get('Host', '')}"


def is_page_of_this_machine(request: Request) -> bool:
    """Say whether a WebSocket is asked for by a page that was served on the loopback, at any port."""
    scheme, _, host = _origin(request).partition("://")
    return _asks_for_socket(request) and scheme in ("http", "https") and is_loopback(host)


def _asks_for_socket(request: Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"


def _origin(request: Request) -> str:
    return request.headers.get("Origin", "")


def _hold(
    places: threading.Semaphore,
    request: Request,
    may: Callable[[Request], bool],
    serve: Callable[[SocketWire], None],
) -> NoReturn:
    """Serve a WebSocket to its end, while there is a place for one more."""
    if not may(request):
        raise Forbidden
    if not places.acquire(blocking=False):
        raise ServiceUnavailable
    try:
        _serve(request, serve)
    finally:
        places.release()
    raise ConnectionAbortedError  # the server ends the connection without an answer: there was one, the WebSocket


def _serve(request: Request, serve: Callable[[SocketWire], None]) -> None:
    try:
        server = Server.accept(request.environ, ping_interval=PING_SECONDS, max_message_size=MAX_MESSAGE_BYTES)
    except ProtocolError:
        raise BadRequest from None
    server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # 20 ms of sound must not wait to be sent
    try:
        serve(SocketWire(server))
    except NotUnderstood:
        _put_out(server, POLICY_VIOLATION)
    except SoftphoneRefused as refused:
        _put_out(server, refused.code, refused.reason)


def _put_out(server: Server, code: int, reason: str | None = None) -> None:
    with contextlib.suppress(ConnectionClosed, OSError):
        server.close(code, reason)
        server.sock.shutdown(socket.SHUT_WR)  # a browser waits for this, two seconds at most, before it tells its page


def _file(path: str) -> Path | None:
    file = FOLDER / (path.removeprefix("/") or "index.html")
    if path.startswith("/sound/"):
        file = SOUND / path.removeprefix("/sound/")
    known = file.parent in (FOLDER, SOUND) and file.suffix in TYPES
    return file if known and file.is_file() else None


def _page(request: Request, file: Path) -> Response:
    if request.method not in ("GET", "HEAD"):
        raise NotFound
    host = request.headers["Host"]
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Response(
        file.read_bytes(),
        mimetype=TYPES[file.suffix],
        headers={
            "Content-Security-Policy": policy,
            "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )
