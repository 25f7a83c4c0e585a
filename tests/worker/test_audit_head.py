"""The audit's head leaves once a day, as a file and as a message, and says nothing of what the audit holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ivr.worker.workplace import Workplace
from storage import audit
from storage.commands import audit as command
from storage.database import Database
from storage.jobs import standing_alarms
from tests.worker.conftest import Working
from tests.worker.fakes import FakePost

DAY = 86_400


@dataclass
class Watched(Working):
    """A line whose audit somebody outside keeps the heads of."""

    folder: Path | None = None
    outside: FakePost | None = None

    def place(self) -> Workplace:
        made = super().place()
        return replace(made, rules=replace(made.rules, head_dir=self.folder), outside=self.outside)

    def write_down(self, number: int) -> None:
        with self.database.write() as connection:
            for _ in range(number):
                audit.record(connection, at=self.clock.now(), person="ben", action="report-opened", subject="secret")

    @property
    def alarms(self) -> set[str]:
        with self.database.read() as connection:
            return set(standing_alarms(connection))

    @property
    def head(self) -> str:
        with self.database.read() as connection:
            return str(audit.head(connection))


@pytest.fixture
def watched(line: Working, tmp_path: Path) -> Watched:
    folder = tmp_path / "heads"
    folder.mkdir()
    return Watched(line.database, line.clock, folder=folder, outside=FakePost())


def files(line: Watched) -> list[Path]:
    assert line.folder is not None
    return sorted(line.folder.iterdir())


def test_the_head_leaves_once_a_day_as_a_new_file_and_a_message_without_content(watched: Watched) -> None:
    watched.write_down(3)
    first = watched.head
    for _ in range(6):
        watched.work()
        watched.clock.forward(3600)
    assert [path.read_text() for path in files(watched)] == [f"{first}\n"]
    assert watched.outside is not None
    ((subject, text),) = watched.outside.sent
    assert first in text
    assert "secret" not in subject + text
    assert "ben" not in subject + text
    watched.write_down(2)
    watched.clock.forward(DAY)
    watched.work()
    assert [path.read_text() for path in files(watched)] == [f"{first}\n", f"{watched.head}\n"]
    assert len(watched.outside.sent) == 2
    assert watched.post.sent == []  # those on call are not bothered


def test_a_head_that_was_kept_is_never_written_over(watched: Watched) -> None:
    watched.work()
    (path,) = files(watched)
    before = path.read_text()
    watched.write_down(1)
    with watched.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM beats WHERE name = 'turn:headed'")
    watched.work()
    assert path.read_text() == before


def test_nothing_leaves_where_nobody_is_named(line: Working) -> None:
    watched = Watched(line.database, line.clock)
    watched.write_down(1)
    watched.work()
    assert (watched.post.sent, watched.alarms) == ([], set())


def test_a_folder_that_takes_nothing_is_an_alarm_until_it_does(watched: Watched) -> None:
    assert watched.folder is not None
    watched.folder.rmdir()
    watched.work()
    assert "audit_head" in watched.alarms
    watched.folder.mkdir()
    watched.clock.forward(3600)
    watched.work()
    assert watched.alarms == set()
    assert len(files(watched)) == 1


def test_a_message_that_does_not_leave_for_a_day_is_an_alarm_and_does_not_pile_up(watched: Watched) -> None:
    assert watched.outside is not None
    watched.outside.down = True
    watched.work()
    assert watched.alarms == set()
    for _ in range(3):
        watched.clock.forward(DAY)
        watched.work()
    assert "audit_head" in watched.alarms
    watched.outside.down = False
    watched.clock.forward(3600)
    watched.work()
    assert len(watched.outside.sent) == 1
    watched.clock.forward(3600)
    watched.work()
    assert watched.alarms == set()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> list[str]:
    path = tmp_path / "config.env"
    path.write_text(f"DATABASE_URL={database_url}\n", encoding="utf-8")
    return ["--settings", str(path)]


def test_a_chain_written_anew_shows_against_the_file_and_against_the_message(
    watched: Watched, database: Database, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watched.write_down(3)
    watched.work()
    assert watched.outside is not None
    mail = tmp_path / "mail.txt"
    mail.write_text(f"From: x\r\n\r\n{watched.outside.sent[0][1]}", encoding="utf-8")
    kept = [files(watched)[0], mail]
    watched.write_down(1)
    assert [command(["verify", "--head-file", str(path), *settings]) for path in kept] == [0, 0]
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM audit")
    watched.clock.forward(1)
    watched.write_down(4)
    assert command(["verify", *settings]) == 0
    assert [command(["verify", "--head-file", str(path), *settings]) for path in kept] == [1, 1]
    assert "kept outside" in capsys.readouterr().err


def test_a_file_without_a_head_is_told(settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("12:abc\n", encoding="utf-8")
    assert command(["verify", "--head-file", str(empty), *settings]) == 1
    assert "holds no line that is a head" in capsys.readouterr().err
    with pytest.raises(FileNotFoundError):  # `hotline` tells it in a sentence, as for every file
        command(["verify", "--head-file", str(tmp_path / "none"), *settings])
