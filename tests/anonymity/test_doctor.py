"""The doctor's eyes on a real machine, and what an operator sees of it."""

from __future__ import annotations

import io
import os
import pwd
from pathlib import Path

import pytest
from rich.console import Console

from ivr.doctor import doctor, show
from ivr.facts import Facts, Swap, leaks
from ivr.symptoms import Asked, gather
from storage.backup import CONTENT_FILE, KEYRING_FILE
from storage.key_making import KeyPlaces, make_keys

NOW = 1_795_000_000
MOUNTS = """\
/dev/vda / ext4 rw 0 0
tmpfs {folder}/run tmpfs rw 0 0
/dev/vdb {folder}/run/deep xfs rw 0 0
"""


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    places = KeyPlaces(tmp_path / "keys", tmp_path / "run", (tmp_path / "offline/half",))
    make_keys(places, NOW)
    (tmp_path / "api-secret").write_text("invented")
    (tmp_path / "api-secret").chmod(0o640)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/hotline.db").write_bytes(b"")
    (tmp_path / "data/hotline.db-wal").write_bytes(b"")
    return {
        "KEYS_DIR": str(tmp_path / "keys"),
        "RUNTIME_DIR": str(tmp_path / "run"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'data/hotline.db'}",
        "TWILIO_API_SECRET_FILE": str(tmp_path / "api-secret"),
        "LINE_FILE": str(Path(__file__).parents[2] / "prompts/lines/example.toml"),
    }


@pytest.fixture
def kernel(tmp_path: Path) -> tuple[Path, Path]:
    """Give a kernel's two trees with nothing in them yet."""
    proc, sys = tmp_path / "proc", tmp_path / "sys"
    for folder in (proc / "sys/kernel", sys / "power", sys / "block/dm-0/dm", sys / "block/dm-1/dm"):
        folder.mkdir(parents=True)
    return proc, sys


def seen(settings: dict[str, str], kernel: tuple[Path, Path], asked: Asked | None = None) -> Facts:
    return gather(settings, asked or Asked(), NOW, proc=kernel[0], sys=kernel[1])


def test_each_kind_of_swap_is_told_apart(settings: dict[str, str], kernel: tuple[Path, Path]) -> None:
    proc, sys = kernel
    (sys / "block/dm-0/dm/uuid").write_text("CRYPT-PLAIN-swap\n")
    (sys / "block/dm-1/dm/uuid").write_text("LVM-abc\n")
    rows = ("/dev/dm-0 partition", "/dev/dm-1 partition", "/dev/sda9 partition", "/dev/zram0 partition", "/swap file")
    (proc / "swaps").write_text("Filename Type Size Used Priority\n" + "".join(f"{row} 1 0 -2\n" for row in rows))
    assert seen(settings, kernel).swaps == (
        Swap("/dev/dm-0", True),
        Swap("/dev/dm-1", None),
        Swap("/dev/sda9", False),
        Swap("/dev/zram0", True),
        Swap("/swap", None),
    )


def test_a_kernel_that_tells_nothing_leaves_everything_unknown(
    settings: dict[str, str], kernel: tuple[Path, Path]
) -> None:
    facts = seen(settings, kernel)
    unseen = (facts.swaps, facts.can_hibernate, facts.core_pattern, facts.runtime_filesystem)
    assert unseen == (None, None, None, None)


@pytest.mark.parametrize(("states", "can"), [("freeze mem disk\n", True), ("freeze mem\n", False)])
def test_hibernation_is_read_from_the_kernel(
    states: str, can: bool, settings: dict[str, str], kernel: tuple[Path, Path]
) -> None:
    (kernel[1] / "power/state").write_text(states)
    assert seen(settings, kernel).can_hibernate is can


def test_without_swap_there_is_nothing_to_hibernate_into(settings: dict[str, str], kernel: tuple[Path, Path]) -> None:
    (kernel[1] / "power/state").write_text("mem disk\n")
    (kernel[0] / "swaps").write_text("Filename Type Size Used Priority\n")
    assert seen(settings, kernel).can_hibernate is False


def test_the_file_system_of_the_runtime_folder_is_that_of_its_nearest_mount(
    settings: dict[str, str], kernel: tuple[Path, Path], tmp_path: Path
) -> None:
    (kernel[0] / "mounts").write_text(MOUNTS.format(folder=tmp_path))
    assert seen(settings, kernel).runtime_filesystem == "tmpfs"
    (tmp_path / "run/deep").mkdir()
    settings["RUNTIME_DIR"] = str(tmp_path / "run/deep")
    assert seen(settings, kernel).runtime_filesystem == "xfs"
    settings["RUNTIME_DIR"] = str(tmp_path / "keys")
    assert seen(settings, kernel).runtime_filesystem == "ext4"


def test_every_secret_file_is_looked_at_and_public_halves_are_not(
    settings: dict[str, str], kernel: tuple[Path, Path], tmp_path: Path
) -> None:
    modes = seen(settings, kernel).secret_modes
    assert modes is not None
    assert modes[settings["TWILIO_API_SECRET_FILE"]] == 0o640
    names = {Path(path).name for path in modes}
    assert names == {"worker.key", "pepper", "form.key", "desk.recovery", "recording.pem", "live.key", "api-secret"}
    assert {mode for path, mode in modes.items() if not path.endswith("api-secret")} == {0o600}


def test_the_database_and_its_journals_are_looked_at(
    settings: dict[str, str], kernel: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "data/hotline.db-wal").chmod(0o604)
    modes = seen(settings, kernel).database_modes
    assert modes is not None
    assert {Path(path).name for path in modes} == {"hotline.db", "hotline.db-wal"}
    assert modes[str(tmp_path / "data/hotline.db-wal")] == 0o604


