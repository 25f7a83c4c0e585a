"""Calls that the API begins: a telephone somewhere outside rings, and whoever answers it enters a conference."""

from __future__ import annotations

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.lines import Caller, NumberSettings
from ivr.simulator.switchboard import Switchboard
from ivr.simulator.verbs import Conference, Dial, Hangup


class OutsideCall(SimulatedCall):
    """A call to a telephone outside. It asks no webhook: the API said all that it is to do."""

    direction = "outbound-api"

    def __init__(
        self, board: Switchboard, room_sid: str, asked: Conference, *, to: str, own: str, seconds: float
    ) -> None:
        super().__init__(board, to, Caller(own, name="", city="", state="", zip=""), NumberSettings(""))
        self.room_sid, self.asked = room_sid, asked
        self.rings_until = board.clock.now() + seconds

    @property
    def is_ringing(self) -> bool:
        """Say whether nobody has answered yet, and the telephone rings still."""
        return self.status == "ringing"

    @property
    def due(self) -> float | None:
        """When the ringing ends by itself, or the present wait does."""
        return self.rings_until if self.is_ringing else super().due

    def answer(self) -> None:
        """Let somebody answer the telephone."""
        with self._lock:
            if self.is_ringing:
                self._program = [Dial(self.asked), Hangup()]
                self._settle()

    def tick(self) -> None:
        """End the ringing, or the present wait, when its time has come."""
        with self._lock:
            if self.is_ringing and self.rings_until <= self._board.clock.now():
                self._end("no-answer")
        super().tick()
