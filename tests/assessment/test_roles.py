"""The assessment application under the PostgreSQL roles of the docs, in its own database and in the line's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import ProgrammingError

from storage.clock import TurnedClock
from storage.database import Database
from tests.assessment.handing import hand
from tests.assessment.staff import AssessmentHouse, Teams, browser_of, open_assessment
from tests.assessment.test_people import approve, joined
from tests.databases import PostgresqlServer
from tests.desk.staff import Keys
from tests.storage.test_roles import ROLES_SQL, autocommitted, under

OWN_ROLES_SQL = ROLES_SQL.with_name("assessment-roles.sql")
ROLE = "hotline_assessment"


@pytest.fixture
def granted(
    postgresql: PostgresqlServer, assessment_keys: Keys, teams: Teams, clock: TurnedClock, tmp_path: Path
) -> Iterator[tuple[AssessmentHouse, Database]]:
    """Give an application that has its roles in both databases, and the line's database as its owner."""
    with postgresql.ready_database() as line, postgresql.ready_database() as own:
        for url, script in ((line, ROLES_SQL), (own, OWN_ROLES_SQL)):
            with autocommitted(url) as connection:
                for _ in range(2):  # as after an upgrade
                    connection.exec_driver_sql(script.read_text(encoding="utf-8"))
        with (
            closing(Database(line)) as owners,
            closing(Database(under(line, ROLE))) as handed,
            closing(Database(under(own, ROLE))) as people,
            open_assessment(assessment_keys, teams, handed, people, clock, tmp_path) as house,
        ):
            yield house, owners


def test_people_join_work_renew_their_key_and_leave_under_one_role(granted: tuple[AssessmentHouse, Database]) -> None:
    house, owners = granted
    release = hand(owners, house.teams.north)
    assert browser_of(house).sign_in("Dev").location == "/releases"
    eve, heard = joined(house)
    approve(house, "Lena", "Eve", heard)
    assert "Eve is admitted" in approve(house, "Dev", "Eve", heard)
    assert eve.get(f"/releases/{release.release}").status_code == 200
    assert eve.get(f"/releases/{release.release}/package.age").status_code == 200
    lena = browser_of(house, "Lena")
    assert "epoch = 2" in lena.post("/people/key", {"epoch": "1"}, seen="/people/key").text
    assert lena.post(f"/people/{house.id_of('Eve')}/leave", seen="/people").location == "/people"
    assert eve.get("/releases").location == "/expired"
    assert "whole chain was checked" in lena.post("/audit/checked", seen="/audit").text


def test_of_the_line_it_sees_what_was_handed_over_and_nothing_else(granted: tuple[AssessmentHouse, Database]) -> None:
    house, _ = granted
    address = house.database.url.render_as_string(hide_password=False)
    seen = {"handovers", "team_items", "team_wraps", "packages", "api_tokens"}
    with autocommitted(address) as connection:
        names = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = {str(name) for (name,) in names} - {"alembic_version"}
        assert {"reports", "items", "wraps", "people", "memberships", "releases", "reviews", "replies"} <= tables
        for name in sorted(tables - seen):
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.exec_driver_sql(f"SELECT 1 FROM {name}")
        for name in sorted(seen):
            connection.exec_driver_sql(f"SELECT 1 FROM {name}")


REFUSED = (
    "UPDATE people SET team = 'north'",
    "UPDATE people SET person_id = 'x'",
    "DELETE FROM people",
    "UPDATE memberships SET wrapped = ''",
    "UPDATE invitations SET code_hash = 'x'",
    "UPDATE audit SET detail = ''",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "SELECT 1 FROM reports",
    "INSERT INTO reports (report_id) VALUES ('x')",
    "CREATE TABLE mine (id integer)",
)


def test_in_its_own_database_it_moves_nobody_to_a_team_and_changes_no_audit(
    granted: tuple[AssessmentHouse, Database],
) -> None:
    house, _ = granted
    with autocommitted(house.own.url.render_as_string(hide_password=False)) as connection:
        for statement in REFUSED:
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.exec_driver_sql(statement)
