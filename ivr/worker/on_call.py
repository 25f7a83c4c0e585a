"""Tells one after the other of those on call that an urgent report waits, until somebody takes it up."""

from __future__ import annotations

from datetime import UTC, datetime

from ivr.worker.post import NotSent
from ivr.worker.workplace import Workplace, log
from prompts.line import is_open
from prompts.on_call import next_of
from storage import audit, escalations
from storage.escalations import Escalation
from storage.switches import CLOSED, ends, standing

UNANSWERED, UNREACHED = "unanswered", "unreached"
TELLING = {
    UNANSWERED: "Everybody on call was told of an urgent report, and nobody took it up. Ring them.",
    UNREACHED: "An e-mail to somebody on call does not leave. See [[on_call]] in the line's file, and the mail host.",
}
TRY_NEXT_SECONDS = 30  # after an e-mail that did not leave


def escalate(place: Workplace) -> None:
    """Let new urgent reports ring, and tell the next of the chain of each that is due. May run twice."""
    now = place.clock.now()
    _begin(place, now)
    with place.database.read() as connection:
        due = escalations.due(connection, now=now)
        closed = CLOSED in standing(ends(connection), now)
    for one in due:
        _tell_next(place, one, closed=closed)
    if any(one.step >= _chain_length(place) for one in due):
        place.alarm(UNANSWERED, TELLING[UNANSWERED])
    elif not due:
        _end_alarm(place)


def _begin(place: Workplace, now: int) -> None:
    with place.database.read() as connection:
        unheard, forgotten = escalations.unheard(connection), escalations.is_any_forgotten(connection, now=now)
    if not unheard and not forgotten:
        return
    with place.database.write() as connection:
        for report_id in unheard:
            escalations.ring(connection, report_id, now=now)
        for report_id in escalations.ring_again(connection, now=now):
            audit.record(connection, at=now, person="worker", action="rings-again", subject=report_id)


def _tell_next(place: Workplace, seen: Escalation, *, closed: bool) -> None:
    now = place.clock.now()
    person, step, pause = None, seen.step + 1, place.rules.escalate_seconds
    if place.line is not None:
        open_now = is_open(place.line, datetime.fromtimestamp(now, UTC), switched_off=closed)
        person, step = next_of(place.line.on_call, seen.step, is_open=open_now)
    if person is not None:
        try:
            # Nothing of the report, and not even that it is urgent: whoever reads mail learns that somebody is to look.
            words = f"You are on call, and are asked to look at the desk: {place.rules.desk}\n"
            place.post.send("The hotline asks you to look", words, (person.email,))
            place.end_alarm(UNREACHED)
        except NotSent:
            place.alarm(UNREACHED, TELLING[UNREACHED])
            pause = min(pause, TRY_NEXT_SECONDS)
    with place.database.write() as connection:
        # Not into the audit: the first telling is the minute in which a caller keyed that it is urgent. Who takes it up
        # is audited, with how many were told by then.
        escalations.note_told(connection, seen, step=step, next_at=now + pause)
    log.info("on call: step %d", step)


def _end_alarm(place: Workplace) -> None:
    with place.database.read() as connection:
        most = escalations.longest_round(connection)
    if most <= _chain_length(place):
        place.end_alarm(UNANSWERED)


def _chain_length(place: Workplace) -> int:
    # Where nobody is on call, ALERT_TO was told: that counts as one.
    return max(1, len(place.line.on_call)) if place.line is not None else 1
