"""How a caller who offered it may be reached: one sealed item a report, apart from it, never listed with its texts."""

from __future__ import annotations

from sqlalchemy import Connection, select

from storage.clips import add_items, forget_items
from storage.intake import stored
from storage.models import items, reports
from storage.sealing import SealedItem

KIND = "contact"


class NoSuchReport(Exception):
    """No report has this id, or its content is destroyed; trying again never helps."""


class ChangedMeanwhile(Exception):
    """Somebody kept, changed or removed it since the page was shown; it helps to look again."""


def contact_id(connection: Connection, report_id: str) -> str:
    """Return the id of what is kept, or "" when nothing is."""
    found = select(items.c.item_id).where(items.c.report_id == report_id, items.c.kind == KIND)
    return connection.scalar(found.limit(1)) or ""


def contact_of(connection: Connection, report_id: str) -> SealedItem | None:
    """Return what is kept, sealed."""
    return next(iter(stored(connection, items.c.report_id == report_id, items.c.kind == KIND)), None)


def keep_contact(connection: Connection, report_id: str, item: SealedItem | None, *, was: str) -> None:
    """Put an item in the place of the one that a page knew of, or only take that away.

    Raises `NoSuchReport` or `ChangedMeanwhile`.
    """
    # Locked, so that two who keep something at once do not leave two.
    row = connection.execute(select(reports.c.state).where(reports.c.report_id == report_id).with_for_update()).first()
    if row is None or row.state == "not_a_report":
        raise NoSuchReport
    if contact_id(connection, report_id) != was:
        raise ChangedMeanwhile
    if was:
        forget_items(connection, [was])
    if item is not None:
        add_items(connection, [item])
