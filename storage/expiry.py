"""Deletes what has had its time."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import ColumnElement, Connection, delete, func, select

from storage.models import items, mailboxes, once_audio, reports, wraps


def expire_sounds(connection: Connection, *, up_to_week: str) -> Counter[str]:
    """Delete every clip's sound kept in a week up to this one; return how many each report lost."""
    kept_in = func.coalesce(items.c.week, reports.c.week)
    due = connection.execute(
        select(items.c.item_id, items.c.report_id)
        .join(reports, reports.c.report_id == items.c.report_id)
        .where(items.c.kind == "sound", kept_in <= up_to_week)
    ).all()
    ids = [row.item_id for row in due]
    for start in range(0, len(ids), 500):  # SQLite takes so many values in one statement
        part = ids[start : start + 500]
        connection.execute(delete(wraps).where(wraps.c.item_id.in_(part)))
        connection.execute(delete(items).where(items.c.item_id.in_(part)))
    return Counter(row.report_id for row in due)


def expire_once_audio(connection: Connection, *, now: int) -> int:
    """Delete one-time audio that may not be heard any more."""
    return connection.execute(delete(once_audio).where(_spent(now))).rowcount


def is_once_audio_spent(connection: Connection, *, now: int) -> bool:
    """Say whether there is one-time audio that may not be heard any more."""
    return connection.execute(select(once_audio.c.token_hash).where(_spent(now)).limit(1)).first() is not None


def _spent(now: int) -> ColumnElement[bool]:
    return (once_audio.c.expires_at <= now) | (once_audio.c.fetches_left <= 0)


def expire_mailboxes(connection: Connection, *, before_week: str) -> int:
    """Delete references that were last used before a week."""
    return connection.execute(delete(mailboxes).where(mailboxes.c.week < before_week)).rowcount
