"""A service of the tests' own: a few pages of plain TwiML, and a memory of what was asked."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from ivr.simulator import sounds
from ivr.simulator.clocks import VirtualClock
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import NumberSettings
from ivr.simulator.transport import WsgiTransport

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LINE = "+448081570192"
BASE = "https://line.example"
Page = str | Response | Callable[[Request], "str | Response"]


@dataclass
class Service:
    """Answers paths with TwiML given as the inside of `<Response>`; everything else with an empty document."""

    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        request.get_data()
        request.form  # noqa: B018 - reads the form while its body is there
        self.asked.append(request)
        page = self.pages.get(request.path, "")
        answer = page(request) if callable(page) and not isinstance(page, Response) else page
        if isinstance(answer, str):
            answer = Response(f"<Response>{answer}</Response>", mimetype="text/xml")
        return answer(environ, start_response)

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.asked]

    def last(self, path: str) -> Request:
        return next(request for request in reversed(self.asked) if request.path == path)


def exchange_for(pages: dict[str, Page], settings: NumberSettings | None = None) -> tuple[Exchange, Service]:
    """Return an exchange with one number that asks a service of these pages."""
    service = Service(pages)
    numbers = {LINE: settings or NumberSettings(BASE + "/call", status_callback=BASE + "/ended")}
    return Exchange(service=WsgiTransport(service), numbers=numbers, clock=VirtualClock()), service


def tone(seconds: float) -> bytes:
    """Return a WAV of a steady tone: sound, as far as an exchange can tell."""
    count = int(seconds * sounds.RATE)
    pcm = struct.pack(f"<{count}h", *(int(8000 * math.sin(at * 0.4) + 300) for at in range(count)))
    return sounds.write_wav(pcm)
