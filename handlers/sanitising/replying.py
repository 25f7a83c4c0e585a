"""Marks in words for a caller what would give something away to whoever holds the reference, or hears the telephone.

A reply is heard by the caller, if all is well; else by who found the paper, or stands beside them. To all of these it
may say that there is an answer. It must not say what was reported, about whom, or how the caller knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handlers.sanitising.hints import WORD, Told, hints_in
from handlers.sanitising.leaving_out import left_out
from handlers.sanitising.rules import Kind, Rules
from handlers.tokens import folded
from storage.contents import Subject

ABOUT_REPORT = "It says what the report is about. Ask so that only who made it knows what is meant."
ABOUT_CALLER = "It says something of the caller, or how they know. Whoever hears it learns who reported."
LEADS_BACK = "It leads to a person or a record. Whoever hears it could look it up."
NAMED = "It names whom or what the report is about. Say “the person you told us about”."
ASKED_OUT = "The caller asked for this to be left out. It is a promise, also in what they are asked."
_WHY: dict[Kind, str] = {
    **dict.fromkeys((Kind.DATE, Kind.TIME, Kind.ADDRESS, Kind.POSTCODE, Kind.RARE, Kind.SUBJECT), ABOUT_REPORT),
    **dict.fromkeys((Kind.RELATION, Kind.SEX, Kind.AGE, Kind.CROWD, Kind.SOURCE, Kind.LANGUAGE), ABOUT_CALLER),
    **dict.fromkeys((Kind.TELEPHONE, Kind.EMAIL, Kind.REFERENCE, Kind.PLATE, Kind.NAME), LEADS_BACK),
    Kind.LEAVE_OUT: ASKED_OUT,
}  # a first person is the desk's own here, and feelings are what it may show
# The rules know what a caller says of themselves; "told us" is the desk's own here. Each is as long as what it
# replaces, so that places stay the same.
_AS_CALLER = tuple(
    (re.compile(rf"\b{said}\b", re.IGNORECASE), instead)
    for said, instead in (("your", "my  "), ("you're", "I'm   "), ("told us", " " * 7))
)


@dataclass(frozen=True)
class Mark:
    """One place to look at again before it is spoken."""

    words: str
    why: str


def marks_in(
    text: str, subjects: Sequence[Subject], leave_out: str, rules: Rules, *, english: bool
) -> tuple[Mark, ...]:
    """Return what to look at again in words for a caller, each once, in the order of the text.

    The rules are English: of other languages names, numbers and what the caller asked to leave out are found alone.
    """
    found = [*_named(text, subjects, rules)]
    if english:
        as_caller = text.replace("\u2019", "'")
        for pattern, mine in _AS_CALLER:
            as_caller = pattern.sub(mine, as_caller)
        hints = hints_in(as_caller, Told(leave_out=leave_out), rules)
        found += [(hint.start, hint.end, _WHY[hint.kind]) for hint in hints if hint.kind in _WHY]
    else:
        found += [(start, end, ASKED_OUT) for start, end, _ in left_out(_words(text), leave_out, rules.ignored)]
    marks = (Mark(text[start:end], why) for start, end, why in sorted(found))
    return tuple(dict.fromkeys(marks))


def _named(text: str, subjects: Sequence[Subject], rules: Rules) -> Iterator[tuple[int, int, str]]:
    for subject in subjects:
        names = (subject.name, subject.number, subject.unit, subject.team, subject.registration)
        for start, end, _ in left_out(_words(text), " ".join(names), rules.ignored):
            yield start, end, NAMED


def _words(text: str) -> list[tuple[str, int, int]]:
    return [(folded(match[0]), *match.span()) for match in WORD.finditer(text)]
