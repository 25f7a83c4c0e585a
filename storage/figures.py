"""Numbers by week for supervisors: contacts that were no reports by reason, and calls by what they left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, func, select

from storage.models import call_log, counts

NO_REPORT = "not_a_report."  # how the names of these counts begin
ASKED = "queue."  # what became of those who asked for a person


@dataclass(frozen=True)
class Counted:
    """How often something was counted in each of the weeks that were asked for, in their order."""

    name: str
    by_week: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return the sum of the weeks."""
        return sum(self.by_week)


def reasons_by_week(connection: Connection, weeks: Sequence[str]) -> tuple[Counted, ...]:
    """Return contacts that were no reports, by reason."""
    return counts_by_week(connection, weeks, NO_REPORT)


def counts_by_week(connection: Connection, weeks: Sequence[str], prefix: str) -> tuple[Counted, ...]:
    """Return the counts whose names begin so, by the rest of their names."""
    wanted = select(counts.c.name, counts.c.week, counts.c.number).where(counts.c.week.in_(weeks))
    rows = connection.execute(wanted.where(counts.c.name.startswith(prefix, autoescape=True))).all()
    return _by_week([(row.name, row.week, row.number) for row in rows], weeks, prefix)


def ends_by_week(connection: Connection, weeks: Sequence[str]) -> tuple[Counted, ...]:
    """Return finished calls, by what they left."""
    return _calls_by_week(connection, weeks, call_log.c.outcome)


def stages_by_week(connection: Connection, weeks: Sequence[str]) -> tuple[Counted, ...]:
    """Return finished calls, by where they were left."""
    return _calls_by_week(connection, weeks, call_log.c.stage)


def _calls_by_week(connection: Connection, weeks: Sequence[str], column: Column[str]) -> tuple[Counted, ...]:
    kinds = (column, call_log.c.week)
    wanted = select(*kinds, func.count()).where(call_log.c.week.in_(weeks)).group_by(*kinds)
    rows = connection.execute(wanted).all()
    return _by_week([(name, week, number) for name, week, number in rows if name], weeks, "")


def _by_week(rows: Iterable[tuple[object, str, object]], weeks: Sequence[str], prefix: str) -> tuple[Counted, ...]:
    found: dict[str, dict[str, int]] = {}
    for name, week, number in rows:
        if isinstance(name, str) and isinstance(number, int):  # SQLite holds a writer to no type
            found.setdefault(name.removeprefix(prefix), {})[week] = number
    return tuple(Counted(name, tuple(of.get(week, 0) for week in weeks)) for name, of in found.items())
