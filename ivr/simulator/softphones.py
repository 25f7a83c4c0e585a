"""The softphones of an exchange: legs that pages begin with a token, and take up again when their connection broke."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ivr.simulator.access_tokens import BadToken, granted
from ivr.simulator.browser_phone import KEYS, Gone, NotUnderstood, Wire, read_message
from ivr.simulator.frames import FRAME_BYTES
from ivr.simulator.lines import Caller, softphone
from ivr.simulator.live_call import Ground, LiveCall

KEEP_SECONDS = 10.0  # as long as the real softphone is told to look for its call
MAX_OFFER = 500  # characters

# Why a page was put out (4000 to 4999 are an application's own: RFC 6455, 7.4.2).
TOKEN_REFUSED, NO_APPLICATION, CALL_GONE = 4401, 4404, 4410


class SoftphoneRefused(Exception):
    """A page may not ring, or its call is no more; trying again with the same words does not help."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class SoftphoneWire(Wire, Protocol):
    """A WebSocket that can be cut, so that whoever waits at it learns that nobody is there any more."""

    def cut(self) -> None: ...


@dataclass
class Softphones:
    """Every softphone of an exchange. `keep_seconds`: how long a call waits for a page that was lost."""

    ground: Ground
    keep_seconds: float = KEEP_SECONDS
    legs: dict[str, SoftphoneLeg] = field(default_factory=dict)

    def serve(self, wire: SoftphoneWire) -> None:
        """Obey a page until it is gone; raises `SoftphoneRefused`, or `NotUnderstood` for what none of ours sends."""
        try:
            first = wire.receive()
        except Gone:
            return
        self._leg_for(first).attend(wire)

    def _leg_for(self, first: str | bytes) -> SoftphoneLeg:
        match read_message(first) if isinstance(first, str) else None:
            case {"token": str(token), "params": {"offer": str(offer), **others}} if not others:
                if not 0 < len(offer) <= MAX_OFFER:
                    raise NotUnderstood
                return self._begin(token, offer)
            case {"resume": str(key)}:
                if key not in self.legs:
                    raise SoftphoneRefused(CALL_GONE, "no such call")
                return self.legs[key]
            case _:
                raise NotUnderstood

    def _begin(self, token: str, offer: str) -> SoftphoneLeg:
        exchange = self.ground.exchange
        try:
            allowed = granted(
                token, account_sid=exchange.account_sid, api_key=exchange.api_key, api_secret=exchange.api_secret
            )
        except BadToken:
            raise SoftphoneRefused(TOKEN_REFUSED, "token") from None
        if allowed.application not in exchange.applications:
            raise SoftphoneRefused(NO_APPLICATION, "no such application")
        key = secrets.token_urlsafe(24)
        leg = self.legs[key] = SoftphoneLeg(self.ground, key, self.keep_seconds, lambda: self.legs.pop(key, None))
        leg.begin(allowed.application, softphone(allowed.identity, allowed.application, (("offer", offer),)))
        return leg


class SoftphoneLeg:
    """One call of a softphone. Its page is told only that it was answered and that it ended: no name of any call."""

    def __init__(self, ground: Ground, key: str, keep_seconds: float, over: Callable[[], object]) -> None:
        self._key, self._keep_seconds, self._over = key, keep_seconds, over
        self._call = LiveCall(replace(ground, rings_seconds=0), self._happened, self._sound)
        self._lock = threading.RLock()
        self._wire: SoftphoneWire | None = None
        self._state = ""  # "", "answered" or "ended"
        self._giving_up: threading.Timer | None = None

    def begin(self, application: str, caller: Caller) -> None:
        """Ring the application."""
        self._call.begin(application, caller)

    def attend(self, wire: SoftphoneWire) -> None:
        """Carry the call over a connection until that breaks; whoever attended before is cut off."""
        with self._lock:
            before, self._wire = self._wire, wire
            self._stop_giving_up()
            self._tell({"event": "begun", "resume": self._key})
            if self._state:
                self._tell({"event": self._state})
        if before is not None:
            before.cut()
        try:
            while True:
                self._obey(wire.receive())
        except Gone:
            self._lost(wire)
        except NotUnderstood:
            self._call.hang_up()
            raise

    def _obey(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            if len(message) != FRAME_BYTES:
                raise NotUnderstood
            self._call.take(message)
            return
        match read_message(message):
            case {"do": "press", "key": str(key)} if key in KEYS:
                self._call.press(key)
            case {"do": "hang up"}:
                self._call.hang_up()
            case _:
                raise NotUnderstood

    def _lost(self, wire: SoftphoneWire) -> None:
        with self._lock:
            if self._wire is not wire or self._state == "ended":
                return  # taken up by another connection, or there is nothing to keep
            self._wire = None
            self._giving_up = threading.Timer(self._keep_seconds, self._call.hang_up)
            self._giving_up.daemon = True
            self._giving_up.start()

    def _stop_giving_up(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _happened(self, event: dict[str, Any]) -> None:
        # Everything else that a call tells is for the practice phone: a softphone of Twilio's is not told it either.
        if event["event"] not in ("answered", "ended"):
            return
        with self._lock:
            self._state = event["event"]
            if self._state == "ended":
                self._stop_giving_up()
                self._over()
            self._tell({"event": self._state})

    def _tell(self, event: dict[str, str]) -> None:
        if self._wire is not None:
            self._wire.send(json.dumps(event))

    def _sound(self, frame: bytes) -> None:
        wire = self._wire
        if wire is not None:
            wire.send(frame)
