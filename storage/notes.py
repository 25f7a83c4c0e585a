"""What staff add to a report while its content exists: notes, and an alert that lifts its urgency."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from storage.clips import add_items
from storage.clock import iso_week
from storage.jobs import add_message
from storage.models import audit, reports
from storage.reports import URGENT_DUE_SECONDS
from storage.review_rows import wait_for_review
from storage.sealing import SealedItem
from storage.timeline import ACKNOWLEDGED, ALERTED


class NothingToNote(Exception):
    """No report has this id, or its content is destroyed; trying again never helps."""


def add_note(connection: Connection, note: SealedItem) -> None:
    """Keep a sealed note; raises `NothingToNote`."""
    _living(connection, note.report_id)
    add_items(connection, [note])


def raise_alert(connection: Connection, report_id: str, *, now: int) -> int | None:
    """Make a report urgent, set a due time where none stands, and alert the supervisors, once until one acknowledges.

    Return when they were alerted before and nobody acknowledged since (seconds since the epoch); then nothing changes.
    Raises `NothingToNote`.
    """
    due = _living(connection, report_id)
    if due is not None and (before := _alerted_at(connection, report_id)) is not None:
        return before
    # Whatever the caller keyed is less than that a person says so now; a due time that stands is never put off.
    values = {"urgent": "yes", "substance": True, "urgent_due": now + URGENT_DUE_SECONDS if due is None else due}
    connection.execute(update(reports).where(reports.c.report_id == report_id).values(values))
    add_message(connection, "alert", report_id, now=now)
    wait_for_review(connection, report_id, week=iso_week(now), urgent=True)
    return None


def _living(connection: Connection, report_id: str) -> int | None:
    # Locked, so that two who alert at once do it once, and no note is sealed into what another destroys.
    columns = select(reports.c.state, reports.c.urgent_due).where(reports.c.report_id == report_id)
    row = connection.execute(columns.with_for_update()).one_or_none()
    if row is None or row.state == "not_a_report":
        raise NothingToNote
    return row.urgent_due if isinstance(row.urgent_due, int) else None


def _alerted_at(connection: Connection, report_id: str) -> int | None:
    either = select(audit.c.action, audit.c.at).where(
        audit.c.subject == report_id, audit.c.action.in_((ALERTED, ACKNOWLEDGED))
    )
    last = connection.execute(either.order_by(audit.c.sequence.desc()).limit(1)).first()
    return int(last.at) if last is not None and last.action == ALERTED else None
