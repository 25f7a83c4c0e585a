"""Alarms that stand can be listed and ended by an operator, and ending one leaves a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.audit import page
from storage.commands import alarms
from storage.database import Database
from storage.jobs import raise_alarm, standing_alarms


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> list[str]:
    path = tmp_path / "config.env"
    path.write_text(f"DATABASE_URL={database_url}\n", encoding="utf-8")
    return ["--settings", str(path)]


def test_an_alarm_is_listed_and_ended_once(
    database: Database, settings: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as connection:
        raise_alarm(connection, "signatures", "requests come that nobody signed", now=1)
    assert alarms(["list", *settings]) == 0
    assert "signatures" in capsys.readouterr().out
    assert alarms(["end", "signatures", *settings]) == 0
    assert alarms(["end", "signatures", *settings]) == 1
    with database.read() as connection:
        assert standing_alarms(connection) == {}
        assert [entry.action for entry in page(connection, below=None, size=5).entries] == ["alarm.ended"]


def test_ending_needs_a_name(settings: list[str]) -> None:
    with pytest.raises(SystemExit):
        alarms(["end", *settings])
