"""The exchange's time: the machine's own, or one that moves only when somebody waits."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells the seconds since the epoch."""

    def now(self) -> float: ...


@dataclass(frozen=True)
class RealClock:
    """The machine's own clock: for a person at the phone."""

    def now(self) -> float:
        return time.time()


@dataclass
class VirtualClock:
    """A clock of whole seconds that moves as the calls do; the service under test may read the same one."""

    seconds: int = 1_795_000_000

    def now(self) -> int:
        return self.seconds

    def forward(self, seconds: float) -> None:
        """Move on; a part of a second counts as a whole one."""
        self.seconds += max(0, math.ceil(seconds))


def move(clock: Clock, seconds: float) -> None:
    """Let time pass on a virtual clock; a real one passes by itself."""
    if isinstance(clock, VirtualClock):
        clock.forward(seconds)
