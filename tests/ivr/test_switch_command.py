"""`hotline switch`: staff set, list and end a switch and hear what it does; what is unfit changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from ivr.switch_command import switch
from storage.audit import page
from storage.database import Database
from storage.switches import ends
from tests.house import EXAMPLE_LINE
from tests.storage.test_switches import hire

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(database: Database, database_url: str, tmp_path: Path) -> Iterator[list[str]]:
    hire(database, "ben")
    path = tmp_path / "config.env"
    path.write_text(f"DATABASE_URL={database_url}\nLINE_FILE={EXAMPLE_LINE}\n", encoding="utf-8")
    with time_machine.travel(NOW, tick=False):
        yield ["--settings", str(path)]


def test_a_switch_is_set_listed_and_ended(
    database: Database, settings: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert switch(["list", *settings]) == 0
    assert switch(["closed", "--until", "2026-11-27 08:00", "--by", "ben", *settings]) == 0
    assert switch(["list", *settings]) == 0
    assert switch(["off", "closed", "--by", "ben", *settings]) == 0
    assert switch(["off", "closed", "--by", "ben", *settings]) == 1
    printed = capsys.readouterr()
    assert "No switch stands." in printed.out
    assert "closed   until 2026-11-27 08:00, by Ben at 2026-11-26 12:00" in printed.out
    assert "does not stand" in printed.err
    with database.read() as connection:
        assert ends(connection) == ()
        assert [entry.action for entry in page(connection, below=None, size=5).entries] == [
            "switch.ended",
            "switch.set",
        ]


def test_times_are_by_the_clock_of_the_line(database: Database, settings: list[str]) -> None:
    with time_machine.travel(datetime(2027, 7, 1, tzinfo=UTC), tick=False):
        assert switch(["surge", "--until", "2027-07-01 12:00", "--by", "ben", *settings]) == 0
    with database.read() as connection:
        assert ends(connection) == (("surge", int(datetime(2027, 7, 1, 11, tzinfo=UTC).timestamp())),)


@pytest.mark.parametrize(
    ("until", "by", "told"),
    [
        ("2026-11-26 11:59", "ben", "ends in the future"),
        ("2026-12-03 12:01", "ben", "within 7 days"),
        ("tomorrow", "ben", "there is no such time"),
        ("2026-11-31 08:00", "ben", "there is no such time"),
        ("2027-03-28 01:30", "ben", "there is no such time"),  # the clocks jump over it
        ("2026-11-27 08:00", "chris", "nobody who may sign in"),
    ],
)
def test_what_is_unfit_is_told_and_changes_nothing(
    database: Database, settings: list[str], capsys: pytest.CaptureFixture[str], until: str, by: str, told: str
) -> None:
    assert switch(["closed", "--until", until, "--by", by, *settings]) == 1
    assert told in capsys.readouterr().err
    with database.read() as connection:
        assert ends(connection) == ()


@pytest.mark.parametrize(
    "argv", [["closed", "--by", "ben"], ["closed", "--until", "2026-11-27 08:00"], ["off", "x"], []]
)
def test_an_end_and_a_name_are_always_asked_for(settings: list[str], argv: list[str]) -> None:
    with pytest.raises(SystemExit):
        switch([*argv, *(settings if argv else [])])


def test_a_preview_prints_every_word_of_a_closed_night(settings: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    told = ["--at", "2026-12-25 03:00", "--closed", "--surge", "--outage", "--language", "pl"]
    assert switch(["preview", *told, *settings]) == 0
    printed = capsys.readouterr().out
    assert "Friday 2026-12-25 03:00 in Europe/London, Christmas Day: outside handlers' hours" in printed
    assert "Switched on: closed, surge, outage" in printed
    assert "w tej chwili nikt nie może odebrać" in printed
    assert printed.rstrip().endswith("(a tone; what is said now is recorded)")


def test_a_preview_of_now_by_a_file_needs_no_database(capsys: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(NOW, tick=False):
        assert switch(["preview", "--line", str(EXAMPLE_LINE), "--staffed"]) == 0
    printed = capsys.readouterr().out
    assert "Thursday 2026-11-26 12:00 in Europe/London: handlers' hours" in printed
    assert "waiting (en)" in printed


def test_a_preview_in_a_language_that_the_line_does_not_speak_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert switch(["preview", "--line", str(EXAMPLE_LINE), "--language", "xx"]) == 1
    assert "no key of this line leads to xx" in capsys.readouterr().err


def test_a_line_closed_by_its_file_is_listed_so(
    settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = tmp_path / "closed.toml"
    text = EXAMPLE_LINE.read_text(encoding="utf-8")
    closed.write_text(text.replace("closed = false", "closed = true"), encoding="utf-8")
    path = Path(settings[-1])
    path.write_text(path.read_text(encoding="utf-8").replace(str(EXAMPLE_LINE), str(closed)), encoding="utf-8")
    assert switch(["list", *settings]) == 0
    assert "closed   in the line's file" in capsys.readouterr().out
