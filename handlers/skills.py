"""Who may be offered which call: languages and qualifications, and the one rule that compares them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from storage.skills import NO_END, Skill

LANGUAGE = "language:"


class Qualification(StrEnum):
    """What a call can ask of whoever takes it. Part of the code, since the questions that lead to each one are."""

    GENERAL = "general"
    SAFEGUARDING = "safeguarding"
    SEXUAL_OFFENCES = "sexual_offences"
    CHILD = "child"
    INTERPRETER = "interpreter"  # takes a call in any language, with an interpreter as a third


@dataclass(frozen=True)
class CallNeeds:
    """What one call asks for."""

    language: str  # a code: pl
    qualifications: frozenset[Qualification] = frozenset({Qualification.GENERAL})


def language_skill(code: str) -> str:
    """Return the name under which a language is kept as a skill."""
    return LANGUAGE + code


def is_valid(skill: Skill, today: date) -> bool:
    """Say whether a skill holds on a day: to the end of its month. A month that cannot be read holds never."""
    if skill.until == NO_END:
        return skill.name.startswith(LANGUAGE)  # a qualification without an end was not written by us
    try:
        last = date.fromisoformat(f"{skill.until}-01")
    except ValueError:
        return False
    return (today.year, today.month) <= (last.year, last.month)


def in_force(person_skills: Iterable[Skill], today: date) -> tuple[frozenset[str], frozenset[str]]:
    """Return the languages and the qualifications that hold on a day, as routing compares them."""
    valid = [skill.name for skill in person_skills if is_valid(skill, today)]
    languages = frozenset(name.removeprefix(LANGUAGE) for name in valid if name.startswith(LANGUAGE))
    return languages, frozenset(valid) & frozenset(map(str, Qualification))


def qualified(person_skills: Iterable[Skill], call_needs: CallNeeds, today: date) -> bool:
    """Say whether somebody may be offered a call: they hold all that it asks for, and nothing of it has ended."""
    languages, qualifications = in_force(person_skills, today)
    speaks = call_needs.language in languages or Qualification.INTERPRETER in qualifications
    return speaks and qualifications >= call_needs.qualifications
