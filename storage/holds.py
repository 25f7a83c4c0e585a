"""What stands beside a held report: who holds it, since which month, and when somebody looks at the hold again.

Months, as nothing here needs a finer date. No hold ends by itself: one day that would end a court's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from storage.blocks import not_closed
from storage.database import insert_into
from storage.models import holds, reports

MOST_TOLD = 20


@dataclass(frozen=True)
class Hold:
    """Who holds a report, and until when nobody needs to look again."""

    held_by: str  # a person_id
    since: str  # months: 2026-11
    review: str


@dataclass(frozen=True)
class DueHold:
    """A held report whose review is due."""

    report_id: str
    case_number: str
    review: str


def note_hold(connection: Connection, report_id: str, hold: Hold) -> None:
    """Keep who holds a report that was just held."""
    row = {"report_id": report_id, **vars(hold)}
    written = insert_into(connection.dialect.name, holds).values(**row)
    # `since` and `held_by` cannot be left from an earlier hold: lifting it took its row away.
    connection.execute(written.on_conflict_do_nothing(index_elements=["report_id"]))


def review_again(connection: Connection, report_id: str, *, review: str, seen: str) -> bool:
    """Put the next review off; False when somebody did since `seen`, or the report is not held any more."""
    as_seen = update(holds).where(holds.c.report_id == report_id, holds.c.review == seen)
    return connection.execute(as_seen.values(review=review)).rowcount == 1


def forget_hold(connection: Connection, report_id: str) -> None:
    """Take away what stood beside a hold that was lifted. May run twice."""
    connection.execute(delete(holds).where(holds.c.report_id == report_id))


def holds_of(connection: Connection, report_ids: Collection[str]) -> dict[str, Hold]:
    """Return what stands beside the holds of these reports."""
    if not report_ids:
        return {}
    rows = connection.execute(select(holds).where(holds.c.report_id.in_(report_ids)))
    return {row.report_id: Hold(str(row.held_by), str(row.since), str(row.review)) for row in rows}


def reviews_due(connection: Connection, month: str, *, reader: str) -> tuple[DueHold, ...]:
    """Return held reports, none closed to the reader, that want a look by the end of a month, the longest due first."""
    due = (
        select(holds.c.report_id, reports.c.case_number, holds.c.review)
        .join(reports, reports.c.report_id == holds.c.report_id)
        .where(holds.c.review <= month, reports.c.held != "", not_closed(reader))
        .order_by(holds.c.review, holds.c.report_id)
    )
    return tuple(DueHold(*map(str, row)) for row in connection.execute(due.limit(MOST_TOLD)))
