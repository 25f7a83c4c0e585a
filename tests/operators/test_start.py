"""A process that cannot start says why in one list: settings, files, database, and the place to listen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import handlers.readiness
import ivr.readiness
import ivr.worker.readiness
from storage.key_making import KeyPlaces, make_keys
from storage.mistakes import Mistake, SettingsMistakes
from storage.settings import desk_settings, ivr_settings, read_environment, worker_settings
from tests.operators.ground import Ground, taken_port
from tests.releasing.desks import squad

Read = Callable[[Mapping[str, str]], object]


def ivr_reads(environment: Mapping[str, str]) -> object:
    return ivr_settings(environment, ivr.readiness.LOOKS)


def worker_reads(environment: Mapping[str, str]) -> object:
    return worker_settings(environment, ivr.worker.readiness.LOOKS)


def desk_reads(environment: Mapping[str, str]) -> object:
    return desk_settings(environment, handlers.readiness.LOOKS)


EACH = pytest.mark.parametrize("reads", [ivr_reads, worker_reads, desk_reads])


def mistakes(reads: Read, file: str) -> list[Mistake]:
    """Return what a process says of a settings file; nothing when it would start."""
    try:
        reads(read_environment(Path(file)))
    except SettingsMistakes as told:
        return told.mistakes
    return []


def told(reads: Read, file: str) -> list[str]:
    return [mistake.setting for mistake in mistakes(reads, file)]


@EACH
def test_a_line_that_is_set_up_starts(ground: Ground, reads: Read) -> None:
    assert mistakes(reads, ground.file()) == []


@EACH
def test_mistakes_of_files_are_told_together_with_mistakes_of_settings(ground: Ground, reads: Read) -> None:
    (ground.folder / "hotline.db").unlink()
    found = told(reads, ground.file("DEMOO=1", KEYS_FINGERPRINT="0000", LINE_FILE="nowhere.toml"))
    assert {"DEMOO", "KEYS_FINGERPRINT", "LINE_FILE", "DATABASE_URL"} <= set(found)
    assert len(found) == len(set(found))


@EACH
def test_what_follows_from_another_mistake_is_not_told(ground: Ground, reads: Read) -> None:
    assert told(reads, ground.file(KEYS_DIR="/nowhere/keys")) == ["KEYS_DIR"]


@EACH
def test_other_public_keys_than_the_pinned_ones_are_told(ground: Ground, reads: Read) -> None:
    (found,) = mistakes(reads, ground.file(KEYS_FINGERPRINT="0000-" * 15 + "0000"))
    assert found.setting == "KEYS_FINGERPRINT"
    assert "not the pinned one" in found.why
    assert "hotline keys show" in found.mend


@EACH
def test_a_damaged_file_of_public_keys_is_told(ground: Ground, reads: Read) -> None:
    ground.key("public.json").write_text("{}", encoding="utf-8")
    assert told(reads, ground.file()) == ["KEYS_DIR"]


@pytest.mark.parametrize(
    ("reads", "name"),
    [
        (ivr_reads, "pepper"),
        (desk_reads, "pepper"),
        (desk_reads, "form.key"),
        (worker_reads, "worker.key"),
        (worker_reads, "recording.pem"),
    ],
)
def test_a_private_key_that_others_may_read_is_told_even_in_the_demo(ground: Ground, reads: Read, name: str) -> None:
    ground.key(name).chmod(0o640)
    (found,) = mistakes(reads, ground.file())
    assert (found.setting, name in found.why) == ("KEYS_DIR", True)


def test_a_key_of_the_worker_that_belongs_to_another_line_is_told(ground: Ground, tmp_path: Path) -> None:
    make_keys(KeyPlaces(tmp_path / "other", tmp_path / "other_run", (tmp_path / "other_recovery",)), 1)
    (tmp_path / "other/worker.key").replace(ground.key("worker.key"))
    assert told(worker_reads, ground.file()) == ["KEYS_DIR"]


def test_a_live_key_that_is_missing_is_told_with_the_command_that_makes_it(ground: Ground) -> None:
    (ground.folder / "run/live.key").unlink()
    (found,) = mistakes(ivr_reads, ground.file())
    assert (found.setting, "hotline keys rotate-live" in found.mend) == ("RUNTIME_DIR", True)


def test_spoken_digits_that_are_missing_are_told_with_the_command_that_makes_them(ground: Ground) -> None:
    (ground.folder / "digits/pl/7.wav").unlink()
    (found,) = mistakes(ivr_reads, ground.file())
    assert found.setting == "DIGITS_DIR"
    assert "pl/7.wav" in found.why
    assert "--languages en,pl" in found.mend


@pytest.mark.parametrize(("reads", "setting"), [(ivr_reads, "IVR_LISTEN"), (desk_reads, "DESK_LISTEN")])
def test_a_port_that_is_taken_is_told(ground: Ground, reads: Read, setting: str) -> None:
    with taken_port() as port:
        (found,) = mistakes(reads, ground.file(**{setting: f"127.0.0.1:{port}"}))
    assert (found.setting, f"127.0.0.1:{port} is taken" in found.why) == (setting, True)


def test_metrics_are_told_to_nobody_but_this_machine(ground: Ground) -> None:
    (found,) = mistakes(worker_reads, ground.file(METRICS_LISTEN="0.0.0.0:9464"))
    assert (found.setting, "others than this machine" in found.why) == ("METRICS_LISTEN", True)
    with taken_port() as port:
        (found,) = mistakes(worker_reads, ground.file(METRICS_LISTEN=f"127.0.0.1:{port}"))
    assert f"127.0.0.1:{port} is taken" in found.why
    assert told(worker_reads, ground.file(METRICS_LISTEN="9464")) == ["METRICS_LISTEN"]


@pytest.mark.parametrize("place", ["127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", ":8000"])
def test_a_place_to_listen_that_is_none_is_told(ground: Ground, place: str) -> None:
    assert told(ivr_reads, ground.file(IVR_LISTEN=place)) == ["IVR_LISTEN"]


@EACH
def test_a_mistake_in_the_lines_file_is_told_with_its_place(ground: Ground, reads: Read) -> None:
    line = Path(ground.settings["LINE_FILE"]).read_text(encoding="utf-8")
    (ground.folder / "odd.toml").write_text(line.replace("Europe/London", "Mars/Base"), encoding="utf-8")
    assert told(reads, ground.file(LINE_FILE=str(ground.folder / "odd.toml"))) == ["odd.toml: hours.zone"]


def test_a_mistyped_key_of_a_team_stops_the_desk(ground: Ground) -> None:
    team = squad("standards").team
    keys = f'age = "{team.age[:-6]}qqqqqq"\ngroup_key = "{team.group_key}"\n'
    line = Path(ground.settings["LINE_FILE"]).read_text(encoding="utf-8")
    added = f'\n[[teams]]\nid = "standards"\nname = "Standards"\nforce = "Northshire Police"\n{keys}'
    (ground.folder / "odd.toml").write_text(line + added, encoding="utf-8")
    assert told(desk_reads, ground.file(LINE_FILE=str(ground.folder / "odd.toml"))) == ["odd.toml: teams.0.age"]


def test_a_list_of_passwords_that_is_not_there_is_told(ground: Ground) -> None:
    assert told(desk_reads, ground.file(PASSWORD_LIST_FILE="nowhere.txt")) == ["PASSWORD_LIST_FILE"]
    there = ground.folder / "stolen.txt"
    there.write_text("123456\n", encoding="utf-8")
    assert told(desk_reads, ground.file(PASSWORD_LIST_FILE=str(there))) == []


def test_a_softphone_reaches_this_machine_in_a_demo_or_twilio_and_nobody_else(ground: Ground) -> None:
    local = {"SOFTPHONE": "exchange", "SOFTPHONE_ADDRESS": "http://127.0.0.1:8480"}
    assert told(desk_reads, ground.file(**local)) == []
    assert told(desk_reads, ground.file(SOFTPHONE="twilio", TWILIO_EDGE="dublin")) == []
    assert "SOFTPHONE" in told(desk_reads, ground.file(**local, DEMO="0"))
    assert told(desk_reads, ground.file(SOFTPHONE="skype")) == ["SOFTPHONE"]
    for address in ("", "http://chris.example:8480", "ws://127.0.0.1", "ws://127.0.0.1:99999", "ws://127.0.0.1:1/x;"):
        assert told(desk_reads, ground.file(SOFTPHONE="exchange", SOFTPHONE_ADDRESS=address)) == ["SOFTPHONE_ADDRESS"]
    assert told(desk_reads, ground.file(SOFTPHONE="twilio", SOFTPHONE_ADDRESS="ws://127.0.0.1:1")) == [
        "SOFTPHONE_ADDRESS"
    ]
    assert told(desk_reads, ground.file(SOFTPHONE="twilio", TWILIO_EDGE="dublin; *")) == ["TWILIO_EDGE"]


def test_outside_the_demo_unsigned_wording_is_told_in_the_same_list(ground: Ground) -> None:
    found = mistakes(ivr_reads, ground.file(DEMO="0"))
    assert any(one.setting == "LINE_FILE" and "no native reviewer has signed" in one.why for one in found)


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "postgresql+asyncpg://u@h/n", "postgresql://u@h:x/n"])
def test_an_odd_address_of_a_database_is_told(ground: Ground, url: str) -> None:
    assert told(desk_reads, ground.file(SESSIONS_URL=url)) == ["SESSIONS_URL"]
    assert told(desk_reads, ground.file(DATABASE_URL=url)) == ["DATABASE_URL"]


def test_sessions_that_cannot_be_kept_are_told(ground: Ground) -> None:
    (ground.folder / "a_file").touch()
    (found,) = mistakes(desk_reads, ground.file(SESSIONS_URL=f"sqlite:///{ground.folder}/a_file/sessions.db"))
    assert "SESSIONS_URL" in found.setting
    assert told(desk_reads, ground.file(SESSIONS_URL="postgresql://nobody@127.0.0.1:1/none")) == ["SESSIONS_URL"]


def test_a_transcriber_without_its_model_is_told(ground: Ground) -> None:
    file = ground.file(TRANSCRIBER="whisper", WHISPER_MODEL_DIR=str(ground.folder))
    assert told(worker_reads, file) == ["WHISPER_MODEL_DIR"]


# ---- what only the demo may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reads", "setting", "value"),
    [
        (ivr_reads, "TWILIO_ACCOUNT_SID", "AC" + "0" * 32),
        (worker_reads, "TWILIO_ACCOUNT_SID", "AC" + "0" * 32),
        (worker_reads, "TWILIO_API_KEY", "SK" + "0" * 32),
        (worker_reads, "TWILIO_APP_SID", "AP" + "0" * 32),
        (ivr_reads, "PUBLIC_BASE", "https://line.example.org"),
        (worker_reads, "DESK_BASE", "https://desk.example.org"),
        (desk_reads, "DESK_BASE", "https://desk.example"),
        (worker_reads, "SMTP_HOST", "mail.example.org"),
        (worker_reads, "ALERT_FROM", "alerts@example.org"),
        (worker_reads, "ALERT_TO", "ben@open-ear.test,on-call@example.org"),
    ],
)
def test_an_example_value_that_was_left_in_place_stops_the_start(
    ground: Ground, reads: Read, setting: str, value: str
) -> None:
    assert setting not in told(reads, ground.file(**{setting: value}))
    found = mistakes(reads, ground.file(**{setting: value, "DEMO": "0"}))
    assert [one.why for one in found if one.setting == setting] == ["it still says what the example says"]


def test_an_example_value_that_a_process_does_not_read_does_not_stop_it(ground: Ground) -> None:
    assert "SMTP_HOST" not in told(ivr_reads, ground.file(SMTP_HOST="mail.example.org", DEMO="0"))


@pytest.mark.parametrize("host", ["example-line.uk", "myexample.org", "line.example.uk"])
def test_a_host_that_only_sounds_like_an_example_is_ones_own(ground: Ground, host: str) -> None:
    assert "PUBLIC_BASE" not in told(ivr_reads, ground.file(PUBLIC_BASE=f"https://{host}", DEMO="0"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_that_others_may_read_stops_the_start_outside_the_demo(ground: Ground, mode: int) -> None:
    for reads, setting in ((ivr_reads, "TWILIO_SHARED_KEYS_FILE"), (worker_reads, "TWILIO_API_SECRET_FILE")):
        path = Path(ground.settings[setting])
        path.chmod(mode)
        assert setting not in told(reads, ground.file())
        assert setting in told(reads, ground.file(DEMO="0"))
        path.chmod(0o600)
        whys = [one.why for one in mistakes(reads, ground.file(DEMO="0")) if one.setting == setting]
        assert not any("others may read" in why for why in whys)


def test_a_secret_file_that_holds_nothing_is_told(ground: Ground) -> None:
    for name in ("api-secret", "shared-keys"):
        (ground.folder / name).write_text("# to be filled in\n\n", encoding="utf-8")
    assert told(worker_reads, ground.file()) == ["TWILIO_API_SECRET_FILE"]
    assert told(ivr_reads, ground.file()) == ["TWILIO_SHARED_KEYS_FILE"]


def test_a_sign_in_at_the_mail_host_without_a_password_is_told(ground: Ground) -> None:
    assert told(worker_reads, ground.file(SMTP_USER="line")) == ["SMTP_PASSWORD_FILE"]


def test_no_value_of_a_secret_is_told(ground: Ground) -> None:
    (ground.folder / "shared-keys").write_text("hunter2\n", encoding="utf-8")
    with pytest.raises(SettingsMistakes) as refused:
        ivr_reads(read_environment(Path(ground.file())))
    assert "hunter2" not in refused.value.told()
