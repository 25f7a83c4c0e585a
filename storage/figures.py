"""Numbers by week for supervisors: what came of calls and reports, counted when it happens, so that it outlives both.

A report's categories stand nowhere outside a seal, so they are counted by quarter: in a week there may be one report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, func, select

from storage.clock import weeks_between
from storage.jobs import count_up
from storage.models import call_log, counts, reports

NO_REPORT = "not_a_report."  # how the names of these counts begin
ASKED = "queue."  # what became of those who asked for a person
REPORTED, OUTCOME = "reported.", "outcome."  # by language; by what a team decided
CATEGORY, TO_RELEASE = "category.", "to_release."  # by quarter; by weeks from a report's own
FUNNEL = "funnel."
RANG, ENGAGED, IN_SCOPE, ACTED = (f"{FUNNEL}{step}" for step in ("rang", "engaged", "in_scope", "acted"))
RELEASED = "released."  # full | safeguarding
NOT_KEPT = "not_kept"  # of hours that would tie a call to a report
WEEKS_TO_RELEASE = ((1, "0_to_1"), (4, "2_to_4"), (8, "5_to_8"), (13, "9_to_13"))  # up to so many
LONGEST_TO_RELEASE = "over_13"


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


def languages_by_week(connection: Connection, weeks: Sequence[str]) -> tuple[Counted, ...]:
    """Return finished calls, by language."""
    return _calls_by_week(connection, weeks, call_log.c.language)


def hours_by_week(connection: Connection, weeks: Sequence[str]) -> tuple[Counted, ...]:
    """Return finished calls, by six hours of the line's day, as far as the call log keeps them."""
    return _calls_by_week(connection, weeks, case((call_log.c.band == "", NOT_KEPT), else_=call_log.c.band))


def funnel_by_week(connection: Connection, weeks: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return how many came to each step in each of the weeks: rang, engaged, in scope, reported, released, acted."""
    found = {one.name: one.by_week for one in counts_by_week(connection, weeks, FUNNEL)}
    by_language = counts_by_week(connection, weeks, REPORTED)
    reported = tuple(sum(one.by_week[place] for one in by_language) for place in range(len(weeks)))
    of_purpose = {one.name: one.by_week for one in counts_by_week(connection, weeks, RELEASED)}
    steps = {**found, "reported": reported, **({"released": of_purpose["full"]} if "full" in of_purpose else {})}
    order = ("rang", "engaged", "in_scope", "reported", "released", "acted")
    return {step: steps.get(step, (0,) * len(weeks)) for step in order}


# ---- counting, in the transaction of the deed -----------------------------------------------------------------------


def count_reported(connection: Connection, report_id: str, *, week: str) -> None:
    """Count that a report was confirmed, by its language."""
    language = connection.scalar(select(reports.c.language).where(reports.c.report_id == report_id))
    count_up(connection, f"{REPORTED}{language}", week=week)


def count_released(connection: Connection, report_id: str, categories: Iterable[str], *, week: str) -> None:
    """Count of a report that was released in full how many weeks that took, and by quarter its categories."""
    for category in categories:
        count_up(connection, f"{CATEGORY}{category}", week=quarter_of(week))
    came = connection.scalar(select(reports.c.week).where(reports.c.report_id == report_id))
    with suppress(ValueError):  # of a damaged week nobody knows how long it took
        took = weeks_between(str(came), week)
        band = next((name for most, name in WEEKS_TO_RELEASE if took <= most), LONGEST_TO_RELEASE)
        count_up(connection, f"{TO_RELEASE}{band}", week=week)


def quarter_of(week: str) -> str:
    """Return the quarter of an ISO week, such as `2026-Q4`: thirteen weeks, the last one of a long year fourteen."""
    return f"{week[:4]}-Q{min((int(week[6:]) - 1) // 13, 3) + 1}"


def _calls_by_week(connection: Connection, weeks: Sequence[str], column: ColumnElement[str]) -> tuple[Counted, ...]:
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
