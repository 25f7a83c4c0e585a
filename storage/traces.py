"""What a call's row says of it in the clear, and how that becomes coarse enough to be kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Self

STAGES = ("greeting", "menu", "person", "queue", "consent", "questions", "reference", "return", "end")
CHOSE_NOTHING, UNHEARD = "none", "unheard"  # the second: a call that only the carrier knew of
PATHS = (
    *("voice", "keys", "added", "person", "information", "returned"),
    *("quick_exit", "silent", "crowded", CHOSE_NOTHING, UNHEARD),
)
NO_REPORT, TOO_LITTLE, PARTIAL, REPORT, ADDED = "none", "too_little", "partial", "report", "added"
OUTCOMES = (REPORT, PARTIAL, ADDED, TOO_LITTLE, NO_REPORT)
BANDS = ("night", "morning", "afternoon", "evening")  # six hours each, from midnight, local time
LENGTHS = ((60, "under_1"), (180, "1_to_3"), (600, "3_to_10"), (1800, "10_to_30"))  # up to so many seconds
LONGEST = "over_30"
LENGTH_BANDS = (*(name for _, name in LENGTHS), LONGEST)
QUEUE = "queue"  # the stage of those who hung up while they waited for a person
NO_WAIT = "none"  # asked for nobody
WAITS = ((60, "under_1"), (180, "1_to_3"), (600, "3_to_10"))  # up to so many seconds
LONGEST_WAIT = "over_10"
WAIT_BANDS = (NO_WAIT, *(name for _, name in WAITS), LONGEST_WAIT)
NOT_SAID = ""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


@dataclass(frozen=True)
class Trace:
    """How far a call came, by which path and in which language, and what it left. Nothing of what was said."""

    language: str = NOT_SAID
    stage: str = NOT_SAID
    path: str = CHOSE_NOTHING
    outcome: str = NO_REPORT

    def checked(self) -> Self:
        """Return it with no words but ours: the public door wrote it, and a door taken over could write anything."""
        return replace(
            self,
            language=self.language if _LANGUAGE.fullmatch(self.language) else NOT_SAID,
            stage=self.stage if self.stage in STAGES else NOT_SAID,
            path=self.path if self.path in PATHS else CHOSE_NOTHING,
            outcome=self.outcome if self.outcome in OUTCOMES else NO_REPORT,
        )


NOT_YET = Trace()  # of a call that nothing is known of


def band_of(at: int, zone: tzinfo) -> str:
    """Return the six hours of the day, by local time, in which a time in seconds since the epoch lies."""
    return BANDS[datetime.fromtimestamp(at, zone).hour // 6]


def length_band(seconds: int) -> str:
    """Return the band of a call's length."""
    return next((name for most, name in LENGTHS if seconds < most), LONGEST)


def wait_band(seconds: int | None) -> str:
    """Return the band of a wait for a person; None is of a caller who asked for nobody."""
    if seconds is None:
        return NO_WAIT
    return next((name for most, name in WAITS if seconds < most), LONGEST_WAIT)


def outcome_of(said: str, clips: frozenset[str], *, stands: bool) -> str:
    """Return what a call left, from what the door said and what the worker knows of its recordings.

    `clips`: the states of the call's recordings that may count; `stands`: one of their reports is at the desk. Of a
    report by keys nothing in the clear says which call it came from: there the door's word is all that there is.
    """
    if not clips:
        return said
    if said == ADDED:
        return ADDED if "kept" in clips else TOO_LITTLE
    if said in (NO_REPORT, TOO_LITTLE):
        return PARTIAL if stands and "kept" in clips else said  # the news of a clip came, and of its end did not
    return said if stands else TOO_LITTLE
