"""The worker as a process: it tells all mistakes, works until nothing is due, and leaves with 0 when asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ivr.worker.commands import furnished, work
from ivr.worker.readiness import LOOKS
from storage.database import Database
from storage.jobs import add_message
from storage.key_making import KeyPlaces, make_keys
from storage.mistakes import SettingsMistakes
from storage.models import beats, jobs
from storage.settings import worker_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path, database_url: str) -> dict[str, str]:
    """Give the settings of a worker whose carrier and mail server are away."""
    keys = make_keys(KeyPlaces(tmp_path / "keys", tmp_path / "run", (tmp_path / "recovery",)), 1)
    (tmp_path / "secret").write_text("hush\n", encoding="ascii")
    return {
        "DEMO": "1",
        "DATABASE_URL": database_url,
        "LINE_FILE": str(ROOT / "prompts" / "lines" / "example.toml"),
        "KEYS_DIR": str(tmp_path / "keys"),
        "KEYS_FINGERPRINT": keys.fingerprint,
        "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
        "PUBLIC_BASE": "http://127.0.0.1:9",
        "TWILIO_API_KEY": "SK" + "a" * 32,
        "TWILIO_API_SECRET_FILE": str(tmp_path / "secret"),
        "TWILIO_API_BASE": "http://127.0.0.1:9",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "9",
        "SMTP_TLS": "none",
        "ALERT_FROM": "line@example.org",
        "ALERT_TO": "ben@example.org",
        "DESK_BASE": "http://127.0.0.1:8001",
    }


def settings_file(environment: dict[str, str], tmp_path: Path) -> Path:
    path = tmp_path / "config.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in environment.items()), encoding="utf-8")
    return path


def beaten(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(beats).where(beats.c.name == "worker")) or 0


def test_once_works_until_nothing_is_due(environment: dict[str, str], tmp_path: Path, database: Database) -> None:
    with database.write() as connection:
        add_message(connection, "alert", "a" * 32, now=1)
    assert work(["--settings", str(settings_file(environment, tmp_path)), "--once"]) == 0
    with database.read() as connection:
        (job,) = connection.execute(select(jobs).where(jobs.c.kind == "alert")).all()
    assert job.attempts >= 1  # the mail server is away: it rests, and is not lost
    assert beaten(database) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_worker_well(
    environment: dict[str, str], tmp_path: Path, database: Database, number: signal.Signals
) -> None:
    told = f"import sys; from storage.command_line import run; sys.exit(run({['worker']!r} + sys.argv[1:]))"
    command = [sys.executable, "-c", told, "--settings", str(settings_file(environment, tmp_path))]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ}, stderr=subprocess.PIPE) as process:
        give_up = time.monotonic() + 60
        while not beaten(database) and time.monotonic() < give_up:
            time.sleep(0.1)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, b"Traceback" in errors) == (0, False)


def test_every_mistake_in_the_files_is_told_at_once(environment: dict[str, str], tmp_path: Path) -> None:
    environment |= {"KEYS_FINGERPRINT": "0000", "TRANSCRIBER": "whisper", "WHISPER_MODEL_DIR": str(tmp_path)}
    for path in (tmp_path / "keys").glob("recording*.pem"):
        path.unlink()
    with pytest.raises(SettingsMistakes) as told:
        worker_settings(environment, LOOKS)
    assert {mistake.setting for mistake in told.value.mistakes} == {
        "KEYS_FINGERPRINT",
        "WHISPER_MODEL_DIR",
        "RECORDING_ENCRYPTION",
    }


def test_a_worker_key_of_another_line_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    make_keys(KeyPlaces(tmp_path / "other", tmp_path / "other_run", (tmp_path / "other_recovery",)), 1)
    (tmp_path / "other" / "worker.key").replace(tmp_path / "keys" / "worker.key")
    with pytest.raises(SettingsMistakes) as told:
        worker_settings(environment, LOOKS)
    assert [mistake.setting for mistake in told.value.mistakes] == ["KEYS_DIR"]


def test_a_worker_that_is_not_set_up_is_not_started(
    environment: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del environment["SMTP_HOST"]
    with pytest.raises(SettingsMistakes, match="1 settings"):
        work(["--settings", str(settings_file(environment, tmp_path))])
    assert "hush" not in capsys.readouterr().err


def test_secrets_do_not_show_in_what_is_printed(environment: dict[str, str]) -> None:
    settings = worker_settings(environment)
    place = furnished(settings)
    assert "hush" not in f"{settings!r} {place!r}"
    place.database.close()
