"""Which passwords are refused."""

from __future__ import annotations

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
