"""Which passwords are refused: too short, too common, or too close to the person's own name."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from zxcvbn import zxcvbn

MIN_PASSWORD_CHARACTERS = 15
MAX_PASSWORD_CHARACTERS = 128
MIN_DIFFERENT_CHARACTERS = 6
MIN_OWN_CHARACTERS = 7
MIN_GUESSES = 10**13  # at a fifth of a second each, as Argon2id costs here, some 60,000 years of one processor
MOST_ESTIMATED_CHARACTERS = 72  # what the estimator takes; what is behind can only add

_COMMON_WORDS = (
    "password", "passwort", "passcode", "passphrase", "secret", "letmein", "welcome", "hello", "login", "signin",
    "administrator", "admin", "root", "user", "guest", "test", "testing", "demo", "temp", "temporary", "default",
    "change", "changeme", "please", "please change", "access", "master", "system", "server", "security", "secure",
    "computer", "internet", "office", "london", "england", "britain", "liverpool", "arsenal", "chelsea", "football",
    "summer", "winter", "autumn", "spring", "january", "february", "december", "monday", "friday", "sunday",
    "iloveyou", "love", "sunshine", "princess", "dragon", "monkey", "superman", "batman", "starwars", "whatever",
    "trustno", "freedom", "forever", "charlie", "police", "integrity", "hotline", "report", "corruption",
)  # fmt: skip
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qazwsxedcrfvtgb")
_RUN_CHARACTERS = 4
_LOOKALIKES = str.maketrans("@4301!5$7", "aaeoiisst")


class WeakPassword(Exception):
    """The password is refused; another one helps. The message says why, and never the password."""


def normal(password: str) -> str:
    """Return the password as every keyboard would give it (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, own_names: tuple[str, ...], password_list: Path | None = None) -> None:
    """Raise `WeakPassword` unless the password may guard a key. OWASP ASVS 5.0, 6.2: length first, no mixture rules.

    `password_list`: an operator's own file of known passwords, one a line; a hundred thousand take a tenth of a second.
    """
    typed = normal(password)
    if not MIN_PASSWORD_CHARACTERS <= len(typed) <= MAX_PASSWORD_CHARACTERS:
        raise WeakPassword(f"use {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters; four words do well")
    if len(set(typed.lower())) < MIN_DIFFERENT_CHARACTERS:
        raise WeakPassword("it uses too few different characters")
    if typed.lower() in (typed.lower() * 2)[1:-1]:
        raise WeakPassword("it says the same thing more than once")
    if own_characters(typed, own_names) < MIN_OWN_CHARACTERS:
        raise WeakPassword("what is left without common words, runs of keys and your name is too short")
    if zxcvbn(typed[:MOST_ESTIMATED_CHARACTERS], own_names)["guesses"] < MIN_GUESSES:
        raise WeakPassword("it is made of passwords that many people use; four words that nothing connects do well")
    if password_list is not None and _is_listed(typed, password_list):
        raise WeakPassword("it stands in a list of passwords that were stolen elsewhere")


def _is_listed(password: str, password_list: Path) -> bool:
    # Line by line: such a list may be larger than the memory, and a password is never written to look for it.
    wanted = {form.encode() for form in (password, password.lower(), password.lower().rstrip("0123456789!.?"))}
    with password_list.open("rb") as listed:
        return any(line.strip().lower() in wanted or line.rstrip(b"\r\n") in wanted for line in listed)


def own_characters(password: str, own_names: tuple[str, ...]) -> int:
    """Return how many letters remain when common words, runs of keys, names, digits and signs are taken away."""
    shortest = {len(_without_common(form, own_names)) for form in _forms(password.lower())}
    return min(shortest)


def _forms(password: str) -> tuple[str, str]:
    return password, password.translate(_LOOKALIKES)


def _without_common(password: str, own_names: tuple[str, ...]) -> str:
    names = [part for name in own_names for part in re.split(r"[^\w]+", name.lower()) if len(part) > 2]
    left = password
    for word in sorted({*_COMMON_WORDS, *names}, key=len, reverse=True):
        left = left.replace(word, " ")
    left = _without_runs(left)
    return re.sub(r"[\W\d_]+", "", re.sub(r"(.)\1{2,}", " ", left))


def _without_runs(password: str) -> str:
    for run in (*_RUNS, *(run[::-1] for run in _RUNS)):
        for length in range(len(run), _RUN_CHARACTERS - 1, -1):
            for start in range(len(run) - length + 1):
                password = password.replace(run[start : start + length], " ")
    return password
