"""Lets go what has had its time: sound, one-time audio, references unused for a year, traces of calls long over."""

from __future__ import annotations

from ivr.worker.workplace import Workplace, log
from storage import audit, expiry
from storage.clips import forget_stray_intents
from storage.clock import iso_week
from storage.intake import forget_on_disk

DAY_SECONDS = 86_400
MAILBOX_DAYS = 366  # twelve months after the last contact
STRAY_DAYS = 1


def expire(place: Workplace) -> None:
    """Delete what is past its time, with an entry in the audit for each report that lost its sound. May run twice."""
    now = place.clock.now()
    with place.database.write() as connection:
        # A week is due when its Monday lies `sound_days` back: no sound is ever older than that.
        lost = expiry.expire_sounds(connection, up_to_week=iso_week(now - place.rules.sound_days * DAY_SECONDS))
        for report_id, clips in sorted(lost.items()):
            detail = f"{clips} clip(s)"
            audit.record(connection, at=now, person="worker", action="sound-expired", subject=report_id, detail=detail)
        audio = expiry.expire_once_audio(connection, now=now)
        boxes = expiry.expire_mailboxes(connection, before_week=iso_week(now - MAILBOX_DAYS * DAY_SECONDS))
        stray = forget_stray_intents(connection, before=now - STRAY_DAYS * DAY_SECONDS)
    if lost or audio or boxes or stray:
        forget_on_disk(place.database)
        log.info("expired: %d report(s) lost sound, %d mailbox(es)", len(lost), boxes)
