"""`hotline assessment open | renew`, and the operator's commands on the application's own database."""

from __future__ import annotations

import re
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select

from handlers.assessment.app import app_on
from handlers.assessment.ground import lay
from handlers.team_keys import epochs_of
from prompts.line import read_line
from storage import models
from storage.clock import TurnedClock
from storage.command_line import run
from storage.database import Database
from storage.keys import RECOVERY_MEMBER
from storage.opening import read_recovery_key
from storage.people import member_key_ring
from storage.settings import assessment_settings, read_environment
from tests.operators.ground import Ground, lay_ground

SECTION = '\n[[teams]]\nid = "north"\nname = "North"\nforce = "Northshire Police"\nage = "{age}"\n{keys}\n'
PASSWORD = "heron ladder quartz violin"


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """Give a machine on which the assessment application is set up, without a team."""
    laid = lay_ground(tmp_path)
    line = tmp_path / "line.toml"
    line.write_text(Path(laid.settings["LINE_FILE"]).read_text(encoding="utf-8"), encoding="utf-8")
    own = {"ASSESSMENT_DATABASE_URL": f"sqlite:///{tmp_path / 'assessment.db'}", "LINE_FILE": str(line)}
    own["ASSESSMENT_BASE"] = "https://assessment.open-ear.test"
    laid.settings.update(own)
    for more in ((), ("--assessment",)):
        assert run(["database", "upgrade", *more, "--settings", laid.file()]) == 0
    (tmp_path / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    return laid


def opened(ground: Ground, *more: str) -> int:
    files = ("--password-file", str(ground.folder / "password"), "--totp-out", str(ground.folder / "totp"))
    return run(["assessment", "open", "north", "--name", "lena", *files, *more, "--settings", ground.file()])


def pin(ground: Ground, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Write the lines that a command told into the line's file."""
    keys = "\n".join(re.findall(r"^ +((?:group_key|epoch|earlier_keys) = .*)$", said, re.MULTILINE))
    key_file = ground.folder / "age.txt"
    if not key_file.exists():
        assert run(["package", "key", "--out", str(key_file)]) == 0
        capsys.readouterr()
    age = re.search(r"age1\w+", key_file.read_text(encoding="utf-8"))
    assert age
    line = Path(ground.settings["LINE_FILE"])
    before = line.read_text(encoding="utf-8").partition("\n[[teams]]")[0]
    line.write_text(before + SECTION.format(age=age[0], keys=keys), encoding="utf-8")


def test_a_team_is_opened_once_and_its_lead_signs_in(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    assert opened(ground) == 0
    pin(ground, capsys.readouterr().out, capsys)
    (ground.folder / "totp").rename(ground.folder / "lena.totp")
    assert opened(ground) == 1
    assert "north is open already" in capsys.readouterr().err
    clock = TurnedClock()
    laid = lay(assessment_settings(read_environment(Path(ground.file()))), clock)
    try:
        browser = app_on(laid).test_client()
        base = ground.settings["ASSESSMENT_BASE"]
        page = browser.get("/sign-in", base_url=base).text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token
        code = pyotp.TOTP((ground.folder / "lena.totp").read_text().strip()).at(clock.now())
        form = {"csrf_token": token[1], "name": "lena@north", "password": PASSWORD, "code": code}
        headers = {"Referer": f"{base}/", "Origin": base}
        assert browser.post("/sign-in", data=form, base_url=base, headers=headers).location == "/releases"
        assert browser.get("/releases", base_url=base).status_code == 200
    finally:
        laid.close()


def test_a_pepper_that_is_gone_is_not_made_anew(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    assert opened(ground) == 0
    ground.key("assessment-pepper").unlink()
    (ground.folder / "totp").unlink()
    assert opened(ground) == 1
    assert "restore it from its backup" in capsys.readouterr().err


def test_a_team_that_lost_its_leads_gets_one_by_the_recovery_key(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    assert opened(ground) == 0
    pin(ground, capsys.readouterr().out, capsys)
    files = ("--password-file", str(ground.folder / "password"), "--totp-out", str(ground.folder / "other.totp"))
    recovery = ("--recovery-key", str(ground.folder / "recovery"), "--settings", ground.file())
    assert run(["assessment", "lead", "north", "--name", "lena", *files, *recovery]) == 1
    assert "already signs in by that name" in capsys.readouterr().err
    assert run(["assessment", "lead", "north", "--name", "mia", *files, *recovery]) == 0
    own = Database(ground.settings["ASSESSMENT_DATABASE_URL"])
    with own.read() as connection:
        rows = connection.execute(select(models.people).where(models.people.c.sign_in_name == "mia@north")).all()
        assert [(row.role, row.team) for row in rows] == [("lead", "north")]
        held = select(models.memberships.c.epoch).where(models.memberships.c.member == rows[0].person_id)
        assert connection.scalars(held).all() == [1]
    own.close()


def test_a_new_key_follows_the_pinned_one_and_waits_until_it_is_pinned(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    assert opened(ground) == 0
    recovery = ("--recovery-key", str(ground.folder / "recovery"), "--settings", ground.file())
    assert run(["assessment", "renew", "north", *recovery]) == 1
    said = capsys.readouterr()
    assert "names no team north" in said.err
    pin(ground, said.out, capsys)
    assert run(["assessment", "renew", "north", *recovery]) == 0
    said = capsys.readouterr()
    assert "lena@north" in said.out
    assert run(["assessment", "renew", "north", *recovery]) == 1
    key = re.search(r'group_key = "([0-9a-f]{64})"', said.out)
    assert key
    assert key[1] in capsys.readouterr().err
    pin(ground, said.out, capsys)
    (team,) = read_line(Path(ground.settings["LINE_FILE"])).teams
    assert (team.epoch, len(team.earlier_keys)) == (2, 1)
    own = Database(ground.settings["ASSESSMENT_DATABASE_URL"])
    with own.read() as connection:
        private = read_recovery_key([ground.folder / "recovery"]).private
        held = member_key_ring(connection, RECOVERY_MEMBER, private, epochs_of(team))
        members = connection.scalars(select(models.memberships.c.epoch)).all()
    own.close()
    assert [one.epoch for one in held.every] == [2, 1]
    assert sorted(members) == [1, 1, 2, 2]
    assert run(["assessment", "renew", "north", *recovery]) == 0


def test_the_operator_s_commands_work_on_its_own_database(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    assert opened(ground) == 0
    file, backup = ground.file(), ground.folder / "backup"
    assert run(["audit", "verify", "--assessment", "--settings", file]) == 0
    assert "2 entries fit" in capsys.readouterr().out
    assert run(["backup", "--out", str(backup), "--assessment", "--settings", file]) == 0
    (ground.folder / "assessment.db").rename(ground.folder / "lost.db")
    recovery = ("--recovery-key", str(ground.folder / "recovery"))
    assert run(["restore", "--from", str(backup), *recovery, "--assessment", "--settings", file]) == 0
    capsys.readouterr()
    assert run(["audit", "verify", "--assessment", "--settings", file]) == 0
    assert "3 entries fit" in capsys.readouterr().out
    own = Database(ground.settings["ASSESSMENT_DATABASE_URL"])
    with own.read() as connection:
        assert connection.scalars(select(models.people.c.sign_in_name)).all() == ["lena@north"]
        assert len(connection.scalars(select(models.memberships.c.member)).all()) == 2
    own.close()
    assert run(["alarms", "list", "--assessment", "--settings", file]) == 0


def test_the_line_s_own_database_is_not_taken_for_its_own(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    same = ground.settings["DATABASE_URL"]
    assert run(["assessment", "--settings", ground.file(ASSESSMENT_DATABASE_URL=same)]) == 1
    assert "it is the line's own database" in capsys.readouterr().err
    assert run(["assessment", "--settings", ground.file(ASSESSMENT_BASE=ground.settings["DESK_BASE"] + ":8443")]) == 1
    assert "it is the host of DESK_BASE" in capsys.readouterr().err
