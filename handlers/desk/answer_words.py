"""How the desk says what stands between a team, itself and a caller."""

from __future__ import annotations

from handlers.releasing.coming_back import DISPOSITIONS
from storage.deadlines import Deadline
from storage.replies import (
    ANSWERED,
    HEARD,
    MAKING,
    MESSAGE,
    QUESTION,
    UNREACHABLE,
    WAITING,
    WITHDRAWN,
    YES_NO,
)
from storage.said_back import TO_TELL, TOLD
from storage.statuses import ASSESSING, CLOSED, OUTSIDE_REMIT, PASSED_ON, RECEIVED

STATUS_WORDS: dict[str, str] = {
    RECEIVED: "It was received",
    ASSESSING: "It is being looked at",
    PASSED_ON: "It was passed on to a team that can act",
    CLOSED: "It is closed: it is kept for the future",
    OUTSIDE_REMIT: "It is outside what this line can take up",
    WITHDRAWN: "Withdrawn by the caller",
}
CHOSEN_BY_HAND = tuple(name for name in STATUS_WORDS if name != WITHDRAWN)
HANDED_WORDS: dict[str, str] = {
    "sent": "Not opened by the team yet",
    "received": "The team has it",
    "decided": "The team has decided",
}
SAID_WORDS: dict[str, str] = {"outcome": "Decision", "question": "Question"}
QUESTION_STATES: dict[str, str] = {
    "new": "New",
    "seen": "Waits for the desk",
    "answered": "Put to the caller",
    "declined": "Declined",
}
TOLD_STATES: dict[str, str] = {
    MAKING: "Being made into sound",
    WAITING: "Waits until the caller rings back",
    HEARD: "The caller heard it",
    ANSWERED: "The caller answered",
    UNREACHABLE: "Nobody will hear it: the reference has expired or was withdrawn",
    TO_TELL: "To be told by one of us",
    TOLD: "Told by one of us",
}
KIND_WORDS: dict[str, str] = {
    MESSAGE: "A message, to be heard only",
    QUESTION: "A question, to be answered in their own words",
    YES_NO: "A question, to be answered by a key: yes, no or not sure",
}
LISTS: dict[str, str] = {
    "new": "New",
    "seen": "Seen",
    "answered": "Put to the caller",
    "declined": "Declined",
}
DUE_WORDS: dict[Deadline, str] = {
    Deadline.RECEIPT: "Receipt by the team",
    Deadline.ANSWER: "Answer of the team",
    Deadline.FIRST_WORD: "First word to the caller",
}
DUE_EMPTY: dict[Deadline, str] = {
    Deadline.RECEIPT: "Every team has opened what it was given, or still has more than this week to do so.",
    Deadline.ANSWER: "No team owes an answer this week. A team has three months to say what it decided.",
    Deadline.FIRST_WORD: "Every caller who can ring back hears more than that their report was received.",
}
BACK_WORDS = {  # for what came back, on whichever page it stands
    "HANDED_WORDS": HANDED_WORDS,
    "DISPOSITIONS": DISPOSITIONS,
    "QUESTION_STATES": QUESTION_STATES,
    "TOLD_STATES": TOLD_STATES,
}
