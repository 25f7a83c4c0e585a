"""`hotline scan` as an operator meets it: its status, its words, and what it never prints."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from handlers.public.facts import read_canary
from ivr.scan_command import scan
from tests.anonymity.planted import NAME, NUMBER

LIST = f"# what was planted\nnumber={NUMBER.text}\n\nname = {NAME.text}\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "place"
    folder.mkdir()
    (folder / "hotline.log").write_text("an event\n")
    return folder


def run(tmp_path: Path, text: str, *places: Path) -> int:
    (tmp_path / "list").write_text(text)
    return scan(["--canaries", str(tmp_path / "list"), "--places", *map(str, places)])


def test_a_clean_place_is_status_0_and_the_planted_control_is_taken_away(
    tmp_path: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, LIST, place) == 0
    assert "0 found. Sought: name, number. The control was found" in capsys.readouterr().out
    assert [path.name for path in place.iterdir()] == ["hotline.log"]


def test_a_canary_is_status_1_and_is_named_but_never_printed(
    tmp_path: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "leak").write_text("07700 900738 rang")
    assert run(tmp_path, LIST, place) == 1
    printed = "".join(capsys.readouterr())
    assert f"FOUND  number (text) at byte 0 of {place / 'leak'}" in printed
    assert "900738" not in printed


def test_a_control_of_the_operators_own_must_be_found_in_every_place(
    tmp_path: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, f"{LIST}control=an event\n", place) == 0
    assert run(tmp_path, f"{LIST}control=an event that never was\n", place) == 2
    assert "the control was not found" in capsys.readouterr().err


def test_a_single_file_needs_a_control_of_its_own(tmp_path: Path, place: Path) -> None:
    assert run(tmp_path, LIST, place / "hotline.log") == 2
    assert run(tmp_path, f"{LIST}control=an event\n", place / "hotline.log") == 0


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "control=only this\n", "number=07700900738\n", "shoe=size nine\n", "name\n"]
)
def test_a_list_that_cannot_be_used_is_status_2(
    text: str, tmp_path: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, text, place) == 2
    printed = "".join(capsys.readouterr())
    assert "nothing is proved" in printed
    assert "900738" not in printed


def test_a_list_or_place_that_is_not_there_is_status_2(tmp_path: Path, place: Path) -> None:
    assert scan(["--canaries", str(tmp_path / "none"), "--places", str(place)]) == 2
    assert run(tmp_path, LIST, tmp_path / "gone") == 2


def test_a_list_within_a_place_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, LIST, tmp_path) == 2
    assert "move it away" in capsys.readouterr().err


def test_the_list_may_come_through_a_pipe(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "leak").write_text(NAME.text)
    monkeypatch.setattr(sys, "stdin", io.StringIO(LIST))
    assert scan(["--canaries", "-", "--places", str(place)]) == 1


def test_its_result_for_the_public_page_says_kinds_and_numbers_and_nothing_that_was_planted(
    tmp_path: Path, place: Path
) -> None:
    (place / "leak").write_text("07700 900738 rang")
    (tmp_path / "list").write_text(LIST)
    result = tmp_path / "result.json"
    given = ["--canaries", str(tmp_path / "list"), "--places", str(place), "--result", str(result)]
    assert scan(given) == 1
    told = read_canary(result)
    assert (told.found, told.kinds) == (1, ("name", "number"))
    assert "900738" not in result.read_text(encoding="utf-8")
    result.unlink()
    (tmp_path / "list").write_text(f"{LIST}control=an event that never was\n")
    assert scan(given) == 2
    assert not result.exists()
