"""The commands that make keys, add people, back up, restore and verify, as an operator types them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from sqlalchemy import select

from ivr.worker.decryption import read_recording_keys
from storage.clock import SystemClock
from storage.command_line import run
from storage.database import Database, open_session_store
from storage.key_making import desk_key_by_recovery
from storage.keys import read_live_key, read_pepper
from storage.models import audit, memberships, people
from storage.opening import open_item, read_recovery_key, read_worker_key
from storage.people import group_key
from storage.public_keys import read_public_keys, unpinned_public_keys
from storage.sealing import seal_item
from storage.signing_in import person_of_session, sign_in

PASSWORD = "tangerine gravel mitten"


@dataclass(frozen=True)
class Operator:
    """Somebody at a terminal with an empty folder."""

    home: Path

    def file(self, name: str, content: str = "") -> Path:
        path = self.home / name
        if content:
            path.write_text(content, encoding="utf-8")
        return path

    def init(self, *more: str) -> int:
        folders = ("--keys-dir", str(self.home / "keys"), "--runtime-dir", str(self.home / "run"))
        return run(["keys", "init", *folders, "--recovery-out", str(self.home / "recovery"), *more])

    def configure(self, database_url: str) -> tuple[str, str]:
        pinned = unpinned_public_keys(self.home / "keys" / "public.json").fingerprint
        lines = (f"DATABASE_URL={database_url}", f"KEYS_DIR={self.home / 'keys'}", f"KEYS_FINGERPRINT={pinned}")
        return "--settings", str(self.file("config.env", "\n".join(lines)))

    def add(self, settings: tuple[str, str], name: str, *more: str, role: str = "supervisor") -> int:
        self.file("password", PASSWORD + "\n")
        who = ("--name", name, "--alias", name.title(), "--role", role)
        secret = ("--password-file", str(self.home / "password"), "--totp-out", str(self.home / f"{name}.totp"))
        return run(["people", "add", *who, *secret, *settings, *more])

    @property
    def recovery(self) -> tuple[str, str]:
        return "--recovery-key", str(self.home / "recovery")


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}


def test_init_makes_every_key_readable_by_its_owner_only(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operator.init() == 0
    keys = operator.home / "keys"
    made = {"public.json", "worker.key", "pepper", "form.key", "desk.recovery", "recording.pem", "recording-public.pem"}
    assert set(modes(keys)) == {"keys", *made}
    assert set(modes(operator.home / "run").values()) == {0o700, 0o600}
    assert {name for name, mode in modes(keys).items() if mode != 0o600} == {"keys"}
    said = capsys.readouterr().out
    fingerprint = re.findall(r"KEYS_FINGERPRINT=([0-9a-f-]{79})", said)[0]
    public = read_public_keys(keys / "public.json", fingerprint)
    assert read_worker_key(keys / "worker.key").public_key == public.worker.public_key
    assert read_recovery_key([operator.home / "recovery"]).public_key == public.recovery.public_key
    assert len(read_pepper(keys / "pepper")) == 32
    assert len((keys / "form.key").read_text()) == 64
    assert len(read_live_key(operator.home / "run" / "live.key").call_key("CA1")) == 32


def test_the_recording_keys_are_a_pair_that_twilio_can_use(operator: Operator) -> None:
    operator.init()
    private = load_pem_private_key((operator.home / "keys" / "recording.pem").read_bytes(), None)
    public = load_pem_public_key((operator.home / "keys" / "recording-public.pem").read_bytes())
    assert isinstance(private, RSAPrivateKey)
    assert private.public_key() == public
    assert private.key_size >= 2048


def test_the_worker_takes_the_private_half_only(operator: Operator) -> None:
    operator.init()
    assert len(read_recording_keys(operator.home / "keys").by_sid) == 1


def test_no_secret_is_printed(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    operator.init()
    said = capsys.readouterr().out
    for path in (operator.home / "keys" / "worker.key", operator.home / "recovery"):
        assert json.loads(path.read_text())["private_key"] not in said
    assert (operator.home / "keys" / "form.key").read_text() not in said


def test_a_second_init_changes_nothing(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    operator.init()
    before = {path: path.read_bytes() for path in operator.home.rglob("*") if path.is_file()}
    assert operator.init() == 1
    assert "never written over" in capsys.readouterr().err
    (operator.home / "keys" / "public.json").unlink()
    assert operator.init() == 1
    del before[operator.home / "keys" / "public.json"]
    assert before == {path: path.read_bytes() for path in operator.home.rglob("*") if path.is_file()}


def test_the_recovery_key_comes_back_from_two_halves_and_from_no_less(operator: Operator) -> None:
    assert operator.init("--recovery-out-2", str(operator.home / "half2")) == 0
    halves = [operator.home / "recovery", operator.home / "half2"]
    public = unpinned_public_keys(operator.home / "keys" / "public.json")
    assert read_recovery_key(halves).public_key == public.recovery.public_key
    assert read_recovery_key(halves[::-1]).public_key == public.recovery.public_key
    for too_little in ([halves[0]], [halves[0], halves[0]], [halves[1]]):
        with pytest.raises(Exception, match="half"):
            read_recovery_key(too_little)


def test_two_halves_in_one_file_are_refused_before_anything_is_made(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operator.init("--recovery-out-2", str(operator.home / "recovery")) == 1
    assert capsys.readouterr().err == "hotline: the two halves need two files: name another with --recovery-out-2\n"
    assert not (operator.home / "keys").exists()


def test_show_prints_the_fingerprint(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    operator.init()
    capsys.readouterr()
    assert run(["keys", "show", "--keys-dir", str(operator.home / "keys")]) == 0
    assert unpinned_public_keys(operator.home / "keys" / "public.json").fingerprint in capsys.readouterr().out
    assert run(["keys", "show", "--keys-dir", str(operator.home)]) == 1


def test_rotation_keeps_calls_under_way_and_makes_a_key_after_a_reboot(operator: Operator) -> None:
    operator.init()
    live = operator.home / "run" / "live.key"
    before = read_live_key(live).call_key("CA1")
    rotate = ["keys", "rotate-live", "--runtime-dir", str(live.parent)]
    assert run(rotate) == 0
    assert read_live_key(live).call_keys("CA1")[1:] == (before,)
    live.unlink()
    assert run(rotate) == 0
    assert len(read_live_key(live).call_keys("CA1")) == 1


def test_a_person_added_by_the_recovery_key_signs_in_and_holds_the_desks_key(
    operator: Operator, database_url: str, tmp_path: Path
) -> None:
    operator.init()
    settings = operator.configure(database_url)
    assert operator.add(settings, "amina", *operator.recovery) == 0
    assert operator.add(settings, "ben", *operator.recovery, role="handler") == 0
    keys = operator.home / "keys"
    public = read_public_keys(keys / "public.json", unpinned_public_keys(keys / "public.json").fingerprint)
    database, store = Database(database_url), open_session_store(f"sqlite:///{tmp_path / 'sessions.db'}")
    for name in ("amina", "ben"):
        code = pyotp.TOTP((operator.home / f"{name}.totp").read_text().strip()).now()
        pepper, clock = read_pepper(keys / "pepper"), SystemClock()
        signed_in = sign_in(database, store, name=name, password=PASSWORD, code=code, clock=clock, pepper=pepper)
        session = person_of_session(database, store, cookie_value=signed_in.cookie_value, clock=clock)
        with database.read() as connection:
            assert group_key(connection, session, public.desk).public_key == public.desk.public_key
    with database.read() as connection:
        assert connection.execute(select(memberships.c.member).where(memberships.c.member == "recovery")).all()
        actions = connection.execute(select(audit.c.action).order_by(audit.c.sequence)).scalars().all()
    assert actions == ["person.added", "person.admitted"] * 2
    database.close()
    store.close()


def test_an_administrator_is_not_admitted_to_the_desks_key(operator: Operator, database_url: str) -> None:
    operator.init()
    assert operator.add(operator.configure(database_url), "dana", role="administrator") == 0
    database = Database(database_url)
    with database.read() as connection:
        assert connection.execute(select(people.c.role)).scalar() == "administrator"
        assert not connection.execute(select(memberships)).all()
    database.close()


def test_people_who_cannot_be_added_are_not_half_added(
    operator: Operator, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.init()
    settings = operator.configure(database_url)
    stranger = Operator(tmp_path / "stranger")
    stranger.init()
    assert operator.add(settings, "amina") == 1
    assert operator.add(settings, "amina", *stranger.recovery) == 1
    (operator.home / "config.env").write_text(
        (operator.home / "config.env").read_text().replace("FINGERPRINT=", "FINGERPRINT=0")
    )
    assert operator.add(settings, "amina", *operator.recovery) == 1
    said = capsys.readouterr().err
    for reason in ("--recovery-key", "does not open", "not the pinned one"):
        assert reason in said
    database = Database(database_url)
    with database.read() as connection:
        assert not connection.execute(select(people)).all()
        assert not connection.execute(select(audit)).all()
    database.close()


def test_a_weak_password_a_taken_name_and_a_missing_file_are_told(
    operator: Operator, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.init()
    settings = operator.configure(database_url)
    who = ["people", "add", "--name", "amina", "--alias", "Amina", "--role", "auditor", *settings]
    assert run([*who, "--password-file", str(operator.file("weak", "password1234567"))]) == 1
    assert run([*who, "--password-file", str(operator.file("missing"))]) == 1
    assert operator.add(settings, "amina", role="auditor") == 0
    (operator.home / "amina.totp").unlink()
    assert operator.add(settings, "amina", role="auditor") == 1
    said = capsys.readouterr().err
    for reason in ("the password is refused", "No such file", "already signs in"):
        assert reason in said
    assert PASSWORD not in said


def test_the_authenticators_secret_is_shown_as_a_drawing_when_no_file_is_named(
    operator: Operator, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.init()
    settings = operator.configure(database_url)
    password = ["--password-file", str(operator.file("password", PASSWORD))]
    run(["people", "add", "--name", "ben", "--alias", "Ben", "--role", "auditor", *password, *settings])
    said = capsys.readouterr().out
    assert "otpauth://totp/" in said
    assert said.count("\u2580") > 50
    assert run(["people", "list", *settings]) == 0
    assert "auditor" in capsys.readouterr().out


def test_a_backup_is_written_and_restored_by_command(
    operator: Operator, database_url: str, empty_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.init()
    settings = operator.configure(database_url)
    operator.add(settings, "amina", *operator.recovery)
    to = str(operator.home / "backup")
    assert run(["backup", "--out", to, *settings]) == 0
    assert run(["restore", "--from", to, *operator.recovery, "--database-url", empty_database_url]) == 0
    said = capsys.readouterr().out
    assert len(re.findall(r"sha256 [0-9a-f]{64}", said)) == 2
    assert "Restored 5 rows; 0 items stayed gone" in said
    assert run(["people", "list", *operator.configure(empty_database_url)]) == 0
    assert "amina" in capsys.readouterr().out
    assert run(["audit", "verify", *settings]) == 0


def test_a_backup_that_cannot_be_written_or_restored_says_why(
    operator: Operator, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.init()
    settings = operator.configure(database_url)
    to = str(operator.home / "backup")
    assert run(["backup", "--out", to, *settings]) == 0
    assert run(["backup", "--out", to, *settings]) == 1
    assert run(["restore", "--from", to, *operator.recovery, *settings]) == 1
    assert run(["restore", "--from", str(tmp_path), *operator.recovery, *settings]) == 1
    said = capsys.readouterr().err
    for reason in ("there already", "not empty", "there is no"):
        assert reason in said


def test_another_recovery_key_restores_nothing(
    operator: Operator, database_url: str, empty_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.init()
    stranger = Operator(operator.home / "stranger")
    stranger.init()
    to = str(operator.home / "backup")
    assert run(["backup", "--out", to, *operator.configure(database_url)]) == 0
    assert run(["restore", "--from", to, *stranger.recovery, "--database-url", empty_database_url]) == 1
    assert "does not open" in capsys.readouterr().err


def test_the_database_is_brought_to_the_newest_schema_and_stays_there(
    operator: Operator, empty_database_url: str
) -> None:
    operator.init()
    settings = operator.configure(empty_database_url)
    for _ in range(2):
        assert run(["database", "upgrade", *settings]) == 0
    assert operator.add(settings, "amina", *operator.recovery) == 0


def test_the_audit_is_verified_against_a_head_kept_outside(
    operator: Operator, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.init()
    settings = operator.configure(database_url)
    operator.add(settings, "amina", role="auditor")
    capsys.readouterr()
    assert run(["audit", "head", *settings]) == 0
    kept_outside = capsys.readouterr().out.strip()
    assert run(["audit", "verify", "--head", kept_outside, *settings]) == 0
    assert run(["audit", "verify", "--head", "9:" + "0" * 64, *settings]) == 1
    with pytest.raises(SystemExit) as left:
        run(["audit", "verify", "--head", "nonsense", *settings])
    assert left.value.code == 2


def test_settings_that_are_missing_are_named(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    empty = ["--settings", str(operator.file("empty.env", "\n"))]
    assert run(["backup", "--out", str(operator.home / "b"), *empty]) == 1
    said = capsys.readouterr().err
    for name in ("DATABASE_URL", "KEYS_DIR", "KEYS_FINGERPRINT"):
        assert name in said


def test_what_is_sealed_to_the_printed_keys_opens_with_the_recovery_file(operator: Operator) -> None:
    operator.init()
    public = unpinned_public_keys(operator.home / "keys" / "public.json")
    item = seal_item(b"words", report_id="r", kind="answer", audiences=(public.desk, public.recovery))
    desk = desk_key_by_recovery(operator.home / "keys", read_recovery_key([operator.home / "recovery"]), public.desk)
    place = {"item_id": item.item_id, "report_id": "r", "kind": "answer"}
    assert open_item(item.sealed, **place, wraps_of_item=item.wraps, group=desk) == b"words"
