"""How a database stands is told before anything is asked of it, and an answer that fails is told by its kind alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DataError, OperationalError, ProgrammingError

from storage.command_line import run
from storage.database import Database, DatabaseHeld
from storage.mistakes import SettingsMistakes
from storage.readiness import Standing, database_fits, database_sentence, must_stand, standing
from tests.databases import PostgresqlServer
from tests.operators.ground import Ground

AWAY = "postgresql://nobody@127.0.0.1:1/none"


def test_a_database_with_all_tables_can_be_used(database_url: str) -> None:
    assert standing(database_url) is Standing.FIT
    assert database_fits(database_url) == []


def test_a_database_without_tables_is_told_with_the_command_that_makes_them(empty_database_url: str) -> None:
    assert standing(empty_database_url) is Standing.EMPTY
    (found,) = database_fits(empty_database_url)
    assert "hotline database upgrade" in found.mend
    assert not Path(make_url(empty_database_url).database or "").exists()  # looking makes no file


def test_a_database_of_an_older_release_is_told(database_url: str) -> None:
    database = Database(database_url)
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE beats DROP COLUMN note")
    database.close()
    assert standing(database_url) is Standing.OLD


def test_a_server_that_does_not_answer_is_no_mistake_of_a_process_that_can_wait() -> None:
    assert standing(AWAY) is Standing.AWAY
    assert database_fits(AWAY) == []
    with pytest.raises(SettingsMistakes, match="1 settings"):
        must_stand(AWAY)


def test_a_server_that_lets_nobody_in_is_told(postgresql: PostgresqlServer) -> None:
    with postgresql.ready_database() as url:
        address = make_url(url)
        for wrong in (address.set(database="no_such_database"), address.set(username="chris")):
            text = wrong.render_as_string(hide_password=False)
            assert standing(text) is Standing.REFUSED
            (found,) = database_fits(text)
            assert "chris" not in found.why


def test_files_that_cannot_hold_a_database_are_told(tmp_path: Path) -> None:
    (tmp_path / "a_file").write_text("words" * 1000, encoding="utf-8")
    (tmp_path / "a_folder").mkdir()
    assert standing(f"sqlite:///{tmp_path}/a_file") is Standing.STRANGE
    assert standing(f"sqlite:///{tmp_path}/a_folder") is Standing.UNREADABLE
    assert standing(f"sqlite:///{tmp_path}/a_file/below.db") in (Standing.UNREADABLE, Standing.EMPTY)


def test_a_file_that_somebody_holds_is_no_mistake(ground: Ground) -> None:
    engine = create_engine(ground.settings["DATABASE_URL"])
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA locking_mode=EXCLUSIVE")
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        assert standing(ground.settings["DATABASE_URL"]) is Standing.AWAY
    engine.dispose()


@pytest.mark.parametrize(
    "command",
    [
        ["people", "list"],
        ["alarms", "list"],
        ["alarms", "end", "backlog"],
        ["audit", "head"],
        ["audit", "verify"],
        ["database", "upgrade"],
        ["database", "untangle"],
        ["backup", "--out", "elsewhere"],
        ["worker", "--once"],
    ],
)
def test_a_command_that_needs_the_database_says_that_it_is_away(
    ground: Ground, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--settings", ground.file(DATABASE_URL=AWAY)]) == 1
    said = capsys.readouterr()
    assert "DATABASE_URL: the server of none: it does not answer" in said.err
    assert "Traceback" not in said.err


def test_nobody_is_asked_for_a_password_while_the_database_is_away(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ground.file(DATABASE_URL=AWAY)
    assert run(["people", "add", "--name", "ben", "--alias", "Ben", "--role", "auditor", "--settings", file]) == 1
    assert "DATABASE_URL" in capsys.readouterr().err


def test_upgrading_what_is_no_database_changes_nothing(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    (ground.folder / "hotline.db").write_text("a letter" * 1000, encoding="utf-8")
    assert run(["database", "upgrade", "--settings", ground.file()]) == 1
    assert "no SQLite database" in capsys.readouterr().err
    assert (ground.folder / "hotline.db").read_text(encoding="utf-8") == "a letter" * 1000


def test_upgrading_the_database_of_a_newer_release_is_told(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    database = Database(ground.settings["DATABASE_URL"])
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    assert run(["database", "upgrade", "--settings", ground.file()]) == 1
    assert "a newer release made it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (OperationalError("SELECT secret", {}, Exception("secret")), "does not answer"),
        (ProgrammingError("SELECT secret", {}, Exception("secret")), "hotline database upgrade"),
        (DataError("SELECT secret", {}, Exception("secret")), "DataError"),
        (DatabaseHeld("by another process"), "try again"),
    ],
)
def test_a_statement_that_failed_is_told_by_its_kind_alone(failure: OperationalError, says: str) -> None:
    assert says in database_sentence(failure)
    assert "secret" not in database_sentence(failure)
