"""Until when a team has to confirm receipt and to answer, and the desk to tell a caller something: in whole weeks.

Outside a seal nothing finer than a week is known, so each clock begins when its week is over. Seven days and three
months are what Directive (EU) 2019/1937, article 9, gives whoever reports wrongdoing; no deadline here ends later.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from storage.clock import months_later, week_start, weeks_later

FEEDBACK_MONTHS = 3


def acknowledge_by(week: str) -> str:
    """Return the week with whose end the seven days are over that began with the end of another."""
    return weeks_later(week, 1)


def feedback_by(week: str) -> str:
    """Return the last week that is over within three months of another's end."""
    last = week_start(week) + timedelta(days=6)
    month = months_later(f"{last:%Y-%m}", FEEDBACK_MONTHS)
    year, number = int(month[:4]), int(month[5:])
    until = date(year, number, min(last.day, monthrange(year, number)[1]))
    monday = until - timedelta(days=until.weekday())
    over = monday if until.weekday() == 6 else monday - timedelta(weeks=1)
    named = over.isocalendar()
    return f"{named.year}-W{named.week:02d}"
