"""Reports that staff type: begun, saved again and again, finished, discarded, taken over by somebody else.

A form is one sealed item. Each save puts a new one in its place and names those that it may replace, so that a save
whose answer was lost can be sent again, and one that knows only an older version replaces nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from storage import intake
from storage.blocks import not_closed
from storage.clips import add_items, forget_items
from storage.clock import iso_week
from storage.copies import copies
from storage.jobs import count_up
from storage.models import audit, items, reports, search_tokens, wraps
from storage.reports import ALERTING, new_case_number, note_urgency
from storage.review_rows import end_review
from storage.sealing import SealedItem

WRITING, DISCARDED, BY_STAFF, LIVE = "writing", "discarded", "staff", "live"
WRITTEN_ACTION = "report-written"
MAX_DRAFTS_SHOWN = 100
REMINDER_SECONDS = 7 * 86_400


class NotTheirs(Exception):
    """The report is not being written by this person, or not any more; trying again never helps."""


class OtherVersion(Exception):
    """Another window or person saved a version that this one does not know; it helps to compare both."""


class AlertStands(Exception):
    """A supervisor was alerted and nobody acknowledged it yet; it helps when one does."""


class CallerHasReference(Exception):
    """The caller was told a reference, which must lead to something; finishing it helps."""


@dataclass(frozen=True)
class NewDraft:
    """A report that somebody begins to type."""

    report_id: str
    line: str
    language: str
    person: str
    channel: str = BY_STAFF  # or live: typed while its caller speaks


@dataclass(frozen=True)
class Draft:
    """What stands outside the seal of a report that is being written."""

    report_id: str
    case_number: str
    week: str
    language: str
    person: str
    urgent: str
    channel: str = BY_STAFF
    reference_heard: bool = False  # its caller can come back to it

    def is_late(self, now: int) -> bool:
        """Say whether it was begun more than a week ago; outside the seal only its week is known."""
        return self.week < iso_week(now - REMINDER_SECONDS)


_COLUMNS = (
    reports.c.report_id,
    reports.c.case_number,
    reports.c.week,
    reports.c.language,
    reports.c.claimed_by.label("person"),
    reports.c.urgent,
    reports.c.channel,
    reports.c.reference_heard,
)


def item_of(report_id: str, save: str) -> str:
    """Return the item id of one version of a form: a page may choose the version's name, and no item of others."""
    return hashlib.sha256(f"form {report_id} {save}".encode()).hexdigest()[:32]


# ---- reading ------------------------------------------------------------------------------------------------------


def drafts(connection: Connection, *, but_of: str = "", of: str = "") -> tuple[Draft, ...]:
    """Return the reports being written by one person, or by all but one; the oldest weeks first, at most 100.

    None that is closed to that person is among them.
    """
    whose = reports.c.claimed_by == of if of else reports.c.claimed_by != but_of
    seen = (reports.c.state == WRITING, whose, not_closed(of or but_of))
    found = select(*_COLUMNS).where(*seen).order_by(reports.c.week, reports.c.report_id)
    return tuple(Draft(**row._mapping) for row in connection.execute(found.limit(MAX_DRAFTS_SHOWN)))


def draft(connection: Connection, report_id: str) -> Draft | None:
    """Return a report that is being written, or None when it is not, or not any more."""
    found = select(*_COLUMNS).where(reports.c.report_id == report_id, reports.c.state == WRITING)
    row = connection.execute(found).one_or_none()
    return Draft(**row._mapping) if row else None


