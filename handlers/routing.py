"""Who is offered which waiting call: pure rules on language, training, urgency and the longest idle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handlers.skills import Qualification

# A caller who has waited this long is served like an urgent one: urgent callers alone must not keep others for ever.
PATIENCE_SECONDS = 10 * 60


@dataclass(frozen=True)
class Waiting:
    """A caller who waits for a person."""

    call: str
    language: str
    since: int  # when they began to wait, seconds since the epoch
    urgent: bool = False
    first: bool = False  # their handler was lost: before everybody else
    needs: frozenset[str] = frozenset()  # qualifications that whoever answers must hold
    refused_by: frozenset[str] = frozenset()  # who was offered this call already and did not take it
    closed_to: frozenset[str] = frozenset()  # who may not see what they report: never asked, also not again
    asks_again: bool = True  # whether those may be asked once more now, when nobody else is left


@dataclass(frozen=True)
class Available:
    """A handler who can take a call now."""

    person_id: str
    languages: frozenset[str]
    qualifications: frozenset[str]  # those in force today
    idle_since: int  # seconds since the epoch


@dataclass(frozen=True)
class Match:
    """A call and the handler it is to be offered to."""

    call: str
    person_id: str


Need = tuple[str, frozenset[str]]


def can_answer(handler: Available, call: Waiting) -> bool:
    """Tell whether a handler can talk with a caller, holds what the call needs, and it is not closed to them.

    They talk in the caller's language, or in any with an interpreter.
    """
    return _is_able(handler, call) and handler.person_id not in call.closed_to


def matches(waiting: Iterable[Waiting], available: Iterable[Available], now: int) -> tuple[Match, ...]:
    """Return who is offered what: every call and every handler at most once.

    Those whose handler was lost come first, urgent callers and those whose patience is over next, then the longest
    wait. Each is offered to a qualified handler who speaks their language, else to one who works with an interpreter:
    no language waits for the end of another's queue. Of those it is who has been idle the longest and has not refused
    this call; when all who could answer have refused it, they are asked again from the start once it `asks_again`,
    since the caller still waits.
    """
    pools = _Pools(sorted(available, key=lambda handler: (handler.idle_since, handler.person_id)))
    found = []
    for call in in_order(waiting, now):
        if pools.is_empty:
            break
        if (handler := pools.take(call)) is not None:
            found.append(Match(call.call, handler.person_id))
    return tuple(found)


def in_order(waiting: Iterable[Waiting], now: int) -> list[Waiting]:
    """Return waiting calls in the order in which they are served; a caller's position is their place in it."""
    return sorted(waiting, key=lambda call: (not call.first, not _is_soon(call, now), call.since, call.call))


def _is_soon(call: Waiting, now: int) -> bool:
    return call.urgent or now - call.since >= PATIENCE_SECONDS


def _is_able(handler: Available, call: Waiting) -> bool:
    talks = call.language in handler.languages or Qualification.INTERPRETER in handler.qualifications
    return talks and call.needs <= handler.qualifications


def _speakers_first(call: Waiting, able: Iterable[Available]) -> list[Available]:
    return sorted(able, key=lambda one: call.language not in one.languages)


class _Pools:
    """The handlers who are left, looked up by what a call needs: each kind of call sorts them once only."""

    def __init__(self, longest_idle_first: Sequence[Available]) -> None:
        self._everyone = longest_idle_first
        self._taken: set[str] = set()
        self._by_need: dict[Need, list[Available]] = {}

    @property
    def is_empty(self) -> bool:
        return len(self._taken) == len(self._everyone)

    def take(self, call: Waiting) -> Available | None:
        """Take out whom this call is offered to, or None when nobody who is left can answer it."""
        left = self._left(call)
        if not left:
            return None
        again = left[0] if call.asks_again else None
        chosen = next((one for one in left if one.person_id not in call.refused_by), again)
        if chosen is None:
            return None
        self._taken.add(chosen.person_id)
        return chosen

    def _left(self, call: Waiting) -> list[Available]:
        need = (call.language, call.needs)
        pool = self._by_need.get(need)
        if pool is None:
            pool = _speakers_first(call, (one for one in self._everyone if _is_able(one, call)))
        left = pool if not pool or pool[0].person_id not in self._taken else self._without_taken(pool)
        if call.refused_by or call.closed_to:
            left = self._without_taken(left)
        self._by_need[need] = left
        return [one for one in left if one.person_id not in call.closed_to] if call.closed_to else left

    def _without_taken(self, pool: list[Available]) -> list[Available]:
        return [one for one in pool if one.person_id not in self._taken]
