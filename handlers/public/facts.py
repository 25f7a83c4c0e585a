"""What the public page tells: figures of a quarter that is over, and whether the machines do what is promised.

Nothing here may tell that somebody rang: no number of a week, no time of a call or of its deletion, and no backlog as a
number. A deed that belongs to no caller (the worker's round, a planted call) may have its day.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection

from handlers.suppressing import Shown, last_whole_quarter, suppressed, suppressed_steps, whole_or_withheld
from storage import figures, raw, retention
from storage.clips import oldest_backlog
from storage.clock import iso_week
from storage.intake import all_beats
from storage.retention import Keeping

AT_WORK_SECONDS = 15 * 60  # a worker that was not seen for so long is not at work
CANARY_DAYS = 35  # an older search says little about today
STEPS: dict[str, str] = {
    "rang": "Calls that reached the line",
    "engaged": "Went on after the greeting",
    "in_scope": "Were about what the line takes",
    "reported": "Reports that staff confirmed",
    "released": "Released to a police team, sanitised",
    "acted": "A team acted on it",
}
ACTS = "They investigate, or protect somebody"  # the last step of the funnel: apart, each could be told from the other
OUTCOMES: dict[str, str] = {"record": "They keep it for the future", "outside_remit": "It is not theirs"}
TO_RELEASE: dict[str, str] = {
    "0_to_1": "Within 1 week",
    "2_to_4": "2 to 4 weeks",
    "5_to_8": "5 to 8 weeks",
    "9_to_13": "9 to 13 weeks",
    "over_13": "Over 13 weeks",
}


class CanaryUnread(Exception):
    """The result of the last search for a planted caller cannot be read; it helps to search again."""


@dataclass(frozen=True)
class Figure:
    """One row of a table: what is counted, and its number, or None where it is too small to be told."""

    words: str
    number: int | None


@dataclass(frozen=True)
class Table:
    """One table of figures."""

    title: str
    note: str
    rows: tuple[Figure, ...]


@dataclass(frozen=True)
class Canary:
    """The last search for a planted caller."""

    day: date
    found: int
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Upkeep:
    """Whether the machines do what is promised, as far as that may be told."""

    is_at_work: bool  # the worker, which deletes
    is_purged: bool  # nothing waits at the carrier for longer than it may
    is_expired: bool  # nothing is kept for longer than is said
    canary: Canary | None
    is_canary_old: bool


@dataclass(frozen=True)
class Facts:
    """All that the page tells."""

    day: date
    quarter: str
    first_week: str
    last_week: str
    tables: tuple[Table, ...]
    upkeep: Upkeep


@dataclass(frozen=True)
class Limits:
    """What is too long."""

    close_after_seconds: int
    backlog_seconds: int
    keeping: Keeping


def facts_of(connection: Connection, limits: Limits, canary: Canary | None, *, now: int) -> Facts:
    """Read what may be told."""
    quarter, weeks = last_whole_quarter(iso_week(now))
    today = datetime.fromtimestamp(now, UTC).date()
    return Facts(
        day=today,
        quarter=quarter,
        first_week=weeks[0],
        last_week=weeks[-1],
        tables=_tables(connection, weeks),
        upkeep=_upkeep(connection, limits, canary, today, now),
    )


def read_canary(path: Path) -> Canary:
    """Read what `hotline scan --result` wrote; raises `CanaryUnread`."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        kinds = tuple(sorted(str(kind) for kind in told["sought"]))
        return Canary(date.fromisoformat(told["day"]), int(told["found"]), kinds)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CanaryUnread(f"{path} is no result of `hotline scan --result`") from error


def _tables(connection: Connection, weeks: Sequence[str]) -> tuple[Table, ...]:
    funnel = figures.funnel_by_week(connection, weeks)
    steps = dict(zip(STEPS, suppressed_steps([sum(funnel[name]) for name in STEPS]), strict=True))
    decided, took = (_totals(connection, weeks, prefix) for prefix in (figures.OUTCOME, figures.TO_RELEASE))
    acted = (steps["acted"] or 0, *(decided.get(name, 0) for name in OUTCOMES))
    taken = [took.get(name, 0) for name in TO_RELEASE]
    return (
        Table(
            "From the call to what came of it",
            "A step counts in the week in which it was taken.",
            tuple(Figure(words, steps[name]) for name, words in STEPS.items()),
        ),
        _table(
            "What the teams decided",
            (ACTS, *OUTCOMES.values()),
            whole_or_withheld(acted, is_told=steps["acted"] is not None),
        ),
        _table(
            "How long a report took until its release",
            tuple(TO_RELEASE.values()),
            suppressed(taken, sum_is_told=steps["released"] is not None),  # their sum is that step
        ),
    )


def _totals(connection: Connection, weeks: Sequence[str], prefix: str) -> dict[str, int]:
    return {one.name: one.total for one in figures.counts_by_week(connection, weeks, prefix)}


def _table(title: str, words: Sequence[str], shown: Shown) -> Table:
    rows = tuple(Figure(said, number) for said, number in zip(words, shown.cells, strict=True))
    return Table(title, "", (*rows, Figure("All together", shown.total)))


def _upkeep(connection: Connection, limits: Limits, canary: Canary | None, today: date, now: int) -> Upkeep:
    seen = max((one.seen_at for one in all_beats(connection) if one.name == "worker"), default=0)
    oldest = oldest_backlog(connection, close_after=limits.close_after_seconds)
    late = raw.due_now(connection, limits.keeping, now=now) + retention.due_now(connection, limits.keeping, now=now)
    return Upkeep(
        is_at_work=now - AT_WORK_SECONDS < seen <= now + AT_WORK_SECONDS,
        is_purged=oldest is None or oldest > now - limits.backlog_seconds,
        is_expired=late == 0,
        canary=canary,
        is_canary_old=canary is None or not 0 <= (today - canary.day).days <= CANARY_DAYS,
    )
