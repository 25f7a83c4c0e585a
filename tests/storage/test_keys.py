"""Keys in files, the pin of the public ones, and the live key with its rotation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from storage.clock import TurnedClock
from storage.keys import (
    Audience,
    Damaged,
    KeyFileUnfit,
    Secret,
    UnknownVersion,
    bound,
    lock,
    new_private_key,
    public_half,
    read_live_key,
    read_pepper,
    rotate_live_key,
    stretched,
    unlock,
    write_secret_file,
)
from storage.public_keys import FingerprintMismatch, PublicKeys, read_public_keys

SID = "CA" + "0" * 32
DAY = 24 * 3600


def three_keys() -> PublicKeys:
    names = ("desk", "worker", "recovery")
    desk, worker, recovery = (Audience(name, 1, public_half(new_private_key())) for name in names)
    return PublicKeys(desk, worker, recovery)


@pytest.fixture
def live_file(tmp_path: Path, clock: TurnedClock) -> Path:
    rotate_live_key(tmp_path / "live.key", clock.now())
    return tmp_path / "live.key"


def test_a_secret_shows_only_a_fingerprint() -> None:
    secret = Secret(b"very secret bytes of the line!!!")
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret:>40}", "{}".format(secret)):  # noqa: UP032
        assert "secret bytes" not in shown
        assert "Secret(" in shown


@pytest.mark.usefixtures("full_price")
def test_one_guess_at_a_short_secret_costs_three_passes_over_64_mib() -> None:
    salt, pepper = b"s" * 16, Secret(b"p" * 32)
    argon = Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=64 * 1024, secret=bytes(pepper))
    assert stretched("heron", salt=salt, pepper=pepper) == argon.derive(b"heron")


def test_public_keys_come_back_when_their_fingerprint_was_pinned(tmp_path: Path) -> None:
    keys = three_keys()
    (tmp_path / "public.json").write_text(keys.packed())
    assert read_public_keys(tmp_path / "public.json", keys.fingerprint) == keys


def test_a_fingerprint_typed_with_spaces_and_capitals_is_the_same(tmp_path: Path) -> None:
    keys = three_keys()
    (tmp_path / "public.json").write_text(keys.packed())
    assert read_public_keys(tmp_path / "public.json", keys.fingerprint.replace("-", " ").upper() + "\n") == keys


@pytest.mark.parametrize("audience", ["desk", "worker", "recovery"])
def test_a_replaced_public_key_is_refused(tmp_path: Path, audience: str) -> None:
    keys, strangers = three_keys(), three_keys()
    raw = json.loads(keys.packed())
    raw["audiences"][audience] = json.loads(strangers.packed())["audiences"][audience]
    (tmp_path / "public.json").write_text(json.dumps(raw))
    with pytest.raises(FingerprintMismatch):
        read_public_keys(tmp_path / "public.json", keys.fingerprint)


def test_a_changed_epoch_is_refused(tmp_path: Path) -> None:
    keys = three_keys()
    raw = json.loads(keys.packed())
    raw["audiences"]["desk"]["epoch"] = 2
    (tmp_path / "public.json").write_text(json.dumps(raw))
    with pytest.raises(FingerprintMismatch):
        read_public_keys(tmp_path / "public.json", keys.fingerprint)


@pytest.mark.parametrize("pinned", ["", "0000", "é"])
def test_no_pin_is_no_pass(tmp_path: Path, pinned: str) -> None:
    (tmp_path / "public.json").write_text(three_keys().packed())
    with pytest.raises(FingerprintMismatch):
        read_public_keys(tmp_path / "public.json", pinned)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "audiences": {"desk": 1}}'])
def test_a_malformed_public_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "public.json").write_text(content)
    with pytest.raises(KeyFileUnfit, match=r"public\.json"):
        read_public_keys(tmp_path / "public.json", "")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o666])
def test_a_secret_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    write_secret_file(tmp_path / "pepper", bytes(32))
    (tmp_path / "pepper").chmod(mode)
    with pytest.raises(KeyFileUnfit, match="chmod 600"):
        read_pepper(tmp_path / "pepper")


def test_a_secret_file_is_never_written_over(tmp_path: Path) -> None:
    write_secret_file(tmp_path / "pepper", b"1" * 32)
    with pytest.raises(FileExistsError):
        write_secret_file(tmp_path / "pepper", b"2" * 32)
    assert bytes(read_pepper(tmp_path / "pepper")) == b"1" * 32


def test_a_short_pepper_is_refused(tmp_path: Path) -> None:
    write_secret_file(tmp_path / "pepper", b"short")
    with pytest.raises(KeyFileUnfit):
        read_pepper(tmp_path / "pepper")


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnfit, match="pepper"):
        read_pepper(tmp_path / "pepper")


def test_a_sid_has_one_short_name_under_one_live_key(live_file: Path, clock: TurnedClock) -> None:
    live = read_live_key(live_file, clock)
    assert live.call_key(SID) == read_live_key(live_file, clock).call_key(SID)
    assert len(live.call_key(SID)) == 32
    assert live.call_keys(SID) == (live.call_key(SID),)
    assert live.call_key(SID) != live.call_key(SID[:-1] + "1")


def test_another_live_key_gives_another_name(tmp_path: Path, live_file: Path, clock: TurnedClock) -> None:
    rotate_live_key(tmp_path / "other.key", clock.now())
    assert read_live_key(live_file, clock).call_key(SID) != read_live_key(tmp_path / "other.key", clock).call_key(SID)


def test_a_running_process_follows_a_rotation(live_file: Path, clock: TurnedClock) -> None:
    live = read_live_key(live_file, clock)
    before, row = live.call_key(SID), live.seal(b"row", b"place")
    clock.forward(1)
    rotate_live_key(live_file, clock.now())
    clock.forward(1)
    assert live.call_keys(SID) == (live.call_key(SID), before)
    assert live.call_key(SID) != before
    assert live.open(row, b"place") == b"row"


def test_the_previous_live_key_is_good_for_a_day_only(live_file: Path, clock: TurnedClock) -> None:
    live = read_live_key(live_file, clock)
    row = live.seal(b"row", b"place")
    rotate_live_key(live_file, clock.now())
    clock.forward(DAY - 1)
    assert live.open(row, b"place") == b"row"
    clock.forward(1)
    assert len(live.call_keys(SID)) == 1
    with pytest.raises(Damaged):
        live.open(row, b"place")


def test_a_row_of_one_call_does_not_open_as_another(live_file: Path, clock: TurnedClock) -> None:
    live = read_live_key(live_file, clock)
    with pytest.raises(Damaged):
        live.open(live.seal(b"row", b"call one"), b"call two")


def test_a_live_key_others_can_read_is_refused(live_file: Path) -> None:
    live_file.chmod(0o644)
    with pytest.raises(KeyFileUnfit):
        read_live_key(live_file)


def test_a_broken_live_key_names_the_command_that_makes_one(live_file: Path) -> None:
    live_file.write_bytes(b"{}")
    with pytest.raises(KeyFileUnfit, match="rotate-live"):
        read_live_key(live_file)


@given(st.binary(max_size=200), st.integers(0, 10_000), st.integers(0, 7))
def test_any_changed_bit_of_a_locked_thing_is_noticed(plaintext: bytes, place: int, bit: int) -> None:
    key = bytes(32)
    locked = bytearray(lock(plaintext, key, b"here"))
    locked[place % len(locked)] ^= 1 << bit
    with pytest.raises(Damaged):
        unlock(bytes(locked), key, b"here")


@given(st.binary(max_size=60))
def test_a_cut_locked_thing_is_damaged(cut: bytes) -> None:
    with pytest.raises(Damaged):
        unlock(cut, bytes(32), b"here")


def test_an_unknown_version_is_said_to_be_one() -> None:
    with pytest.raises(UnknownVersion):
        unlock(b"\x02" + lock(b"x", bytes(32), b"here")[1:], bytes(32), b"here")


@given(st.lists(st.text(max_size=5), max_size=5), st.lists(st.text(max_size=5), max_size=5))
def test_two_different_lists_of_fields_never_bind_alike(one: list[str], other: list[str]) -> None:
    assert (bound(*one) == bound(*other)) == (one == other)
