"""Backups sealed to the offline recovery key: content and keyring in two files that age differently.

Content alone opens nothing. An item whose wraps are gone from the newest keyring stays gone, however old the content
it is restored from: so the keyring is kept for seven days at most, and deletion holds in backups too.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, delete, insert, inspect, select, text, update

from storage.database import Database, is_there
from storage.keys import Audience, Damaged
from storage.models import (
    api_tokens,
    audit,
    blocks,
    call_log,
    counts,
    desk_secrets,
    escalations,
    handovers,
    holds,
    interests,
    items,
    mailboxes,
    memberships,
    metadata,
    packages,
    people,
    releases,
    replies,
    reports,
    reviews,
    second_factors,
    skills,
    team_items,
    team_wraps,
    wraps,
)
from storage.opening import GroupKey, open_stream
from storage.sealing import seal_stream

# In no backup: rows that die with a call (calls, intents, once_audio, jobs, talks, seats), rows of a moment (shifts,
# passes), sessions, beats, switches, exports, welfare. Nor is the index of the search, which is built anew from what is
# sealed.
CONTENT_TABLES = (
    *(reports, holds, items, mailboxes, counts, call_log, blocks, interests, audit),
    *(reviews, releases, handovers, team_items, packages, replies, escalations),
)
KEYRING_TABLES = (people, memberships, second_factors, skills, wraps, desk_secrets, team_wraps, api_tokens)
CONTENT_FILE, KEYRING_FILE = "content.sealed", "keyring.sealed"
FORMAT = 1
ROWS_AT_A_TIME = 50

Noted = Callable[[str], None]  # told the table's name once for each row


class BackupUnfit(Exception):
    """The backup cannot be restored here; the message says what would help."""


class DatabaseNotEmpty(Exception):
    """The database already holds rows; a backup is restored into an empty one only."""


@dataclass(frozen=True)
class Written:
    """One file of a backup: what to keep beside it, since a seal does not say who made it."""

    path: Path
    rows: int
    sha256: str


@dataclass(frozen=True)
class Restored:
    """What came back, and how many items stayed gone because the keyring no longer holds their keys."""

    rows: int
    items_stayed_gone: int


# ---- writing ------------------------------------------------------------------------------------------------------


def write_backup(database: Database, folder: Path, recovery: Audience, *, at: int, noted: Noted) -> tuple[Written, ...]:
    """Write both files from one snapshot, while calls go on; raises `FileExistsError` rather than write over one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with database.read() as connection:
        _begin_snapshot(connection, is_sqlite=database.is_sqlite)
        try:
            return tuple(
                _write_part(connection, folder / name, tables, recovery, at=at, noted=noted)
                for name, tables in ((CONTENT_FILE, CONTENT_TABLES), (KEYRING_FILE, KEYRING_TABLES))
            )
        finally:
            connection.exec_driver_sql("ROLLBACK")


