"""What a call knows of its own wait for a person and its talk with one, and what it may ask to be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

REFERENCE = "reference"
SILENT = ("silent_danger", "silent_overheard", "silent_keys", "silent_stay")  # asked by a handler, answered by keys
FINISHED, LEFT, HUNG_UP, NOBODY_CAME = "finished", "left", "hung_up", "nobody_came"
ABUSIVE = "abusive"
CLOSED = (ABUSIVE, "test", "wrong_number")  # why a handler ended a call that was no report
YES, NO, NONE = "yes", "no", "none"

STILL = "waiting_still"
STILL_EVERY = 3  # rounds of waiting: then it is said again what else one can do
PLACES = ((0, "queue_next"), (1, "queue_one"), (5, "queue_few"))  # up to so many callers before this one
FAR = "queue_many"


class Stands(StrEnum):
    """How the talk of a call stands."""

    WAITING = "waiting"
    OFFERED = "offered"  # somebody is being asked; for the caller it is waiting
    MEETING = "meeting"  # a handler has said yes, or is there
    ASIDE = "aside"  # the caller is to hear something alone
    OVER = "over"


@dataclass(frozen=True)
class Talk:
    """The talk of one call, as far as its caller's next words depend on it."""

    stands: Stands
    ending: str = ""  # why it is over, or is to end
    asked: str = ""  # what the caller is to hear aside
    room: str = ""
    report_id: str = ""  # the form that is typed beside it
    first: bool = False  # its handler was lost
    ahead: int = 0  # callers who are served before

    @property
    def waits(self) -> bool:
        """Say whether the caller is still to be told to hold."""
        return self.stands in (Stands.WAITING, Stands.OFFERED) and not self.ending


@dataclass(frozen=True)
class JoinQueue:
    """The caller wants a person. Asking twice is harmless."""

    talk_id: str
    room: str
    language: str
    urgent: bool
    begun_report: str  # what they began to report in this call
    needs: tuple[str, ...] = ()  # what whoever answers should be trained for, beside what every call asks


@dataclass(frozen=True)
class UrgeQueue:
    """A waiting caller said that somebody may be hurt soon."""


@dataclass(frozen=True)
class LeaveQueue:
    """The caller waits no longer, also when somebody has just said yes."""

    why: str  # LEFT | HUNG_UP | NOBODY_CAME


@dataclass(frozen=True)
class ComeBack:
    """The caller has heard what was asked aside, and goes back to the handler."""

    answer: str  # YES | NO | NONE


@dataclass(frozen=True)
class SayOver:
    """The caller hears closing words."""


TalkEffect = JoinQueue | UrgeQueue | LeaveQueue | ComeBack | SayOver


# Answers after which a caller should meet somebody who is trained for it: names of handlers/skills.py, held by a test.
TRAINING = {
    ("at_risk", "child"): "child",
    ("allegation", "partner"): "safeguarding",
    ("allegation", "sexual"): "sexual_offences",
    ("sexual_whom", "child"): "child",
}


def needs_of(answers: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return what whoever answers should be trained for, after what was answered in this call."""
    wanted = {need for (question, value), need in TRAINING.items() if value in answers.get(question, ())}
    return tuple(sorted(wanted))


def place_in(talk: Talk) -> str:
    """Return the prompt that says how many come before: as far as it can be known, and never as a promise."""
    return next((prompt for most, prompt in PLACES if talk.ahead <= most), FAR)


def waiting_words(talk: Talk, told: str, rounds: int, *, asked: bool) -> tuple[str, ...]:
    """Return what a waiting caller hears: their place when it changed, and now and then what else they can do.

    `told`: the place they heard last; `asked`: they pressed a key to hear all again.
    """
    place = place_in(talk)
    if asked or rounds % STILL_EVERY == 0:
        return (STILL, place)
    return (place,) if place != told else ()
