"""Which passwords are refused."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from storage.passwords import WeakPassword, check_password, normal

NAMES = ("amina.yusuf", "Amina")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "vier rote Kähne treiben fort",
        "x9#kQ2!vLm0@wZ8$rT",
        "tangerine gravel mitten",
        "klíč leží pod kamenem \u0443 реки",
    ],
)
def test_long_words_of_ones_own_are_taken(password: str) -> None:
    check_password(password, NAMES)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short one", "15 to 128"),
        ("a" * 129, "15 to 128"),
        ("aaaaaaaaaaaaaaaaaaaa", "few different"),
        ("abcabcabcabcabcabcabc", "few different"),
        ("tangerinetangerine", "more than once"),
        ("passwordpassword", "more than once"),
        ("Password123456789!", "common words"),
        ("P@ssw0rd!P4ssword?", "common words"),
        ("qwertyuiopasdfghjkl", "common words"),
        ("zyxwvutsrqponmlkjih", "common words"),
        ("1234567890qwertyuiop", "common words"),
        ("amina.yusuf.hotline", "common words"),
        ("welcome-amina-2026!!", "common words"),
        ("iloveyou-football-monday", "common words"),
    ],
)
def test_a_password_that_others_would_try_is_refused_with_a_reason(password: str, why: str) -> None:
    with pytest.raises(WeakPassword, match=why) as refusal:
        check_password(password, NAMES)
    assert password not in str(refusal.value)


def test_the_length_is_counted_as_every_keyboard_gives_it() -> None:
    assert normal("e\u0301") == normal("\u00e9")
    with pytest.raises(WeakPassword):
        check_password("e\u0301" * 8, NAMES)


@pytest.mark.parametrize("password", ["margaret1987jones", "ilovemydaughteremily", "trustn0manchesterunited"])
def test_pieces_that_many_people_use_are_refused_also_when_they_are_joined(password: str) -> None:
    with pytest.raises(WeakPassword, match=r"many people use|common words"):
        check_password(password, NAMES)


@pytest.mark.parametrize(
    "typed",
    ["wombat orbit lemon chair", "Wombat Orbit Lemon Chair", "wombat orbit lemon chair2026!", "Pärlor och grå svin 77"],
)
def test_what_stands_in_the_operator_s_list_is_refused(tmp_path: Path, typed: str) -> None:
    listed = tmp_path / "stolen.txt"
    listed.write_bytes("123456\r\nWombat orbit lemon chair\r\nPärlor och grå svin 77\n".encode())
    check_password(typed, NAMES)
    with pytest.raises(WeakPassword, match="stolen elsewhere"):
        check_password(typed, NAMES, listed)
    check_password("tangerine gravel mitten", NAMES, listed)


def test_a_list_that_is_no_text_breaks_nothing(tmp_path: Path) -> None:
    listed = tmp_path / "odd.txt"
    listed.write_bytes(b"\xff\xfe\x00 \n\n" + bytes(range(256)))
    check_password("tangerine gravel mitten", NAMES, listed)


def test_the_longest_password_is_judged_within_three_seconds() -> None:
    began = time.perf_counter()
    for password in ("P@$$w0rd1!|" * 11, "abcdefghijklm nopq" * 7, "1!|@$0aA4" * 14):
        with contextlib.suppress(WeakPassword):
            check_password(password, NAMES)
    assert time.perf_counter() - began < 3
