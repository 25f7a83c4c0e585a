"""One database, SQLite or PostgreSQL, with short write transactions that never wait badly for each other.

On SQLite a thread lock and a file lock stand in front of every write: measured against the busy handler alone they take
the slowest hundredth of answers from above 300 ms to 25 ms. `synchronous=FULL`, because an answered caller's words must
survive a power cut.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import IO, Any

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Exists,
    MetaData,
    Table,
    create_engine,
    event,
    exists,
    literal_column,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.models import session_metadata
from storage.prepared import errors_of
from storage.shared_writes import SharedWrites, T

PATIENCE_SECONDS = 10.0  # unless a process has reasons to give up sooner: a caller cannot wait so long
LOOK_AGAIN_SECONDS = 0.0002
NO_LIMIT = -1  # of a pool: a thread keeps its connections, so one thread too many would wait for them in vain
IDLE_SECONDS = 5.0  # after which a server is asked whether it is still there
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
)


class DatabaseHeld(SQLAlchemyError):
    """Somebody else holds the file for longer than we may wait; trying again helps."""


@dataclass
class _Kept:
    """A connection that a thread keeps."""

    connection: Connection
    used_at: float

    def is_alive(self, now: float) -> bool:
        """Ask the server after a rest: it may have been started anew meanwhile."""
        if now - self.used_at < IDLE_SECONDS:
            return True
        try:
            self.connection.exec_driver_sql("SELECT 1")
            self.connection.rollback()
        except DBAPIError:
            self.connection.close()
            return False
        return True


class _Thread:
    """Lives as long as the thread that keeps it."""


class Database:
    """A database that hands out connections for reading and for one short write transaction at a time per file."""

    def __init__(self, url: str, *, connections: int = 8, patience: float = PATIENCE_SECONDS) -> None:
        """Open nothing yet. `patience`: seconds to wait for a server, or for others to let go of a row or file."""
        self.url = make_url(url)
        self._patience = patience
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._thread_lock = threading.Lock()
        self._lock_file: IO[str] | None = None
        self._shared = SharedWrites(lambda: self.write())  # noqa: PLW0108 (looked up each time: a test may replace it)
        self._threads = threading.local()
        # What a thread keeps is held here too, and closed by another thread once that one has ended. Were it finalised
        # within the end of a thread that the server made natively, SQLite's callbacks would end the whole process.
        self._held: dict[weakref.ref[_Thread], dict[str, _Kept]] = {}
        self._ended: deque[weakref.ref[_Thread]] = deque()
        if self.is_sqlite:
            self._writer, self._reader = _sqlite_engines(str(self.url), connections, patience)
        else:
            self._writer = create_engine(
                self.url,
                hide_parameters=True,
                pool_size=connections,
                max_overflow=NO_LIMIT,
                pool_pre_ping=True,
                pool_timeout=patience,
                connect_args=_server_patience(patience, self.url),
            )
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def engine(self) -> Engine:
        """Return the writing engine, for migrations and for tests that look underneath."""
        return self._writer

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees what is committed and holds no transaction open."""
        connection = self._of_this_thread("reader", self._reader)
        try:
            yield connection
        except BaseException:
            self._let_go("reader")
            raise
        connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection inside one write transaction, committed at the end, rolled back by any exception."""
        if not self.is_sqlite:
            with self._transaction() as connection:
                yield connection
            return
        end = time.monotonic() + self._patience
        if not self._thread_lock.acquire(timeout=self._patience):
            raise DatabaseHeld("by another thread")
        try:
            with _locked(self._lock(), end), self._transaction() as connection:
                yield connection
        finally:
            self._thread_lock.release()

    def write_with_others(self, work: Callable[[Connection], T]) -> T:
        """Run short work in a write transaction and return what it returns, once it is committed. It may be run twice.

        On SQLite the work of all threads that wait shares one commit; a server commits side by side anyway.
        """
        if self.is_sqlite:
            return self._shared.write(work)
        with self.write() as connection:
            return work(connection)

    def write_statement(self, work: Callable[[Connection], T]) -> T:
        """Run work of one writing statement and return what it returns, once it is committed. It may be run twice.

        A server commits one statement by itself: one way there and back instead of three.
        """
        if self.is_sqlite:
            return self._shared.write(work)
        with self.read() as connection:
            return work(connection)

    def close(self) -> None:
        """Close every connection; the database may be opened again."""
        with self._thread_lock:
            for thread in list(self._held):
                self._close_of(thread)
            self._threads = threading.local()
        self._writer.dispose()
        self._reader.dispose()
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        connection = self._of_this_thread("writer", self._writer)
        try:
            with connection.begin():
                yield connection
        except BaseException:
            self._let_go("writer")
            raise

    def _of_this_thread(self, use: str, engine: Engine) -> Connection:
        # Kept by its thread: a pool's check-out and check-in would cost more than the statements between them.
        kept = self._kept().get(use)
        now = time.monotonic()
        if kept is not None and not kept.connection.closed and (self.is_sqlite or kept.is_alive(now)):
            kept.used_at = now
            return kept.connection
        connection = engine.connect()
        self._kept()[use] = _Kept(connection, now)
        return connection

    def _kept(self) -> dict[str, _Kept]:
        """Return what this thread keeps, once what threads kept that have ended is closed."""
        if self._ended:
            self._close_ended()
        kept: dict[str, _Kept] | None = getattr(self._threads, "kept", None)
        if kept is None:
            kept, thread = {}, _Thread()
            self._held[weakref.ref(thread, self._ended.append)] = kept
            self._threads.kept, self._threads.thread = kept, thread
        return kept

    def _close_ended(self) -> None:
        with suppress(IndexError):  # another thread may take the last one first
            while self._ended:
                self._close_of(self._ended.popleft())

    def _close_of(self, thread: weakref.ref[_Thread]) -> None:
        for kept in self._held.pop(thread, {}).values():
            kept.connection.close()

    def _let_go(self, use: str) -> None:
        """Close a connection that saw an error: the next one is fresh, should the server have gone away."""
        kept = self._kept().pop(use, None)
        if kept is not None:
            kept.connection.close()

    def _lock(self) -> IO[str]:
        # Opened on first use, so that a forked process opens its own: a shared description would share the lock.
        if self._lock_file is None:
            self._lock_file = open(f"{self.url.database}.lock", "w", encoding="ascii", opener=_own_file)  # noqa: SIM115 (kept open)
        return self._lock_file


@contextmanager
def _locked(lock: IO[str], end: float) -> Iterator[None]:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > end:
                raise DatabaseHeld("by another process") from None
            time.sleep(LOOK_AGAIN_SECONDS)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)


def is_there(*conditions: ColumnElement[bool]) -> Exists:
    """Return the condition that there is such a row.

    It names no columns: `SELECT *` asks for all of them, also inside EXISTS, and most roles may read some alone.
    """
    return exists(literal_column("1")).where(*conditions)


def _server_patience(seconds: float, url: URL) -> dict[str, Any]:
    # A server whose packets are lost says nothing: without these a caller hears silence until the carrier gives up.
    # Options of the address stay: they may say under which role a process works.
    given = " ".join(url.normalized_query.get("options", ()))
    return {
        "connect_timeout": max(2, int(seconds)),
        "tcp_user_timeout": int(seconds * 1000),
        "options": f"{given} -c lock_timeout={int(seconds * 1000)}".strip(),
    }


def _own_file(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@cache
def insert_once(dialect: str, table: Table, *keys: str) -> Any:
    """Return an INSERT that does nothing where a row with these keys stands; built once for each database."""
    return insert_into(dialect, table).on_conflict_do_nothing(index_elements=keys)


def insert_into(dialect: str, table: Table) -> Any:
    """Return an INSERT that knows ON CONFLICT: both databases speak the same, SQLAlchemy keeps it apart."""
    made = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    # Without this an INSERT on PostgreSQL says -1 rows, whether it conflicted or not.
    return made.execution_options(preserve_rowcount=True)


def create_schema(url: str) -> None:
    """Bring the database at `url` to the newest schema by the migrations. May run twice."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["url"] = url
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).touch(mode=0o600)  # before SQLite would make it readable for others
    command.upgrade(config, "head")


