"""Each check of the doctor: what is sound, what leaks, and what nobody can know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ivr import diagnosis
from ivr.diagnosis import CHECKS, POSTGRESQL_LOG, diagnose, exit_status
from ivr.facts import Backup, Check, Facts, SoftphoneApp, Swap, Verdict
from storage.key_state import KeyState

DAY = 86_400
SETTINGS = {
    "DEMO": "0",
    "DATABASE_URL": "sqlite:////var/lib/hotline/data/hotline.db",
    "PUBLIC_BASE": "https://line.open-ear.test",
    "DESK_BASE": "https://desk.open-ear.test",
    "RECORDING_ENCRYPTION": "required",
    "SMTP_HOST": "mail.open-ear.test",
    "TWILIO_ACCOUNT_SID": "AC" + "5" * 32,
    "SMTP_TLS": "starttls",
    "TWILIO_APP_SID": "AP" + "5" * 32,
}
APP = SoftphoneApp(
    is_there=True,
    voice_url="https://line.open-ear.test/softphone#rc=2",
    voice_method="POST",
    status_callback="https://line.open-ear.test/ended",
)
SOUND = Facts(
    settings=SETTINGS,
    file_mistakes=(),
    swaps=(Swap("/dev/dm-1", encrypted=True),),
    can_hibernate=False,
    core_pattern="|/bin/false",
    core_limit=0,
    secret_modes={"/etc/hotline/keys/worker.key": 0o600},
    database_modes={"/var/lib/hotline/data/hotline.db": 0o660},
    recovery_here=False,
    database_dir="/var/lib/hotline/data",
    keys_dirs=("/etc/hotline/keys", "/etc/hotline/worker"),
    runtime_filesystem="tmpfs",
    readable_by_public=(),
    postgresql=None,
    desk_key=KeyState(epoch=2, left={}, held=(), leavers=0),
    backups=(Backup("/backup/keyring.sealed", is_keyring=True, age_seconds=6 * DAY),),
    backup_dirs=("/backup",),
    unsigned=(),
    live_key_age_seconds=DAY,
    softphone_app=APP,
)
QUIET = {name: values[0] for name, values in POSTGRESQL_LOG.items()}
POSTGRESQL = {**SETTINGS, "DATABASE_URL": "postgresql://hotline@/hotline?host=/run/postgresql"}


def with_settings(**changed: str) -> Facts:
    return replace(SOUND, settings={**SETTINGS, **changed})


def with_teams(**changed: str) -> Facts:
    own = {"ASSESSMENT_DATABASE_URL": "sqlite:////var/lib/hotline/data/assessment.db"}
    return with_settings(**{**own, "ASSESSMENT_BASE": "https://assessment.open-ear.test", **changed})


def on_postgresql(settings: Mapping[str, str] = POSTGRESQL, **changed: str) -> Facts:
    return replace(SOUND, settings=settings, database_modes=None, postgresql={**QUIET, **changed})


def reached(address: str) -> Facts:
    return on_postgresql({**SETTINGS, "DATABASE_URL": address})


def test_a_machine_where_all_is_well_is_sound_in_every_check() -> None:
    assert diagnosis.assessment_apart(with_teams()).verdict is Verdict.SOUND
    checks = diagnose(SOUND)
    assert [check for check in checks if check.verdict is not Verdict.SOUND] == []
    assert exit_status(checks) == 0
    assert exit_status(diagnose(on_postgresql())) == 0


def test_what_nobody_could_see_never_counts_as_sound() -> None:
    sound_by_their_defaults = {"demo", "secrets_in_settings", "recordings"}
    checks = {check.__name__: check(Facts()) for check in CHECKS}
    assert {name for name, check in checks.items() if check.verdict is not Verdict.UNKNOWN} == sound_by_their_defaults
    assert exit_status(list(checks.values())) == 2
    assert exit_status([]) == 2


LEAKS: list[tuple[Callable[[Facts], Check], Facts, str]] = [
    (diagnosis.softphones, replace(SOUND, softphone_app=SoftphoneApp(is_there=False)), "none with this SID"),
    (diagnosis.softphones, replace(SOUND, softphone_app=replace(APP, voice_url="https://other.test/x")), "voice"),
    (diagnosis.softphones, replace(SOUND, softphone_app=replace(APP, voice_method="GET")), "GET"),
    (diagnosis.softphones, replace(SOUND, softphone_app=replace(APP, status_callback="")), "status callback"),
    (diagnosis.softphones, replace(SOUND, softphone_app=replace(APP, is_open_to_others=True)), "other accounts"),
    (diagnosis.softphones, replace(SOUND, softphone_app=replace(APP, takes_messages=True)), "messages"),
    (diagnosis.settings_file, replace(SOUND, file_mistakes=("SMTP_TSL: no setting has this name",)), "SMTP_TSL"),
    (diagnosis.examples, with_settings(TWILIO_ACCOUNT_SID="AC" + "0" * 32), "TWILIO_ACCOUNT_SID"),
    (diagnosis.examples, with_settings(ALERT_TO="ben@open-ear.test, on-call@example.org"), "ALERT_TO"),
    (diagnosis.examples, with_settings(DESK_BASE="https://desk.example.org"), "DESK_BASE"),
    (diagnosis.swap, replace(SOUND, swaps=(Swap("/dev/dm-1", True), Swap("/dev/sda2", False))), "/dev/sda2"),
    (diagnosis.hibernation, replace(SOUND, can_hibernate=True), "all memory"),
    (diagnosis.core_dumps, replace(SOUND, core_pattern="core", core_limit=-1), "into a file"),
    (diagnosis.core_dumps, replace(SOUND, core_pattern="|/lib/systemd/systemd-coredump %P", core_limit=0), "program"),
    (diagnosis.secret_files, replace(SOUND, secret_modes={"/k/pepper": 0o640, "/k/form.key": 0o600}), "/k/pepper"),
    (diagnosis.database_files, replace(SOUND, database_modes={"/d/hotline.db-wal": 0o644}), "/d/hotline.db-wal"),
    (diagnosis.keys_apart, replace(SOUND, keys_dirs=("/etc/keys", "/var/lib/hotline/data/keys")), "hotline/data"),
    (diagnosis.keys_apart, replace(SOUND, keys_dirs=("/var/lib/hotline",)), "/var/lib/hotline/data"),
    (diagnosis.keys_apart, replace(SOUND, keys_dirs=("/backup/keys",)), "/backup"),
    (diagnosis.recovery_key, replace(SOUND, recovery_here=True), "recovery key"),
    (diagnosis.public_side, replace(SOUND, readable_by_public=("/k/worker.key",)), "/k/worker.key"),
    (diagnosis.live_state, replace(SOUND, runtime_filesystem="ext4"), "ext4"),
    (diagnosis.live_key_age, replace(SOUND, live_key_age_seconds=3 * DAY), "3 days"),
    (diagnosis.desk_key, replace(SOUND, desk_key=KeyState(2, {}, (), leavers=1)), "epoch 2 left"),
    (diagnosis.desk_key, replace(SOUND, desk_key=KeyState(2, {1: 30}, (1,), leavers=0)), "30 under epoch 1"),
    (diagnosis.desk_key, replace(SOUND, desk_key=KeyState(2, {}, (1,), leavers=0)), "still hold the key of epoch 1"),
    (diagnosis.postgresql_log, on_postgresql(log_error_verbosity="default"), "log_error_verbosity=default"),
    (diagnosis.postgresql_log, on_postgresql(log_parameter_max_length_on_error="-1"), "log_parameter_max"),
    (diagnosis.postgresql_log, on_postgresql(log_statement="all"), "log_statement=all"),
    (diagnosis.postgresql_log, on_postgresql(log_min_duration_statement="250ms"), "250ms"),
    (diagnosis.postgresql_way, reached("postgresql://u@db.example.org/h"), "another host"),
    (diagnosis.postgresql_way, reached("postgresql://u@db.example.org/h?sslmode=require"), "another host"),
    (diagnosis.postgresql_way, reached("postgresql://u@/h?host=db.example.org"), "another host"),
    (diagnosis.addresses, with_settings(PUBLIC_BASE="http://line.example.org"), "PUBLIC_BASE"),
    (diagnosis.addresses, with_settings(TWILIO_API_BASE="http://127.0.0.1:8002"), "TWILIO_API_BASE"),
    (diagnosis.recordings, with_settings(RECORDING_ENCRYPTION="off"), "in clear"),
    (diagnosis.alerts, with_settings(SMTP_TLS="none"), "in clear"),
    (diagnosis.wording, replace(SOUND, unsigned=("pl",)), "pl"),
    (diagnosis.demo, with_settings(DEMO="1"), "DEMO"),
    (diagnosis.secrets_in_settings, with_settings(TWILIO_API_SECRET="invented"), "TWILIO_API_SECRET"),
    (diagnosis.assessment_apart, with_teams(ASSESSMENT_DATABASE_URL=SETTINGS["DATABASE_URL"]), "own database"),
    (diagnosis.assessment_apart, with_teams(ASSESSMENT_DATABASE_URL="postgresql://hotline_desk@/teams"), "role"),
    (diagnosis.assessment_apart, with_teams(ASSESSMENT_BASE="https://desk.open-ear.test:8443"), "one host"),
    (diagnosis.assessment_apart, with_teams(ASSESSMENT_BASE="http://localhost:8002"), "over http"),
    (diagnosis.backups, replace(SOUND, backups=(Backup("/b/keyring.sealed", True, 8 * DAY),)), "/b/keyring.sealed"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "facts", "told"), LEAKS)
def test_a_leak_is_told_with_its_place_and_how_to_mend_it(
    check: Callable[[Facts], Check], facts: Facts, told: str
) -> None:
    outcome = check(facts)
    assert outcome.verdict is Verdict.LEAKS
    assert told in outcome.why
    assert len(outcome.mend) > 5
    assert exit_status(diagnose(facts)) == 1


def test_every_check_has_a_case_in_which_it_leaks() -> None:
    assert set(CHECKS) == {check for check, _, _ in LEAKS}


UNCLEAR: list[tuple[Callable[[Facts], Check], Facts]] = [
    (diagnosis.swap, replace(SOUND, swaps=(Swap("/swapfile", None),))),
    (diagnosis.core_dumps, replace(SOUND, core_pattern="core", core_limit=0)),
    (diagnosis.secret_files, replace(SOUND, secret_modes={"/k/pepper": 0o600, "/k/unseen": None})),
    (diagnosis.secret_files, replace(SOUND, secret_modes={})),
    (diagnosis.keys_apart, replace(SOUND, backups=None, backup_dirs=())),
    (diagnosis.postgresql_log, replace(on_postgresql(), postgresql={"log_statement": "none"})),
    (diagnosis.addresses, with_settings(DESK_BASE="")),
    (diagnosis.backups, replace(SOUND, backups=())),
    (diagnosis.backups, replace(SOUND, backups=(Backup("/b/content.sealed", False, 1),))),
    (diagnosis.backups, on_postgresql(archive_mode="on")),
]


@pytest.mark.parametrize(("check", "facts"), UNCLEAR)
def test_what_is_half_known_is_unknown(check: Callable[[Facts], Check], facts: Facts) -> None:
    assert check(facts).verdict is Verdict.UNKNOWN


SOUND_TOO: list[tuple[Callable[[Facts], Check], Facts]] = [
    (diagnosis.swap, replace(SOUND, swaps=())),
    (diagnosis.core_dumps, replace(SOUND, core_pattern="")),
    (diagnosis.live_state, replace(SOUND, runtime_filesystem="ramfs")),
    (diagnosis.postgresql_way, reached("postgresql://u@127.0.0.1/h")),
    (diagnosis.postgresql_way, reached("postgresql://u@db.example.org/h?sslmode=verify-full")),
    (diagnosis.alerts, with_settings(SMTP_TLS="none", SMTP_HOST="localhost")),
    (diagnosis.keys_apart, replace(SOUND, keys_dirs=("/var/lib/hotline/data-keys",))),
    (diagnosis.backups, replace(SOUND, backups=(*(SOUND.backups or ()), Backup("/b/content.sealed", False, 90 * DAY)))),
]


@pytest.mark.parametrize(("check", "facts"), SOUND_TOO)
def test_what_does_not_leak_is_not_blamed(check: Callable[[Facts], Check], facts: Facts) -> None:
    assert check(facts).verdict is Verdict.SOUND


def test_a_leak_weighs_more_than_what_is_unknown() -> None:
    facts: dict[str, Any] = {"can_hibernate": True}
    assert exit_status(diagnose(Facts(**facts))) == 1
