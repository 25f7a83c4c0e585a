"""One phone in a browser: what its page sends over a WebSocket, checked and obeyed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from ivr.simulator.frames import FRAME_BYTES
from ivr.simulator.lines import CALLER_IDS, caller_of
from ivr.simulator.live_call import Ground, LiveCall

KEYS = frozenset("0123456789*#")
MAX_WORDS = 1000  # letters that are spoken at once
MAX_MESSAGE_BYTES = 8192
LEAVING_SECONDS = 30


class NotUnderstood(Exception):
    """The page sent something that no page of ours sends; the connection is closed."""


class Gone(Exception):
    """Nobody is at the other end of the connection any more."""


class Wire(Protocol):
    """A WebSocket. What is sent to somebody who is gone is dropped; `receive` raises `Gone`."""

    def send(self, message: str | bytes) -> None: ...

    def receive(self) -> str | bytes: ...


@dataclass
class BrowserPhone:
    """A phone that makes one call at a time, as often as its person likes."""

    ground: Ground
    wire: Wire
    call: LiveCall | None = None

    def serve(self) -> None:
        """Obey the page until it is closed, or raise `NotUnderstood`; whoever leaves has hung up."""
        callers = [{"name": one.name, "label": one.label} for one in CALLER_IDS]
        lines = list(self.ground.exchange.numbers)
        self._tell({"event": "hello", "lines": lines, "callers": callers, "speaks": self.ground.speaks})
        try:
            while True:
                self._obey(self.wire.receive())
        except Gone:
            pass
        finally:
            if self.call is not None:
                self.call.hang_up()
                self.call.join(LEAVING_SECONDS)

    def _obey(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            if len(message) != FRAME_BYTES:
                raise NotUnderstood
            if self.call is not None:
                self.call.take(message)
            return
        match read_message(message):
            case {"do": "ring", "to": str(to), "caller": str(name)}:
                self._ring(to, name)
            case {"do": "press", "key": str(key)} if key in KEYS:
                if self.call is not None:
                    self.call.press(key)
            case {"do": "say", "words": str(words)} if 0 < len(words.strip()) <= MAX_WORDS:
                if self.call is not None:
                    self.call.say(" ".join(words.split()))
            case {"do": "hang up"}:
                if self.call is not None:
                    self.call.hang_up()
            case _:
                raise NotUnderstood

    def _ring(self, to: str, name: str) -> None:
        caller = caller_of(name)
        if caller is None or to not in self.ground.exchange.numbers:
            raise NotUnderstood
        if self.call is None or self.call.is_over:
            self.call = LiveCall(self.ground, self._tell, self.wire.send)
            self.call.begin(to, caller)

    def _tell(self, event: dict[str, Any]) -> None:
        self.wire.send(json.dumps(event))


def read_message(message: str) -> object:
    """Return what a page sent as JSON, or raise `NotUnderstood`."""
    try:
        return json.loads(message)
    except (ValueError, RecursionError):  # a message may be nested deeper than the reader goes
        raise NotUnderstood from None
