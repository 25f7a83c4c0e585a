"""What may come back from a team, and what may go back to it: fixed choices, and the words that staff read for them."""

from __future__ import annotations

from collections.abc import Sequence

from storage.statuses import CLOSED, OUTSIDE_REMIT, PASSED_ON

DISPOSITIONS: dict[str, str] = {
    "investigate": "Investigates",
    "safeguard": "Protects somebody first",
    "record": "Keeps it for the future",
    "outside_remit": "Outside its remit",
}
ACTED = frozenset({"investigate", "safeguard"})  # something is done because of the report
# Fixed reasons, since words typed here could tell a team what the question itself must not: who the caller is.
REFUSALS: dict[str, str] = {
    "would_point": "The question or its answer would point to whoever reported",
    "no_way_back": "Whoever reported cannot be reached",
    "not_wanted": "Whoever reported does not want to be asked",
    "known": "The release answers it: please look again",
    "unclear": "It is not clear what is asked: please ask again in other words",
}
# What a caller is usually told once a team has decided so. A person chooses.
_PROPOSED = {
    "investigate": PASSED_ON,
    "safeguard": PASSED_ON,
    "record": CLOSED,
    "outside_remit": OUTSIDE_REMIT,
}
# A report may have gone to two teams: the caller hears of the one that does most.
_ORDER = ("safeguard", "investigate", "record", "outside_remit")


def proposed_status(dispositions: Sequence[str]) -> str:
    """Return what the caller would usually hear after these decisions of one or several teams; "" without one."""
    most = next((one for one in _ORDER if one in dispositions), "")
    return _PROPOSED.get(most, "")
