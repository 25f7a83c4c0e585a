"""The audit: who did what to which subject, each entry holding the digest of the one before.

The chain shows a change only to somebody who keeps an older head elsewhere: whoever can write the whole table can write
a whole new chain. So its head is sent out daily, and `verify` takes a head that was kept outside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, text

from storage.models import audit

NOTHING_BEFORE = "0" * 64
_LOCK_NUMBER = 4_201_776_318  # any number, the same in every process: one entry at a time is added on PostgreSQL
_BATCH = 500
NO_SEQUENCE = 2**62


@dataclass(frozen=True)
class Head:
    """The last entry: what somebody outside should keep."""

    sequence: int
    digest: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.digest}"


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did."""

    sequence: int
    at: int  # seconds since the epoch
    person: str
    action: str
    subject: str
    detail: str


@dataclass(frozen=True)
class Finding:
    """What a check of the chain found; `broken_at` is the first sequence that does not fit, or None."""

    entries: int
    head: Head
    broken_at: int | None = None
    why: str = ""

    @property
    def is_sound(self) -> bool:
        """Say whether every entry fits."""
        return self.broken_at is None


def record(connection: Connection, *, at: int, person: str, action: str, subject: str, detail: str = "") -> Head:
    """Add an entry in the caller's write transaction, so that what is not audited does not happen.

    The detail names ids and choices, never content. Entries wait for one another until their transactions end, so
    record late in a transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
    before = head(connection)
    entry = {
        "sequence": before.sequence + 1,
        "at": at,
        "person": person,
        "action": action,
        "subject": subject,
        "detail": detail,
        "previous": before.digest,
    }
    digest = _digest(entry)
    connection.execute(insert(audit), {**entry, "digest": digest})
    return Head(before.sequence + 1, digest)


def head(connection: Connection) -> Head:
    """Return the last entry's place and digest; sequence 0 before the first."""
    query = select(audit.c.sequence, audit.c.digest).order_by(audit.c.sequence.desc()).limit(1)
    # On SQLite somebody's text sorts above every number; nothing could be audited, and so done, behind it.
    row = connection.execute(query.where(audit.c.sequence < NO_SEQUENCE)).one_or_none()
    return Head(0, NOTHING_BEFORE) if row is None else Head(row.sequence, row.digest)


@dataclass(frozen=True)
class Page:
    """The newest entries below a place, and what a check of these alone found."""

    entries: tuple[Entry, ...]  # newest first
    finding: Finding
    following: int | None  # the next page begins below this sequence


def page(connection: Connection, *, below: int | None, size: int) -> Page:
    """Return the newest entries, and whether each fits the one before it; costs the same however long the chain is.

    The entry in front of the page is read too, so that all pages together check the whole chain.
    """
    query = select(audit).order_by(audit.c.sequence.desc()).limit(size + 1)
    rows = connection.execute(query if below is None else query.where(audit.c.sequence < below)).all()
    shown, before = rows[:size], rows[size:]
    last = Head(before[0].sequence, before[0].digest) if before else Head(0, NOTHING_BEFORE)
    entries = tuple(Entry(*(row._mapping[name] for name in Entry.__dataclass_fields__)) for row in shown)
    return Page(entries, _checked(reversed(shown), last), shown[-1].sequence if before else None)


@dataclass(frozen=True)
class Wanted:
    """Which entries an auditor asks for: of one person or of one action, and on one subject."""

    column: str = ""  # "" | person | action
    value: str = ""
    subject: str = ""

    @property
    def is_all(self) -> bool:
        """Say whether nothing was chosen."""
        return not self.column and not self.subject


@dataclass(frozen=True)
class Found:
    """The newest entries of those asked for below a place; `changed` are those whose own digest does not fit."""

    entries: tuple[Entry, ...]  # newest first
    changed: tuple[int, ...]
    following: int | None


def found_page(connection: Connection, wanted: Wanted, *, below: int | None, size: int) -> Found:
    """Return one page of the entries asked for; an index answers it in the page's order.

    Entries that stand apart can be checked for changes of their own, and not for what is missing between them.
    """
    return found_in(connection, found_query(wanted, below, size + 1), size)


def found_in(connection: Connection, query: Select[Any], size: int) -> Found:
    """Return one page of the entries that a query finds, which asks for one more than the page holds."""
    rows = connection.execute(query).all()
    shown = rows[:size]
    entries = tuple(Entry(*(row._mapping[name] for name in Entry.__dataclass_fields__)) for row in shown)
    changed = tuple(row.sequence for row in shown if _changed(row))
    return Found(entries, changed, shown[-1].sequence if len(rows) > size else None)


def found_query(wanted: Wanted, below: int | None, most: int) -> Select[Any]:
    """Return the query of a page."""
    query = select(audit).order_by(audit.c.sequence.desc()).limit(most)
    if wanted.subject:
        query = query.where(audit.c.subject == wanted.subject)
    if wanted.column in ("person", "action"):
        query = query.where(audit.c[wanted.column] == wanted.value)
    return query if below is None else query.where(audit.c.sequence < below)


def actions(connection: Connection) -> tuple[str, ...]:
    """Return every action that stands in the audit, each by one step along its index, however long the chain is."""
    first = select(func.min(audit.c.action).label("action")).cte("steps", recursive=True)
    after = select(func.min(audit.c.action)).where(audit.c.action > first.c.action).scalar_subquery()
    steps = first.union_all(select(after).where(first.c.action.is_not(None)))
    return tuple(str(name) for name in connection.scalars(select(steps.c.action)) if name is not None)


def _checked(rows: Iterable[Row[Any]], last: Head) -> Finding:
    entries = 0
    for row in rows:
        if why := _misfit(row, last):
            return Finding(entries, last, last.sequence + 1, why)
        last, entries = Head(row.sequence, row.digest), entries + 1
    return Finding(entries, last)


def verify(connection: Connection, kept_outside: Head | None = None) -> Finding:
    """Walk the chain from its beginning; with a head that was kept outside, also say whether it still stands in it."""
    last = Head(0, NOTHING_BEFORE)
    outside_seen = kept_outside is None or kept_outside == last
    while rows := connection.execute(_after(last.sequence)).all():
        for row in rows:
            why = _misfit(row, last)
            if why:
                return Finding(last.sequence, last, last.sequence + 1, why)
            last = Head(row.sequence, row.digest)
            if kept_outside is not None and last.sequence == kept_outside.sequence:
                if last != kept_outside:
                    return Finding(
                        last.sequence, last, last.sequence, "it is not the entry whose head was kept outside"
                    )
                outside_seen = True
    if not outside_seen:
        return Finding(last.sequence, last, last.sequence + 1, "entries up to the head that was kept outside are gone")
    return Finding(last.sequence, last)


def _after(sequence: int) -> Any:
    return select(audit).where(audit.c.sequence > sequence).order_by(audit.c.sequence).limit(_BATCH)


def _misfit(row: Row[Any], last: Head) -> str:
    if row.sequence != last.sequence + 1:
        return "an entry is missing"
    if row.previous != last.digest:
        return "it does not follow the entry before it"
    return "it was changed" if _changed(row) else ""


def _changed(row: Row[Any]) -> bool:
    entry = {name: value for name, value in row._mapping.items() if name != "digest"}
    return bool(_digest(entry) != row.digest)


def _digest(entry: dict[str, Any]) -> str:
    # Bytes in place of text are none of ours: as text they fit no digest, and break nothing.
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
