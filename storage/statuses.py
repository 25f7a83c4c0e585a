"""What a caller may hear of how their report stands; one word of them is on its row."""

from __future__ import annotations

RECEIVED, ASSESSING, PASSED_ON, CLOSED, OUTSIDE_REMIT = "received", "assessing", "passed_on", "closed", "outside_remit"
STATUSES = (RECEIVED, ASSESSING, PASSED_ON, CLOSED, OUTSIDE_REMIT)
ANSWERS = "reply:"  # before the id of a reply: the question that an answer to it answers

# Reasons for which a contact is no report that say: another door is the right one.
ANOTHER_DOOR = frozenset(
    {"complaint", "rudeness", "crime_report", "emergency", "other_agency", "staff_line", "other_force"}
)


def of_dismissal(reason: str) -> str:
    """Return what the caller of a contact hears that is no report, by why it is none."""
    return OUTSIDE_REMIT if reason in ANOTHER_DOOR else CLOSED
