"""A desk for each test, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.clock import TurnedClock
from storage.database import Database
from tests.desk.staff import BASE, Hired, House, Keys, cut_keys, hire, open_house


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return cut_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def hired(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Hired:
    return hire(keys, tmp_path_factory.mktemp("people"))


@pytest.fixture
def house(keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[House]:
    """Give a desk whose whole staff can sign in."""
    with open_house(keys, hired, database, clock, tmp_path, BASE) as opened:
        yield opened
