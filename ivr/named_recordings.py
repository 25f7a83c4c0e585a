"""Takes the carrier's word that a recording exists: in any order, as often as it likes, for calls we may not know."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ivr.hotline import Hotline
from storage import live_calls
from storage.bound_intents import bound_intent_id, fits
from storage.jobs import raise_alarm
from storage.live_calls import Intent, NamedRecording
from storage.sealing import seal_for_worker

ADOPTED_QUESTION = "story"
BY_OUR_VERB = (
    "RecordVerb",
    "",
)  # what our own `<Record>` makes; anything else means that somebody switched recording on

log = logging.getLogger("hotline.ivr")


@dataclass(frozen=True)
class RecordingNotice:
    """What a recording callback says."""

    call_sid: str
    recording_sid: str
    status: str  # completed | absent | failed
    source: str
    duration: str
    started: str
    encryption: str


def note_recording(hotline: Hotline, intent_id: str, notice: RecordingNotice) -> None:
    """Keep a recording's name for the worker, sealed; nothing of the call's turns changes. May run twice."""
    if notice.status != "completed":
        log.warning("recording-not-completed", extra={"kind": notice.status})
        return
    call_key = hotline.key_of(notice.call_sid)
    recording_keys = hotline.live.call_keys(notice.recording_sid)
    with hotline.database.read() as connection:
        expected = live_calls.intent(connection, intent_id)
    if expected is not None and expected.call_key != call_key:
        expected = None  # one call never answers for another
    refused = notice.source not in BY_OUR_VERB
    spare = _spare(hotline, expected, notice.call_sid, call_key, refused)
    first = _named(hotline, expected.intent_id if expected else spare.intent_id, recording_keys[0], notice)
    second = _named(hotline, spare.intent_id, recording_keys[0], notice)
    now = hotline.clock.now()
    with hotline.database.write() as connection:
        if live_calls.is_known_recording(connection, recording_keys):
            return
        if refused:
            _note_foreign_recording(connection, now)
        elif expected is not None and live_calls.name_recording(connection, expected.intent_id, first):
            return
        live_calls.add_recording(connection, spare, second, now=now)


def _spare(hotline: Hotline, expected: Intent | None, call_sid: str, call_key: str, refused: bool) -> Intent:
    # A tombstone: what nobody agreed to is deleted at the carrier and never adopted.
    state = "refused" if refused else "known"
    intent_key = hotline.live.intent_key(call_sid, call_key)
    if expected is not None and fits(intent_key, expected.intent_id, expected):  # else a second id would hide a move
        intent_id = bound_intent_id(intent_key, expected)
        undecided = not refused and not expected.accepted and expected.state in ("asked", "known")
        return replace(expected, intent_id=intent_id, state=state, recording_key=None, accepted=not undecided)
    language = hotline.line.primary.code
    intent_id = live_calls.new_intent_id()
    return Intent(intent_id, call_key, None, ADOPTED_QUESTION, 0, language, state, None, accepted=True)


def _named(hotline: Hotline, intent_id: str, recording_key: str, notice: RecordingNotice) -> NamedRecording:
    told = {
        "sid": notice.recording_sid,
        "call_sid": notice.call_sid,
        "status": notice.status,
        "duration": notice.duration,
        "encryption": notice.encryption,
        "started": notice.started,
    }
    sealed = seal_for_worker(json.dumps(told).encode(), purpose=f"recording:{intent_id}", worker=hotline.keys.worker)
    return NamedRecording(recording_key, sealed)


def _note_foreign_recording(connection: Connection, now: int) -> None:
    raise_alarm(connection, "foreign_recording", "Twilio recorded a call that we did not ask it to record", now=now)
