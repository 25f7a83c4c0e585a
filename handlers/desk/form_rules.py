"""The questionnaire as a form: which questions it shows, what an answer may be, and what a report must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prompts.questionnaire import CLIP, VOICE, Answers, Question, Questionnaire, is_report
from storage.contents import Given

MAX_CHARACTERS = 20_000  # of one answer
NO_SUBSTANCE = "Write what happened, or say who it is about and what it is about"
TOO_LONG = f"Shorten this answer to {MAX_CHARACTERS:,} characters or fewer"


class NotOfThisForm(Exception):
    """A field or a value that no page of this release sends; trying again never helps."""


@dataclass(frozen=True)
class Field:
    """One question as it stands on the form now."""

    question: Question
    given: Given
    is_asked: bool  # the other answers call for it

    @property
    def is_answered(self) -> bool:
        """Say whether anything stands in it."""
        return is_answered(self.given)

    @property
    def is_shown(self) -> bool:
        """Say whether it is shown: what holds an answer is never hidden, so that nothing is kept that nobody sees."""
        return self.is_asked or self.is_answered


def is_answered(given: Given) -> bool:
    """Say whether anything was chosen or typed."""
    return bool(given.values or given.text.strip())


def questions_of(questionnaire: Questionnaire) -> tuple[Question, ...]:
    """Return the questions that a form can ask: those of a caller who speaks."""
    return tuple(question for question in questionnaire.questions if question.is_asked_in(VOICE))


def fields_of(questionnaire: Questionnaire, given: Iterable[Given]) -> tuple[Field, ...]:
    """Return every question of the form with what stands in it, by the questionnaire's own conditions."""
    held = {one.question: one for one in given}
    answers = as_answers(held.values())
    return tuple(
        Field(question, held.get(question.id, Given(question.id)), question.applies(answers))
        for question in questions_of(questionnaire)
    )


def as_answers(given: Iterable[Given]) -> Answers:
    """Return answers as the questionnaire's rules read them: typed words count as a clip does."""
    return {one.question: one.values or (CLIP,) for one in given if is_answered(one)}


def read_given(questionnaire: Questionnaire, posted: Mapping[str, Sequence[str]]) -> tuple[Given, ...]:
    """Return what was posted, by question, in the questionnaire's order; raises `NotOfThisForm`."""
    questions = {question.id: question for question in questions_of(questionnaire)}
    if not set(posted) <= set(questions):
        raise NotOfThisForm
    read = (_read(question, posted[name]) for name, question in questions.items() if name in posted)
    return tuple(one for one in read if one.values or one.text)


def _read(question: Question, posted: Sequence[str]) -> Given:
    if question.kind == VOICE:
        if len(posted) != 1:
            raise NotOfThisForm
        return Given(question.id, text="\n".join(posted[0].split("\r\n")))
    values = tuple(dict.fromkeys(value for value in posted if value))  # "" is the radio for no answer
    if not set(values) <= set(question.choices.values()) or (question.picks == 1 and len(values) > 1):
        raise NotOfThisForm
    return Given(question.id, values)


def too_long(given: Iterable[Given]) -> dict[str, str]:
    """Return what keeps answers from being saved, by question."""
    return {one.question: TOO_LONG for one in given if len(one.text) > MAX_CHARACTERS}


def mistakes_in(questionnaire: Questionnaire, given: Sequence[Given]) -> dict[str, str]:
    """Return what keeps a form from becoming a report, by question in the order of the form."""
    found = too_long(given)
    for one in given:
        question = questionnaire.question(one.question)
        if question is not None and len(one.values) > question.picks:
            found[one.question] = f"Choose {question.picks} at most: the ones that matter most"
    if not is_report(as_answers(given)):
        found["story"] = NO_SUBSTANCE
    order = [question.id for question in questions_of(questionnaire)]
    return {name: found[name] for name in order if name in found}


def unasked(questionnaire: Questionnaire, given: Iterable[Given]) -> tuple[str, ...]:
    """Return what was answered although the other answers do not call for it."""
    fields = fields_of(questionnaire, given)
    return tuple(field.question.id for field in fields if field.is_answered and not field.is_asked)


def carried_over(questionnaire: Questionnaire, given: Iterable[Given], says: Mapping[str, str]) -> tuple[Given, ...]:
    """Return a form of an older release as this one can show it: what has no place any more goes into the story.

    `says`: how an older question is called, for those that have a name still.
    """
    questions = {question.id: question for question in questions_of(questionnaire)}
    kept: list[Given] = []
    homeless: list[Given] = []
    for one in given:
        question = questions.get(one.question)
        fits = question and (question.kind == VOICE if one.text else set(one.values) <= set(question.choices.values()))
        (kept if fits else homeless).append(one)
    if homeless:
        lines = [f"[{says.get(one.question, one.question)}] {one.text or ', '.join(one.values)}" for one in homeless]
        story = next((one.text for one in kept if one.question == "story"), "")
        whole = Given("story", text="\n".join([story, *lines] if story else lines))
        kept = [*(one for one in kept if one.question != "story"), whole]
    return tuple(kept)