def _begin_snapshot(connection: Connection, *, is_sqlite: bool) -> None:
    # A read transaction of its own: both files show the same moment, and no writer waits for them.
    connection.exec_driver_sql("BEGIN" if is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _write_part(
    connection: Connection, path: Path, tables: tuple[Table, ...], recovery: Audience, *, at: int, noted: Noted
) -> Written:
    digest, rows = hashlib.sha256(), 0

    def lines() -> Iterator[bytes]:
        nonlocal rows
        yield _line({"format": FORMAT, "part": path.name, "at": at, "schema": schema_version(connection)})
        for table in tables:
            for row in _rows(connection, table):
                rows += 1
                noted(table.name)
                yield _line({"table": table.name, "row": row})

    unfinished = path.with_name(path.name + ".part")
    unfinished.unlink(missing_ok=True)
    if path.exists():
        raise FileExistsError(str(path))
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for piece in seal_stream(_squeezed(lines()), purpose=_purpose(path.name), audience=recovery):
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(path)
    return Written(path, rows, digest.hexdigest())


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    binary = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
    query = select(table).execution_options(yield_per=ROWS_AT_A_TIME)
    for row in connection.execute(query).mappings():
        yield {
            name: base64.b64encode(value).decode() if name in binary and value is not None else value
            for name, value in row.items()
        }


def schema_version(connection: Connection) -> str:
    """Return the migration that the database stands at, or `` before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none() or "")


def _squeezed(lines: Iterable[bytes]) -> Iterator[bytes]:
    squeeze = zlib.compressobj(level=6, wbits=31)  # gzip
    for line in lines:
        yield squeeze.compress(line)
    yield squeeze.flush()


def _line(raw: dict[str, Any]) -> bytes:
    return json.dumps(raw, separators=(",", ":")).encode() + b"\n"


def _purpose(name: str) -> str:
    return f"backup {FORMAT} {name}"


# ---- restoring ----------------------------------------------------------------------------------------------------


def restore_backup(database: Database, content: Path, keyring: Path, recovery: GroupKey, *, noted: Noted) -> Restored:
    """Fill an empty database from a backup, all or nothing.

    The keyring may be newer than the content: what was deleted in between stays gone. Raises `DatabaseNotEmpty`,
    `BackupUnfit` or `Damaged`.
    """
    with database.write() as connection:
        if any(connection.execute(select(table).limit(1)).first() for table in metadata.sorted_tables):
            raise DatabaseNotEmpty
        keyring_at, rows = _read_part(connection, keyring, KEYRING_FILE, KEYRING_TABLES, recovery, noted=noted)
        content_at, more = _read_part(connection, content, CONTENT_FILE, CONTENT_TABLES, recovery, noted=noted)
        if keyring_at < content_at:
            raise BackupUnfit("the keyring is older than the content, so new items would be lost; take a newer keyring")
        connection.execute(update(desk_secrets).values(ready=False))
        return Restored(rows + more, _drop_what_was_deleted(connection))


def _drop_what_was_deleted(connection: Connection) -> int:
    has_key = is_there(wraps.c.item_id == items.c.item_id)
    touched = connection.execute(select(items.c.report_id).where(~has_key)).scalars().all()
    connection.execute(delete(items).where(~has_key))
    connection.execute(delete(wraps).where(~is_there(items.c.item_id == wraps.c.item_id)))
    is_empty = ~is_there(items.c.report_id == reports.c.report_id)
    for report_id in set(touched):  # its mailbox goes with it
        connection.execute(delete(reports).where(reports.c.report_id == report_id, is_empty))
    return len(touched) + _drop_what_teams_have_no_more(connection)


def _drop_what_teams_have_no_more(connection: Connection) -> int:
    """Drop each release whose key is gone with its package, which a team's own key would still open."""
    has_key = is_there(team_wraps.c.item_id == team_items.c.item_id)
    gone: int = connection.execute(delete(team_items).where(~has_key)).rowcount
    is_release = (team_items.c.release_id == handovers.c.release_id, team_items.c.kind == "release")
    connection.execute(delete(handovers).where(~is_there(*is_release)))  # its package, and what was said of it, with it
    connection.execute(delete(team_wraps).where(~is_there(team_items.c.item_id == team_wraps.c.item_id)))
    return gone


def _read_part(
    connection: Connection, path: Path, name: str, tables: tuple[Table, ...], recovery: GroupKey, *, noted: Noted
) -> tuple[int, int]:
    known, rows, batch = {table.name: table for table in tables}, 0, _Batch(connection)
    with path.open("rb") as opened:
        lines = _lines(open_stream(opened.read, purpose=_purpose(name), group=recovery))
        first = json.loads(next(lines, b"{}"))
        if (first.get("format"), first.get("part")) != (FORMAT, name):
            raise BackupUnfit(f"{path.name} is not a part that this release can read")
        if first["schema"] != schema_version(connection):
            raise BackupUnfit(f"made at schema {first['schema'] or 'none'}: restore with that release, then upgrade")
        for line in lines:
            raw = json.loads(line)
            batch.add(known[raw["table"]], raw["row"])
            noted(raw["table"])
            rows += 1
    batch.done()
    return int(first["at"]), rows


class _Batch:
    """Rows of one table, inserted some at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._table: Table | None = None
        self._rows: list[dict[str, Any]] = []

    def add(self, table: Table, row: dict[str, Any]) -> None:
        if table is not self._table or len(self._rows) >= ROWS_AT_A_TIME:
            self.done()
            self._table = table
        binary = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
        self._rows.append(
            {name: base64.b64decode(v) if name in binary and v is not None else v for name, v in row.items()}
        )

    def done(self) -> None:
        if self._table is not None and self._rows:
            self._connection.execute(insert(self._table), self._rows)
        self._rows = []


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    swell, held = zlib.decompressobj(wbits=31), b""
    for chunk in chain(chunks, (b"",)):
        *whole, held = (held + swell.decompress(chunk)).split(b"\n")
        yield from whole
    if held or not swell.eof:
        raise Damaged("the backup ends in the middle")
