"""The form as a page shows it: a report's questions in parts, with what stands in each, for one writer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from handlers.desk.caller_hints import hints_in
from handlers.desk.form_rules import Field, fields_of
from handlers.desk.form_words import HELP, PARTS, Help
from handlers.desk.words import NEVER_LEAVES, answer_words, question_words
from prompts.questionnaire import Questionnaire
from storage.contents import Given
from storage.writing import Draft


@dataclass(frozen=True)
class Asked:
    """One question on the page."""

    field: Field
    heading: str
    help: Help
    choices: tuple[tuple[str, str], ...]  # value and words
    never_leaves: bool
    hints: tuple[str, ...]
    mistake: str = ""
    theirs: str | None = None  # what another version holds here, in words, where it differs

    @property
    def id(self) -> str:
        """Return the question's id."""
        return self.field.question.id

    @property
    def first_input(self) -> str:
        """Return the id of the element that a link to this question leads to."""
        return f"q-{self.id}-{self.choices[0][0]}" if self.choices else f"q-{self.id}"


@dataclass(frozen=True)
class Part:
    """Some questions under one heading."""

    heading: str
    asked: tuple[Asked, ...]

    @property
    def is_shown(self) -> bool:
        """Say whether any of its questions is."""
        return any(one.field.is_shown for one in self.asked)


@dataclass(frozen=True)
class Version:
    """Which saved version a page knows, and what its next save is called."""

    replaces: tuple[str, ...]
    save: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True)
class Form:
    """A form bound to one report and one writer."""

    draft: Draft
    parts: tuple[Part, ...]
    version: Version

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Return every question, also those that are not shown now."""
        return tuple(one for part in self.parts for one in part.asked)

    @property
    def shown(self) -> tuple[Asked, ...]:
        """Return the questions that are shown."""
        return tuple(one for one in self.asked if one.field.is_shown)

    @property
    def answered(self) -> int:
        """Return how many questions hold an answer."""
        return sum(one.field.is_answered for one in self.asked)

    @property
    def mistakes(self) -> tuple[Asked, ...]:
        """Return the questions with something wrong."""
        return tuple(one for one in self.asked if one.mistake)


@dataclass(frozen=True)
class Remarks:
    """What a page says about a form beside what stands in it."""

    mistakes: Mapping[str, str] = field(default_factory=dict)
    theirs: Sequence[Given] | None = None  # another version that was saved meanwhile


NO_REMARKS = Remarks()


def form_of(
    questionnaire: Questionnaire,
    categories: Mapping[str, str],
    draft: Draft,
    given: Sequence[Given],
    version: Version,
    remarks: Remarks = NO_REMARKS,
) -> Form:
    """Return a form ready to be shown."""
    asked = [_asked(one, categories, given, remarks) for one in fields_of(questionnaire, given)]
    heading = ""
    headed = []
    for one in asked:
        heading = PARTS.get(one.id, heading)
        headed.append((heading, one))
    parts = tuple(Part(head, tuple(one for _, one in of)) for head, of in groupby(headed, key=lambda pair: pair[0]))
    return Form(draft, parts, version)


def said(one: Given, categories: Mapping[str, str]) -> str:
    """Return an answer in words, for comparing or copying."""
    return one.text or ", ".join(answer_words(one.question, one.values, categories))


def _asked(one: Field, categories: Mapping[str, str], given: Sequence[Given], remarks: Remarks) -> Asked:
    question = one.question
    values = tuple(question.choices.values())
    return Asked(
        field=one,
        heading=question_words(question.id),
        help=HELP.get(question.id, Help("")),
        choices=tuple(zip(values, answer_words(question.id, values, categories), strict=True)),
        never_leaves=question.id in NEVER_LEAVES,
        hints=tuple(hint.words for hint in hints_in(one.given.text)),
        mistake=remarks.mistakes.get(question.id, ""),
        theirs=_difference(question.id, given, remarks.theirs, categories),
    )


def _difference(
    name: str, mine: Sequence[Given], theirs: Sequence[Given] | None, categories: Mapping[str, str]
) -> str | None:
    if theirs is None:
        return None
    here, there = (next((one for one in of if one.question == name), Given(name)) for of in (mine, theirs))
    return None if here == there else said(there, categories)
