"""The one place that asks what time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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


def weeks_later(week: str, number: int) -> str:
    """Return the ISO week so many weeks after one; raises `ValueError` for what is no week."""
    later = (week_start(week) + timedelta(weeks=number)).isocalendar()
    return f"{later.year}-W{later.week:02d}"


def weeks_between(first: str, second: str) -> int:
    """Return by how many weeks the second follows the first; raises `ValueError` for what is no week."""
    return (week_start(second) - week_start(first)).days // 7


def months_later(month: str, number: int) -> str:
    """Return the month so many months after one; raises `ValueError` for what is no month."""
    begins = date.fromisoformat(f"{month}-01")
    years, month_index = divmod(begins.month - 1 + number, 12)
    return f"{begins.year + years}-{month_index + 1:02d}"
