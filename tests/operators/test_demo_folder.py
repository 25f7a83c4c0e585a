"""What the demo keeps, and what it never touches: its codes, its mail, and folders that are not its own."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pyotp
import pytest

from ivr.demo.closing import closed_words
from ivr.demo.codes import code
from ivr.demo.house import BEGUN, EXAMPLE_LINE, STAFF, DemoNotMade, clear, make_house
from ivr.demo.play import demo
from ivr.demo.post import Mailbox, mail_host
from prompts.line import read_line
from storage.clock import SystemClock, TurnedClock
from tests.operators.ground import free_port

SECRET = "JBSWY3DPEHPK3PXP" * 2


@pytest.fixture
def house(tmp_path: Path) -> Path:
    people = tmp_path / "demo/people"
    people.mkdir(parents=True)
    (tmp_path / "demo/made").touch()
    for name, _, _ in STAFF:
        (people / f"{name}.password").write_text("a password\n", encoding="ascii")
        (people / f"{name}.totp").write_text(SECRET + "\n", encoding="ascii")
    return tmp_path / "demo"


def test_a_fresh_code_is_what_an_authenticator_shows(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = pyotp.TOTP(SECRET).at(SystemClock().now())
    assert code(["ben", "--folder", str(house)]) == 0
    after = pyotp.TOTP(SECRET).at(SystemClock().now())
    name, shown, role = capsys.readouterr().out.splitlines()[0].split()
    assert (name, role) == ("ben", "supervisor")
    assert shown in (before, after)


def test_without_a_name_everybodys_code_is_shown_with_how_long_it_is_good(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code(["--folder", str(house)]) == 0
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines()[:-1]] == [name for name, _, _ in STAFF]
    assert "Good for" in said
    assert "a password" not in said


def test_nobody_of_that_name_is_told(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code(["chris", "--folder", str(house)]) == 1
    assert "nobody in the demo signs in as chris" in capsys.readouterr().err


def test_no_folder_is_removed_that_no_demo_made(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/letter").write_text("dear Amina", encoding="ascii")
    (tmp_path / "file").touch()
    for place in ("letters", "letters/letter", "file"):
        with pytest.raises(DemoNotMade, match="nothing in it was touched"):
            clear(tmp_path / place)
    assert (tmp_path / "letters/letter").read_text(encoding="ascii") == "dear Amina"


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_folder_in_which_something_is_named_made_is_not_taken_for_a_demo_s(tmp_path: Path, kind: str) -> None:
    """`hotline prompts speak --made made` makes such a folder, beside whatever else is there."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work/made").mkdir() if kind == "folder" else (tmp_path / "work/made").touch()
    (tmp_path / "work/letter").touch()
    with pytest.raises(DemoNotMade):
        clear(tmp_path / "work")
    with pytest.raises(DemoNotMade):
        make_house(tmp_path / "work", print)
    assert {path.name for path in (tmp_path / "work").iterdir()} == {"made", "letter"}


def test_a_link_to_a_demos_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / BEGUN).touch()
    (tmp_path / "link").symlink_to(tmp_path / "demo")
    with pytest.raises(DemoNotMade):
        clear(tmp_path / "link")


def test_a_failure_is_told_whatever_its_folder_is_called(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "[" / "bold]"
    folder.mkdir(parents=True)
    (folder / "letter").touch()
    assert demo(["--folder", str(folder), "--anew", "--once"]) == 1
    assert f"{folder} is no folder of a demo" in capsys.readouterr().out


@pytest.mark.parametrize("marks", [(BEGUN,), ("made", "people/", "carrier/")])
def test_a_demos_own_folder_is_cleared_whole_or_half_made(tmp_path: Path, marks: tuple[str, ...]) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    for mark in marks:
        (folder / mark).mkdir() if mark.endswith("/") else (folder / mark).touch()
    clear(folder)
    assert not folder.exists()
    clear(folder)  # what is not there is clear


def test_alerts_lie_as_files_where_people_find_them(tmp_path: Path) -> None:
    port = free_port()
    host = mail_host(Mailbox(tmp_path / "mail"), port)
    host.start()
    try:
        for number in range(2):
            with smtplib.SMTP("127.0.0.1", port) as server:
                server.sendmail("line@open-ear.test", ["ben@open-ear.test"], f"Subject: A report {number}\n\nhere")
    finally:
        host.stop()
    kept = sorted((tmp_path / "mail").iterdir())
    assert [path.name for path in kept] == ["0001.eml", "0002.eml"]
    assert b"Subject: A report 1" in kept[1].read_bytes()


def test_where_the_line_is_closed_by_its_hours_the_demo_says_how_to_try_it_all_the_same() -> None:
    line = read_line(EXAMPLE_LINE)
    noon = TurnedClock(1_795_780_800)  # Friday 27 November 2026, 12:00 UTC
    night = TurnedClock(noon.seconds + 11 * 3600)
    assert closed_words(line, noon) == ""
    assert "no handler answers this line now" in closed_words(line, night)
