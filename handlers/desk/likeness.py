"""What speaks for two reports being about the same thing: a rule over their subjects alone, and its words.

Nothing of a caller is compared: no language, no time, no voice, no wording. People decide; nothing merges by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from handlers.tokens import folded, is_named, name_tokens, name_words, number_key, subject_words, unit_words
from storage.contents import Subject


class Strength(IntEnum):
    """How much a likeness says."""

    FAINT = 1
    FAIR = 2
    STRONG = 3


STRENGTHS = {Strength.FAINT: "Faint", Strength.FAIR: "Fair", Strength.STRONG: "Strong"}


@dataclass(frozen=True)
class Likeness:
    """One thing that two subjects share, in words."""

    strength: Strength
    words: str


def likeness(one: Subject, other: Subject) -> Likeness | None:
    """Return the strongest thing that two subjects share, or None."""
    found = [*_by_number(one, other), *_by_plate(one, other), *_by_name(one, other)]
    return max(found, key=lambda like: like.strength, default=None)


def likenesses(mine: Iterable[Subject], theirs: Iterable[Subject]) -> tuple[Likeness, ...]:
    """Return what the subjects of two reports share, the strongest first, each thing once."""
    others = tuple(theirs)
    found = {like for one in mine for other in others if (like := likeness(one, other)) is not None}
    return tuple(sorted(found, key=lambda like: (-like.strength, like.words)))


def hint_words(subjects: Iterable[Subject]) -> frozenset[str]:
    """Return the words any of which may lead to a report about the same thing."""
    found: set[str] = set()
    for subject in subjects:
        found |= {word for word in subject_words(subject) if word.startswith(("number:", "plate:"))}
        found |= set(name_tokens(name_words(subject.name))) if subject.what == "officer" else set()
    return frozenset(found)


def _by_number(one: Subject, other: Subject) -> list[Likeness]:
    if not number_key(one.number) or number_key(one.number) != number_key(other.number):
        return []
    if one.force and other.force and folded(one.force) != folded(other.force):
        return [Likeness(Strength.FAINT, "same shoulder number, but of another force")]
    return [Likeness(Strength.STRONG, "same shoulder number")]


def _by_plate(one: Subject, other: Subject) -> list[Likeness]:
    same = number_key(one.registration) and number_key(one.registration) == number_key(other.registration)
    return [Likeness(Strength.STRONG, "same registration")] if same else []


def _by_name(one: Subject, other: Subject) -> list[Likeness]:
    if one.what != "officer" or other.what != "officer":
        return []
    if number_key(one.number) and number_key(other.number) and number_key(one.number) != number_key(other.number):
        return []  # two people of one name
    mine, theirs = set(name_words(one.name)), set(name_words(other.name))
    is_spelt = bool(mine and theirs) and (mine <= theirs or theirs <= mine)
    shares_unit = bool(_units(one) & _units(other))
    if is_spelt and shares_unit:
        return [Likeness(Strength.FAIR, "same name and unit")]
    if is_spelt and min(len(mine), len(theirs)) > 1:
        return [Likeness(Strength.FAIR, "same full name")]
    if shares_unit and _sound_alike(one, other):
        return [Likeness(Strength.FAINT, "a name that sounds the same, in the same unit")]
    return []


def _units(subject: Subject) -> set[str]:
    return set(unit_words(f"{subject.team} {subject.unit}"))


def _sound_alike(one: Subject, other: Subject) -> bool:
    mine, theirs = name_words(one.name), name_words(other.name)
    return is_named(mine, theirs) or is_named(theirs, mine)
