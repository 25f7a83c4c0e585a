"""To whom a report is closed: rows of a person and a report, which win over every role.

The rows stand in the clear, since the door looks at them before anything is opened; why they stand is sealed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, true, update

from storage.clips import add_items, forget_items
from storage.database import is_there
from storage.jobs import raise_alarm
from storage.live.conduct import leave_closed_talks
from storage.models import blocks, memberships, people, reports
from storage.review_rows import leave_review
from storage.sealing import SealedItem

CLOSED_TO_ALL = "closed_to_all"
NOTE = "No supervisor may read one of the reports: it is closed to each of them. Admit another supervisor."


class AlreadyBlocked(Exception):
    """The report is closed to this person already; trying again never helps."""


@dataclass(frozen=True)
class Block:
    """That a report is closed to somebody."""

    person_id: str
    report_id: str
    item_id: str  # of the sealed reason; gone when the report's content is
    unseen: bool


@dataclass(frozen=True)
class Reader:
    """Who asks for reports, and whether only for those that are theirs."""

    person_id: str
    only_own: bool = False


def visible(reader: Reader) -> ColumnElement[bool]:
    """Return the condition that somebody may read a report: not closed to them and, where that is asked, their own."""
    own = reports.c.claimed_by == reader.person_id if reader.only_own else true()
    return and_(own, not_closed(reader.person_id))


def not_closed(person_id: str) -> ColumnElement[bool]:
    """Return the condition that a report is not closed to this person; with "" nothing is closed."""
    if not person_id:
        return true()
    theirs = blocks.alias("theirs")  # of its own, since the rows of others may be asked for around it
    return ~is_there(theirs.c.person_id == person_id, theirs.c.report_id == reports.c.report_id)


def block(connection: Connection, person_id: str, reason: SealedItem, *, unseen: bool = False, now: int) -> None:
    """Close a report to somebody at once, and raise an alarm when no supervisor is left to read it.

    Raises `AlreadyBlocked`.
    """
    if is_blocked(connection, person_id, reason.report_id):
        raise AlreadyBlocked
    row = {"person_id": person_id, "report_id": reason.report_id, "item_id": reason.item_id, "unseen": unseen}
    connection.execute(insert(blocks), row)
    theirs = (reports.c.report_id == reason.report_id, reports.c.claimed_by == person_id)
    connection.execute(update(reports).where(*theirs).values(claimed_by=""))  # others can take it up
    leave_review(connection, person_id, reason.report_id)
    leave_closed_talks(connection, person_id, reason.report_id, now=now)
    add_items(connection, [reason])
    if not supervisors_left(connection, reason.report_id):
        raise_alarm(connection, CLOSED_TO_ALL, NOTE, now=now)


def lift_block(connection: Connection, person_id: str, report_id: str) -> bool:
    """Open a report to somebody again and destroy the reason; False when it was not closed to them."""
    mine = (blocks.c.person_id == person_id, blocks.c.report_id == report_id)
    item_id = connection.scalar(select(blocks.c.item_id).where(*mine))
    if item_id is None:
        return False
    forget_items(connection, [item_id])
    return connection.execute(delete(blocks).where(*mine)).rowcount == 1


def is_blocked(connection: Connection, person_id: str, report_id: str) -> bool:
    """Say whether a report is closed to somebody."""
    mine = (blocks.c.person_id == person_id, blocks.c.report_id == report_id)
    return connection.execute(select(blocks.c.item_id).where(*mine)).first() is not None


def blocks_of(connection: Connection, report_id: str) -> tuple[Block, ...]:
    """Return to whom one report is closed."""
    rows = connection.execute(select(blocks).where(blocks.c.report_id == report_id).order_by(blocks.c.person_id))
    return tuple(Block(row.person_id, row.report_id, row.item_id, bool(row.unseen)) for row in rows)


def closed_to(connection: Connection, report_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Return who may not read which of these reports: report ids by person."""
    closed: dict[str, set[str]] = {}
    for row in connection.execute(select(blocks).where(blocks.c.report_id.in_(list(report_ids)))):
        closed.setdefault(row.person_id, set()).add(row.report_id)
    return {person_id: frozenset(found) for person_id, found in closed.items()}


def unseen_blocks(connection: Connection, *, reader: Reader, most: int) -> tuple[Block, ...]:
    """Return what the desk closed by itself and no supervisor looked at, of reports that the reader may see."""
    here = select(reports.c.report_id).where(reports.c.report_id == blocks.c.report_id, visible(reader))
    rows = connection.execute(select(blocks).where(blocks.c.unseen, here.exists()).limit(most))
    return tuple(Block(row.person_id, row.report_id, row.item_id, bool(row.unseen)) for row in rows)


def mark_seen(connection: Connection, report_id: str) -> None:
    """Say that a supervisor has looked at the blocks of a report. May run twice."""
    connection.execute(update(blocks).where(blocks.c.report_id == report_id, blocks.c.unseen).values(unseen=False))


def supervisors_left(connection: Connection, report_id: str, *, without: str = "") -> int:
    """Return how many supervisors can read a report, leaving out one of whom it is asked what if."""
    return len(able_supervisors(connection, report_id, without=without))


def able_supervisors(connection: Connection, report_id: str, *, without: str = "") -> frozenset[str]:
    """Return the ids of the supervisors who can read a report, leaving out one."""
    admitted = people.c.person_id.in_(select(memberships.c.member))
    theirs = is_there(blocks.c.person_id == people.c.person_id, blocks.c.report_id == report_id)
    able = select(people.c.person_id).where(
        people.c.role == "supervisor", people.c.state == "active", admitted, ~theirs, people.c.person_id != without
    )
    return frozenset(connection.scalars(able))
