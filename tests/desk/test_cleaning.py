"""The page for sanitising: what is shown side by side, what each deed changes, and whose work is never lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.clock import TurnedClock
from storage.database import Database
from tests.desk.cleaning import STORY, Bench, bench_for, house_with_teams, to_review
from tests.desk.staff import Hired, House, Keys


@pytest.fixture
def teams(keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[House]:
    with house_with_teams(keys, hired, database, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
def bench(teams: House) -> Bench:
    return bench_for(teams, to_review(teams))


def test_the_clean_text_starts_from_the_raw(bench: Bench) -> None:
    assert "What happened\n" + STORY in bench.raw
    assert bench.clean == bench.raw
    assert "that we are married" not in bench.raw
