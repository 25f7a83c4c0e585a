"""Raises the alarms about callers who wait for a person: for too long, or for somebody who is not there."""

from __future__ import annotations

from ivr.worker.workplace import Workplace
from storage.live.board import waits

LONG_WAIT, NOBODY = "long_wait", "nobody"
TELLING = {
    LONG_WAIT: "A caller waits for a person for longer than WAIT_ALARM_SECONDS.",
    NOBODY: "A caller waits in a language that nobody at work speaks or interprets.",
}


def watch(place: Workplace) -> None:
    """Let both alarms stand while their reason does. An hour after the last time they end, see `alerts.UNTIL_QUIET`."""
    now = place.clock.now()
    with place.database.read() as connection:
        waiting = [one for one in waits(connection, now=now) if one.waiting]
    if any(one.since <= now - place.rules.wait_alarm_seconds for one in waiting):
        place.alarm(LONG_WAIT, TELLING[LONG_WAIT])
    if any(one.is_stuck for one in waiting):
        place.alarm(NOBODY, TELLING[NOBODY])
