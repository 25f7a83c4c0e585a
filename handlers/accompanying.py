"""Who may sit beside whom in a live call: pure rules for listening, consulting, handing over and practising."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LISTEN, WHISPER, JOIN = "listen", "whisper", "join"
WITH_A_PERSON = ("joining", "talking", "aside")  # states of a talk that somebody can sit beside
BANDS = ((5, "Under 5 minutes"), (15, "5 to 15 minutes"), (30, "15 to 30 minutes"), (60, "30 minutes to an hour"))
LONGEST = "Over an hour"


@dataclass(frozen=True)
class Call:
    """A talk as these rules need to know it."""

    talk_id: str
    state: str
    handler: str  # "" while nobody has it
    reports: frozenset[str]  # the form beside it, and what the caller left before


@dataclass(frozen=True)
class Somebody:
    """A colleague as these rules need to know them."""

    person_id: str
    alias: str
    is_supervisor: bool = False
    state: str = "away"  # of their shift
    is_here: bool = False  # their page was heard of lately
    is_taken: bool = False  # with a caller, offered one, or asked into a call
    closed: frozenset[str] = frozenset()  # reports that are closed to them


def may_sit_beside(call: Call, who: Somebody) -> bool:
    """Tell whether a supervisor may listen to, whisper in or join this call now."""
    return who.is_supervisor and is_seen_by(call, who) and call.state in WITH_A_PERSON and not who.is_taken


def is_seen_by(call: Call, who: Somebody) -> bool:
    """Tell whether a call is there at all for somebody: not their own, and not about a report closed to them."""
    return call.handler != who.person_id and not call.reports & who.closed


def askable(call: Call, colleagues: Iterable[Somebody]) -> tuple[Somebody, ...]:
    """Return whom the handler of a call can ask into it: those who are free, and every supervisor who is not busy.

    Those who are here come first. One to whom the report is closed looks like one who is busy.
    """
    fit = (
        one for one in colleagues if is_seen_by(call, one) and not one.is_taken and (_is_free(one) or one.is_supervisor)
    )
    return tuple(sorted(fit, key=lambda one: (not one.is_here, one.is_supervisor, one.alias.casefold())))


def may_take_over(call: Call, who: Somebody) -> bool:
    """Tell whether a call can be handed over to somebody: with it they get the form, and what was left before."""
    return is_seen_by(call, who)


def practisers(colleagues: Iterable[Somebody], coach: str) -> tuple[Somebody, ...]:
    """Return who can be rung by a practice caller: whoever is available now, but the one who plays the caller."""
    fit = (one for one in colleagues if _is_free(one) and not one.is_taken and one.person_id != coach)
    return tuple(sorted(fit, key=lambda one: (one.is_supervisor, one.alias.casefold())))


def band(seconds: int) -> str:
    """Return how long something has lasted, in bands of minutes: no staff screen counts a caller's seconds."""
    minutes = max(0, seconds) // 60
    return next((words for end, words in BANDS if minutes < end), LONGEST)


def _is_free(one: Somebody) -> bool:
    return one.is_here and one.state == "available"
