"""An API with two teams, each with a token, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.clock import TurnedClock
from storage.database import Database
from tests.assessment.api_caller import Stand, stand_on


@pytest.fixture
def stand(database: Database, clock: TurnedClock, sqlite_template: Path, tmp_path: Path) -> Iterator[Stand]:
    own = tmp_path / "own.db"
    own.write_bytes(sqlite_template.read_bytes())
    with closing(Database(f"sqlite:///{own}")) as own_database:
        yield stand_on(database, own_database, clock)
