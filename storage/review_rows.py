"""The row that each report on its way to a team has: begun, urged and freed by whatever changes its report.

Who works on it is storage/reviews.py. This file stands below it, since reports, blocks and people begin and free rows.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, case, update

from storage.clock import iso_week
from storage.database import insert_once
from storage.models import releases, reviews
from storage.prepared import Prepared

WAITING, OPEN, PROPOSED, RETURNED, RELEASED, STOPPED = (
    "waiting",
    "open",
    "proposed",
    "returned",
    "released",
    "stopped",
)
IN_HAND = (OPEN, RETURNED)  # somebody works on it, and no exact bytes stand
_BEGIN = Prepared(lambda dialect: insert_once(dialect, reviews, "report_id"), "report_id", "state", "week", "urgent")


def wait_urgently(connection: Connection, report_id: str, *, now: int) -> None:
    """Let an urgent report wait for review at once, whatever is still to be confirmed. May run twice.

    An INSERT alone: the public door may do no more to these rows.
    """
    _begin(connection, report_id, iso_week(now), urgent=True)


def wait_for_review(connection: Connection, report_id: str, *, week: str, urgent: bool) -> None:
    """Let a report wait for review since a week; what was stopped or released before waits again. May run twice.

    What was proposed in full before it was confirmed anew does not hold what was added: it stands no more.
    """
    if not _begin(connection, report_id, week, urgent=urgent):
        ended = reviews.c.state.in_((STOPPED, RELEASED))
        values = {"state": WAITING, "reviewer": "", "week": week}
        connection.execute(update(reviews).where(_of(report_id), ended).values(values))
        standing = and_(releases.c.report_id == report_id, releases.c.state == PROPOSED, releases.c.purpose == "full")
        if connection.execute(update(releases).where(standing).values(state="void")).rowcount:
            connection.execute(update(reviews).where(_of(report_id), reviews.c.state == PROPOSED).values(state=OPEN))
    if urgent:
        connection.execute(update(reviews).where(_of(report_id), ~reviews.c.urgent).values(urgent=True))


def end_review(connection: Connection, report_id: str) -> None:
    """Say that nothing of this report will leave: it holds nothing any more. May run twice."""
    connection.execute(update(reviews).where(_of(report_id)).values(state=STOPPED, reviewer=""))


def leave_review(connection: Connection, person_id: str, report_id: str) -> None:
    """Free the review of one report from somebody to whom that was closed. May run twice."""
    _free(connection, and_(reviews.c.reviewer == person_id, _of(report_id)))


def free_reviews_of(connection: Connection, person_id: str) -> None:
    """Free every review of somebody who reviews no more; what they proposed stands without them. May run twice."""
    _free(connection, reviews.c.reviewer == person_id)


def _free(connection: Connection, which: ColumnElement[bool]) -> None:
    # What was sent back stays so: the reason stands in its notes for whoever takes it up.
    freed = case((reviews.c.state == OPEN, WAITING), else_=reviews.c.state)
    held = and_(which, reviews.c.state.in_(IN_HAND))
    connection.execute(update(reviews).where(held).values(state=freed, reviewer=""))


def _begin(connection: Connection, report_id: str, week: str, *, urgent: bool) -> bool:
    values = {"report_id": report_id, "state": WAITING, "week": week, "urgent": urgent}
    return _BEGIN.run(connection, values).rowcount == 1


def _of(report_id: str) -> ColumnElement[bool]:
    return reviews.c.report_id == report_id
