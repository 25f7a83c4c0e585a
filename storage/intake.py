"""The queries of the desk: reports as they come in, until each is confirmed or is none.

Who may ask is decided at the door; that the asker can open anything is decided by keys. No list has a total, and every
offered filter has an index that ends in the page's key, so a page costs the same at any depth.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    TextClause,
    Update,
    and_,
    delete,
    select,
    text,
    tuple_,
    update,
)

from storage.blocks import Reader, not_closed, visible
from storage.clips import add_items, draft_id, forget_items
from storage.clock import iso_week
from storage.copies import copies
from storage.database import is_there
from storage.figures import count_reported
from storage.jobs import count_up
from storage.models import audit, beats, escalations, intents, items, reports, search_tokens, wraps
from storage.replies import begin_assessing, set_status
from storage.review_rows import end_review, wait_for_review
from storage.sealing import SealedItem, Wrap
from storage.statuses import of_dismissal

MAX_URGENT_SHOWN = 50
OUR_ID = "[0-9a-f]{32}"
UNREADABLE = "\ufffd"  # stands for text that is none; above every week and id of ours, as such a row sorts in a list
NO_TIME = -1
NO_TEXTS = ("urgent_due", "partial", "added_to")
UNREADY = ("writing", "arriving")
APART = (
    "sound",
    "subject",
    "link",
    "block",
    "clean",
    "release",
    "reply",
    "handover",
    "contact",
)  # large, or not what the caller gave: opened by their own pages
OUTSTANDING = ("asked", "known", "sealed")  # recordings that the worker still collects or compares


class ReportNotThere(Exception):
    """No report has this id; trying again never helps."""


class ClipAlreadyConfirmed(Exception):
    """Somebody else confirmed this clip meanwhile; trying again never helps."""


class StillArriving(Exception):
    """The call lives, or its recordings are not yet safe here; trying again a little later helps."""


class AlreadyDismissed(Exception):
    """Somebody marked it as not a report and its content is gone; trying again never helps."""


class OnHold(Exception):
    """It is on legal hold; it helps when a supervisor lifts the hold first."""


class NotToBeHeld(Exception):
    """It is arriving still, held already, or holds nothing any more."""


class Listed(StrEnum):
    """Which reports a list shows."""

    OPEN = "open"
    URGENT = "urgent"
    ARRIVING = "arriving"
    NEW = "new"
    READ = "read"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    NOT_A_REPORT = "not_a_report"
    MINE = "mine"
    UNCLAIMED = "unclaimed"
    HELD = "held"


@dataclass(frozen=True)
class PageKey:
    """Where a page ends: the next one begins below it."""

    week: str
    row_id: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read a key out of an address, or return None when it is not one."""
        # Not only well-formed ones: behind a page of damaged rows the others must be reached as well.
        found = re.fullmatch(r"([^\x00-\x1f.]{1,8})\.([^\x00-\x1f]{1,32})", text)
        return cls(found[1], found[2]) if found else None

    def __str__(self) -> str:
        return f"{self.week}.{self.row_id}"


@dataclass(frozen=True)
class ListedReport:
    """What stands outside the seal of one report."""

    report_id: str
    case_number: str
    week: str
    state: str
    urgent: str
    urgent_due: int | None  # seconds since the epoch; None once acknowledged
    partial: bool
    added_to: bool
    language: str
    channel: str
    reason: str
    held: str  # why it is on legal hold, or "" when it is not
    claimed_by: str  # a person_id, or "" when nobody has it
    damaged: bool = False  # something in its row is of another kind than we write; stand-ins are in its place

    @property
    def has_address(self) -> bool:
        """Say whether it can be opened at all: its id is one of ours."""
        return re.fullmatch(OUR_ID, self.report_id) is not None

    @property
    def is_acknowledged(self) -> bool:
        """Say whether it is urgent and somebody acts on it."""
        return self.urgent in ("yes", "unsure") and self.urgent_due is None and self.state != "not_a_report"


@dataclass(frozen=True)
class ReportPage:
    """One page of a list, newest week first, and the key of the next page where there is one."""

    reports: tuple[ListedReport, ...]
    following: PageKey | None


