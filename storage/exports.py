"""The call log as a file: one supervisor asks, another allows exactly those bytes, the first fetches them once.

The row says how far it is; that it was allowed, and what, the audit says, where nothing can be changed. Whoever can
write the row alone hands out nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import Connection, delete, func, insert, select, update

from storage.call_log import ALIKE, LoggedCall, Wanted, page
from storage.clock import week_start
from storage.database import Database
from storage.intake import PageKey
from storage.keys import bound
from storage.models import audit, call_log, exports

LAPSES_SECONDS = 3600  # an asking until it is allowed, and then until it is fetched
FORGOTTEN_SECONDS = 86_400
MOST_ROWS = 100_000
MOST_WEEKS = 106  # as long as the log is kept
MOST_LISTED = 20
ROWS_AT_ONCE = 500
FEW = "few"  # in place of a language that fewer than `ALIKE` of its week share
ASKED, ALLOWED, REFUSED, FETCHED = "asked", "allowed", "refused", "fetched"
ALLOWED_ACTION = "calls-export-allowed"


class TooManyRows(Exception):
    """More rows than one file takes; fewer weeks help."""


class NotToBeDecided(Exception):
    """It is one's own, was decided or lapsed, or there is no such export; trying again never helps."""


class NotToBeFetched(Exception):
    """It is somebody else's, is not allowed, lapsed, or was fetched; asking anew helps."""


class ExportChanged(Exception):
    """The rows are not those that were asked for, or the row was touched; asking anew helps."""


@dataclass(frozen=True)
class Selection:
    """Which rows: whole weeks that are over, and of one path or one outcome."""

    from_week: str
    to_week: str
    narrowed: str = ""  # "" | path | outcome
    value: str = ""

    def weeks(self) -> tuple[str, ...]:
        """Return its weeks, the oldest first."""
        first, last = week_start(self.from_week), week_start(self.to_week)
        number = (last - first).days // 7 + 1
        return tuple(f"{first + timedelta(weeks=ago):%G-W%V}" for ago in range(number))

    def __str__(self) -> str:
        of = f", {self.narrowed} {self.value}" if self.narrowed else ""
        return f"{self.from_week} to {self.to_week}{of}"


@dataclass(frozen=True)
class Export:
    """One asking; times in seconds since the epoch."""

    export_id: str
    asked_by: str  # a person_id
    asked_at: int
    selection: Selection
    number: int
    digest: str
    state: str
    decided_by: str
    decided_at: int

    def lapses_at(self) -> int:
        """Return when nothing can be done with it any more."""
        return (self.decided_at if self.state == ALLOWED else self.asked_at) + LAPSES_SECONDS

    def may_be_decided(self, person_id: str, now: int) -> bool:
        """Say whether this person may allow or refuse it now: somebody else than asked, within the hour."""
        return self.state == ASKED and self.asked_by != person_id and self._is_alive(now)

    def may_be_fetched(self, person_id: str, now: int) -> bool:
        """Say whether this person may fetch it now: who asked, once, within an hour of its being allowed."""
        return self.state == ALLOWED and self.asked_by == person_id != self.decided_by and self._is_alive(now)

    def told(self) -> str:
        """Return what the audit says of it, at each step the same."""
        return f"{self.selection}: {self.number} rows, sha256 {self.digest}"

    def _is_alive(self, now: int) -> bool:
        return now < self.lapses_at() <= now + LAPSES_SECONDS  # a clock that was set back is no reason to wait longer


# ---- the rows -----------------------------------------------------------------------------------------------------


def rows(database: Database, selection: Selection) -> Iterator[tuple[LoggedCall, ...]]:
    """Return the rows of a selection page after page, with no language that fewer than `ALIKE` of a week share.

    A file leaves the desk: one caller in Somali who left a report in a week is a person to whoever finds it.
    """
    for week in selection.weeks():
        with database.read() as connection:
            alike = _alike(connection, week)
        after: PageKey | None = None
        while True:
            with database.read() as connection:
                found = page(connection, Wanted(week, selection.narrowed, selection.value), after, ROWS_AT_ONCE)
            if found.rows:
                yield tuple(_coarser(row, alike) for row in found.rows)
            after = found.following
            if after is None:
                break


