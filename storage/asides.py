"""What staff seal beside what a caller gave: subjects and links, and whether the audit knows who did it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from storage.clips import add_items, forget_items
from storage.intake import stored
from storage.models import audit, items, reports
from storage.sealing import SealedItem

IDS_AT_A_TIME = 500  # SQLite takes so many values in one statement


class Gone(Exception):
    """Somebody changed or removed it meanwhile; loading the page again shows how it stands."""


def items_of(connection: Connection, report_ids: Collection[str], kind: str) -> tuple[SealedItem, ...]:
    """Return every sealed item of one kind of these reports."""
    return stored(connection, items.c.report_id.in_(report_ids), items.c.kind == kind)


def replace_item(connection: Connection, old: str | None, new: SealedItem) -> None:
    """Keep an item in place of another, or beside the others; raises `Gone` when the other is no longer there."""
    if old is not None:
        destroy_item(connection, new.report_id, new.kind, old)
    add_items(connection, [new])


def destroy_item(connection: Connection, report_id: str, kind: str, item_id: str) -> None:
    """Destroy an item of this very report with its keys; raises `Gone`."""
    here = (items.c.item_id == item_id, items.c.report_id == report_id, items.c.kind == kind)
    if connection.scalar(select(items.c.item_id).where(*here).with_for_update()) is None:
        raise Gone
    forget_items(connection, [item_id])


def lock_report(connection: Connection, report_id: str) -> bool:
    """Wait for whoever changes this report; False when it is gone or holds nothing any more."""
    here = select(reports.c.state).where(reports.c.report_id == report_id)
    state = connection.scalar(
        here.with_for_update(key_share=True)
    )  # who saves a draft of it need not wait: see releases
    return state not in (None, "not_a_report")


def standing_deeds(connection: Connection, subjects: Collection[str], done: str, undone: str) -> dict[str, str]:
    """Return who did a thing to each of these, unless it was undone since, as the audit has it.

    Whoever writes the database alone can seal a row, but not say in the audit that somebody did it without being seen.
    """
    found: dict[str, str] = {}
    names = sorted(subjects)
    for start in range(0, len(names), IDS_AT_A_TIME):
        part = names[start : start + IDS_AT_A_TIME]
        which = (audit.c.subject.in_(part), audit.c.action.in_((done, undone)))
        rows = select(audit.c.subject, audit.c.person, audit.c.action).where(*which).order_by(audit.c.sequence)
        for row in connection.execute(rows):
            found[row.subject] = row.person if row.action == done else ""
    return found