@dataclass(frozen=True)
class Beat:
    """When a process last did its round, or an alarm that stands."""

    name: str
    seen_at: int
    note: str


_COLUMNS = [reports.c[name] for name in ListedReport.__dataclass_fields__ if name != "damaged"]
# Each filter is a few equalities, each with an index of its own; the merged heads of their lists are the page.
_FILTERS: dict[Listed, tuple[ColumnElement[bool] | TextClause, ...]] = {
    Listed.OPEN: tuple(reports.c.state == state for state in ("arriving", "new", "read")),
    Listed.URGENT: tuple(reports.c.urgent == urgent for urgent in ("yes", "unsure")),
    **{listed: (reports.c.state == listed.value,) for listed in list(Listed)[2:8]},
    Listed.UNCLAIMED: tuple(
        and_(reports.c.claimed_by == "", reports.c.state == state) for state in ("arriving", "new", "read")
    ),
    Listed.HELD: (text("held <> ''"),),  # word for word that of its index, which holds no other reports
}


# ---- reading ------------------------------------------------------------------------------------------------------


def report_page(
    connection: Connection, listed: Listed, after: PageKey | None, size: int, *, reader: str = ""
) -> ReportPage:
    """Return one page of a list as a reader may see it, newest week first, beginning below a key."""
    wanted = _mine(reader) if listed is Listed.MINE else _FILTERS[listed]
    parts = [_part(connection, and_(which, not_closed(reader)), after, size + 1) for which in wanted]
    merged = list(heapq.merge(*parts, key=lambda report: (report.week, report.report_id), reverse=True))
    shown = tuple(merged[:size])
    following = PageKey(shown[-1].week, shown[-1].report_id) if len(merged) > size else None
    return ReportPage(shown, following)


def waiting_urgent(connection: Connection, *, reader: str = "") -> tuple[ListedReport, ...]:
    """Return urgent reports that nobody acknowledged yet, the first due first; at most `MAX_URGENT_SHOWN`."""
    unread = (reports.c.urgent_due.is_not(None), not_closed(reader))
    waiting = select(*_COLUMNS).where(*unread).order_by(reports.c.urgent_due)
    return tuple(_listed(row) for row in connection.execute(waiting.limit(MAX_URGENT_SHOWN)))


def report(connection: Connection, report_id: str) -> ListedReport:
    """Return one report's outside or raise `ReportNotThere`."""
    row = connection.execute(select(*_COLUMNS).where(reports.c.report_id == report_id)).one_or_none()
    if row is None:
        raise ReportNotThere
    return _listed(row)


def listed_reports(connection: Connection, report_ids: Collection[str], *, reader: Reader) -> dict[str, ListedReport]:
    """Return what stands outside the seals of several reports, by id; only those that the reader may see."""
    here = reports.c.report_id.in_(report_ids)
    rows = connection.execute(select(*_COLUMNS).where(here, visible(reader)))
    return {row.report_id: _listed(row) for row in rows}


def report_by_case(connection: Connection, case_number: str, *, reader: Reader) -> ListedReport | None:
    """Return the report that staff call by this number, None also when it is not theirs to see."""
    here = (reports.c.case_number == case_number, visible(reader))
    row = connection.execute(select(*_COLUMNS).where(*here)).one_or_none()
    return None if row is None else _listed(row)


def texts_of(connection: Connection, report_id: str) -> tuple[SealedItem, ...]:
    """Return the sealed texts of a report: not its sounds, which are large, nor what staff sealed beside it."""
    return stored(connection, items.c.report_id == report_id, items.c.kind.not_in(APART))


def confirmed_by(connection: Connection, item_ids: Collection[str]) -> dict[str, str]:
    """Return who confirmed each of these transcripts, as the audit has it: the public door cannot write there."""
    if not item_ids:
        return {}
    copied = {item_id: copy.by for item_id, copy in copies(connection, item_ids).items()}
    of_them = select(audit.c.subject, audit.c.person).where(
        audit.c.action == "transcript-confirmed", audit.c.subject.in_(item_ids)
    )
    return {**copied, **{row.subject: row.person for row in connection.execute(of_them)}}