def _alike(connection: Connection, week: str) -> Counter[tuple[str, str, str]]:
    of = (call_log.c.language, call_log.c.path, call_log.c.outcome)
    counted = select(*of, func.count().label("number")).where(call_log.c.week == week).group_by(*of)
    return Counter({(row.language, row.path, row.outcome): row.number for row in connection.execute(counted)})


def _coarser(row: LoggedCall, alike: Counter[tuple[str, str, str]]) -> LoggedCall:
    shared = alike[(row.language, row.path, row.outcome)] >= ALIKE
    return row if shared else replace(row, language=FEW)


Write = Callable[[Iterable[LoggedCall]], bytes]  # some rows as they stand in the file


def measured(database: Database, export: Export, write: Write) -> Export:
    """Return an export with the number of its rows and the digest of itself and of its very bytes.

    Raises `TooManyRows`. Walks all rows, and keeps none.
    """
    number, digest = 0, begun(export)
    for some in rows(database, export.selection):
        number += len(some)
        if number > MOST_ROWS:
            raise TooManyRows
        digest.update(write(some))
    return replace(export, number=number, digest=digest.hexdigest())


def begun(export: Export) -> hashlib._Hash:
    """Return the digest of who asked for what, before the rows."""
    chosen = export.selection
    asked = bound("export", export.export_id, export.asked_by, *(str(part) for part in vars(chosen).values()))
    return hashlib.sha256(asked)


# ---- the steps, each inside the caller's transaction ----------------------------------------------------------------


def new_export(person_id: str, selection: Selection, now: int) -> Export:
    """Return an asking that is not kept yet."""
    return Export(uuid4().hex, person_id, now, selection, 0, "", ASKED, "", 0)


def ask(connection: Connection, export: Export) -> None:
    """Keep an asking, and forget those of before yesterday."""
    connection.execute(delete(exports).where(exports.c.asked_at <= export.asked_at - FORGOTTEN_SECONDS))
    values = {**vars(export), **vars(export.selection)}
    values.pop("selection")
    connection.execute(insert(exports), values)


def find(connection: Connection, export_id: str) -> Export | None:
    """Return one export."""
    row = connection.execute(select(exports).where(exports.c.export_id == export_id)).one_or_none()
    return _export(row._mapping) if row else None


def alive(connection: Connection, now: int) -> tuple[Export, ...]:
    """Return the exports of the last two hours, the newest first: what else there was, the audit says."""
    recent = select(exports).where(exports.c.asked_at > now - 2 * LAPSES_SECONDS)
    found = connection.execute(recent.order_by(exports.c.asked_at.desc(), exports.c.export_id).limit(MOST_LISTED))
    return tuple(_export(row._mapping) for row in found)


def decide(connection: Connection, export: Export, person_id: str, *, allowed: bool, now: int) -> None:
    """Allow or refuse an export as it was seen; raises `NotToBeDecided`."""
    decided = {"state": ALLOWED if allowed else REFUSED, "decided_by": person_id, "decided_at": now}
    if not export.may_be_decided(person_id, now) or not _move(connection, export, ASKED, decided):
        raise NotToBeDecided


def fetch(connection: Connection, export: Export, person_id: str, *, now: int) -> None:
    """Take an allowed export, once; raises `NotToBeFetched`, or `ExportChanged` where the audit allowed another."""
    if not export.may_be_fetched(person_id, now) or not _move(connection, export, ALLOWED, {"state": FETCHED}):
        raise NotToBeFetched
    allowed = select(audit.c.detail).where(
        audit.c.subject == export.export_id, audit.c.action == ALLOWED_ACTION, audit.c.person == export.decided_by
    )
    if connection.scalar(allowed.limit(1)) != export.told():
        raise ExportChanged


def _move(connection: Connection, export: Export, state: str, values: dict[str, object]) -> bool:
    as_seen = update(exports).where(
        exports.c.export_id == export.export_id, exports.c.state == state, exports.c.digest == export.digest
    )
    return connection.execute(as_seen.values(values)).rowcount == 1


def _export(row: object) -> Export:
    values = dict(row)  # type: ignore[call-overload]
    chosen = Selection(*(values.pop(name) for name in ("from_week", "to_week", "narrowed", "value")))
    return Export(**values, selection=chosen)
