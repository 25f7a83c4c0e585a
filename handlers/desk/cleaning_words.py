"""What the page for sanitising says: where each missing thing is, what each mistake means, what became of a mark."""

from __future__ import annotations

from handlers.releasing.drafting import Lack
from handlers.sanitising.edits import (
    AdditionWithoutItsReason,
    EditChangesNothing,
    EditMistake,
    EditOutOfRange,
    EditPartsACharacter,
    EditPutsTooMuch,
    EditsOverlap,
    What,
)
from handlers.sanitising.jigsaw import Level
from handlers.sanitising.marks import State

# The id of the part of the page where each is put right.
PLACES: dict[Lack, str] = {
    Lack.TEXT: "texts",
    Lack.LONG: "texts",
    Lack.LETTERS: "texts",
    Lack.EDITS: "edits",
    Lack.CATEGORY: "categories",
    Lack.GROUNDS: "grounds",
    Lack.NO_FLAG: "flags",
    Lack.SOURCE: "source",
    Lack.INFORMATION: "information",
    Lack.HANDLING: "handling",
    Lack.CONDITIONS: "conditions",
    Lack.NO_CONDITIONS: "conditions",
    Lack.SUBJECT_GONE: "subjects",
    Lack.SUBJECTS: "subjects",
    Lack.TEAM: "team",
    Lack.TEAM_REFUSED: "team",
    Lack.FORM: "when-where",
}
STATE_WORDS = {State.WAITS: "to be looked at", State.CHANGED: "changed", State.KEPT: "stays, with a reason"}
WHAT_WORDS = {What.CUT: "Cut", What.REPLACED: "Replaced", What.ADDED: "Added"}
LEVEL_WORDS = {
    Level.LOW: "Nothing that the rules know speaks for one person. That is no clearance.",
    Level.LOOK_AGAIN: "Look again: put together, this narrows down who could have told it.",
    Level.DANGER: "It could point to one person. Take out what the list below names.",
}
MISTAKES: dict[type[EditMistake], str] = {
    EditOutOfRange: "That place is not in the text. Choose it again",
    EditsOverlap: "Part of these words is changed already. Take that edit back first, or choose the whole place",
    EditChangesNothing: "These words stand there already. Write others, or keep them as they are with a reason",
    EditPartsACharacter: "That place begins or ends within a letter. Choose whole words",
    EditPutsTooMuch: "What you typed holds a letter that cannot be seen, or is too long. Type it anew",
    AdditionWithoutItsReason: "Added words have their own reason. Use “Add words”",
}
NOT_FOUND = "These words are not in the raw text. Write them as they stand there"
NO_REVIEW = "This report does not wait for review yet. Confirm it first."
NOT_REVIEWER = (
    "Not saved: the report is not with you for review any more. What you had chosen stands below; somebody else may "
    "have changed the rest."
)
MEANWHILE = "Another version was saved meanwhile"
NEW_TEXT = "The text of the report changed since this page was shown. Nothing was saved: look at it as it stands now"
UNREADABLE = "The draft of a clean text cannot be opened, or nobody here saved it. Check who can write to the database."


def mistake_words(mistake: EditMistake) -> str:
    """Return what is wrong with an edit, and what to do."""
    return MISTAKES[type(mistake)]