def sound_ids(connection: Connection, report_id: str) -> frozenset[str]:
    """Return the ids of the clips whose sound still exists."""
    found = select(items.c.item_id).where(items.c.report_id == report_id, items.c.kind == "sound")
    return frozenset(str(name) for name in connection.execute(found).scalars())


def sound(connection: Connection, report_id: str, item_id: str) -> SealedItem | None:
    """Return one sealed clip of this very report, or None."""
    # The report stands in the condition: an address with another report's clip finds nothing.
    of_report = (items.c.report_id == report_id, items.c.item_id == item_id, items.c.kind == "sound")
    return next(iter(stored(connection, *of_report)), None)


def has_played(connection: Connection, clip: str, person_id: str, *, since: int) -> bool:
    """Say whether a person asked for a clip's sound from a time on, as the audit has it."""
    by_them = (audit.c.subject == clip, audit.c.action == "clip-played", audit.c.person == person_id)
    return connection.scalar(select(audit.c.sequence).where(*by_them, audit.c.at >= since).limit(1)) is not None


def all_beats(connection: Connection) -> tuple[Beat, ...]:
    """Return what each process last said of itself, alarms among them, by name."""
    told = connection.execute(select(beats).order_by(beats.c.name))
    return tuple(Beat(_text(row.name), _time(row.seen_at), _text(row.note)) for row in told)


# ---- writing, each inside the caller's transaction ------------------------------------------------------------------


def mark_read(connection: Connection, report_id: str) -> None:
    """Say that a new report was opened by somebody. May run twice."""
    connection.execute(_of(report_id).where(reports.c.state == "new").values(state="read"))


def acknowledge(connection: Connection, report_id: str) -> bool:
    """Take an urgent report's due time away; False when somebody had done it."""
    done = connection.execute(_of(report_id).where(reports.c.urgent_due.is_not(None)).values(urgent_due=None))
    return done.rowcount == 1


def hold(connection: Connection, report_id: str, reason: str) -> None:
    """Keep a report from expiring until the hold is lifted; raises `NotToBeHeld`."""
    free = _of(report_id).where(reports.c.held == "", reports.c.state.in_(("new", "read", "confirmed", "released")))
    if connection.execute(free.values(held=reason)).rowcount != 1:
        raise NotToBeHeld


def lift(connection: Connection, report_id: str) -> bool:
    """End a hold; False when there was none."""
    return connection.execute(_of(report_id).where(reports.c.held != "").values(held="")).rowcount == 1


def replace_clip(connection: Connection, clip: str, transcript: SealedItem) -> bool:
    """Keep a confirmed transcript and destroy the clip's sound and draft with their keys, all or nothing.

    Return whether there was a sound to destroy: one that nobody confirmed in time is gone before.

    Raises `ClipAlreadyConfirmed` when nothing of the clip was left, `StillArriving` while the worker needs its sound.
    """
    _lock(connection, transcript.report_id)
    if _outstanding(connection, intents.c.item_id == clip, "sealed"):
        raise StillArriving
    both = [clip, draft_id(clip)]
    of_report = select(items.c.item_id).where(items.c.report_id == transcript.report_id, items.c.item_id.in_(both))
    left = connection.scalars(of_report).all()
    if not left:
        raise ClipAlreadyConfirmed
    forget_items(connection, left)
    add_items(connection, [transcript])
    return clip in left


def confirm_when_done(connection: Connection, report_id: str, *, now: int) -> bool:
    """Mark an arrived report as confirmed when none of its clips waits any more; tell whether it is so now.

    From then on it waits for review.
    """
    waiting = is_there(items.c.report_id == report_id, items.c.kind.in_(("sound", "draft")))
    arrived = reports.c.state.in_(("new", "read"))
    if connection.execute(_of(report_id).where(arrived, ~waiting).values(state="confirmed")).rowcount != 1:
        return False
    urgent = connection.scalar(select(reports.c.urgent).where(reports.c.report_id == report_id))
    wait_for_review(connection, report_id, week=iso_week(now), urgent=urgent in ("yes", "unsure"))
    begin_assessing(connection, report_id)
    count_reported(connection, report_id, week=iso_week(now))
    return True


