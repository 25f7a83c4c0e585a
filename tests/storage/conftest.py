"""A line's database seen by two: its owner, and the assessment application under its own role."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.database import Database
from tests.databases import PostgresqlServer
from tests.storage.test_roles import ROLES_SQL, autocommitted, under


@dataclass(frozen=True)
class Sides:
    """One database, as the line and as the assessment application reach it; one and the same on SQLite."""

    line: Database
    teams: Database


@pytest.fixture(params=["sqlite", "postgresql"])
def sides(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sides]:
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "line.db")
        with closing(Database(f"sqlite:///{tmp_path / 'line.db'}")) as database:
            yield Sides(database, database)
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    with server.ready_database() as url:
        with autocommitted(url) as connection:
            connection.exec_driver_sql(ROLES_SQL.read_text(encoding="utf-8"))
        with closing(Database(url)) as line, closing(Database(under(url, "hotline_assessment"))) as teams:
            yield Sides(line, teams)
