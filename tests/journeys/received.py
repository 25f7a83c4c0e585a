"""All that a browser is told, holds and asks for, kept in files: to be searched for somebody whom it must not know."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page, Request, WebSocket

from ivr.canary import Canary
from ivr.scan import Finding, scan

CONTROL = Canary("control", "positive control of this browser")
TOLD, FRAMES, KEPT, OBJECTS = "told", "frames", "kept", "objects"
# No part of a longer word: the names that we make ourselves are of hexadecimal digits.
NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:(?:\+|%2B|00|0)[0-9]{9,14}|44[0-9]{10})(?![0-9A-Za-z])")
PLANT = """control => {
  localStorage.setItem('control', control)
  sessionStorage.setItem('control', control)
  const seen = [control]
  addEventListener('nobody-sends-this', () => seen)
}"""
STORED = """async () => JSON.stringify([
  { ...localStorage }, { ...sessionStorage }, document.cookie, history.state, name,
  (await indexedDB.databases?.() ?? []), await caches.keys()
])"""


@dataclass
class Received:
    """One browser's part; in `folder` lies each document and answer, each frame, its storage and its objects."""

    folder: Path
    asked: list[str] = field(default_factory=list)  # each request, with what was sent in it
    read: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)  # addresses whose answer the browser had thrown away already
    complaints: list[str] = field(default_factory=list)  # what went wrong in its scripts
    frames: list[str | bytes] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        for part in (TOLD, FRAMES, KEPT, OBJECTS):
            (self.folder / part).mkdir(parents=True)

    def watch(self, context: BrowserContext) -> None:
        """Take down everything from now on."""
        context.on("request", self._asked)
        context.on("requestfinished", self._answered)
        context.on("weberror", lambda wrong: self.complaints.append(str(wrong.error)))
        context.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        context.on("page", lambda page: page.on("websocket", self._opened))

    def take_stock(self, page: Page) -> None:
        """Keep what a page holds now: its storage, and every object of its scripts that lives, whoever refers to it."""
        page.evaluate(PLANT, CONTROL.text)
        cookies = json.dumps(page.context.cookies())
        self._keep(KEPT, (page.evaluate(STORED) + cookies).encode())
        self._keep(OBJECTS, page.content().encode())
        session, pieces = page.context.new_cdp_session(page), []
        session.on("HeapProfiler.addHeapSnapshotChunk", lambda told: pieces.append(told["chunk"]))
        session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
        session.detach()
        self._keep(OBJECTS, "".join(pieces).encode())

    def found(self, canaries: Sequence[Canary]) -> set[tuple[str, str]]:
        """Return the kind and form of each canary that was found; raises `ScanProvedNothing` without the control."""
        # The exchange sends nothing that could be planted.
        frames = [CONTROL.text, *self.frames]
        together = b"\n".join(frame if isinstance(frame, bytes) else frame.encode() for frame in frames)
        (self.folder / FRAMES / "all").write_bytes(together)
        places = [self.folder / part for part in (TOLD, FRAMES, KEPT, OBJECTS)]
        findings: list[Finding] = scan(places, canaries, CONTROL)
        return {(one.kind, one.form) for one in findings}

    def holds(self, part: str, text: str) -> bool:
        """Say whether a text stands in one part as it is."""
        return any(text.encode() in path.read_bytes() for path in (self.folder / part).iterdir())

    def numbers_asked_for(self) -> set[str]:
        """Return every telephone number that stands in a request."""
        return {found for asked in self.asked for found in NUMBER.findall(asked)}

    def _asked(self, request: Request) -> None:
        sent = (request.post_data_buffer or b"").decode("utf-8", "replace")
        self.asked.append(f"{request.url}\n{json.dumps(request.headers)}\n{sent}")

    def _answered(self, request: Request) -> None:
        address = request.url.partition("?")[0]
        try:
            response = request.response()
            if response is None or response.status in range(300, 400):
                return
            headers = json.dumps(response.headers).encode()
            self._keep(TOLD, request.url.encode() + b"\n" + headers + b"\n" + response.body())
            self.read.add(address)
        except Error:  # its page was left
            self.unread.add(address)

    def _opened(self, socket: WebSocket) -> None:
        self.asked.append(socket.url)
        socket.on("framereceived", lambda frame: self.frames.append(frame))  # noqa: PLW0108 (Playwright marks it)
        socket.on("framesent", lambda frame: self.asked.append(frame) if isinstance(frame, str) else None)

    def _keep(self, part: str, content: bytes) -> None:
        (self.folder / part / str(self._next())).write_bytes(content)

    def _next(self) -> int:
        self._count += 1
        return self._count