def test_a_recovery_key_left_behind_is_noticed(
    settings: dict[str, str], kernel: tuple[Path, Path], tmp_path: Path
) -> None:
    assert seen(settings, kernel).recovery_here is False
    (tmp_path / "Recovery-Half-1.json").write_text("{}")
    assert seen(settings, kernel).recovery_here is True


def test_what_the_public_sides_user_can_read_is_told_by_owner_and_bits(
    settings: dict[str, str], kernel: tuple[Path, Path], tmp_path: Path
) -> None:
    assert seen(settings, kernel).readable_by_public is None
    assert seen(settings, kernel, Asked("nobody-of-that-name")).readable_by_public is None
    (tmp_path / "api-secret").chmod(0o604)
    stranger = next(user.pw_name for user in pwd.getpwall() if user.pw_uid not in (0, os.getuid()))
    assert seen(settings, kernel, Asked(stranger)).readable_by_public == (str(tmp_path / "api-secret"),)
    owner = pwd.getpwuid(os.getuid()).pw_name
    readable = seen(settings, kernel, Asked(owner)).readable_by_public
    assert readable is not None
    assert {Path(path).name for path in readable} == {"api-secret", "worker.key", "recording.pem"}


def test_copies_of_keys_are_looked_at_where_the_operator_says_they_are(
    settings: dict[str, str], kernel: tuple[Path, Path], tmp_path: Path
) -> None:
    worker = tmp_path / "worker"
    worker.mkdir()
    for name, mode in (("worker.key", 0o604), ("public.json", 0o644), ("recording-CR0.pem", 0o600)):
        (worker / name).write_text("invented")
        (worker / name).chmod(mode)
    del settings["KEYS_DIR"]
    stranger = next(user.pw_name for user in pwd.getpwall() if user.pw_uid not in (0, os.getuid()))
    facts = seen(settings, kernel, Asked(stranger, keys=(worker,)))
    assert facts.keys_dirs == (str(worker),)
    assert facts.secret_modes is not None
    assert facts.secret_modes[str(worker / "worker.key")] == 0o604
    assert str(worker / "public.json") not in facts.secret_modes
    assert facts.readable_by_public == (str(worker / "worker.key"),)
    (worker / "worker.key").unlink()
    assert seen(settings, kernel, Asked(stranger, keys=(worker,))).readable_by_public is None


def test_a_folder_of_keys_that_cannot_be_seen_is_told(
    settings: dict[str, str], kernel: tuple[Path, Path], tmp_path: Path
) -> None:
    facts = seen(settings, kernel, Asked(keys=(tmp_path / "gone",)))
    assert facts.secret_modes is not None
    assert facts.secret_modes[str(tmp_path / "gone")] is None
    assert facts.recovery_here is None


def test_backups_are_found_with_their_age(settings: dict[str, str], kernel: tuple[Path, Path], tmp_path: Path) -> None:
    old = tmp_path / "backups/monday"
    old.mkdir(parents=True)
    for name in (CONTENT_FILE, KEYRING_FILE):
        (old / name).write_bytes(b"")
        os.utime(old / name, (NOW - 900_000, NOW - 900_000))
    found = seen(settings, kernel, Asked(backups=(tmp_path / "backups",))).backups
    assert found is not None
    assert [(one.is_keyring, one.age_seconds) for one in found] == [(False, 900_000), (True, 900_000)]
    assert seen(settings, kernel, Asked(backups=(tmp_path / "gone",))).backups is None


def test_a_real_postgresql_is_asked_for_what_it_logs(
    database_url: str, settings: dict[str, str], kernel: tuple[Path, Path]
) -> None:
    settings["DATABASE_URL"] = database_url
    asked = seen(settings, kernel).postgresql
    if database_url.startswith("sqlite"):
        assert asked is None
    else:
        assert asked is not None
        assert asked["log_error_verbosity"] == "default"
        assert asked["archive_mode"] == "off"


def test_a_postgresql_that_does_not_answer_is_unknown(settings: dict[str, str], kernel: tuple[Path, Path]) -> None:
    settings["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    assert seen(settings, kernel).postgresql is None


def test_the_live_keys_age_and_unsigned_wording_are_seen(
    settings: dict[str, str], kernel: tuple[Path, Path], tmp_path: Path
) -> None:
    os.utime(tmp_path / "run/live.key", (NOW - 500, NOW - 500))
    facts = seen(settings, kernel)
    assert facts.live_key_age_seconds == 500
    assert facts.unsigned is not None
    assert set(facts.unsigned) <= {"en", "pl"}
    settings["LINE_FILE"] = str(tmp_path / "none.toml")
    assert seen(settings, kernel).unsigned is None


def test_the_command_prints_every_check_and_is_status_1_where_something_leaks(
    settings: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in {**settings, "DEMO": "1"}.items()))
    assert doctor(["--settings", str(file)]) == 1
    printed = capsys.readouterr().out
    assert "Secret files are" in printed
    assert "This is not the demo" in printed
    assert "leaks" in printed.splitlines()[-1]
    assert "invented" not in printed


def test_a_path_is_shown_letter_by_letter_and_in_one_piece_whatever_it_looks_like() -> None:
    screen = Console(file=io.StringIO(), width=20)
    show([leaks("Secret files", "others may read /etc/[bold]odd[/]/key", "chmod go= /etc/[bold]odd[/]/key")], screen)
    assert isinstance(screen.file, io.StringIO)
    assert screen.file.getvalue().count("/etc/[bold]odd[/]/key") == 2
