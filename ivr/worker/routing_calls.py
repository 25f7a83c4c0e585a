"""Offers waiting callers to handlers: each round reads who waits and who could answer, and decides by a pure rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from handlers.routing import Available, Match, Waiting, can_answer, matches
from handlers.skills import Qualification, in_force
from ivr.worker.workplace import Workplace
from storage.live import offers
from storage.live.offers import Ready, WaitingTalk

ASK_AGAIN_SECONDS = 15  # before whoever refused a caller is asked for the same one again


def route(place: Workplace) -> None:
    """Take back what nobody answered, and make an offer to everybody who can have one. May run side by side.

    Nothing is written while there is nothing to offer, so it may run in every round.
    """
    now = place.clock.now()
    with place.database.read() as connection:
        unanswered = offers.is_any_unanswered(connection, now=now)
    if unanswered:
        with place.database.write() as connection:
            offers.expire(connection, now=now)
    if unmet := unmet_needs(place):
        with place.database.write() as connection:
            offers.waive(connection, unmet)
    for match in decided(place):
        with place.database.write() as connection:
            offers.offer(connection, match.call, match.person_id, now=now)


def unmet_needs(place: Workplace) -> tuple[str, ...]:
    """Return the waiting callers who would wait in vain: nobody at work has both their language and the training."""
    now = place.clock.now()
    with place.database.read() as connection:
        wanting = [talk for talk in offers.waiting(connection) if talk.needs]
        people = offers.at_work(connection, now=now) if wanting else ()
    today = datetime.fromtimestamp(now, UTC).astimezone(place.rules.zone).date()
    there = [_handler(one, today) for one in people]
    calls = [_call(talk, now) for talk in wanting]
    return tuple(call.call for call in calls if not any(can_answer(one, call) for one in there))


def decided(place: Workplace) -> tuple[Match, ...]:
    """Return who is to be offered whom now."""
    now = place.clock.now()
    with place.database.read() as connection:
        waiting = offers.waiting(connection)
        ready = offers.ready(connection, now=now) if waiting else ()
    today = datetime.fromtimestamp(now, UTC).astimezone(place.rules.zone).date()
    return decide(waiting, ready, now, today) if ready else ()


def decide(waiting: Sequence[WaitingTalk], ready: Sequence[Ready], now: int, today: date) -> tuple[Match, ...]:
    """Return who is offered whom."""
    return matches([_call(talk, now) for talk in waiting], [_handler(one, today) for one in ready], now)


def _call(talk: WaitingTalk, now: int) -> Waiting:
    return Waiting(
        call=talk.talk_id,
        language=talk.language,
        since=talk.since,
        urgent=talk.urgent,
        first=talk.first,
        needs=talk.needs | {Qualification.GENERAL},
        refused_by=talk.refused_by,
        closed_to=talk.closed_to,
        asks_again=talk.offered_at is None or now - talk.offered_at >= ASK_AGAIN_SECONDS,
    )


def _handler(one: Ready, today: date) -> Available:
    languages, qualifications = in_force(one.skills, today)
    return Available(one.person_id, languages, qualifications, one.since)
