"""`hotline retention` shows what will go, in numbers only, and deletes so many as a person agreed to."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from storage.audit import page
from storage.clock import SystemClock, iso_week
from storage.database import Database
from storage.going import plan
from storage.jobs import raise_alarm, standing_alarms
from storage.mistakes import SettingsMistakes
from storage.models import mailboxes, people, reports
from storage.retention import Keeping
from storage.retention_command import retention
from storage.settings import retention_settings

WEEK = 7 * 86_400


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> list[str]:
    path = tmp_path / "config.env"
    path.write_text(f"DATABASE_URL={database_url}\n", encoding="utf-8")
    return ["--settings", str(path)]


def keep(database: Database, number: int = 1, *, week: str, state: str = "confirmed", held: str = "") -> str:
    report_id = ""
    for _ in range(number):
        report_id = secrets.token_hex(16)
        row = {"report_id": report_id, "case_number": report_id[:12], "line": "example", "week": week, "state": state}
        with database.write() as connection:
            connection.execute(insert(reports).values(**row, held=held, urgent="", language="en", channel="voice"))
    return report_id


def hire(database: Database, name: str, role: str) -> None:
    row = {"person_id": secrets.token_hex(16), "sign_in_name": name, "alias": name, "role": role, "public_key": b"k"}
    empty = dict.fromkeys(("salt", "wrapped_key", "totp_sealed"), b"x")
    with database.write() as connection:
        connection.execute(insert(people).values(**row, **empty))


def ago(weeks: int) -> str:
    return iso_week(SystemClock().now() - weeks * WEEK)


def left(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(reports)) or 0


def test_the_plan_counts_by_week_and_state_and_names_no_report(
    database: Database, settings: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    secret = keep(database, 3, week=ago(105))
    keep(database, 2, week=ago(12), state="not_a_report")
    keep(database, week=ago(200), held="court")
    keep(database, week=ago(1), state="new")
    assert retention(["plan", "--weeks", "3", *settings]) == 0
    told = capsys.readouterr().out
    rows = [line.replace("│", " ").split() for line in told.splitlines() if "-W" in line]
    assert [row[2:] for row in rows] == [["3", "0", "0", "0"], ["0", "2", "0", "0"], ["0", "0", "0", "0"]]
    assert rows[0][:2] == [ago(0), "now"]
    assert "Held, and so kept: 1. Unfinished, and so kept: 1." in told
    assert secret[:12] not in told


def test_the_plan_waits_for_a_reference_that_works(database: Database) -> None:
    report_id, now = keep(database, week=ago(200)), SystemClock().now()
    with database.write() as connection:
        box = {"lookup_id": "1", "report_id": report_id, "reply_key": b"x", "week": ago(50), "state": "open"}
        connection.execute(insert(mailboxes).values(**box))
        weeks = plan(connection, Keeping(), now=now, weeks=5).weeks
    assert [one.by_state.get("confirmed", 0) for one in weeks] == [0, 0, 0, 1, 0]


def test_a_stopped_run_needs_the_exact_number_and_then_deletes_and_ends_the_alarm(
    database: Database, settings: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(database, 60, week=ago(105))
    with database.write() as connection:
        raise_alarm(connection, "retention", "too many", now=1)
    assert retention(["run", *settings]) == 1
    assert "--yes-delete 60" in capsys.readouterr().err
    assert retention(["run", "--yes-delete", "59", *settings]) == 1
    assert left(database) == 60
    hire(database, "ben", "supervisor")
    hire(database, "cora", "supervisor")
    hire(database, "amina", "handler")
    for by in ([], ["ben"], ["ben", "ben"], ["ben", "amina"], ["ben", "nobody"], ["ben", "cora", "amina"]):
        named = [word for name in by for word in ("--by", name)]
        assert retention(["run", "--yes-delete", "60", *named, *settings]) == 1
    assert left(database) == 60
    assert "no supervisor who may sign in" in capsys.readouterr().err
    assert retention(["run", "--yes-delete", "60", "--by", "ben", "--by", "cora", *settings]) == 0
    assert left(database) == 0
    with database.read() as connection:
        found = page(connection, below=None, size=100).entries
        assert standing_alarms(connection) == {}
    assert {(entry.person, entry.action) for entry in found[:60]} == {("command", "report-expired")}
    assert [(one.action, one.detail) for one in found[60:]] == [("retention-allowed", "60 reports, by ben and cora")]


def test_a_few_go_by_command_without_asking(database: Database, settings: list[str]) -> None:
    keep(database, 2, week=ago(105))
    keep(database, 1, week=ago(104))
    assert retention(["run", *settings]) == 0
    assert left(database) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RETAIN_CONFIRMED_WEEKS", "52"),
        ("RETAIN_CONFIRMED_WEEKS", "two"),
        ("RETAIN_DISMISSED_WEEKS", "0"),
        ("OPEN_ALARM_WEEKS", "53"),
    ],
)
def test_a_time_outside_its_bounds_is_refused_with_a_sentence(name: str, value: str) -> None:
    with pytest.raises(SettingsMistakes) as refused:
        retention_settings({"DATABASE_URL": "sqlite:///line.db", name: value})
    assert [mistake.setting for mistake in refused.value.mistakes] == [name]


def test_weeks_that_no_plan_has_are_refused(settings: list[str]) -> None:
    with pytest.raises(SystemExit):
        retention(["plan", "--weeks", "0", *settings])
