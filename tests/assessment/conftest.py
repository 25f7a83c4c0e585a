"""An assessment application, and an API with two teams that each have a token, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.clock import TurnedClock
from storage.database import Database
from tests.assessment.api_caller import Stand, stand_on
from tests.assessment.staff import AssessmentHouse, Teams, hire_teams, open_assessment
from tests.desk.staff import Keys, cut_keys


@pytest.fixture(scope="session")
def assessment_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return cut_keys(tmp_path_factory.mktemp("assessment-keys"))


@pytest.fixture(scope="session")
def teams(assessment_keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Teams:
    return hire_teams(assessment_keys, tmp_path_factory.mktemp("teams"))


@pytest.fixture
def assessment_house(
    assessment_keys: Keys,
    teams: Teams,
    database: Database,
    sqlite_template: Path,
    clock: TurnedClock,
    tmp_path: Path,
) -> Iterator[AssessmentHouse]:
    """Give an application whose line's database is either kind; a lead and an assessor in each of two teams."""
    own = tmp_path / "own.db"
    own.write_bytes(sqlite_template.read_bytes())
    with (
        closing(Database(f"sqlite:///{own}")) as own_database,
        open_assessment(assessment_keys, teams, database, own_database, clock, tmp_path) as opened,
    ):
        yield opened


@pytest.fixture
def stand(database: Database, clock: TurnedClock, sqlite_template: Path, tmp_path: Path) -> Iterator[Stand]:
    own = tmp_path / "own.db"
    own.write_bytes(sqlite_template.read_bytes())
    with closing(Database(f"sqlite:///{own}")) as own_database:
        yield stand_on(database, own_database, clock)
