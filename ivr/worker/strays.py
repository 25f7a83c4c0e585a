"""Takes in calls that the carrier knows and the line does not: the database was away while somebody rang.

Without this a recording made by the static answers would wait at the carrier for ever, and the caller's number with it.
Only calls to or from the line's own numbers, and those of its own softphones, are taken in, so that an account shared
by mistake loses nothing of others.
"""

from __future__ import annotations

import re

from ivr.worker.identifiers import open_call, seal_call
from ivr.worker.workplace import Workplace, log
from storage import clips
from storage.clips import StrayCall
from storage.clock import iso_week
from storage.jobs import count_up
from storage.keys import Damaged
from storage.live_calls import CALLER, STAFF

UNREADABLE = "A call's row does not open; what the carrier holds of it is taken in anew. See who can write there."
GRACE_SECONDS = 1800  # after its end; longer than a call's own row lives
TELLING_DIGITS = 9  # of a telephone number: the same with and without a country's prefix


def take_in(place: Workplace) -> None:
    """Write down every finished call without a row: closing it adopts its recordings and deletes it. May run twice."""
    now = place.clock.now()
    lines = frozenset(map(telling_digits, place.rules.numbers))
    listed = place.carrier.finished_calls(before=now - GRACE_SECONDS)
    finished = {
        call.sid: STAFF if call.is_ours else CALLER
        for call in listed
        if telling_digits(call.line) in lines or (call.is_ours and not call.line)
    }
    if not finished:
        return
    with place.database.read() as connection:
        rows = clips.sealed_call_sids(connection)
    known = {sid for key, sealed in rows if (sid := _sid_of(place, key, sealed))}
    for sid in sorted(finished.keys() - known):
        call_key = clips.new_intent_id()
        sealed = seal_call(place, sid, call_key)
        stray = StrayCall(call_key, sealed, now - place.rules.close_after_seconds, finished[sid])
        with place.database.write() as connection:
            clips.add_stray_call(connection, stray)
            if finished[sid] == CALLER:
                count_up(connection, "calls.stray", week=iso_week(now))
        log.warning("a call was taken in that the line had not heard of")


def _sid_of(place: Workplace, call_key: str, sealed: bytes) -> str:
    """Return the CallSid of a row; empty for one that does not open, which must not keep all others waiting."""
    try:
        return open_call(place, sealed, call_key).sid
    except Damaged:
        place.alarm("storage", UNREADABLE)
        return ""


def telling_digits(number: str) -> str:
    """Return the digits by which two ways of writing a telephone number are the same."""
    return re.sub("[^0-9]", "", number)[-TELLING_DIGITS:]
