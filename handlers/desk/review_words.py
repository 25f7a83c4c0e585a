"""The words of the review queue: what each state of a review is called, how old it is, and what is said of nothing."""

from __future__ import annotations

from dataclasses import dataclass

from storage.clock import iso_week, week_start
from storage.reviews import OPEN, PROPOSED, RELEASED, RETURNED, STOPPED, WAITING

REVIEW_STATES: dict[str, str] = {
    WAITING: "Nobody has it",
    OPEN: "Being sanitised",
    PROPOSED: "Wants a second look",
    RETURNED: "Sent back",
    RELEASED: "Released",
    STOPPED: "Stopped",
}


@dataclass(frozen=True)
class Filter:
    """One way to look at the queue."""

    words: str
    states: tuple[str, ...]
    empty: str
    only_mine: bool = False


UNDER_WAY = (RETURNED, WAITING, OPEN, PROPOSED)
TO_DO = "to_do"
REVIEW_FILTERS: dict[str, Filter] = {
    TO_DO: Filter(
        "Under way",
        UNDER_WAY,
        "Nothing is on its way to a team. A report comes here when its last clip is confirmed, an urgent one at once.",
    ),
    "mine": Filter(
        "Mine",
        (RETURNED, OPEN, PROPOSED),
        "You have none. Look under “Nobody has it” and take the first: then nobody else works on it.",
        only_mine=True,
    ),
    WAITING: Filter("Nobody has it", (WAITING,), "Somebody works on each of them, or none is there."),
    OPEN: Filter("Being sanitised", (OPEN,), "Nobody is at a text just now."),
    PROPOSED: Filter(
        "Want a second look",
        (PROPOSED,),
        "Nothing waits for a second person. What somebody proposes to release stands here until another person looked.",
    ),
    RETURNED: Filter(
        "Sent back", (RETURNED,), "Nothing was sent back. What a second person finds stands in the notes."
    ),
    RELEASED: Filter("Released", (RELEASED,), "Nothing was released yet."),
    STOPPED: Filter(
        "Stopped",
        (STOPPED,),
        "Nothing was stopped. What would point at its caller however it is told stands here, to be taken up again.",
    ),
}


def age_words(week: str, now: int) -> str:
    """Return since when something waits, in whole weeks: nothing outside a seal says it finer."""
    try:
        weeks = (week_start(iso_week(now)) - week_start(week)).days // 7
    except ValueError:
        return "since a week that cannot be read"
    return "since this week" if weeks < 1 else f"for {weeks} week{'' if weeks == 1 else 's'}"
