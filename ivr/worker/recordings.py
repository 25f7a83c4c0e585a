"""Collects a recorded answer: fetch, decrypt, is it blank, transcribe, seal, keep, verify, delete at the carrier.

Each stage may run twice. Until a clip is sealed, committed, and read back in a new transaction with the same hash, the
carrier's copy stays.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from sqlalchemy import Connection

from ivr.worker.blank import is_blank
from ivr.worker.carrier import NO_SOUND, Listed
from ivr.worker.decryption import NotDecrypted, decrypted
from ivr.worker.identifiers import Notice, open_call, open_notice
from ivr.worker.own_work import marked_hash, own_hash
from ivr.worker.transcriber import TranscriberFailed
from ivr.worker.wav import NotSound, read_wav
from ivr.worker.workplace import Later, LostLease, Workplace, log
from storage import clips, jobs, reports
from storage.bound_intents import fits
from storage.clips import Intent
from storage.clock import iso_week
from storage.contents import Received, Sound, Transcript
from storage.jobs import Lease
from storage.keys import Damaged
from storage.reports import NewReport
from storage.sealing import SealedItem, seal_item

ADOPTED_QUESTION = "story"
MOVED = "A recording's row names another report than was asked for; it was kept apart. See who can write the database."
GONE_AFTER_SECONDS = 120  # a recording the carrier does not know (yet) is gone after this
NOT_READY_SECONDS = 5
NO_SOUND_SECONDS = 30
SPARE_LEASE_SECONDS = 120  # beyond what a transcription may take


def collect(place: Workplace, lease: Lease) -> None:
    """Bring one recording a stage further, down to its deletion at the carrier. May run twice."""
    with place.database.read() as connection:
        intent = clips.read_intent(connection, lease.key)
    if intent is None or intent.recording_for_worker is None:
        return
    notice = open_notice(place, intent.recording_for_worker, intent.intent_id)
    if not notice.is_well_formed:
        _forget_name(place, intent)
        return
    if intent.state == "refused":
        _delete_refused(place, intent, notice)
        return
    if intent.state == "known" and _keep(place, intent, lease, notice):
        with place.database.read() as connection:
            intent = clips.read_intent(connection, lease.key) or intent
    if intent.state == "sealed":
        _verify_and_delete(place, intent, notice)


def _keep(place: Workplace, intent: Intent, lease: Lease, notice: Notice) -> bool:
    """Fetch and keep a clip; False when there is nothing to keep."""
    if not _is_first(place, intent, notice):
        _drop(place, intent)
        return False
    listed = place.carrier.recording(notice.sid)
    if listed is None or listed.status in NO_SOUND:
        _without_sound(place, intent, listed)
        return False
    raw = place.carrier.sound(notice.sid) if listed.status == "completed" else None
    if raw is None:
        raise Later(NOT_READY_SECONDS)
    wav = _opened(place, raw, notice.encryption or listed.encryption)
    if is_blank(wav):
        place.carrier.delete_recording(notice.sid)
        _move(place, intent, lease, "blank", counted="clips.blank")
        return False
    _seal_and_commit(place, intent, lease, notice, listed, wav)
    return True


# ---- what is not collected ----------------------------------------------------------------------------------------


def _forget_name(place: Workplace, intent: Intent) -> None:
    # What is no SID can only be resolved by the carrier's own list, when the call is closed.
    with place.database.write() as connection:
        if intent.state == "refused":
            clips.forget_recording(connection, intent, deleted=False)
        elif intent.report_id is None:
            clips.drop_intent(connection, intent.intent_id)
        else:
            clips.forget_recording(connection, intent, deleted=False)
            clips.move(connection, intent, "asked")
    log.warning("a recording's name is none")


def _delete_refused(place: Workplace, intent: Intent, notice: Notice) -> None:
    # Nothing stored goes with it: the public door writes this state, and must not be able to destroy what is kept.
    place.carrier.delete_recording(notice.sid)
    with place.database.write() as connection:
        clips.forget_recording(connection, intent, deleted=True)
    log.info("refused clip deleted")


def _is_first(place: Workplace, intent: Intent, notice: Notice) -> bool:
    """Say whether no other intent of the call has the same recording and comes first.

    A recording can be named twice under different keyed hashes (the live key was rotated between two callbacks).
    """
    with place.database.read() as connection:
        others = clips.intents_of(connection, intent.call_key)
    for other in others:
        if other.intent_id == intent.intent_id:
            continue
        if other.is_taken_back and intent.report_id is not None and other.place == intent.place:
            # Named only after its caller took it back, or recorded again under the same question: come as another row.
            _refuse(place, other, intent, notice)
            return False
        if other.recording_for_worker is None:
            continue
        same = open_notice(place, other.recording_for_worker, other.intent_id).sid == notice.sid
        if same and (other.state != "known" or _rank(other) < _rank(intent)):
            return False
    return True


def _rank(intent: Intent) -> tuple[bool, str]:
    return (intent.report_id is None, intent.intent_id)


def _refuse(place: Workplace, tombstone: Intent, late: Intent, notice: Notice) -> None:
    place.carrier.delete_recording(notice.sid)
    with place.database.write() as connection:
        clips.bury(connection, tombstone, late)
    log.info("late recording of a refused clip deleted")


def _drop(place: Workplace, intent: Intent) -> None:
    with place.database.write() as connection:
        clips.drop_intent(connection, intent.intent_id)


def _without_sound(place: Workplace, intent: Intent, listed: Listed | None) -> None:
    """Give up on a recording without sound, once it is sure that none comes."""
    if place.clock.now() < intent.asked_at + GONE_AFTER_SECONDS:
        raise Later(NO_SOUND_SECONDS)
    if listed is not None and listed.status == "failed":
        place.alarm("recording_failed", "The carrier failed to record an answer. Look at its debugger.")
    with place.database.write() as connection:
        if intent.report_id is None:
            clips.drop_intent(connection, intent.intent_id)  # collected before under its own row
        elif not clips.move(connection, intent, "empty"):
            raise LostLease
    log.info("no sound")


def _move(place: Workplace, intent: Intent, lease: Lease, state: str, *, counted: str) -> None:
    with place.database.write() as connection:
        if not clips.move(connection, intent, state, attempts=lease.attempts):
            raise LostLease
        jobs.count_up(connection, counted, week=iso_week(place.clock.now()))


# ---- sealing ------------------------------------------------------------------------------------------------------


def _opened(place: Workplace, raw: bytes, encryption: str) -> bytes:
    """Decrypt. Without encryption where it is required the answer is kept all the same, and an alarm stands."""
    if not encryption:
        if place.rules.encryption_required:
            place.alarm("unencrypted", "The carrier keeps recordings unencrypted although encryption is required.")
        return raw
    try:
        return decrypted(raw, encryption, place.recording_keys)
    except NotDecrypted:
        place.alarm("decryption", "A recording does not open with the keys here; it is kept at the carrier.")
        raise


def _placed(place: Workplace, intent: Intent, notice: Notice) -> Intent:
    """Return the intent as it was asked for; without a report when that is not what its row says now."""
    unasked = replace(intent, report_id=None, question=ADOPTED_QUESTION)
    if intent.report_id is None or intent.question == clips.ADOPTED:
        return unasked  # collected again, or never asked for: its report is found by the worker's own marks
    if _is_as_asked(place, intent, notice):
        return intent
    place.alarm("storage", MOVED)
    return unasked


def _is_as_asked(place: Workplace, intent: Intent, notice: Notice) -> bool:
    with place.database.read() as connection:
        row = clips.read_call(connection, intent.call_key)
    try:
        call = open_call(place, row.sid_for_worker, row.call_key) if row is not None else None
    except Damaged:
        return False  # nothing tells any more what was asked, and the clip must not wait for that
    return call is not None and call.sid == notice.call_sid and fits(call.intent_key, intent.intent_id, intent)


def _adopted_report(place: Workplace, connection: Connection, call_key: str) -> str | None:
    """Return the report that took in other unasked recordings of the call, as far as the worker itself wrote so."""
    said = clips.adopted_intents(connection, call_key)
    return next((one.report_id for one in said if own_hash(place.worker_key, one) is not None), None)


def _seal_and_commit(
    place: Workplace, intent: Intent, lease: Lease, notice: Notice, listed: Listed, wav: bytes
) -> None:
    intent = _placed(place, intent, notice)
    text = _transcribed(place, intent, lease, wav)
    at = listed.started if listed.started is not None else intent.asked_at
    sound = Sound(intent.question, intent.place, intent.language, _seconds(wav, listed), at, wav)
    with place.database.read() as connection:
        named = intent.report_id
        adopt = named is None or clips.report_state(connection, named) is None
        report_id = _adopted_report(place, connection, intent.call_key) if adopt else named
    items = _sealed(place, intent, sound, text, report_id or uuid4().hex)
    received = Received(at, intent.language, "voice", "", "")
    week = iso_week(place.clock.now())
    with place.database.write() as connection:
        if adopt and report_id is None:
            new_id = items[0].report_id
            if _adopted_report(place, connection, intent.call_key) is not None:
                raise LostLease  # another worker opened one meanwhile: join it next time
            reports.begin(connection, NewReport(new_id, place.rules.line, intent.language, "voice"), week=week)
            opening = seal_item(received.packed(), report_id=new_id, kind="received", audiences=place.readers)
            reports.keep_item(connection, opening)
            jobs.count_up(connection, "clips.adopted", week=week)
        marked = marked_hash(place.worker_key, intent, items[0])
        if not clips.keep_clip(connection, intent, lease, items, item_hash=marked, week=week):
            raise LostLease
    log.info("clip sealed")


def _sealed(place: Workplace, intent: Intent, sound: Sound, text: str, report_id: str) -> tuple[SealedItem, ...]:
    clip = seal_item(sound.packed(), report_id=report_id, kind="sound", audiences=place.readers)
    if not text:
        return (clip,)
    draft = Transcript(
        sound=clip.item_id,
        question=intent.question,
        place=intent.place,
        language=intent.language,
        text=text,
        by=place.transcriber.name,
        at=sound.at,
    )
    named = clips.draft_id(clip.item_id)
    written = seal_item(draft.packed(), report_id=report_id, kind="draft", audiences=place.readers, item_id=named)
    return (clip, written)


def _transcribed(place: Workplace, intent: Intent, lease: Lease, wav: bytes) -> str:
    """Return the engine's words or ``; an engine that breaks costs the draft, never the clip."""
    if not place.transcriber.knows(intent.language):
        return ""
    most = place.transcriber.most_seconds(wav)
    until = place.clock.now() + most + SPARE_LEASE_SECONDS
    with place.database.write() as connection:
        if not jobs.extend(connection, jobs.clips_queue(), lease, until=until):
            raise LostLease
    try:
        text = place.transcriber.text(wav, intent.language)
    except TranscriberFailed as failure:
        log.warning("no draft: %s", failure)
        place.alarm("transcriber", "The transcriber fails; clips are kept without a draft.")
        return ""
    with place.database.write() as connection:
        jobs.clear_alarm(connection, "transcriber")
    return text


