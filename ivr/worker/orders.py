"""Carries out what the public door asks for while a caller waits: now, to hear a clip before it counts."""

from __future__ import annotations

from ivr.worker.decryption import decrypted
from ivr.worker.identifiers import Notice, open_notice, open_order
from ivr.worker.workplace import Later, Workplace, log
from storage import clips, jobs, once_audio
from storage.clips import Intent
from storage.jobs import ORDER_SECONDS, Lease, Order

LOOK_AGAIN_SECONDS = 1


def carry_out(place: Workplace, lease: Lease) -> None:
    """Put a clip behind the address that its caller is about to hear, then forget the order. May run twice.

    Only a clip that its caller may still take back is fetched: whoever took over the public door cannot order others.
    """
    with place.database.read() as connection:
        order = jobs.read_order(connection, lease)
        intent = clips.read_intent(connection, order.subject) if order else None
    if order is not None and intent is not None and _is_awaited(place, order, intent):
        _make_ready(place, order, intent)
    with place.database.write() as connection:
        jobs.drop_message(connection, lease)


def _is_awaited(place: Workplace, order: Order, intent: Intent) -> bool:
    with place.database.read() as connection:
        over = clips.is_call_over(connection, intent.call_key)
    undecided = intent.state in ("asked", "known") and not intent.accepted and not over
    # Both ways: a row that says it was asked for next year would be fetched again and again until its call is over.
    return undecided and abs(place.clock.now() - order.asked_at) < ORDER_SECONDS


def _make_ready(place: Workplace, order: Order, intent: Intent) -> None:
    token = open_order(place, order.sealed, intent.intent_id)
    wav = _fetched(place, intent)
    if wav is None:
        raise Later(LOOK_AGAIN_SECONDS)
    sealed = once_audio.sealed_wav(wav, token)
    with place.database.write() as connection:
        if not once_audio.is_there(connection, token):
            once_audio.offer(connection, token, sealed, now=place.clock.now())
    log.info("clip made ready for its caller")


def _fetched(place: Workplace, intent: Intent) -> bytes | None:
    """Return a clip as its caller would hear it, or None while the carrier has not named it or made it ready."""
    if intent.recording_for_worker is None:
        return None
    notice = open_notice(place, intent.recording_for_worker, intent.intent_id)
    raw = place.carrier.sound(notice.sid) if notice.is_well_formed else None
    if raw is None:
        return None
    encryption = notice.encryption or _listed_encryption(place, notice)
    return decrypted(raw, encryption, place.recording_keys) if encryption else raw


def _listed_encryption(place: Workplace, notice: Notice) -> str:
    """Return what the carrier says of a recording whose callback named no encryption: noise must not be played."""
    listed = place.carrier.recording(notice.sid)
    return listed.encryption if listed is not None else ""
