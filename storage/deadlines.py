"""What is due and what is late on the way back: receipts and answers of teams, and the first word to a caller.

Each is a week that was written down or follows from one. It is soon due in its own week, whose end is at most seven
days away, and late in the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, literal, select, text, tuple_

from storage.blocks import not_closed
from storage.clock import weeks_later
from storage.intake import PageKey
from storage.models import handovers, releases, reports

FIRST_WORD_WEEKS = 1  # after the week of a report its caller hears more than that it was received
# Word for word those of their indexes, which hold nothing else; `NOT IN`, since SQLite would take another for `IN`.
NO_WORD_YET = text(
    "reports.status = 'received' AND reports.reference_heard "
    "AND reports.state NOT IN ('writing', 'arriving', 'not_a_report', 'released')"
)
_WEEK = "20__-W__"  # a damaged one sorts anywhere, and must not raise an alarm that nobody can end


class Deadline(StrEnum):
    """What may be due."""

    RECEIPT = "receipt"  # the team confirms that it has the release
    ANSWER = "answer"  # the team says what it decided
    FIRST_WORD = "first_word"  # the caller hears what became of their report


_OPEN = {
    Deadline.RECEIPT: text("handovers.state = 'sent'"),
    Deadline.ANSWER: text("handovers.state <> 'decided'"),
    Deadline.FIRST_WORD: NO_WORD_YET,
}
_WEEKS = {
    Deadline.RECEIPT: handovers.c.acknowledge_by,
    Deadline.ANSWER: handovers.c.feedback_by,
    Deadline.FIRST_WORD: reports.c.week,
}
_HANDED = handovers.join(releases, releases.c.release_id == handovers.c.release_id).join(
    reports, reports.c.report_id == releases.c.report_id
)


@dataclass(frozen=True)
class Due:
    """One thing that is due or late."""

    report_id: str
    case_number: str
    team: str  # "" for what the desk owes
    by: str  # the week with whose end it is due


@dataclass(frozen=True)
class DuePage:
    """One page, the longest overdue first, and the key of the next page where there is one."""

    rows: tuple[Due, ...]
    following: PageKey | None


@dataclass(frozen=True)
class Standing:
    """What is due in the running week, and what is late."""

    soon: tuple[Deadline, ...]
    late: tuple[Deadline, ...]


def standing(connection: Connection, week: str) -> Standing:
    """Say of each deadline whether something is late in this week, or due with its end: six looks into an index."""
    last = weeks_later(week, -1)
    late = tuple(one for one in Deadline if _stands(connection, one, up_to=last))
    soon = tuple(one for one in Deadline if _stands(connection, one, up_to=week, beyond=last))
    return Standing(soon, late)


def due_page(
    connection: Connection, which: Deadline, week: str, *, reader: str, own: bool, after: PageKey | None, size: int
) -> DuePage:
    """Return what is due with the end of this week or late, of the reports that a reader may see, or has claimed."""
    rows = connection.execute(page_query(which, week, reader=reader, own=own, after=after, most=size + 1)).all()
    shown = tuple(
        Due(row.report_id, row.case_number, row.team, weeks_later(row.key_week, _later(which))) for row in rows[:size]
    )
    last = rows[size - 1] if len(rows) > size else None
    return DuePage(shown, PageKey(last.key_week, last.key_id) if last else None)


def page_query(which: Deadline, week: str, *, reader: str, own: bool, after: PageKey | None, most: int) -> Select[Any]:
    """Return the query of a page; an index answers it in the order of the page."""
    key = _WEEKS[which]
    name = reports.c.report_id if which is Deadline.FIRST_WORD else handovers.c.release_id
    team = literal("") if which is Deadline.FIRST_WORD else handovers.c.team
    shown = (reports.c.report_id, reports.c.case_number, team.label("team"))
    found = _up_to(select(*shown, key.label("key_week"), name.label("key_id")), which, week).where(not_closed(reader))
    if own:
        found = found.where(reports.c.claimed_by == reader)
    if after is not None:
        found = found.where(tuple_(key, name) > (after.week, after.row_id))
    return found.order_by(key, name).limit(most)


def _stands(connection: Connection, which: Deadline, *, up_to: str, beyond: str = "") -> bool:
    found = _up_to(select(reports.c.report_id), which, up_to)
    if beyond:
        found = found.where(_WEEKS[which] > weeks_later(beyond, -_later(which)))
    return connection.execute(found.limit(1)).first() is not None


def _up_to(found: Select[Any], which: Deadline, week: str) -> Select[Any]:
    key = _WEEKS[which]
    joined = found.select_from(reports if which is Deadline.FIRST_WORD else _HANDED)
    return joined.where(_OPEN[which], key.like(_WEEK), key <= weeks_later(week, -_later(which)))


def _later(which: Deadline) -> int:
    return FIRST_WORD_WEEKS if which is Deadline.FIRST_WORD else 0
