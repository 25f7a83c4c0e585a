"""Whatever an operator mistypes, `hotline` answers with a sentence and a status, and never with a traceback."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

import prompts
from storage.command_line import COMMANDS, INTERRUPTED, run, sentence_for
from storage.keys import KeyFileUnfit
from storage.public_keys import FingerprintMismatch
from tests.operators.ground import Ground, taken_port

HOTLINE = [sys.executable, "-m", "storage.command_line"]
PROMPTS = Path(prompts.__file__).parent
LINE = ("--line", "nowhere.toml")

# Each command with a mistake that somebody made or will make; `{file}` is a settings file that is right.
MISTAKES: list[list[str]] = [
    ["ivr"],
    ["worker"],
    ["desk"],
    ["assessment"],
    ["assessment", "--settings", "nowhere.env"],
    ["assessment", "open", "North Team", "--name", "lena"],
    ["assessment", "open", "north", "--name", "lena@home"],
    ["assessment", "open", "north", "--name", "lena", "--password-file", "nowhere"],
    ["assessment", "renew", "north", "--recovery-key", "nowhere"],
    ["ivr", "--settings", "nowhere.env"],
    ["desk", "--settings", "."],
    ["simulator", "--fallback", "nowhere.xml"],
    ["simulator", "--recording-key", "nowhere.pem"],
    ["simulator", "--misbehave", "nonsense"],
    ["simulator", "--rest-port", "99999"],
    ["phone", "--exchange", "nonsense"],
    ["phone", "--exchange", "http://127.0.0.1:1"],
    ["say", "--language", "../x"],
    ["prompts", "check", *LINE],
    ["prompts", "list", "xx"],
    ["prompts", "sign", "xx", "--reviewer", "Nobody"],
    ["flow", *LINE],
    ["fallback", "recording"],
    ["fallback", "recording", "--settings", "nowhere.env"],
    ["fallback", "fallback", "--recording-document", "handler.example.org/EH", "{file}"],
    ["fallback", "fallback", "--recording-document", "https://", "{file}"],
    ["digits", "--out", "digits", "--languages", "../x,zz"],
    ["digits", "--out", "a_file/below", "--languages", "en"],
    ["public", "--out", "page", "--settings", "nowhere.env"],
    ["public"],
    ["keys", "init", "--recovery-out", "recovery"],
    ["keys", "init", "--keys-dir", "a_file/k", "--runtime-dir", "r", "--recovery-out", "recovery"],
    ["keys", "show", "--keys-dir", "nowhere"],
    ["keys", "new-epoch"],
    ["keys", "new-epoch", "--reason", "yearly", "--recovery-key", "nowhere"],
    ["keys", "rewrap", "--recovery-key", "nowhere"],
    ["keys", "rewrap", "--all-restarted", "--recovery-key", "nowhere"],
    ["keys", "retire-epoch", "one"],
    ["keys", "retire-epoch", "1"],
    ["keys", "recover"],
    ["keys", "recover", "--recovery-key", "nowhere", "--admit", "nobody"],
    ["keys", "signing"],
    ["keys", "signing", "--recovery-key", "nowhere"],
    ["keys", "rotate-live", "--runtime-dir", "nowhere"],
    ["package", "verify", "a_file"],
    ["package", "verify", "a_file", "--team-key", "nowhere", "--signing-key", "a_file"],
    ["people", "list"],
    ["people", "add", "--name", "b", "--alias", "B", "--role", "auditor", "--password-file", "nowhere", *("{file}",)],
    ["people", "add", "--name", "", "--alias", "B", "--role", "auditor", "{file}"],
    ["people", "add", "--name", "b" * 81, "--alias", "B", "--role", "auditor", "{file}"],
    ["people", "add", "--name", "b", "--alias", "B\x1b[2J", "--role", "auditor", "{file}"],
    ["people", "leave", "b\udcff", "{file}"],
    ["people", "add", "--name", "b", "--alias", "B", "--role", "handler", "--recovery-key", "a_file", *("{file}",)],
    ["people", "add", "--name", "b", "--alias", "B", "--role", "auditor", "--totp-out", "nowhere/x", *("{file}",)],
    ["database", "upgrade"],
    ["backup", "--out", "backup"],
    ["backup", "--out", "a_file/below", "{file}"],
    ["restore", "--from", "nowhere", "--recovery-key", "nowhere", "{file}"],
    ["restore", "--from", ".", "--recovery-key", "nowhere", "--database-url", "nonsense"],
    ["alarms", "end", "nonsense", "{file}"],
    ["switch", "list"],
    ["switch", "closed", "--until", "tomorrow", "--by", "ben", "{file}"],
    ["switch", "closed", "--until", "2026-11-27 08:00", "--by", "nobody", "{file}"],
    ["switch", "off", "surge", "--by", "nobody", "{file}"],
    ["switch", "preview", *LINE],
    ["switch", "preview", "--at", "25:00", "{file}"],
    ["audit", "verify", "--head", "7:abc", "{file}"],
    ["audit", "verify", "--head-file", "nowhere", "{file}"],
    ["audit", "verify", "--head-file", "a_file", "{file}"],
    ["retention", "plan"],
    ["retention", "plan", "--weeks", "0", "{file}"],
    ["retention", "run", "--yes-delete", "7", "{file}"],
    ["probe", "--settings", "nowhere.env"],
    ["scan", "--canaries", "nowhere", "--places", "a_folder"],
    ["doctor", "--settings", "nowhere.env"],
    ["demo", "--once", "--folder", "."],
    ["demo", "--once", "--anew", "--folder", "."],
    ["code"],
    ["code", "--folder", "a_file"],
]


def words(command: list[str], ground: Ground) -> list[str]:
    """Return a command with its settings file in place."""
    return [word for given in command for word in (["--settings", ground.file()] if given == "{file}" else [given])]


@pytest.mark.parametrize("command", MISTAKES, ids=" ".join)
def test_a_mistake_is_answered_by_a_sentence(
    command: list[str], ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a_file").write_text("{}", encoding="utf-8")
    (tmp_path / "a_folder").mkdir()
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    try:
        status = run(words(command, ground))
    except SystemExit as left:  # how argparse and the simulator leave, with a sentence of their own
        status = left.code if isinstance(left.code, int) else 1
        print(left.code)
    said = capsys.readouterr()
    assert status in (1, 2)
    assert len((said.out + said.err).strip()) > 20
    after = {path for path in tmp_path.rglob("*") if path.is_file()} - {ground.folder / "line.env"}
    assert {path for path in before - after if path.name != "line.env"} == set()  # nothing was removed
    assert {path.name for path in after - before} <= {"hotline.db-wal", "hotline.db-shm", "hotline.db.lock"}


def test_every_command_has_a_mistake_of_its_own_here() -> None:
    assert {command[0] for command in MISTAKES} == set(COMMANDS)


def test_a_mistake_of_ours_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "broken", ("tests.operators.test_command_line:broken", ""))
    with pytest.raises(ZeroDivisionError):
        run(["broken"])


def broken(_argv: list[str]) -> int:
    return 1 // 0


def interrupted(_argv: list[str]) -> int:
    raise KeyboardInterrupt


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "waiting", ("tests.operators.test_command_line:interrupted", ""))
    assert run(["waiting"]) == INTERRUPTED


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (KeyFileUnfit("pepper: missing"), "pepper: missing"),
        (FingerprintMismatch("not the pinned one"), "not the pinned one"),
        (PermissionError(13, "Permission denied", "/etc/x"), "/etc/x: Permission denied"),
        (OSError("odd"), "this machine"),
        (UnicodeDecodeError("utf-8", b"hunter2", 0, 1, "odd"), "UTF-8"),
    ],
)
def test_an_ordinary_failure_has_a_sentence(failure: Exception, says: str) -> None:
    sentence = sentence_for(failure)
    assert sentence is not None
    assert says in sentence
    assert "hunter2" not in sentence
    assert sentence_for(ValueError("x")) is None


def test_a_reader_who_has_seen_enough_ends_the_command_quietly() -> None:
    listing = subprocess.Popen([*HOTLINE, "prompts", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert listing.stdout is not None
    assert listing.stderr is not None
    listing.stdout.close()
    with listing:
        assert listing.stderr.read() == b""
        assert listing.wait(30) == 1


def test_a_mistake_in_the_questionnaire_is_told_by_the_check_and_by_the_door(ground: Ground, tmp_path: Path) -> None:
    shutil.copytree(PROMPTS, tmp_path / "own/prompts", ignore=shutil.ignore_patterns("__pycache__"))
    questions = tmp_path / "own/prompts/questionnaire.toml"
    text = questions.read_text(encoding="utf-8")
    questions.write_text(text.replace('id = "weapon"', 'id = "Weapon!"', 1), encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "own")}
    for command in (["prompts", "check"], ["flow"], ["ivr", "--settings", ground.file()]):
        done = subprocess.run(
            [*HOTLINE, *command], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path, timeout=60
        )
        assert done.returncode == 1, command
        assert "questionnaire.toml" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_exchange_says_which_port_is_taken() -> None:
    with taken_port() as port, pytest.raises(SystemExit, match=f"port {port} of --rest-port is taken"):
        run(["simulator", "--rest-port", str(port)])


# ---- one line at the start, one at the end ------------------------------------------------------------------------


def test_the_public_door_says_what_starts_where_for_which_line_and_that_it_stopped(ground: Ground) -> None:
    listen = ground.settings["IVR_LISTEN"]
    answer, said, errors = _opened_and_closed(ground.file(), listen)
    started, stopped = said.splitlines()
    assert (answer, errors) == (200, "")
    assert f"hotline ivr: started. The public door listens on {listen} for https://line.open-ear.test." in started
    assert "Line: Integrity Line; DEMO, not for real callers." in started
    assert stopped == "hotline ivr: stopped."


def test_a_database_that_is_away_is_told_and_keeps_nobody_from_hearing_a_sentence(ground: Ground) -> None:
    file = ground.file(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    answer, said, errors = _opened_and_closed(file, ground.settings["IVR_LISTEN"])
    assert answer == 503
    assert "DATABASE_URL does not answer just now; it is asked again and again." in said.splitlines()[1]
    assert "Traceback" not in errors


def _opened_and_closed(file: str, listen: str) -> tuple[int, str, str]:
    """Run the public door; return what `/health` answered, and what stood on its output and among its errors."""
    output, errors = Path(file).with_name("output"), Path(file).with_name("errors")
    with output.open("wb") as said, errors.open("wb") as failed:
        door = subprocess.Popen([*HOTLINE, "ivr", "--settings", file], stdout=said, stderr=failed)
        try:
            answer = _health(f"http://{listen}/health")
        finally:
            door.send_signal(signal.SIGTERM)
            status = door.wait(30)
    assert status == 0
    return answer, output.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")


def _health(address: str) -> int:
    for _ in range(600):
        try:
            return requests.get(address, timeout=10).status_code
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the door did not answer")


def test_the_worker_says_what_starts_and_that_it_stopped(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    file = ground.file(TWILIO_API_BASE="http://127.0.0.1:1", SMTP_HOST="127.0.0.1", SMTP_PORT="1")
    done = subprocess.run(
        [*HOTLINE, "worker", "--once", "--settings", file], capture_output=True, text=True, check=True
    )
    started, stopped = done.stdout.splitlines()
    assert "The worker listens nowhere, asks http://127.0.0.1:1, and sends alerts by 127.0.0.1." in started
    assert stopped == "hotline worker: stopped."
    assert '"kind": "not-reachable"' in done.stderr  # it asked for calls that never reached us
