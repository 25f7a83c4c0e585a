"""What somebody may do on the live page: pure rules on their shift, on what they are offered, and on a call."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from handlers.skills import CallNeeds, Qualification, in_force, qualified
from storage.live.conduct import ABUSIVE, Talk
from storage.live.offers import OFFER_SECONDS
from storage.live.queue import ASIDE, JOINING, OFFERED, OVER, TALKING, WAITING
from storage.live.shifts import AVAILABLE, AWAY, BREAK, ON_CALL, WRAP_UP
from storage.skills import Skill

BAND_SECONDS = 6 * 3600
# What one may become from what one is: the first is what is mostly wanted next.
CHOICES: dict[str, tuple[str, ...]] = {
    AWAY: (AVAILABLE,),
    AVAILABLE: (BREAK, AWAY),
    BREAK: (AVAILABLE, AWAY),
    WRAP_UP: (AVAILABLE, BREAK, AWAY),
    ON_CALL: (),
}
REMINDERS = ("anonymity", "duty")  # what a caller is told before they say what cannot be unsaid


class Decline(StrEnum):
    """Why somebody gives an offer back."""

    BUSY = "busy"
    NOT_TRAINED = "not_trained"
    BREAK = "break"
    TECHNICAL = "technical"


# Who stays available is offered the next caller at once, so each reason leads out of it but that of the training.
AFTER_DECLINE: dict[Decline, str] = {Decline.BUSY: WRAP_UP, Decline.BREAK: BREAK, Decline.TECHNICAL: AWAY}


class Stage(StrEnum):
    """How a call stands for one person."""

    OFFERED = "offered"
    JOINING = "joining"
    TALKING = "talking"
    ASIDE = "aside"
    ENDING = "ending"  # they asked for its end; the caller hears the closing words
    LOST = "lost"  # they had it, the line broke, and the caller waits at the head of the queue
    OVER = "over"
    ELSEWHERE = "elsewhere"  # not theirs, or not any more


_OWN = {OFFERED: Stage.OFFERED, JOINING: Stage.JOINING, TALKING: Stage.TALKING, ASIDE: Stage.ASIDE, OVER: Stage.OVER}


def stage(talk: Talk | None, person_id: str, *, types_form: bool) -> Stage:
    """Return how a call stands for somebody; `types_form`: the form beside it is theirs."""
    if talk is None:
        return Stage.ELSEWHERE
    if talk.person_id == person_id and talk.state in _OWN:
        is_ending = talk.ending != "" and talk.state not in (OFFERED, OVER)
        return Stage.ENDING if is_ending else _OWN[talk.state]
    if talk.state == WAITING and talk.first and types_form:
        return Stage.LOST
    return Stage.OVER if talk.state == OVER and types_form else Stage.ELSEWHERE


def asks_for_sound(shift_state: str) -> bool:
    """Say whether somebody must have tried their headset before they are available: whenever they come to the page."""
    return shift_state == AWAY


def may_take_calls(person_skills: Collection[Skill], today: date) -> bool:
    """Say whether there is a call at all that somebody may be offered."""
    languages, qualifications = in_force(person_skills, today)
    return bool(languages) or Qualification.INTERPRETER in qualifications


def may_answer(person_skills: Collection[Skill], talk: Talk, today: date) -> bool:
    """Say whether somebody is trained for a call. What nobody here knows the name of, nobody is trained for.

    Every caller needs who is trained for calls; whoever is still learning that practises.
    """
    try:
        needs = frozenset(Qualification(name) for name in talk.needs.split(",") if name)
    except ValueError:
        return False
    always = frozenset[Qualification]() if talk.practice else frozenset({Qualification.GENERAL})
    return qualified(person_skills, CallNeeds(talk.language, needs | always), today)


def seconds_left(offered_at: int | None, now: int) -> int:
    """Return for how long an offer stands still."""
    return max(0, OFFER_SECONDS - (now - (offered_at or 0)))


def needs_certainty(ending: str) -> bool:
    """Say whether somebody is asked once more before they end a call like this."""
    return ending == ABUSIVE


def audit_time(now: int) -> int:
    """Return under which time the audit keeps what is done during a call: the beginning of its six hours.

    The second of an accept, or of a form that is finished right after, is the second of a call: whoever has the lists
    of a telephone company could say whose. The entries beside it still say between what it was done.
    """
    return now - now % BAND_SECONDS
