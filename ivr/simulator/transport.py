"""How the exchange reaches the service: over HTTP on the loopback, or straight into a WSGI application."""

from __future__ import annotations

import http.client
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from werkzeug.test import EnvironBuilder, run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_ANSWER_BYTES = 16 * 1024 * 1024


class NotConnected(Exception):
    """Nobody answers at the address; the service has heard nothing, so trying again is harmless."""


class NotAnswered(Exception):
    """The service took the request and did not answer in time; it may have acted on it."""


@dataclass(frozen=True)
class Request:
    """One request as it goes out; `url` is the full address with its raw query, without a fragment."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    connect_seconds: float = 5.0
    read_seconds: float = 15.0

    @property
    def target(self) -> str:
        """The raw path and query, byte for byte as they stand in the address."""
        parts = urlsplit(self.url)
        return self.url[len(f"{parts.scheme}://{parts.netloc}") :] or "/"


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case. `failure` holds a traceback of an application in this process."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    failure: str = ""

    @property
    def content_type(self) -> str:
        """The type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Transport(Protocol):
    """Carries one request; raises `NotConnected` or `NotAnswered`."""

    def send(self, request: Request) -> Answer: ...


@dataclass(frozen=True)
class HttpTransport:
    """Sends every request to one loopback address, under the host name the service believes it has."""

    base: str  # such as http://127.0.0.1:8000

    def send(self, request: Request) -> Answer:
        connection = self._connect(request)
        try:
            connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            for name, value in _all_headers(request).items():
                connection.putheader(name, value)
            connection.endheaders(request.body or None)
            response = connection.getresponse()
            body = response.read(MAX_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise NotAnswered(type(error).__name__) from None
        finally:
            connection.close()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)

    def _connect(self, request: Request) -> http.client.HTTPConnection:
        parts = urlsplit(self.base)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=request.connect_seconds)
        try:
            connection.connect()
        except OSError as error:
            raise NotConnected(type(error).__name__) from None
        connection.sock.settimeout(request.read_seconds)
        return connection


@dataclass(frozen=True)
class WsgiTransport:
    """Calls a WSGI application in this process; what it raises becomes a 500, as a server would make it."""

    app: WSGIApplication
    base: str = ""  # what the application sees as its own server; empty: the address asked for

    def send(self, request: Request) -> Answer:
        environ = self._environ(request)
        try:
            parts, status, headers = run_wsgi_app(self.app, environ, buffered=True)
        except Exception:  # noqa: BLE001 - whatever an application raises is a 500 to the world outside
            return Answer(500, {"content-type": "text/html"}, b"", traceback.format_exc())
        found = {name.lower(): value for name, value in headers}
        return Answer(int(status.split()[0]), found, b"".join(parts))

    def _environ(self, request: Request) -> dict[str, object]:
        seen = urlsplit(self.base or request.url)
        path, _, query = request.target.partition("?")
        builder = EnvironBuilder(
            path=path,
            base_url=f"{seen.scheme}://{seen.netloc}/",
            query_string=query,
            method=request.method,
            headers=list(_all_headers(request).items()),
            input_stream=None,
            data=request.body,
            environ_overrides={"RAW_URI": request.target, "REQUEST_URI": request.target},
        )
        try:
            return dict(builder.get_environ())
        finally:
            builder.close()


def _all_headers(request: Request) -> dict[str, str]:
    headers = {"Host": urlsplit(request.url).netloc, **request.headers}
    if request.body or request.method == "POST":
        headers["Content-Length"] = str(len(request.body))
    return headers
