"""What will go by itself and when: for supervisors, who may still hold it, and in numbers for operators."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, case, func, select, tuple_

from storage.blocks import not_closed
from storage.clock import iso_week
from storage.intake import PageKey
from storage.models import mailboxes, reports
from storage.raw import may_lose_raw
from storage.retention import (
    OPEN,
    WEEK_SECONDS,
    Keeping,
    goes_in,
    is_week,
    last_due_week,
    may_go,
    tells_withdrawn,
)

TOLD_WEEKS = 4


class Timer(StrEnum):
    """What runs out."""

    CONFIRMED = "confirmed"  # a report that was never released, with all of it
    RAW = "raw"  # what was raw of a released report
    RELEASED = "released"  # what was left of it

    @property
    def since(self) -> ColumnElement[str]:
        """Return the column of the week from which on it runs."""
        return reports.c.week if self is Timer.CONFIRMED else reports.c.released

    def weeks(self, keeping: Keeping) -> int:
        """Return for how many weeks it runs."""
        kept = {Timer.CONFIRMED: keeping.confirmed_weeks, Timer.RAW: keeping.raw_weeks}
        return kept.get(self, keeping.released_weeks)


@dataclass(frozen=True)
class Going:
    """A report of which something will be deleted, and in which week at the earliest."""

    report_id: str
    case_number: str
    week: str  # of the report, or of its release
    goes_in: str


@dataclass(frozen=True)
class GoingPage:
    """One page of what will go, the first to go first, and the key of the next page where there is one."""

    reports: tuple[Going, ...]
    following: PageKey | None


def going_page(
    connection: Connection,
    keeping: Keeping,
    after: PageKey | None,
    size: int,
    *,
    now: int,
    reader: str,
    timer: Timer = Timer.CONFIRMED,
) -> GoingPage:
    """Return what goes within four weeks or is due, as far as no reference keeps it for longer.

    None that is closed to the reader is among them.

    The desk reads no references: of a report whose reference still works this says a week that is too early.
    """
    since, kept = timer.since, timer.weeks(keeping)
    wanted = select(reports.c.report_id, reports.c.case_number, since.label("since")).where(
        _soon(timer, keeping, now), not_closed(reader)
    )
    if after is not None:
        wanted = wanted.where(tuple_(since, reports.c.report_id) > (after.week, after.row_id))
    rows = connection.execute(wanted.order_by(since, reports.c.report_id).limit(size + 1)).all()
    found = tuple(
        Going(row.report_id, row.case_number, row.since, max(goes_in(row.since, kept, None), iso_week(now)))
        for row in rows[:size]
    )
    return GoingPage(found, PageKey(found[-1].week, found[-1].report_id) if len(rows) > size else None)


def goes_soon(connection: Connection, keeping: Keeping, *, now: int, reader: str) -> bool:
    """Say whether something goes within four weeks of a report that is not closed to the reader."""
    soon = (select(reports.c.report_id).where(_soon(timer, keeping, now), not_closed(reader)) for timer in Timer)
    return any(connection.execute(which.limit(1)).first() is not None for which in soon)


@dataclass(frozen=True)
class Planned:
    """How many reports of each state go in one week, if nobody holds them or rings back; under `raw` their raw text."""

    week: str
    by_state: dict[str, int]


@dataclass(frozen=True)
class Plan:
    """What goes in the coming weeks, the running one first with all that is due now; and what does not go."""

    weeks: tuple[Planned, ...]
    held: int
    unfinished: int


def plan(connection: Connection, keeping: Keeping, *, now: int, weeks: int) -> Plan:
    """Return what will go in the running week and those after it: counts only."""
    names = [iso_week(now + number * WEEK_SECONDS) for number in range(weeks)]
    found: dict[str, Counter[str]] = {name: Counter() for name in names}
    for state, goes, number in (*_planned(connection, keeping), *_planned_raw(connection, keeping)):
        if (week := max(goes, names[0])) in found:
            found[week][state] += number
    held, unfinished = (
        connection.scalar(select(func.count()).select_from(reports).where(which)) or 0
        for which in (reports.c.held != "", reports.c.state.in_(OPEN))
    )
    return Plan(tuple(Planned(week, dict(states)) for week, states in found.items()), held, unfinished)


def _planned(connection: Connection, keeping: Keeping) -> list[tuple[str, str, int]]:
    works = and_(mailboxes.c.report_id == reports.c.report_id, mailboxes.c.state == "open")
    box = select(func.max(mailboxes.c.week)).where(works).scalar_subquery()
    since = case((reports.c.state == "released", reports.c.released), else_=reports.c.week)
    weeks = case(
        (tells_withdrawn(), keeping.withdrawn_weeks),
        *((reports.c.state == one, n) for one, n in keeping.by_state.items()),
    )
    columns = (reports.c.state, since.label("since"), box.label("box"), weeks.label("weeks"))
    rows = select(*columns, func.count().label("number")).where(may_go(keeping), is_week(since))
    found = connection.execute(rows.group_by(reports.c.state, "since", "box", "weeks"))
    return [(row.state, goes_in(row.since, row.weeks, row.box), row.number) for row in found]


def _planned_raw(connection: Connection, keeping: Keeping) -> list[tuple[str, str, int]]:
    rows = select(reports.c.released, func.count().label("number")).where(may_lose_raw())
    found = connection.execute(rows.group_by(reports.c.released))
    return [(Timer.RAW, goes_in(row.released, keeping.raw_weeks, None), row.number) for row in found]


def _soon(timer: Timer, keeping: Keeping, now: int) -> ColumnElement[bool]:
    last = last_due_week(now + TOLD_WEEKS * WEEK_SECONDS, timer.weeks(keeping))
    state = "confirmed" if timer is Timer.CONFIRMED else "released"
    within = and_(reports.c.state == state, is_week(timer.since), timer.since <= last, reports.c.held == "")
    return and_(within, may_lose_raw()) if timer is Timer.RAW else within
