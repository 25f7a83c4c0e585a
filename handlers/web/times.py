"""How pages say times and ids in English, whichever application they are of."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from storage.clock import week_start

LATEST_TIME = 2**33  # seconds since the epoch: beyond it no calendar here reaches


def readable(name: str) -> str:
    """Return an id as a phrase: `pair_ab` becomes `Pair ab`."""
    return name.replace("_", " ").replace(".", " ").capitalize()


def week_words(week: str) -> str:
    """Return an ISO week as staff say it: `Week 48: 23 to 29 November 2026`."""
    try:
        monday = week_start(week)
    except ValueError:
        return week  # a row that something else wrote must not close the whole list
    sunday = monday + timedelta(days=6)
    begins = f"{monday.day} {monday:%B}" if monday.month != sunday.month else f"{monday.day}"
    begins += f" {monday.year}" if monday.year != sunday.year else ""
    return f"Week {int(week[6:])}: {begins} to {sunday.day} {sunday:%B %Y}"


def month_words(month: str) -> str:
    """Return a month as staff say it: `November 2026`."""
    try:
        return f"{date.fromisoformat(f'{month}-01'):%B %Y}"
    except ValueError:
        return "a month that cannot be read"


def time_words(at: object, zone: tzinfo) -> str:
    """Return a time to the minute: `14:05 on 24 November 2026`."""
    if not isinstance(at, int) or not 0 <= at < LATEST_TIME:
        return "a time that cannot be read"  # a row that something else wrote must not close the whole page
    when = datetime.fromtimestamp(at, zone)
    return f"{when:%H:%M} on {when.day} {when:%B %Y}"


def day_words(at: object, zone: tzinfo) -> str:
    """Return a day: `24 November 2026`; what staff did is told no finer."""
    if not isinstance(at, int) or not 0 <= at < LATEST_TIME:
        return "a day that cannot be read"
    when = datetime.fromtimestamp(at, zone)
    return f"{when.day} {when:%B %Y}"


def seen_words(at: int, now: int) -> str:
    """Say how long ago something was last seen: `20 seconds ago`."""
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if (ago := max(0, now - at)) >= size:
            number = ago // size
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "just now"
