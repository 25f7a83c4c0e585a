"""A clean text is the raw text with a list of edits: derived and never typed freely, so each change has its reason."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from handlers.sanitising.reasons import EditReason

LONGEST_PUT = 2000  # characters: more would be another text
ALLOWED_CONTROLS = frozenset("\n\t")


@dataclass(frozen=True, order=True)
class Edit:
    """A span of the raw text, what is put in its place, and why. An empty span adds; an empty `put` cuts.

    `start` and `end` count characters of the raw text.
    """

    start: int
    end: int
    put: str
    reason: EditReason


class What(StrEnum):
    """What became of a piece of the raw text."""

    KEPT = "kept"
    CUT = "cut"
    REPLACED = "replaced"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    """A piece of both texts, side by side: what stood in the raw one, and what stands in the clean one."""

    what: What
    raw: str
    clean: str
    reason: EditReason | None = None


class EditMistake(Exception):
    """One edit cannot be made; trying again helps only after it was changed."""

    def __init__(self, edit: Edit) -> None:
        self.edit = edit
        super().__init__(f"{type(self).__name__} at {edit.start}")  # never the text: errors are logged


class EditOutOfRange(EditMistake):
    """It begins or ends where the raw text has no character."""


class EditsOverlap(EditMistake):
    """Two edits claim the same characters, or two additions the same place: which one holds nobody could say."""


class EditChangesNothing(EditMistake):
    """It puts what stands there already: a reason for nothing would stand in the record."""


class EditPartsACharacter(EditMistake):
    """It begins or ends between a letter and its accent: what remained would be another letter."""


class EditPutsTooMuch(EditMistake):
    """What it puts is longer than `LONGEST_PUT`, or holds a character that no page shows."""


class AdditionWithoutItsReason(EditMistake):
    """It adds words to the raw text under a reason that is for taking away."""


ADDING = frozenset((EditReason.ADDED, EditReason.CLARITY))


def applied(raw: str, edits: Iterable[Edit]) -> str:
    """Return the clean text, the same in whatever order the edits come; raises an `EditMistake`."""
    return "".join(piece.clean for piece in pieces(raw, edits))


def pieces(raw: str, edits: Iterable[Edit]) -> tuple[Piece, ...]:
    """Return both texts piece by piece, for showing side by side; raises an `EditMistake`.

    The raw sides together are the raw text, the clean sides the clean text.
    """
    found, last = [], 0
    for edit in checked(raw, edits):
        if edit.start > last:
            found.append(_kept(raw[last : edit.start]))
        found.append(Piece(_what(edit), raw[edit.start : edit.end], edit.put, edit.reason))
        last = edit.end
    if last < len(raw):
        found.append(_kept(raw[last:]))
    return tuple(found)


def checked(raw: str, edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits in the order of the text; raises an `EditMistake` for the first that cannot be made."""
    ordered = tuple(sorted(edits))
    for edit in ordered:
        if mistake := _mistake(raw, edit):
            raise mistake(edit)
    for one, after in pairwise(ordered):
        if after.start < one.end or (one.start, one.end) == (after.start, after.end):
            raise EditsOverlap(after)
    return ordered


def clean_place(edits: Iterable[Edit], place: int) -> int | None:
    """Return where a place of the raw text stands in the clean one, or None where an edit took it away."""
    moved = 0
    for edit in sorted(edits):
        if edit.start > place:
            break
        if place < edit.end:
            return None
        moved += len(edit.put) - (edit.end - edit.start)
    return place + moved


def _mistake(raw: str, edit: Edit) -> type[EditMistake] | None:
    if not 0 <= edit.start <= edit.end <= len(raw):
        return EditOutOfRange
    if raw[edit.start : edit.end] == edit.put:
        return EditChangesNothing
    if any(_is_joined(raw, border) for border in (edit.start, edit.end)):
        return EditPartsACharacter
    if len(edit.put) > LONGEST_PUT or not all(_can_be_shown(letter) for letter in edit.put):
        return EditPutsTooMuch
    if edit.start == edit.end and edit.reason not in ADDING:
        return AdditionWithoutItsReason
    return None


def _is_joined(raw: str, place: int) -> bool:
    return 0 < place < len(raw) and (unicodedata.combining(raw[place]) > 0 or raw[place - 1] == raw[place] == "\u200d")


def _can_be_shown(letter: str) -> bool:
    # Direction marks and unseen characters could make a page show another text than the one that leaves.
    return letter in ALLOWED_CONTROLS or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _kept(text: str) -> Piece:
    return Piece(What.KEPT, text, text)


def _what(edit: Edit) -> What:
    if edit.start == edit.end:
        return What.ADDED
    return What.REPLACED if edit.put else What.CUT
