"""What was raw goes some time after its report was released in full, and what a team decided some time after that.

Raw is all that could point at the caller: what they keyed and said, its transcripts, what staff noted beside it, the
drafts of the clean text, what was proposed and never left (it may have been sent back since it points at them), how
they may be reached. What left the desk stays until the report goes: the release itself,
the subjects (a later report is linked by them), what was handed over by word of mouth, and the replies to the caller.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from storage import audit
from storage.database import is_there
from storage.jobs import count_up
from storage.models import handovers, items, packages, releases, reports, reviews, team_items, team_wraps, wraps
from storage.retention import Keeping, is_week, last_due_week
from storage.review_rows import OPEN, PROPOSED, RETURNED, STOPPED, WAITING

RAW_KINDS = frozenset(
    {"received", "answer", "draft", "transcript", "note", "form", "written", "sound", "clean", "contact"}
)
NEVER_LEFT = ("returned", "void")  # of what was proposed
STILL_REVIEWED = (WAITING, OPEN, PROPOSED, RETURNED)  # something was added, or a fuller release is due


def due_now(connection: Connection, keeping: Keeping, *, now: int) -> int:
    """Return of how many reports the raw text and sound are due, and how many decided handovers."""
    raw = select(func.count()).select_from(reports).where(_raw_due(keeping, now))
    handed = select(func.count()).select_from(handovers).where(_handed_due(keeping, now))
    return (connection.scalar(raw) or 0) + (connection.scalar(handed) or 0)


def destroy_raw(connection: Connection, keeping: Keeping, *, now: int, most: int, person: str) -> int:
    """Destroy the raw items of at most so many released reports, with their keys; return of how many. May run twice.

    What stays of it: an entry in the audit that names the report's random id and how many items went, and a count.
    """
    due = select(reports.c.report_id, reports.c.week).where(_raw_due(keeping, now)).limit(most)
    # Locked, so that a hold that is set at this moment either is seen here or comes too late.
    rows = connection.execute(due.with_for_update()).all()
    for row in rows:
        raw = and_(items.c.report_id == row.report_id, _is_raw())
        connection.execute(delete(wraps).where(wraps.c.item_id.in_(select(items.c.item_id).where(raw))))
        gone = connection.execute(delete(items).where(raw)).rowcount
        connection.execute(update(reviews).where(reviews.c.report_id == row.report_id).values(item_id=""))
        count_up(connection, "expired.raw", week=row.week)
        detail = f"{gone} item(s)"
        audit.record(connection, at=now, person=person, action="raw-destroyed", subject=row.report_id, detail=detail)
    return len(rows)


def expire_handovers(connection: Connection, keeping: Keeping, *, now: int, most: int, person: str) -> int:
    """Destroy at most so many handovers that a team has decided, on the team's side too; return how many."""
    due = select(handovers.c.release_id, handovers.c.feedback_by).where(_handed_due(keeping, now)).limit(most)
    rows = connection.execute(due).all()
    ids = [row.release_id for row in rows]
    of_them = select(team_items.c.item_id).where(team_items.c.release_id.in_(ids))
    connection.execute(delete(team_wraps).where(team_wraps.c.item_id.in_(of_them)))
    for table in (team_items, packages, handovers):
        connection.execute(delete(table).where(table.c.release_id.in_(ids)))
    for row in rows:
        count_up(connection, "expired.handed", week=row.feedback_by)
        audit.record(connection, at=now, person=person, action="handover-expired", subject=row.release_id)
    return len(ids)


def has_raw(connection: Connection, report_id: str) -> bool:
    """Say whether anything raw of a report is left."""
    raw = and_(items.c.report_id == report_id, _is_raw())
    return connection.execute(select(items.c.item_id).where(raw).limit(1)).first() is not None


def may_lose_raw() -> ColumnElement[bool]:
    """Return the condition that the timer runs for the raw text of a report, and there is some."""
    some = is_there(items.c.report_id == reports.c.report_id, _is_raw())
    reviewed = is_there(reviews.c.report_id == reports.c.report_id, reviews.c.state.in_(STILL_REVIEWED))
    # Also of what was added to after its release and is confirmed again: whether more of it leaves, its review says.
    ended = reports.c.state.in_(("released", "confirmed"))
    is_timed = and_(ended, reports.c.held == "", is_week(reports.c.released))
    return and_(is_timed, some, ~reviewed)


def _is_raw() -> ColumnElement[bool]:
    never_left = select(releases.c.item_id).where(
        releases.c.report_id == items.c.report_id, releases.c.state.in_(NEVER_LEFT)
    )
    return or_(items.c.kind.in_(RAW_KINDS), and_(items.c.kind == "release", items.c.item_id.in_(never_left)))


def _raw_due(keeping: Keeping, now: int) -> ColumnElement[bool]:
    last = last_due_week(now, keeping.raw_weeks)
    # What was added after the release, and of which nothing leaves, has its own time: from when it waited for review.
    later = is_there(reviews.c.report_id == reports.c.report_id, reviews.c.state == STOPPED, reviews.c.week > last)
    return and_(reports.c.released <= last, may_lose_raw(), ~later)


def _handed_due(keeping: Keeping, now: int) -> ColumnElement[bool]:
    # What a team never decided, and a question that nobody answered, is told by the clocks and never goes by itself.
    asked = is_there(
        team_items.c.release_id == handovers.c.release_id, team_items.c.kind == "question", team_items.c.state == "new"
    )
    long_ago = and_(is_week(handovers.c.feedback_by), handovers.c.feedback_by <= last_due_week(now, keeping.team_weeks))
    # A hold on the report keeps what its team said of it too: that stands nowhere else.
    held = is_there(
        releases.c.release_id == handovers.c.release_id,
        reports.c.report_id == releases.c.report_id,
        reports.c.held != "",
    )
    return and_(handovers.c.state == "decided", long_ago, ~asked, ~held)
