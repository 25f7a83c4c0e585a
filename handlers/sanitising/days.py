"""Makes of an exact date, as people say and write it, the month and other coarser words."""

from __future__ import annotations

import re
from datetime import date, timedelta

from handlers.sanitising.numbers import ORDINALS, SMALL, day_number

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SEASONS = ("winter", "spring", "summer", "autumn")  # from December, March, June and September
FEASTS = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "boxing day": (12, 26), "new year's eve": (12, 31),
    "new years eve": (12, 31), "hogmanay": (12, 31), "new year's day": (1, 1), "new years day": (1, 1),
    "bonfire night": (11, 5), "guy fawkes night": (11, 5), "halloween night": (10, 31), "burns night": (1, 25),
    "may day": (5, 1), "valentine's day": (2, 14), "valentines day": (2, 14), "st patrick's day": (3, 17),
    "st andrew's day": (11, 30), "twelfth night": (1, 5),
}  # fmt: skip
MOVABLE = {
    "good friday": "around Easter", "pancake day": "before Easter", "shrove": "before Easter",
    "ash wednesday": "before Easter", "mother": "in spring", "father": "in early summer", "remembrance": "in November",
    "august bank": "in late August", "may bank": "in May", "bank holiday": "on a public holiday",
    "easter": "around Easter", "birthday": "on a family day", "cup final": "in spring",
}  # fmt: skip
AGAIN = ("again and again", "regularly")
SOON, RECENTLY = ("soon",), ("recently",)
MONTH = "|".join(name.lower() for name in (*MONTHS, "Sept", *(month[:3] for month in MONTHS)))
DAY = rf"(?P<day>\d{{1,2}}|(?:twenty|thirty)[ -]\w+|thirtieth|{'|'.join(ORDINALS)})(?:st|nd|rd|th)?"
YEAR = r"(?:,? (?P<year>(?:19|20)\d\d))?"
WRITTEN = (
    re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b"),
    re.compile(r"\b(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>(?:20)?\d\d)\b"),
    re.compile(rf"\b{DAY}(?: day)?(?: of)? (?P<month>{MONTH})\b{YEAR}"),
    re.compile(rf"\b(?P<month>{MONTH}) (?:the )?{DAY}\b{YEAR}"),
)
LAST_DAY = re.compile(rf"\blast day of (?P<month>{MONTH})\b")
REPEATED = re.compile(rf"\b(?:every|each|most)\b|\b(?:{'|'.join(WEEKDAYS)})s\b|\bof the month\b")
AGO = re.compile(r"\b(?P<number>\d{1,3}|\w+) (?:days|nights) ago\b")
NEAR = (
    (r"before yesterday", 2), (r"yesterday|last night", 1), (r"today|tonight|this morning|this afternoon", 0),
)  # fmt: skip
TO_COME = re.compile(r"\b(?:tomorrow|next|this (?:mon|tues|wednes|thurs|fri|satur|sun)day)\b")
DAY_OF_MONTH = re.compile(r"\bthe (?P<day>[12]?\d|3[01])(?:st|nd|rd|th)\b")


def coarser_day(words: str, received: date | None) -> tuple[str, ...]:
    """Return the month, the week where the year is known or else the part of the month, and the part of the year."""
    if (told := _written(words)) is not None:
        return _of_day(*told)
    if (said := next((said for feast, said in MOVABLE.items() if feast in words), None)) is not None:
        return (said,)
    if REPEATED.search(words):
        return AGAIN
    if TO_COME.search(words):
        return SOON
    if (days := _days_ago(words, received)) is None:
        return ()
    if received is None:
        return RECENTLY
    day = received - timedelta(days=days)
    return _of_day(day.day, day.month, day.year)


def _of_day(day: int, month: int, year: int | None) -> tuple[str, ...]:
    name, season = MONTHS[month - 1], SEASONS[month % 12 // 3]
    if year is None:
        third = "early " if day <= 10 else "mid-" if day <= 20 else "late "
        return f"in {name}", f"in {third}{name}", f"in {season}"
    first = date(year, month, day) - timedelta(days=date(year, month, day).weekday())
    week = f"in the week of {first.day} {MONTHS[first.month - 1]} {first.year}"
    # A winter belongs to two years, so it is told by the end of the year that is meant.
    part = (
        f"in {season} {year}" if month in range(3, 12) else f"at the {'end' if month == 12 else 'beginning'} of {year}"
    )
    return f"in {name} {year}", week, part, f"in {year}"


def _written(words: str) -> tuple[int, int, int | None] | None:
    """Return day, month and, where it is said, year; None for what is no date of the calendar."""
    if (last := LAST_DAY.search(words)) is not None:
        return 28, _month(last["month"]), None
    for found in (found for pattern in WRITTEN if (found := pattern.search(words)) is not None):
        day = day_number(found["day"])
        month = int(found["month"]) if found["month"].isdigit() else _month(found["month"])
        year = int(found["year"]) + (2000 if int(found["year"]) < 100 else 0) if found["year"] else None
        if day is not None and _exists(day, month, year):
            return day, month, year
    feast = next((when for name, when in FEASTS.items() if name in words), None)
    return (feast[1], feast[0], None) if feast else None


def _exists(day: int, month: int, year: int | None) -> bool:
    try:
        date(year or 2024, month, day)  # a leap year where none is said
    except ValueError:
        return False
    return True


def _month(name: str) -> int:
    return next(number for number, month in enumerate(MONTHS, 1) if month.lower().startswith(name[:3]))


def _days_ago(words: str, received: date | None) -> int | None:
    """Return how many days before its receipt a text means, 0 at least; None for what is no near day."""
    if (near := next((days for said, days in NEAR if re.search(said, words)), None)) is not None:
        return near
    if (ago := AGO.search(words)) is not None:
        number = ago["number"]
        return int(number) if number.isdigit() else SMALL.get(number)
    day = next((place for place, name in enumerate(WEEKDAYS) if name in words), None)
    if day is not None:
        return (received.weekday() - day) % 7 or 7 if received else 7
    if (of_month := DAY_OF_MONTH.search(words)) is not None:
        return _since_day_of_month(int(of_month["day"]), received) if received else 0
    return None


def _since_day_of_month(day: int, received: date) -> int:
    if day <= received.day:
        return received.day - day
    month_before = received.replace(day=1) - timedelta(days=1)
    return received.day + max(0, month_before.day - day)
