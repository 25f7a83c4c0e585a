"""Raises the alarms about what teams owe the desk, and the desk its callers: before a week is over, and after."""

from __future__ import annotations

from ivr.worker.workplace import Workplace
from storage.clock import iso_week
from storage.deadlines import Deadline, standing

SOON = "deadline_soon"
LATE = {
    Deadline.RECEIPT: "receipt_late",
    Deadline.ANSWER: "answer_late",
    Deadline.FIRST_WORD: "first_word_late",
}
TELLING = {
    SOON: "A receipt, an answer or a first word is due with the end of this week. See the desk's page Answers.",
    LATE[Deadline.RECEIPT]: "A team has not opened a release for longer than a week. Ring it; see the page Answers.",
    LATE[Deadline.ANSWER]: "A team owes an answer for longer than three months. Ring it; see the page Answers.",
    LATE[Deadline.FIRST_WORD]: "A caller has heard nothing for longer than a week. See the desk's page Answers.",
}


def watch(place: Workplace) -> None:
    """Let each alarm stand while its reason does. May run twice."""
    with place.database.read() as connection:
        found = standing(connection, iso_week(place.clock.now()))
    _keep(place, SOON, stands=bool(found.soon))
    for which, name in LATE.items():
        _keep(place, name, stands=which in found.late)


def _keep(place: Workplace, name: str, *, stands: bool) -> None:
    if stands:
        place.alarm(name, TELLING[name])
    else:
        place.end_alarm(name)
