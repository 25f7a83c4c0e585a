"""The marks of a raw text as somebody works through them: which wait, which were changed or kept, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from handlers.sanitising.blurring import blurred
from handlers.sanitising.deeds import Work
from handlers.sanitising.hints import Hint, Told, hints_in
from handlers.sanitising.reasons import EditReason
from handlers.sanitising.rules import Kind, Rules

MOST_LETTERS = 40_000  # that are looked through for marks: as many as may leave, and a second of work

USUAL_REASON: dict[Kind, EditReason] = {
    Kind.LEAVE_OUT: EditReason.ASKED,
    Kind.TELEPHONE: EditReason.CONTACT,
    Kind.EMAIL: EditReason.CONTACT,
    Kind.NAME: EditReason.IDENTITY,
    Kind.REFERENCE: EditReason.RARE,
    Kind.POSTCODE: EditReason.PLACE,
    Kind.ADDRESS: EditReason.PLACE,
    Kind.PLATE: EditReason.CONTACT,
    Kind.RELATION: EditReason.RELATION,
    Kind.SEX: EditReason.IDENTITY,
    Kind.AGE: EditReason.IDENTITY,
    Kind.RARE: EditReason.RARE,
    Kind.CROWD: EditReason.HOW_KNOWN,
    Kind.SOURCE: EditReason.HOW_KNOWN,
    Kind.DATE: EditReason.TIME,
    Kind.TIME: EditReason.TIME,
    Kind.LANGUAGE: EditReason.IDENTITY,
    Kind.EMOTION: EditReason.FIRST_PERSON,
    Kind.FIRST_PERSON: EditReason.FIRST_PERSON,
    Kind.SUBJECT: EditReason.THIRD_PERSON,
}


class State(StrEnum):
    """What became of a mark."""

    WAITS = "waits"
    CHANGED = "changed"
    KEPT = "kept"


@dataclass(frozen=True)
class Mark:
    """One hint with its number in the text, what became of it, and what can be put in its place."""

    number: int  # from 1, in the order of the text
    hint: Hint
    words: str
    title: str
    state: State
    choices: tuple[str, ...]  # coarser words, for a time or a place; the first is what the rule proposes
    reason: EditReason  # that is usually given


def marks_of(work: Work, told: Told, rules: Rules, received: date | None = None) -> tuple[Mark, ...]:
    """Return the marks of a text's first 40,000 letters."""
    hints = hints_in(work.raw[:MOST_LETTERS], told, rules)
    return tuple(_mark(number, hint, work, rules, received) for number, hint in enumerate(hints, 1))


def of_caller(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return the marks that are walked: those that may point to the caller, and not only to the accused."""
    return tuple(one for one in marks if one.hint.is_of_caller)


def next_waiting(marks: Sequence[Mark], after: int = 0) -> Mark | None:
    """Return the first mark behind a number that waits, or else the first one of all that does."""
    waiting = [one for one in of_caller(marks) if one.state is State.WAITS]
    return next((one for one in waiting if one.number > after), next(iter(waiting), None))


def _mark(number: int, hint: Hint, work: Work, rules: Rules, received: date | None) -> Mark:
    words = work.raw[hint.start : hint.end]
    blur = blurred(hint.kind, words, received)
    return Mark(
        number,
        hint,
        words,
        rules.kinds[hint.kind].title,
        _state(hint, work),
        blur.choices if blur else (),
        USUAL_REASON[hint.kind],
    )


def _state(hint: Hint, work: Work) -> State:
    if any(one.start < hint.end and hint.start < one.end for one in work.edits):
        return State.CHANGED
    return State.KEPT if any(one.start < hint.end and hint.start < one.end for one in work.kept) else State.WAITS
