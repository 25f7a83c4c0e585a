"""The questions of a report: read from questionnaire.toml, with the rule that finds the next one to ask."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prompts.mistakes import FileMistakes, Mistake, mistakes_of, read_toml

FILE = Path(__file__).parent / "questionnaire.toml"
VOICE, KEYS = "voice", "keys"
CLIP = "clip"  # the value of a question that was answered by voice
CHOICE_KEYS = "1234567"  # 0, 8, 9, * and # mean the same everywhere in a call
# Without these no contact could be told from a report, nor an urgent one from others.
NEEDED = ("urgent", "allegation", "story")

Answers = Mapping[str, tuple[str, ...]]


class QuestionnaireMistakes(FileMistakes):
    """The file of questions cannot be used; trying again helps only after it was mended."""


class Question(BaseModel):
    """One question, how it is answered and when it is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: str = Field(pattern=r"^[a-z][a-z_]{1,39}$")
    kind: Literal["key", "voice", "digits"]
    choices: Mapping[str, str] = {}  # key -> value, in the order they are spoken
    picks: int = Field(default=1, ge=1, le=7)
    length: int = Field(default=0, ge=0, le=20)  # digits at most
    max_seconds: int = Field(default=60, ge=2, le=120)  # of one clip; longer ones are not transcribed well
    silence_seconds: int = Field(default=10, ge=10, le=60)  # less cuts off people in distress
    max_clips: int = Field(default=1, ge=1, le=6)
    modes: tuple[Literal["voice", "keys"], ...] = ("voice", "keys")
    asked_if: Mapping[str, tuple[str, ...]] = Field(default={}, alias="if")  # all of these hold one of their values
    if_unanswered: tuple[str, ...] = ()  # none of these has an answer

    def is_asked_in(self, mode: str) -> bool:
        """Say whether the question is asked in a mode: nothing is recorded of a caller who uses keys only."""
        return mode in self.modes and not (self.kind == VOICE and mode == KEYS)

    def applies(self, answers: Answers) -> bool:
        """Say whether earlier answers call for the question."""
        wanted = all(set(values) & set(answers.get(id_, ())) for id_, values in self.asked_if.items())
        return wanted and not any(answers.get(id_) for id_ in self.if_unanswered)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    question: tuple[Question, ...]


@dataclass(frozen=True)
class Questionnaire:
    """All questions in the order they are asked; the version changes with every change of the file."""

    questions: tuple[Question, ...]
    version: str

    def question(self, question_id: str) -> Question | None:
        """Return the question of that id, or None where this version has none."""
        return next((question for question in self.questions if question.id == question_id), None)


def read_questionnaire(path: Path = FILE) -> Questionnaire:
    """Read the questions, or raise `QuestionnaireMistakes` with all that is wrong."""
    raw = read_toml(path, QuestionnaireMistakes)
    try:
        questions = _File.model_validate(raw).question
    except ValidationError as error:
        raise QuestionnaireMistakes(path, mistakes_of(error)) from None
    mistakes = list(_mistakes(questions))
    if mistakes:
        raise QuestionnaireMistakes(path, mistakes)
    return Questionnaire(questions, hashlib.sha256(path.read_bytes()).hexdigest()[:12])


def next_question(questionnaire: Questionnaire, answers: Answers, mode: str = VOICE) -> str | None:
    """Return the first question that is due and was neither answered nor skipped, or None when all is asked."""
    return next(
        (
            question.id
            for question in questionnaire.questions
            if question.id not in answers and question.is_asked_in(mode) and question.applies(answers)
        ),
        None,
    )


def is_report(answers: Answers) -> bool:
    """Say whether there is enough to act on: the story, or who it is together with what it is about."""
    named = answers.get("who") or answers.get("who_digits")
    return bool(answers.get("story") or (named and answers.get("allegation")))


def is_partial_report(answers: Answers) -> bool:
    """Say whether what was given must be read by a person, even when the call broke off: else it is only counted."""
    spoken = any(CLIP in values for values in answers.values())
    urgent = bool({"yes", "unsure"} & set(answers.get("urgent", ())))
    return spoken or urgent or bool(answers.get("allegation"))


# ---- what would leave a caller in a question that cannot be answered ----------------------------------------------


def _mistakes(questions: tuple[Question, ...]) -> Iterator[Mistake]:
    earlier: dict[str, Question] = {}
    for question in questions:
        if question.id in earlier:
            yield Mistake(question.id, "two questions share this id", "give each question its own id")
        yield from _mistakes_of_kind(question)
        yield from _mistakes_of_conditions(question, earlier)
        earlier[question.id] = question
    for needed in NEEDED:
        if needed not in earlier:
            yield Mistake(needed, "this question is missing", "put it back: the call flow depends on it")


def _mistakes_of_kind(question: Question) -> Iterator[Mistake]:
    if question.kind == "key":
        if not question.choices:
            yield Mistake(f"{question.id}.choices", "there is no key to press", 'add choices such as { 1 = "yes" }')
        if any(len(key) != 1 or key not in CHOICE_KEYS for key in question.choices):
            yield Mistake(
                f"{question.id}.choices",
                "a key is none of 1 to 7",
                "use 1 to 7: 0, 8, 9, * and # are taken in every call",
            )
        if len(set(question.choices.values())) != len(question.choices):
            yield Mistake(f"{question.id}.choices", "two keys mean the same", "give each key a value of its own")
    elif question.choices or question.picks != 1:
        yield Mistake(f"{question.id}.choices", "only a question of kind key has choices", "take choices and picks out")
    if (question.kind == "digits") != bool(question.length):
        yield Mistake(f"{question.id}.length", "a length belongs to kind digits, and only to it", "set or drop length")
    if question.picks > max(1, len(question.choices)):
        yield Mistake(f"{question.id}.picks", "more may be picked than there are choices", "lower picks")


def _mistakes_of_conditions(question: Question, earlier: Mapping[str, Question]) -> Iterator[Mistake]:
    for other in (*question.asked_if, *question.if_unanswered):
        if other not in earlier:
            yield Mistake(f"{question.id}.if", f"no earlier question is called {other}", "name one that comes before")
    for other, values in question.asked_if.items():
        known = set(earlier[other].choices.values()) if other in earlier else set(values)
        for value in values:
            if value not in known:
                yield Mistake(f"{question.id}.if", f"{other} has no answer {value}", f"use one of {', '.join(known)}")
