"""Raises the alarms about what teams owe the desk, and the desk its callers: before a week is over, and after."""

from __future__ import annotations

from ivr.worker.workplace import Workplace
from storage.clock import iso_week
from storage.deadlines import Deadline, standing

SOON = "deadline_soon"
RECEIPT_LATE, ANSWER_LATE, FIRST_WORD_LATE = "receipt_late", "answer_late", "first_word_late"
TELLING = {
    SOON: "A receipt, an answer or a first word is due with the end of this week. See the desk's page Answers.",
    RECEIPT_LATE: "A team has not opened a release for longer than a week. Ring it; see the desk's page Answers.",
    ANSWER_LATE: "A team owes an answer for longer than three months. Ring it; see the desk's page Answers.",
    FIRST_WORD_LATE: "A caller has heard nothing for longer than a week. See the desk's page Answers.",
}


def watch(place: Workplace) -> None:
    """Let each alarm stand while its reason does. May run twice."""
    with place.database.read() as connection:
        found = standing(connection, iso_week(place.clock.now()))
    _keep(place, SOON, bool(found.soon))
    _keep(place, RECEIPT_LATE, Deadline.RECEIPT in found.late)
    _keep(place, ANSWER_LATE, Deadline.ANSWER in found.late)
    _keep(place, FIRST_WORD_LATE, Deadline.FIRST_WORD in found.late)


def _keep(place: Workplace, name: str, stands: bool) -> None:
    if stands:
        place.alarm(name, TELLING[name])
    else:
        place.end_alarm(name)
