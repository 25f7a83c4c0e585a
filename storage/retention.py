"""How long reports are kept: which are due, and letting them go with a tombstone in the audit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select

from storage import audit
from storage.clock import iso_week, weeks_later
from storage.database import is_there
from storage.jobs import count_up
from storage.models import counts, items, mailboxes, reports, wraps
from storage.replies import WITHDRAWN

WEEK_SECONDS = 7 * 86_400
FREELY = 10  # so many may always go in one run
MAILBOX_WEEKS = 53  # after its last use a reference works for 366 days
LARGEST_PART = 5  # of more than that, at most a fifth of all reports goes unasked
WRITING_ALARM_WEEKS = 2  # what somebody types in is read by nobody else until it is finished
OPEN = ("writing", "arriving", "new", "read")
ERASED = ("expired.", "not_a_report.")  # how the names of what was deleted begin in `counts`


@dataclass(frozen=True)
class Keeping:
    """How long reports are kept, in weeks after the end of their week; none goes while its reference works."""

    confirmed_weeks: int = 104
    dismissed_weeks: int = 12  # of what was no report only the row is left
    open_alarm_weeks: int = 8  # what nobody finished never goes by itself: it is told instead
    raw_weeks: int = 26  # after the week of its release: a team answers within 13, and its question back as long again
    released_weeks: int = 104  # what is left of a released report, after the week of its release
    team_weeks: int = 52  # what a team decided, after the week in which it was to answer

    @property
    def withdrawn_weeks(self) -> int:
        """Return for how long a row says that its caller took back what stands elsewhere by now.

        What was taken from it may be as young as it was old when it became part of another report, and go as late.
        """
        return 2 * self.confirmed_weeks

    @property
    def by_state(self) -> dict[str, int]:
        """Return the weeks of each state whose reports go by themselves."""
        return {
            "confirmed": self.confirmed_weeks,
            "not_a_report": self.dismissed_weeks,
            "released": self.released_weeks,
        }


class TooManyAtOnce(Exception):
    """More reports are due than may go unasked; it helps when a person says yes to exactly this many."""

    def __init__(self, due: int) -> None:
        super().__init__(f"{due} reports are due")
        self.due = due


def is_too_many(due: int, kept: int) -> bool:
    """Say whether so many of all reports may not go unless a person says yes: a clock or setting may be wrong."""
    return due > FREELY and due * LARGEST_PART > kept


def due_now(connection: Connection, keeping: Keeping, *, now: int) -> int:
    """Return how many reports are due."""
    return connection.scalar(select(func.count()).select_from(reports).where(_due(keeping, now))) or 0


def check_due(connection: Connection, keeping: Keeping, *, now: int, agreed: int | None = None, more: int = 0) -> int:
    """Return how many are due, with `more` of other kinds that go in the same run.

    Raises `TooManyAtOnce` unless they may go or a person agreed to so many.
    """
    due = due_now(connection, keeping, now=now) + more
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
    last = last_due_week(now, keeping.open_alarm_weeks)
    drafts = and_(reports.c.state == "writing", reports.c.week <= last_due_week(now, WRITING_ALARM_WEEKS))
    late = or_(and_(reports.c.state.in_(OPEN), reports.c.week <= last), drafts)
    waits = and_(is_week(reports.c.week), late)
    return connection.execute(select(reports.c.report_id).where(waits).limit(1)).first() is not None


# ---- the rule -----------------------------------------------------------------------------------------------------


def _due(keeping: Keeping, now: int) -> ColumnElement[bool]:
    # A reference that was heard keeps its report: it must not ring back as unknown, however little was said.
    # What its caller withdrew nobody rings back for.
    works = is_there(mailboxes.c.report_id == reports.c.report_id, mailboxes.c.state == "open")
    each = (
        and_(reports.c.state == state, _since(state) <= last_due_week(now, weeks), is_week(_since(state)))
        for state, weeks in keeping.by_state.items()
    )
    # A row without content: no key of the worker tells whether a part of it still stands in another report.
    long_ago = reports.c.week <= last_due_week(now, keeping.withdrawn_weeks)
    return and_(may_go(keeping), ~works, or_(*each), or_(~tells_withdrawn(), long_ago))


def tells_withdrawn() -> ColumnElement[bool]:
    """Return the condition that of a report nothing is left but that its caller withdrew it."""
    return and_(reports.c.state == "not_a_report", reports.c.status == WITHDRAWN)


def may_go(keeping: Keeping) -> ColumnElement[bool]:
    """Return the condition that a report is of a kind that goes by itself, and nobody holds it."""
    return and_(reports.c.state.in_(list(keeping.by_state)), reports.c.held == "", is_week(reports.c.week))


def _since(state: str) -> ColumnElement[str]:
    return reports.c.released if state == "released" else reports.c.week


def is_week(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a column names a week."""
    # A damaged week sorts anywhere: what cannot be dated is kept.
    return column.like("20__-W__")


def last_due_week(now: int, weeks: int) -> str:
    """Return the last week of which what is kept for so many weeks after it is due."""
    # A week is over when the next begins, so the deadline of week 10 and one week is the Monday of week 12.
    return iso_week(now - (weeks + 1) * WEEK_SECONDS)


def goes_in(week: str, weeks: int, box: str | None) -> str:
    """Return in which week something goes that is kept for so many, or until its reference ends."""
    reference_ends = weeks_later(box, MAILBOX_WEEKS) if box else ""
    return max(weeks_later(week, weeks + 1), reference_ends)
