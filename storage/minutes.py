"""How many minutes of calls were closed today: one number for all of them, which goes with the day.

No call leaves a trace of its own in it: a minute that began counts as a whole one, as carriers bill it.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from storage.database import insert_once
from storage.models import beats

MINUTES = "minutes"  # its row in `beats`, whose time is the beginning of the day and nothing finer
DAY_SECONDS = 86_400


def add_minutes(connection: Connection, seconds: int, *, now: int) -> None:
    """Add a finished call of so many seconds to today's sum (days are of UTC)."""
    row = {"name": MINUTES, "seen_at": _day(now), "note": "0"}
    connection.execute(insert_once(connection.dialect.name, beats, "name"), row)
    held = select(beats.c.seen_at, beats.c.note).where(beats.c.name == MINUTES).with_for_update()
    day, told = connection.execute(held).one()
    before = int(told) if day == _day(now) else 0
    minutes = before + max(1, -(-seconds // 60))
    connection.execute(update(beats).where(beats.c.name == MINUTES).values(seen_at=_day(now), note=str(minutes)))


def minutes_today(connection: Connection, *, now: int) -> int:
    """Return today's sum."""
    today = (beats.c.name == MINUTES, beats.c.seen_at == _day(now))
    return int(connection.scalar(select(beats.c.note).where(*today)) or 0)


def forget_old_minutes(connection: Connection, *, now: int) -> None:
    """Delete the sum of a day that is over."""
    connection.execute(delete(beats).where(beats.c.name == MINUTES, beats.c.seen_at != _day(now)))


def _day(now: int) -> int:
    return now - now % DAY_SECONDS
