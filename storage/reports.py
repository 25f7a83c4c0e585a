"""What the public door may do to a report: begin it, add sealed items, raise its urgency; never read a sealed item."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from storage.database import insert_once
from storage.jobs import add_message
from storage.models import items, mailboxes, reports, wraps
from storage.prepared import Prepared
from storage.review_rows import wait_urgently
from storage.sealing import SealedItem

URGENT_DUE_SECONDS = 15 * 60
CASE_LETTERS = "23456789CDFGHJKMNPQRTVWX"  # none that is misheard or misread for another
ALERTING = ("yes", "unsure")
URGENCIES = ("", "no", "unsure", "yes")  # each is more than the one before


_THIS = reports.c.report_id == bindparam("the_report")
_BEGIN = Prepared(
    lambda _: insert(reports), *("report_id", "line", "language", "channel", "case_number", "week", "state")
)
_KEEP_ITEM = Prepared(lambda _: insert(items), "item_id", "report_id", "kind", "sealed")
_KEEP_WRAP = Prepared(lambda _: insert(wraps), "item_id", "audience", "epoch", "wrapped")
_NOTE_SUBSTANCE = Prepared(lambda _: update(reports).where(_THIS).values(substance=True))


def _raise_urgency(urgent: str) -> Prepared:
    # Urgency only rises: whatever is keyed later, somebody was alerted. On PostgreSQL the door may not lower it either.
    below = or_(*(reports.c.urgent == less for less in URGENCIES[: URGENCIES.index(urgent)]))
    raised = update(reports).where(_THIS, below).values(urgent=urgent)
    if urgent in ALERTING:
        raised = raised.values(urgent_due=bindparam("due"), substance=True)
    return Prepared(lambda _: raised)


_RAISE_URGENCY = {urgent: _raise_urgency(urgent) for urgent in URGENCIES[1:]}


@dataclass(frozen=True)
class NewReport:
    """A report that begins."""

    report_id: str
    line: str
    language: str
    channel: str  # voice | keys | staff


def new_case_number() -> str:
    """Return a random case number such as `K7M-4QX2`: for staff; it has nothing to do with the caller's reference."""
    letters = "".join(secrets.choice(CASE_LETTERS) for _ in range(7))
    return f"{letters[:3]}-{letters[3:]}"


def begin(connection: Connection, report: NewReport, *, week: str) -> None:
    """Begin a report; what is said into it can be kept from now on."""
    values = {"case_number": new_case_number(), "week": week, "state": "arriving"}
    _BEGIN.run(connection, {**vars(report), **values})


def keep_item(connection: Connection, item: SealedItem) -> None:
    """Keep one sealed item with its wrapped keys."""
    row = {"item_id": item.item_id, "report_id": item.report_id, "kind": item.kind, "sealed": item.sealed}
    _KEEP_ITEM.run(connection, row)
    for wrap in item.wraps:
        _KEEP_WRAP.run(connection, {"item_id": item.item_id, **vars(wrap)})


def note_urgency(connection: Connection, report_id: str, urgent: str, *, now: int) -> None:
    """Keep how urgent the caller says it is; yes and not sure set a due time and alert a supervisor."""
    values: dict[str, str | int] = {"the_report": report_id}
    if urgent in ALERTING:
        values["due"] = now + URGENT_DUE_SECONDS
    if _RAISE_URGENCY[urgent].run(connection, values).rowcount == 1 and urgent in ALERTING:
        add_message(connection, "alert", report_id, now=now)
        wait_urgently(connection, report_id, now=now)


def note_substance(connection: Connection, report_id: str) -> None:
    """Keep that enough was keyed for a partial report."""
    _NOTE_SUBSTANCE.run(connection, {"the_report": report_id})


def change_channel(connection: Connection, report_id: str, channel: str) -> None:
    """Keep that the caller goes on by another way."""
    connection.execute(update(reports).where(reports.c.report_id == report_id).values(channel=channel))


def finish(connection: Connection, report_id: str) -> None:
    """Keep that the caller reached the end of the questions."""
    connection.execute(update(reports).where(reports.c.report_id == report_id).values(partial=False))


# ---- references ---------------------------------------------------------------------------------------------------


def open_mailbox(connection: Connection, lookup_id: str, report_id: str, reply_key: bytes, *, week: str) -> None:
    """Make a reference known. May run twice."""
    row = {"lookup_id": lookup_id, "report_id": report_id, "reply_key": reply_key, "week": week, "state": "open"}
    connection.execute(insert_once(connection.dialect.name, mailboxes, "lookup_id"), row)


def report_of_mailbox(connection: Connection, lookup_id: str) -> str | None:
    """Return the report of a reference; None alike for an unknown, an expired and a withdrawn one."""
    found: str | None = connection.scalar(
        select(mailboxes.c.report_id).where(mailboxes.c.lookup_id == lookup_id, mailboxes.c.state == "open")
    )
    return found


def touch_mailbox(connection: Connection, lookup_id: str, *, week: str) -> None:
    """Note the week in which a reference was last used: it expires twelve months after."""
    connection.execute(update(mailboxes).where(mailboxes.c.lookup_id == lookup_id).values(week=week))


def note_reference_heard(connection: Connection, report_id: str) -> None:
    """Keep that a reference may be heard: from now on its report keeps its mailbox, however little was said."""
    connection.execute(update(reports).where(reports.c.report_id == report_id).values(reference_heard=True))
