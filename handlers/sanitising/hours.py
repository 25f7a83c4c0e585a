"""Makes of an exact time, as people say and write it, a part of the day."""

from __future__ import annotations

import re

from handlers.sanitising.numbers import SMALL, hour_number

PARTS = ((5, "in the early hours"), (12, "in the morning"), (17, "in the afternoon"), (22, "in the evening"))  # before
LATE = "late at night"
NIGHT, MIDDLE, THAT_DAY = "at night", "around the middle of the day", "that day"
CLOCK = re.compile(r"(?<!\d)(?P<hour>[01]?\d|2[0-3])(?:[:.]?[0-5]\d)?(?!\d)")
HUNDRED = re.compile(r"\b(?P<hour>[a-z -]+) hundred hours\b")
PAST = re.compile(r"\b(?:past|after|half) (?P<hour>\w+)")
TO = re.compile(r"\b(?:to|before) (?P<hour>\w+)")


def coarser_hour(words: str) -> tuple[str, ...]:
    """Return the part of the day; where neither morning nor evening is said, a word for the day and then both."""
    hour = _hour(words)
    if "midnight" in words or re.search(r"\bnight", words):
        small = hour in range(1, 8) or hour == 0 or re.search(r"\b(?:past|after) midnight", words)
        return ("in the early hours" if small else LATE), NIGHT
    if re.search(r"\bnoon|midday", words):
        return MIDDLE, "during the day"
    if hour is None:
        return ()
    if re.search(r"p\.?m\b|afternoon|evening", words):
        return (_part(hour % 12 + 12),)
    if re.search(r"a\.?m\b|morning", words):
        return (_part(hour % 12),)
    if hour > 12 or hour == 0 or re.search(r"\bhours|hrs|\b0\d", words):
        return (_part(hour),)
    return THAT_DAY, _part(hour % 12), _part(hour % 12 + 12)


def _hour(words: str) -> int | None:
    """Return the hour that is meant as it is said, 0 to 23: ten to three is 2."""
    if (hundred := HUNDRED.search(words)) is not None:
        return hour_number(hundred["hour"].replace("at ", ""))
    for pattern, earlier in ((PAST, 0), (TO, 1)):
        if (said := pattern.search(words)) is not None and (hour := hour_number(said["hour"])) is not None:
            return (hour - earlier - 1) % 12 + 1  # an hour before one is twelve
    if (clock := CLOCK.search(words)) is not None:
        return int(clock["hour"])
    return next((SMALL[word] for word in re.findall(r"[a-z]+", words) if word in SMALL), None)


def _part(hour: int) -> str:
    return next((part for before, part in PARTS if hour < before), LATE)
