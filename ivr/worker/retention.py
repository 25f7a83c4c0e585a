"""Lets go what has had its time: reports, sound, one-time audio, references unused for a year, traces of calls."""

from __future__ import annotations

from ivr.worker.workplace import Workplace, log
from storage import audit, call_log, expiry, jobs, on_disk, raw, retention
from storage.clips import forget_stray_intents
from storage.clock import iso_week
from storage.minutes import forget_old_minutes

DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
MAILBOX_DAYS = 366  # twelve months after the last contact
LOG_DAYS = 2 * 366
STRAY_DAYS = 1
REPORTS_AT_ONCE = 50  # in one transaction: callers must not wait behind a long one
RETENTION = "retention"


def expire(place: Workplace) -> None:
    """Delete what is past its time, with an entry in the audit for each report that lost its sound. May run twice."""
    now = place.clock.now()
    with place.database.write() as connection:
        # A week is due when its Monday lies `sound_days` back: no sound is ever older than that.
        lost = expiry.expire_sounds(connection, up_to_week=iso_week(now - place.rules.sound_days * DAY_SECONDS))
        for report_id, clips in sorted(lost.items()):
            detail = f"{clips} clip(s)"
            audit.record(connection, at=now, person="worker", action="sound-expired", subject=report_id, detail=detail)
        forget_old_minutes(connection, now=now)
        boxes = expiry.expire_mailboxes(connection, before_week=iso_week(now - MAILBOX_DAYS * DAY_SECONDS))
        logged = call_log.expire(connection, before_week=iso_week(now - LOG_DAYS * DAY_SECONDS))
        # Numbers for the record of what was deleted: the rows themselves are gone, and name nobody here.
        for name, number in (("sound", lost.total()), ("references", boxes), ("calls", logged)):
            jobs.count_more(connection, f"expired.{name}", number, week=iso_week(now))
        stray = forget_stray_intents(connection, before=now - STRAY_DAYS * DAY_SECONDS)
    if lost or boxes or stray or logged:
        forget_on_disk(place)
        log.info("expired: %d report(s) lost sound, %d mailbox(es)", len(lost), boxes)


def expire_reports(place: Workplace) -> None:
    """Delete reports whose time is over, and what was raw of released ones, unless a person must say yes first.

    May run twice.
    """
    now, keeping = place.clock.now(), place.rules.keeping
    try:
        with place.database.read() as connection:
            more = raw.due_now(connection, keeping, now=now)
            due = retention.check_due(connection, keeping, now=now, more=more)
    except retention.TooManyAtOnce:
        place.alarm(RETENTION, "Retention would delete more than a fifth of all reports. See `hotline retention plan`.")
        return
    place.end_alarm(RETENTION)
    gone = 0
    for goes in (retention.expire_reports, raw.destroy_raw, raw.expire_handovers):
        while gone < due:
            with place.database.write() as connection:
                most = min(REPORTS_AT_ONCE, due - gone)
                went = goes(connection, keeping, now=now, most=most, person="worker")
            if not went:
                break
            gone += went
    if gone:
        forget_on_disk(place)
        log.info("expired: %d report(s), raw texts and handovers", gone)


def expire_once_audio(place: Workplace) -> None:
    """Delete sound behind one-time addresses that nobody may hear any more. May run twice."""
    now = place.clock.now()
    with place.database.read() as connection:
        if not expiry.is_once_audio_spent(connection, now=now):
            return
    with place.database.write() as connection:
        expiry.expire_once_audio(connection, now=now)
    forget_on_disk(place)


def forget_on_disk(place: Workplace) -> None:
    """Take what was deleted out of the database's journal; tried again each turn, since a reader may be in the way."""
    if not on_disk.forget_on_disk(place.database):
        log.info("the journal is in use; it is emptied at the next turn")


def untangle(place: Workplace) -> None:
    """Write SQLite's file anew once a week. On PostgreSQL the owner does it: `hotline database untangle`."""
    if not place.database.is_sqlite:
        return
    now = place.clock.now()
    with place.database.read() as connection:
        if not jobs.is_turn(connection, "turn:untangled", now=now, every=WEEK_SECONDS):
            return
    on_disk.untangle(place.database)
    with place.database.write() as connection:
        jobs.beat(connection, "turn:untangled", now=now)  # only now: what failed is tried again within the hour