def _seconds(wav: bytes, listed: Listed) -> float:
    try:
        return round(read_wav(wav).seconds, 2)
    except NotSound:
        return listed.seconds


# ---- verifying and deleting ---------------------------------------------------------------------------------------


def _verify_and_delete(place: Workplace, intent: Intent, notice: Notice) -> None:
    """Compare what is stored with what was sealed; only then delete the carrier's copy."""
    sealed_here = own_hash(place.worker_key, intent)
    with place.database.read() as connection:
        stored = clips.stored_hash(connection, intent.item_id or "")
        state = clips.report_state(connection, intent.report_id or "")
    destroyed_by_desk = stored is None and state in ("confirmed", "released", "not_a_report")
    if sealed_here is None or (stored != sealed_here and not destroyed_by_desk):
        _collect_again(place, intent, is_own=sealed_here is not None)
        raise Later(0)
    place.carrier.delete_recording(notice.sid)
    with place.database.write() as connection:
        clips.move(connection, intent, "kept")
    log.info("clip kept and deleted at the carrier")


def _collect_again(place: Workplace, intent: Intent, *, is_own: bool) -> None:
    """Fetch a clip again, and delete what is stored of it only when the worker itself wrote which item that is."""
    place.alarm("storage", "A stored clip differs from what was sealed; it was fetched again. Check the disk.")
    with place.database.write() as connection:
        if is_own and intent.item_id is not None:
            clips.forget_items(connection, (intent.item_id, clips.draft_id(intent.item_id)))
        clips.move(connection, intent, "known")
