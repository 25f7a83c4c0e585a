"""What a search by subjects asks, and whether a subject fits it: pure rules over what was typed."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.tokens import (
    folded,
    is_named,
    name_tokens,
    name_words,
    number_key,
    number_words,
    plate_words,
    subject_words,
    unit_words,
)
from storage.contents import Subject


def words_of(typed: Mapping[str, str]) -> frozenset[str]:
    """Return everything that a report must be found by; nothing when nothing was asked."""
    names = name_tokens(name_words(typed.get("name", "")))
    others = [*number_words(typed.get("number", "")), *plate_words(typed.get("registration", ""))]
    return frozenset([*names, *others, *_units(typed), *_looks(typed)])


def fits(typed: Mapping[str, str], subject: Subject) -> bool:
    """Say whether one subject has all of what was typed: two subjects of a report do not share the fields of one."""
    held = subject_words(subject)
    named = name_words(typed.get("name", ""))
    number, plate = number_key(typed.get("number", "")), number_key(typed.get("registration", ""))
    return (
        (not named or (subject.what == "officer" and is_named(named, name_words(subject.name))))
        and (not number or number == number_key(subject.number))
        and (not plate or plate == number_key(subject.registration))
        and _units(typed) <= held
        and _looks(typed) <= held
    )


def is_spelt(typed: Mapping[str, str], subject: Subject) -> bool:
    """Say whether a name that was typed is spelt so, and does not only sound so."""
    return set(name_words(typed.get("name", ""))) <= set(name_words(subject.name))


def _units(typed: Mapping[str, str]) -> frozenset[str]:
    return frozenset(f"unit:{word}" for word in unit_words(typed.get("unit", "")))


def _looks(typed: Mapping[str, str]) -> frozenset[str]:
    return frozenset(f"looks:{word}" for word in folded(typed.get("looks", "")).split() if len(word) > 1)