def open_session_store(url: str) -> Database:
    """Open the store of staff sessions and make its tables: a file of its own on SQLite, UNLOGGED on PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Database(url, connections=4)
    if store.is_sqlite:
        session_metadata.create_all(store.engine)
        os.chmod(str(store.url.database), 0o600)
    else:
        for table in session_metadata.sorted_tables:
            unlogged = table.to_metadata(MetaData())
            unlogged._prefixes = ["UNLOGGED"]
            unlogged.create(store.engine, checkfirst=True)
    return store


def _sqlite_engines(url: str, connections: int, patience: float) -> tuple[Engine, Engine]:
    arguments = {"check_same_thread": False, "timeout": patience}
    pool = {"pool_size": connections, "max_overflow": NO_LIMIT}
    writer = create_engine(url, hide_parameters=True, connect_args=arguments, **pool)
    event.listen(writer, "connect", _prepare_sqlite)
    event.listen(writer, "begin", _begin_immediate)
    reader = create_engine(url, hide_parameters=True, connect_args=arguments, **pool)
    event.listen(reader, "connect", _prepare_sqlite)
    return writer, reader.execution_options(isolation_level="AUTOCOMMIT")


def _prepare_sqlite(raw: Any, _record: Any) -> None:
    raw.isolation_level = None  # the driver begins nothing by itself: we say BEGIN IMMEDIATE
    # Any writer can leave bytes that are no UTF-8 in a text: then that text is damaged, and not the whole query.
    raw.text_factory = partial(str, encoding="utf-8", errors="replace")
    cursor = raw.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    with errors_of(connection.dialect):  # at the driver: it stands in every webhook's way
        connection.connection.driver_connection.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
