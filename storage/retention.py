"""How long reports are kept: which are due, letting them go with a tombstone in the audit, and what will be due."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, tuple_

from storage import audit
from storage.blocks import not_closed
from storage.clock import iso_week, weeks_later
from storage.intake import PageKey
from storage.jobs import count_up
from storage.models import counts, items, mailboxes, reports, wraps

WEEK_SECONDS = 7 * 86_400
FREELY = 10  # so many may always go in one run
MAILBOX_WEEKS = 53  # after its last use a reference works for 366 days
LARGEST_PART = 5  # of more than that, at most a fifth of all reports goes unasked
WRITING_ALARM_WEEKS = 2  # what somebody types in is read by nobody else until it is finished
OPEN = ("writing", "arriving", "new", "read")
TOLD_WEEKS = 4
ERASED = ("expired.", "not_a_report.")  # how the names of what was deleted begin in `counts`


@dataclass(frozen=True)
class Keeping:
    """How long reports are kept, in weeks after the end of their week; none goes while its reference works."""

    confirmed_weeks: int = 104
    dismissed_weeks: int = 12  # of what was no report only the row is left
    open_alarm_weeks: int = 8  # what nobody finished never goes by itself: it is told instead

    @property
    def by_state(self) -> dict[str, int]:
        """Return the weeks of each state whose reports go by themselves."""
        return {"confirmed": self.confirmed_weeks, "not_a_report": self.dismissed_weeks}


class TooManyAtOnce(Exception):
    """More reports are due than may go unasked; it helps when a person says yes to exactly this many."""

    def __init__(self, due: int) -> None:
        super().__init__(f"{due} reports are due")
        self.due = due


def is_too_many(due: int, kept: int) -> bool:
    """Say whether so many of all reports may not go unless a person says yes: a clock or setting may be wrong."""
    return due > FREELY and due * LARGEST_PART > kept


def check_due(connection: Connection, keeping: Keeping, *, now: int, agreed: int | None = None) -> int:
    """Return how many reports are due; raises `TooManyAtOnce` unless they may go or a person agreed to so many."""
    due = connection.scalar(select(func.count()).select_from(reports).where(_due(keeping, now))) or 0
    kept = connection.scalar(select(func.count()).select_from(reports)) or 0
    allowed = due == agreed if agreed is not None else not is_too_many(due, kept)
    if not allowed:
        raise TooManyAtOnce(due)
    return due


def expire_reports(connection: Connection, keeping: Keeping, *, now: int, most: int, person: str) -> int:
    """Destroy at most so many reports that are due, with items and keys; return how many. May run twice.

    What stays: a number by week and state, and an entry in the audit that names the report's random id.
    """
    due = select(reports.c.report_id, reports.c.state, reports.c.week).where(_due(keeping, now))
    # Locked, so that a hold that is set at this moment either is seen here or finds no report any more.
    rows = connection.execute(due.limit(most).with_for_update()).all()
    ids = [row.report_id for row in rows]
    of_them = select(items.c.item_id).where(items.c.report_id.in_(ids))
    connection.execute(delete(wraps).where(wraps.c.item_id.in_(of_them)))
    for table in (items, reports):
        connection.execute(delete(table).where(table.c.report_id.in_(ids)))
    for row in rows:
        count_up(connection, f"expired.{row.state}", week=row.week)
        audit.record(connection, at=now, person=person, action="report-expired", subject=row.report_id)
    return len(ids)


@dataclass(frozen=True)
class Going:
    """A confirmed report that will be deleted, and in which week at the earliest."""

    report_id: str
    case_number: str
    week: str
    goes_in: str


@dataclass(frozen=True)
class GoingPage:
    """One page of what will go, the first to go first, and the key of the next page where there is one."""

    reports: tuple[Going, ...]
    following: PageKey | None


def going_page(
    connection: Connection, keeping: Keeping, after: PageKey | None, size: int, *, now: int, reader: str
) -> GoingPage:
    """Return confirmed reports that go within four weeks or are due, as far as no reference keeps them for longer.

    None that is closed to the reader is among them.

    The desk reads no references: of a report whose reference still works this says a week that is too early.
    """
    soon = and_(*_goes_within(keeping, now), reports.c.held == "", not_closed(reader))
    wanted = select(reports.c.report_id, reports.c.case_number, reports.c.week).where(soon)
    if after is not None:
        wanted = wanted.where(tuple_(reports.c.week, reports.c.report_id) > (after.week, after.row_id))
    rows = connection.execute(wanted.order_by(reports.c.week, reports.c.report_id).limit(size + 1)).all()
    this_week, kept = iso_week(now), keeping.confirmed_weeks
    found = tuple(
        Going(row.report_id, row.case_number, row.week, max(_goes_in(row.week, kept, None), this_week))
        for row in rows[:size]
    )
    return GoingPage(found, PageKey(found[-1].week, found[-1].report_id) if len(rows) > size else None)


def goes_soon(connection: Connection, keeping: Keeping, *, now: int, reader: str) -> bool:
    """Say whether a confirmed report that is not closed to the reader goes within four weeks."""
    soon = select(reports.c.report_id).where(*_goes_within(keeping, now), reports.c.held == "", not_closed(reader))
    return connection.execute(soon.limit(1)).first() is not None


@dataclass(frozen=True)
class Erased:
    """How many of a kind went: of reports and contacts that came in a week, or of what went in a week."""

    week: str
    name: str
    number: int


def erased(connection: Connection, before_week: str, weeks: int) -> tuple[tuple[Erased, ...], str]:
    """Return the numbers of so many weeks below one, the newest first, and below which week the next page begins."""
    below = counts.c.week < before_week if before_week else counts.c.week != ""
    of_week = or_(*(counts.c.name.startswith(kind, autoescape=True) for kind in ERASED))
    named = connection.scalars(
        select(counts.c.week).where(below, of_week).distinct().order_by(counts.c.week.desc()).limit(weeks + 1)
    ).all()
    shown = named[:weeks]
    if not shown:
        return (), ""
    span = and_(counts.c.week <= shown[0], counts.c.week >= shown[-1], of_week)
    rows = connection.execute(select(counts).where(span).order_by(counts.c.week.desc(), counts.c.name))
    found = tuple(Erased(str(row.week), str(row.name), int(row.number)) for row in rows)
    return found, shown[-1] if len(named) > weeks else ""


def has_forgotten_reports(connection: Connection, keeping: Keeping, *, now: int) -> bool:
    """Say whether a report waits unfinished for longer than is told."""
    last = _last_due_week(now, keeping.open_alarm_weeks)
    drafts = and_(reports.c.state == "writing", reports.c.week <= _last_due_week(now, WRITING_ALARM_WEEKS))
    late = or_(and_(reports.c.state.in_(OPEN), reports.c.week <= last), drafts)
    waits = and_(_is_week(reports.c.week), late)
    return connection.execute(select(reports.c.report_id).where(waits).limit(1)).first() is not None


@dataclass(frozen=True)
class Planned:
    """How many reports of each state go in one week, if nobody holds them or rings back."""

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
    box = select(func.max(mailboxes.c.week)).where(mailboxes.c.report_id == reports.c.report_id).scalar_subquery()
    rows = select(reports.c.state, reports.c.week, box.label("box"), func.count().label("number"))
    for row in connection.execute(rows.where(_may_go(keeping)).group_by(reports.c.state, reports.c.week, "box")):
        goes = max(_goes_in(row.week, keeping.by_state[row.state], row.box), names[0])
        if goes in found:
            found[goes][row.state] += row.number
    held, unfinished = (
        connection.scalar(select(func.count()).select_from(reports).where(which)) or 0
        for which in (reports.c.held != "", reports.c.state.in_(OPEN))
    )
    return Plan(tuple(Planned(week, dict(states)) for week, states in found.items()), held, unfinished)


# ---- the rule -----------------------------------------------------------------------------------------------------


def _due(keeping: Keeping, now: int) -> ColumnElement[bool]:
    # A reference that was heard keeps its report: it must not ring back as unknown, however little was said.
    works = exists().where(mailboxes.c.report_id == reports.c.report_id)
    each = (
        and_(reports.c.state == state, reports.c.week <= _last_due_week(now, weeks))
        for state, weeks in keeping.by_state.items()
    )
    return and_(_may_go(keeping), ~works, or_(*each))


def _may_go(keeping: Keeping) -> ColumnElement[bool]:
    return and_(reports.c.state.in_(list(keeping.by_state)), reports.c.held == "", _is_week(reports.c.week))


def _is_week(column: ColumnElement[str]) -> ColumnElement[bool]:
    # A damaged week sorts anywhere: what cannot be dated is kept.
    return column.like("20__-W__")


def _goes_within(keeping: Keeping, now: int) -> tuple[ColumnElement[bool], ...]:
    last = _last_due_week(now + TOLD_WEEKS * WEEK_SECONDS, keeping.confirmed_weeks)
    return reports.c.state == "confirmed", _is_week(reports.c.week), reports.c.week <= last


def _last_due_week(now: int, weeks: int) -> str:
    # A week is over when the next begins, so the deadline of week 10 and one week is the Monday of week 12.
    return iso_week(now - (weeks + 1) * WEEK_SECONDS)


def _goes_in(week: str, weeks: int, box: str | None) -> str:
    reference_ends = weeks_later(box, MAILBOX_WEEKS) if box else ""
    return max(weeks_later(week, weeks + 1), reference_ends)