def seals_of_written(connection: Connection, item_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return who wrote each of these items and the fingerprint of its seal, as the audit has them."""
    if not item_ids:
        return {}
    told = select(audit.c.subject, audit.c.person, audit.c.detail).where(
        audit.c.action == WRITTEN_ACTION, audit.c.subject.in_(item_ids)
    )
    seals = {row.subject: (row.person, row.detail.partition(" ")[0]) for row in connection.execute(told)}
    copied = {item_id: (copy.by, copy.seal) for item_id, copy in copies(connection, item_ids).items()}
    return {**copied, **seals}


def seal_of(item: SealedItem) -> str:
    """Return the fingerprint of an item's seal, 64 hexadecimal characters; new epochs do not change it."""
    return hashlib.sha256(item.sealed).hexdigest()


# ---- writing, each inside the caller's transaction ------------------------------------------------------------------


def begin(connection: Connection, new: NewDraft, sealed: Sequence[SealedItem], *, week: str) -> str:
    """Begin a report of somebody's own, with its first sealed items; return its case number."""
    case_number = new_case_number()
    row = {"report_id": new.report_id, "line": new.line, "language": new.language, "claimed_by": new.person}
    more = {"case_number": case_number, "week": week, "state": WRITING, "channel": new.channel, "partial": False}
    connection.execute(insert(reports), {**row, **more})
    add_items(connection, sealed)
    return case_number


def save(connection: Connection, person: str, form: SealedItem, replaces: Sequence[str]) -> None:
    """Put a form in the place of one of these versions; raises `NotTheirs` or `OtherVersion`. May run twice."""
    _lock_own(connection, form.report_id, person)
    _take_away(connection, form.report_id, (*replaces, form.item_id))
    add_items(connection, [form])


def alert(connection: Connection, report_id: str, urgent: str, *, now: int) -> None:
    """Alert a supervisor as soon as an answer asks for it, as by phone. May run twice."""
    if urgent in ALERTING:
        note_urgency(connection, report_id, urgent, now=now)


def finish(
    connection: Connection, person: str, written: SealedItem, replaces: Sequence[str], urgent: str, *, now: int
) -> None:
    """Make a report of what was written: new to everybody, and nobody's own. Raises as `save` does."""
    _lock_own(connection, written.report_id, person)
    _take_away(connection, written.report_id, replaces)
    add_items(connection, [written])
    if urgent:
        note_urgency(connection, written.report_id, urgent, now=now)
    values = {"state": "new", "substance": True, "claimed_by": ""}
    connection.execute(update(reports).where(reports.c.report_id == written.report_id).values(values))


def discard(connection: Connection, report_id: str, person: str) -> None:
    """Destroy what was written and count it; raises `NotTheirs`, `AlertStands` or `CallerHasReference`."""
    _lock_own(connection, report_id, person)
    told = (reports.c.report_id == report_id, reports.c.reference_heard)
    if connection.execute(select(reports.c.report_id).where(*told)).first() is not None:
        raise CallerHasReference
    found = intake.report(connection, report_id)
    if found.urgent_due is not None:
        raise AlertStands
    of_report = select(items.c.item_id).where(items.c.report_id == report_id)
    connection.execute(delete(wraps).where(wraps.c.item_id.in_(of_report)))
    connection.execute(delete(items).where(items.c.report_id == report_id))
    connection.execute(delete(search_tokens).where(search_tokens.c.report_id == report_id))
    values = {"state": "not_a_report", "reason": DISCARDED, "claimed_by": ""}
    connection.execute(update(reports).where(reports.c.report_id == report_id).values(values))
    end_review(connection, report_id)
    count_up(connection, f"not_a_report.{DISCARDED}", week=found.week)


def forget_empty(connection: Connection, report_id: str, person: str, *, known: str) -> bool:
    """Let a form go into which nothing was typed during a call, as if it had never been; False when it must stay.

    It stays when a supervisor was alerted by it, when its caller was given a reference to it, or when it was saved
    since `known`, the item that was opened and found empty. Raises `NotTheirs`.
    """
    _lock_own(connection, report_id, person)
    versions = connection.scalars(select(items.c.item_id).where(items.c.report_id == report_id, items.c.kind == "form"))
    if list(versions) != [known]:
        return False
    nothing = (reports.c.report_id == report_id, reports.c.channel == LIVE, reports.c.urgent == "")
    bare = (*nothing, reports.c.urgent_due.is_(None), reports.c.reference_heard.is_(False))
    if connection.execute(select(reports.c.report_id).where(*bare)).first() is None:
        return False
    forget_items(connection, connection.scalars(select(items.c.item_id).where(items.c.report_id == report_id)).all())
    connection.execute(delete(reports).where(*bare))
    return True


def take_over(connection: Connection, report_id: str, person: str) -> str:
    """Let somebody else go on writing; return who wrote until now. Raises `NotTheirs` when it is not being written."""
    connection.execute(select(reports.c.report_id).where(reports.c.report_id == report_id).with_for_update())
    found = draft(connection, report_id)
    if found is None:
        raise NotTheirs
    connection.execute(update(reports).where(reports.c.report_id == report_id).values(claimed_by=person))
    return found.person


def _lock_own(connection: Connection, report_id: str, person: str) -> None:
    # The row is held until commit: two saves at once come one after the other, and the second sees the first.
    theirs = (reports.c.report_id == report_id, reports.c.state == WRITING, reports.c.claimed_by == person)
    if connection.execute(select(reports.c.report_id).where(*theirs).with_for_update()).first() is None:
        raise NotTheirs


def _take_away(connection: Connection, report_id: str, versions: Sequence[str]) -> None:
    known = (items.c.report_id == report_id, items.c.kind == "form", items.c.item_id.in_(versions))
    standing = connection.scalars(select(items.c.item_id).where(*known)).all()
    if not standing:
        raise OtherVersion
    forget_items(connection, standing)
