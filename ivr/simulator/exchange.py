"""The exchange: answers a telephone number by asking the service, as Twilio does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.clocks import Clock, VirtualClock
from ivr.simulator.conferences import Conferences, Event
from ivr.simulator.encryption import RecordingKey
from ivr.simulator.line_leg import LineLeg
from ivr.simulator.lines import Caller, NumberSettings
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.outside_calls import OutsideCall
from ivr.simulator.recordings import StoredRecording
from ivr.simulator.signing import AuthToken, Signer
from ivr.simulator.sounding import Kept, SoundingCall
from ivr.simulator.switchboard import Switchboard
from ivr.simulator.transport import Transport
from ivr.simulator.verbs import Conference
from ivr.simulator.voices import Voice
from ivr.simulator.webhooks import Notice, Sent, Webhooks

API = "https://api.twilio.com"


class NoSuchLine(Exception):
    """Nobody has that number on this exchange."""


@dataclass(kw_only=True)
class Exchange:
    """A telephone exchange with one account. `misbehaviour` may be changed at any time.

    Without a `signer`, webhooks are signed with the account's token. `api` is what recording addresses begin with.
    """

    service: Transport
    numbers: Mapping[str, NumberSettings]
    applications: Mapping[str, NumberSettings] = field(default_factory=dict)  # what softphones ring, by SID
    account_sid: str = "AC" + "5" * 32
    auth_token: str = field(default="an-auth-token-of-the-simulator", repr=False)
    api_key: str = "SK" + "5" * 32
    api_secret: str = field(default="a-secret-of-the-simulators-own-key", repr=False)
    signer: Signer | None = None
    clock: Clock = field(default_factory=VirtualClock)
    misbehaviour: Misbehaviour = field(default_factory=Misbehaviour)
    recording_key: RecordingKey | None = None
    api: str = API
    calls: dict[str, SimulatedCall] = field(default_factory=dict, init=False)
    deleted_calls: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        webhooks = Webhooks(
            self.service, self.signer or AuthToken(self.auth_token), self.clock, lambda: self.misbehaviour
        )
        self._board = Switchboard(
            self.account_sid, self.api, self.clock, webhooks, lambda: self.misbehaviour, self.recording_key
        )

    def ring(self, to: str = "", caller: Caller | None = None, *, listens_at_once: bool = True) -> SimulatedCall:
        """Ring a line (the only one, when none is named) and return the call as it waits for the caller.

        With `listens_at_once` off, or on a real clock, each sentence takes its time and the caller may hang up in it.
        """
        call = self.prepare(to, caller, listens_at_once=listens_at_once)
        call.ring()
        return call

    def prepare(self, to: str = "", caller: Caller | None = None, *, listens_at_once: bool = True) -> SimulatedCall:
        """Return a call that has not rung yet: its `ring` asks the service for the first time."""
        line, settings = self._line(to)
        call = SimulatedCall(self._board, line, caller or Caller(), settings)
        call.listens_at_once = listens_at_once and isinstance(self.clock, VirtualClock)
        self._keep(call)
        return call

    def prepare_sounding(
        self, leg: LineLeg, voice: Voice, kept: Callable[[Kept], None], *, to: str = "", caller: Caller | None = None
    ) -> SoundingCall:
        """Return a call with real sound that has not rung yet; see `SoundingCall` for what it needs."""
        line, settings = self._line(to)
        call = SoundingCall(self._board, line, caller or Caller(), settings, leg, voice=voice, kept=kept)
        self._keep(call)
        return call

    def ring_out(self, room_sid: str, asked: Conference, *, to: str, own: str, seconds: float) -> OutsideCall:
        """Let a telephone outside ring; whoever answers it enters a room."""
        call = OutsideCall(self._board, room_sid, asked, to=to, own=own, seconds=seconds)
        self._keep(call)
        return call

    def ringing_into(self, room_sid: str) -> list[OutsideCall]:
        """Return the telephones that ring for a room."""
        with self._lock:
            outside = [call for call in self.calls.values() if isinstance(call, OutsideCall)]
        return [call for call in outside if call.room_sid == room_sid and call.is_ringing]

    @property
    def requests(self) -> list[Sent]:
        """Everything that was sent to the service, each try on its own."""
        return self._board.webhooks.sent

    @property
    def notices(self) -> list[Notice]:
        """What Twilio would have written down about failures, with the callers' numbers in it."""
        return self._board.webhooks.notices

    @property
    def recordings(self) -> dict[str, StoredRecording]:
        """Every recording by its SID; a deleted one keeps its row and has no sound."""
        return self._board.recordings

    @property
    def conferences(self) -> Conferences:
        """Every conference of the account."""
        return self._board.conferences

    def tell_events(self, events: list[Event]) -> None:
        """Tell the service what happened in a conference."""
        self._board.tell_events(events)

    def meanwhile(self, act: Callable[[], None]) -> None:
        """Do something once, while the service's next answer is on its way: for events that cross."""
        self._board.meanwhile = act

    def deliver_late_callbacks(self, *, newest_first: bool = False) -> None:
        """Let the recordings that are late become ready, and say so; in their order, or the other way round."""
        self._board.deliver_held(newest_first=newest_first)

    def advance(self, seconds: float) -> None:
        """Let time pass for everybody: whoever's patience ends within it is timed out, in order."""
        end = self.clock.now() + seconds
        while isinstance(self.clock, VirtualClock):
            call = min(self._waiting(), key=lambda call: call.due or 0, default=None)
            if call is None or call.due is None or call.due > end:
                break
            self.clock.forward(call.due - self.clock.now())
            call.tick()
        if isinstance(self.clock, VirtualClock):
            self.clock.forward(end - self.clock.now())
        self.tick()

    def tick(self) -> None:
        """Time out every wait whose time has come. On a real clock somebody has to call this now and then."""
        for call in self._waiting():
            call.tick()

    def _line(self, to: str) -> tuple[str, NumberSettings]:
        line = to or next(iter(self.numbers), "")
        settings = self.numbers.get(line) or self.applications.get(line)
        if settings is None:
            raise NoSuchLine(line)
        return line, settings

    def _keep(self, call: SimulatedCall) -> None:
        with self._lock:
            self.calls[call.sid] = call

    def _waiting(self) -> list[SimulatedCall]:
        with self._lock:
            return [call for call in self.calls.values() if call.due is not None]
