"""Closes a call: resolves every recording, settles its reports, deletes all at the carrier, forgets the identifiers."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.worker.carrier import NO_SOUND, OVER, Carrier, Listed, NotYet
from ivr.worker.identifiers import notice_of, open_call, open_notice, seal_notice
from ivr.worker.matching import GONE, TAKEN_BACK, Asked, Found, Matches, match
from ivr.worker.retention import forget_on_disk
from ivr.worker.workplace import Later, Workplace, log
from storage import call_log, clips, jobs
from storage.clips import EndingCall, Intent
from storage.clock import iso_week
from storage.jobs import Lease
from storage.live import queue, rooms
from storage.live_calls import STAFF, UNSEEN_SECONDS
from storage.minutes import add_minutes

STILL_TALKING_SECONDS = 60
OUTSTANDING_SECONDS = 5
DELETE_LATER_SECONDS = 60  # Twilio deletes a call a minute after its end at the earliest
SETTLE_GRACE_SECONDS = 60  # a last webhook may come after the news that the call has ended


def close(place: Workplace, lease: Lease) -> None:
    """Bring a finished call a stage further, down to forgetting it. May run twice."""
    with place.database.read() as connection:
        call = clips.read_call(connection, lease.key)
    if call is None:
        return
    sid = open_call(place, call.sid_for_worker, call.call_key).sid
    if call.ended_at is None:
        _ask_whether_over(place, call, sid)
        return
    listed = place.carrier.recordings_of(sid)
    _resolve(place, call, sid, listed)
    with place.database.read() as connection:
        if clips.is_outstanding(connection, call.call_key):
            raise Later(OUTSTANDING_SECONDS)
    _settle_reports(place, call)
    try:
        _delete_at_carrier(place.carrier, sid, listed)
    except NotYet:
        raise Later(DELETE_LATER_SECONDS) from None
    _verify_deleted(place.carrier, sid)
    with place.database.write() as connection:
        finished = call_log.take(connection, call.call_key)
        if not clips.forget_call(connection, call.call_key):
            raise Later(OUTSTANDING_SECONDS)
        if finished is None or call.leg == STAFF:
            return  # another worker was quicker: it is logged and counted once. A colleague's leg is no call at all.
        call_log.keep(connection, finished, place.rules.zone)
        add_minutes(connection, call.ended_at - call.started_at, now=place.clock.now())
    forget_on_disk(place)
    log.info("call closed and forgotten")


def settle_arriving(place: Workplace) -> None:
    """Settle reports without recordings once every call is over that lived when they were first seen. May run twice.

    Nothing in clear says which call a report by keys came from, so the worker waits for all of them.
    """
    now = place.clock.now()
    grace = min(SETTLE_GRACE_SECONDS, place.rules.close_after_seconds)
    with place.database.read() as connection:
        arriving = clips.arriving_reports(connection)
        talking_since = clips.earliest_talking(connection, now=now, grace=grace)
    for gone in place.first_seen.keys() - arriving:
        del place.first_seen[gone]
    for report_id in arriving:
        seen = place.first_seen.setdefault(report_id, now)
        if talking_since is None or talking_since > seen:
            _settle(place, report_id)
    with place.database.write() as connection:
        clips.reopen_added(connection)
        clips.forget_states(connection, ended_before=now - SETTLE_GRACE_SECONDS)


# ---- stages -------------------------------------------------------------------------------------------------------


def _ask_whether_over(place: Workplace, call: EndingCall, sid: str) -> None:
    status = place.carrier.call_status(sid)
    if status is not None and status not in OVER:
        raise Later(STILL_TALKING_SECONDS)
    with place.database.write() as connection:
        clips.end_call(connection, call.call_key, now=place.clock.now())
        queue.caller_gone(connection, (call.call_key,), now=place.clock.now())
        rooms.leg_left(connection, (call.call_key,), now=place.clock.now())


def _resolve(place: Workplace, call: EndingCall, sid: str, listed: Sequence[Listed]) -> None:
    """Give every recording its question, and every question its recording or none."""
    if any(recording.status not in NO_SOUND | {"completed"} for recording in listed):
        raise Later(OUTSTANDING_SECONDS)  # one is still being made ready
    with place.database.read() as connection:
        intents = clips.intents_of(connection, call.call_key)
    sounding = {recording.sid: recording for recording in listed if recording.status == "completed"}
    found = [Found(recording.sid, recording.started) for recording in sounding.values()]
    matches = match([_asked(place, intent) for intent in intents], found)
    for refused in matches.refused:
        place.carrier.delete_recording(refused)
    _write_matches(place, call, sid, intents, sounding, matches)


def _asked(place: Workplace, intent: Intent) -> Asked:
    sid = ""
    if intent.recording_for_worker is not None:
        sid = open_notice(place, intent.recording_for_worker, intent.intent_id).sid
    state = intent.state
    if intent.is_taken_back:
        state = GONE if intent.is_gone else TAKEN_BACK
    return Asked(intent.intent_id, intent.asked_at, intent.place, state, sid)


def _write_matches(
    place: Workplace,
    call: EndingCall,
    sid: str,
    intents: Sequence[Intent],
    sounding: dict[str, Listed],
    matches: Matches,
) -> None:
    by_id = {intent.intent_id: intent for intent in intents}
    language = intents[0].language if intents else "en"
    now = place.clock.now()
    with place.database.write() as connection:
        for intent_id, recording in matches.named.items():
            sealed = seal_notice(place, notice_of(sounding[recording], sid), intent_id)
            clips.name_recording(connection, by_id[intent_id], sealed)
        for number, recording in enumerate(matches.adopted, start=1):
            intent_id = clips.new_intent_id()
            sealed = seal_notice(place, notice_of(sounding[recording], sid), intent_id)
            unasked = clips.Unasked(intent_id, call.call_key, sealed, language, len(intents) + number)
            clips.add_unasked(connection, unasked, now=now)
        for intent_id in matches.empty:
            clips.move(connection, by_id[intent_id], "empty")


def _settle_reports(place: Workplace, call: EndingCall) -> None:
    with place.database.read() as connection:
        intents = clips.intents_of(connection, call.call_key)
    for report_id in sorted({intent.report_id for intent in intents if intent.report_id}):
        _settle(place, report_id)


def _settle(place: Workplace, report_id: str) -> None:
    with place.database.write() as connection:
        outcome = clips.settle(connection, report_id, week=iso_week(place.clock.now()))
    if outcome is not None:
        log.info("report settled as %s", outcome)


def _delete_at_carrier(carrier: Carrier, sid: str, listed: Sequence[Listed]) -> None:
    """Delete recordings, then the legs the call started, then the call: a call first would orphan the others."""
    for recording in listed:
        if recording.status not in NO_SOUND:  # these hold nothing, and the carrier refuses to delete them
            carrier.delete_recording(recording.sid)
    for child in carrier.child_calls(sid):
        carrier.delete_call(child)
    carrier.delete_call(sid)


def _verify_deleted(carrier: Carrier, sid: str) -> None:
    left = [recording for recording in carrier.recordings_of(sid) if recording.status not in NO_SOUND]
    if left or carrier.child_calls(sid) or carrier.call_status(sid) is not None:
        raise Later(DELETE_LATER_SECONDS)


def calls_queue(place: Workplace) -> jobs.Queue:
    """Return the calls to close by this worker's rules."""
    return jobs.calls_queue(close_after=place.rules.close_after_seconds, unseen_after=UNSEEN_SECONDS)
