"""Whether the line takes one more call: calls under way on all processes, counted at most once a second.

A bound for all and none for one: nothing remembers who rings, so nothing can be held against who rings often.
"""

from __future__ import annotations

from dataclasses import dataclass

from storage.clock import Clock
from storage.database import Database
from storage.glance import Glance
from storage.live_calls import under_way


@dataclass
class _Tally:
    """Calls that were under way at the last count, and those that this process took since then."""

    calls: int = 0


class Room:
    """The room of a line for calls."""

    def __init__(self, database: Database, clock: Clock, most: int) -> None:
        self._most = most
        self._tally = Glance(
            database,
            clock,
            lambda connection: _Tally(under_way(connection, now=clock.now(), most=most)),
            first=_Tally(),
        )

    def is_full(self) -> bool:
        """Say whether one more call is too many, and count it when it is not."""
        tally = self._tally.seen()
        if tally.calls >= self._most:
            return True
        tally.calls += 1  # a burst within one second
        return False