def dismiss(connection: Connection, report_id: str, reason: str) -> int:
    """Destroy the content of what is not a report, count it by week and reason, and return how many items went.

    Raises `ReportNotThere`, `StillArriving`, `OnHold` or `AlreadyDismissed`.
    """
    _lock(connection, report_id)
    found = report(connection, report_id)
    if found.state == "not_a_report":
        raise AlreadyDismissed
    if found.held:
        raise OnHold
    if found.state in UNREADY or _outstanding(connection, intents.c.report_id == report_id, *OUTSTANDING):
        raise StillArriving
    # By the report and not by ids that were read: a damaged id would keep its item.
    of_report = select(items.c.item_id).where(items.c.report_id == report_id)
    connection.execute(delete(wraps).where(wraps.c.item_id.in_(of_report)))
    gone: int = connection.execute(delete(items).where(items.c.report_id == report_id)).rowcount
    # Its blocks stay with its row: whom it is closed to must not find it in a list.
    connection.execute(delete(search_tokens).where(search_tokens.c.report_id == report_id))
    connection.execute(delete(escalations).where(escalations.c.report_id == report_id))
    values = {"state": "not_a_report", "reason": reason, "urgent_due": None, "claimed_by": ""}
    connection.execute(_of(report_id).values(values))
    set_status(connection, report_id, of_dismissal(reason))
    end_review(connection, report_id)
    count_up(connection, f"not_a_report.{reason}", week=found.week)
    return gone


# ---- machinery ----------------------------------------------------------------------------------------------------


def _mine(person_id: str) -> tuple[ColumnElement[bool], ...]:
    states = ("arriving", "new", "read", "confirmed", "released")
    return tuple(and_(reports.c.claimed_by == person_id, reports.c.state == state) for state in states)


def _part(
    connection: Connection, which: ColumnElement[bool] | TextClause, after: PageKey | None, size: int
) -> list[ListedReport]:
    wanted = select(*_COLUMNS).where(which).order_by(reports.c.week.desc(), reports.c.report_id.desc()).limit(size)
    if after is not None:
        wanted = wanted.where(tuple_(reports.c.week, reports.c.report_id) < (after.week, after.row_id))
    return [_listed(row) for row in connection.execute(wanted)]


def _listed(row: Row[tuple[object, ...]]) -> ListedReport:
    found: dict[str, Any] = dict(row._mapping)
    readable = {name: _text(value) for name, value in found.items() if name not in NO_TEXTS}
    due = found["urgent_due"]
    outside = found | readable | {"urgent_due": due if due is None else _time(due)}
    known = outside == found and outside["state"] in (*Listed, "writing")
    broken = any(UNREADABLE in text for text in readable.values())
    listed = ListedReport(**outside)
    return replace(listed, damaged=broken or not (known and listed.has_address))


def _text(value: object) -> str:
    # SQLite holds a writer to no type: each value is looked at before a page is made of it.
    return value if isinstance(value, str) else UNREADABLE


def _time(value: object) -> int:
    return value if isinstance(value, int) else NO_TIME


def stored(connection: Connection, *where: ColumnElement[bool]) -> tuple[SealedItem, ...]:
    """Return sealed items with their wrapped keys."""
    found = connection.execute(select(items).where(*where)).all()
    keys: dict[str, list[Wrap]] = {row.item_id: [] for row in found}
    of_them = select(wraps).where(wraps.c.item_id.in_(list(keys)))
    for key in connection.execute(of_them):
        keys[key.item_id].append(Wrap(key.audience, key.epoch, key.wrapped))
    return tuple(
        SealedItem(row.item_id, row.report_id, row.kind, row.sealed, tuple(keys[row.item_id])) for row in found
    )


def _of(report_id: str) -> Update:
    return update(reports).where(reports.c.report_id == report_id)


def _lock(connection: Connection, report_id: str) -> None:
    # Two people confirming the last two clips at once must not each see the other's still waiting.
    connection.execute(select(reports.c.report_id).where(reports.c.report_id == report_id).with_for_update())


def _outstanding(connection: Connection, which: ColumnElement[bool], *states: str) -> bool:
    # One column by name: the desk's role on PostgreSQL may not read the others.
    waiting = select(intents.c.intent_id).where(which, intents.c.state.in_(states))
    return connection.execute(waiting.limit(1)).first() is not None
