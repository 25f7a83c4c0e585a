"""The one place that asks what time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests bring one that they can turn."""

    def now(self) -> int:
        """Return seconds since the epoch, whole: nothing here needs a finer time, and a coarser one says less."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        return int(time.time())


@dataclass
class TurnedClock:
    """A clock that stands still until a test turns it."""

    seconds: int = 1_795_000_000

    def now(self) -> int:
        return self.seconds

    def forward(self, seconds: int) -> None:
        self.seconds += seconds


def iso_week(now: int) -> str:
    """Return the ISO week of a time, such as `2026-W48`: the finest date that stands outside a seal."""
    year, week, _ = datetime.fromtimestamp(now, UTC).isocalendar()
    return f"{year}-W{week:02d}"


def month_of(now: int) -> str:
    """Return the month of a time, such as `2026-11`."""
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m}"


def week_start(week: str) -> date:
    """Return the Monday of an ISO week such as `2026-W48`."""
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
