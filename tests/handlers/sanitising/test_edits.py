"""A clean text is its raw text and a list of edits: the same in any order, exact outside them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.sanitising.edits import (
    LONGEST_PUT,
    AdditionWithoutItsReason,
    Edit,
    EditChangesNothing,
    EditMistake,
    EditOutOfRange,
    EditPartsACharacter,
    EditPutsTooMuch,
    EditsOverlap,
    Piece,
    What,
    applied,
    clean_place,
    pieces,
)
from handlers.sanitising.reasons import EditReason

RAW = "My husband, PC Marsh, hit me at ten past two."
CUT_RELATION = Edit(0, 12, "", EditReason.RELATION)
SOMEBODY = Edit(RAW.index("me at"), RAW.index(" at ten"), "a person", EditReason.FIRST_PERSON)
BLUR = Edit(RAW.index("at ten"), RAW.index("."), "in the afternoon", EditReason.TIME)
LETTERS = st.text(alphabet="ab é\n\u0301", max_size=60)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A text, and edits of it that can be made."""
    raw = draw(st.text(alphabet="abc é\n", max_size=80))
    borders = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=12, unique=True)))
    edits = []
    for start, end in zip(borders[::2], borders[1::2], strict=False):
        put = draw(st.text(alphabet="xyz ", max_size=8))
        if put != raw[start:end]:
            edits.append(Edit(start, end, put, EditReason.RARE))
    return raw, edits


def test_cuts_and_replacements_make_the_clean_text() -> None:
    assert applied(RAW, [CUT_RELATION]) == "PC Marsh, hit me at ten past two."
    assert applied(RAW, [BLUR, SOMEBODY, CUT_RELATION]) == "PC Marsh, hit a person in the afternoon."


def test_an_addition_is_an_edit_with_its_reason_too() -> None:
    added = Edit(3, 3, "the officer ", EditReason.ADDED)
    assert applied("so he left", [added]) == "so the officer he left"
    assert pieces("so he left", [added])[1] == Piece(What.ADDED, "", "the officer ", EditReason.ADDED)
    with pytest.raises(AdditionWithoutItsReason):
        applied("so he left", [Edit(3, 3, "x", EditReason.TIME)])


def test_without_edits_the_clean_text_is_the_raw_one() -> None:
    assert applied(RAW, []) == RAW
    assert pieces("", []) == ()


@given(edited(), st.randoms())
def test_edits_give_the_same_in_any_order(case: tuple[str, list[Edit]], chance: random.Random) -> None:
    raw, edits = case
    shuffled = edits[:]
    chance.shuffle(shuffled)
    assert applied(raw, shuffled) == applied(raw, edits)


@given(edited())
def test_what_is_not_edited_is_exactly_the_raw_text(case: tuple[str, list[Edit]]) -> None:
    raw, edits = case
    found = pieces(raw, edits)
    assert "".join(piece.raw for piece in found) == raw
    assert "".join(piece.clean for piece in found) == applied(raw, edits)
    assert [piece for piece in found if piece.what is What.KEPT and (piece.raw != piece.clean or piece.reason)] == []
    changed = [piece for piece in found if piece.what is not What.KEPT]
    assert [(piece.raw, piece.clean) for piece in changed] == [(raw[e.start : e.end], e.put) for e in sorted(edits)]


@given(edited())
def test_every_character_that_stays_is_found_again_in_the_clean_text(case: tuple[str, list[Edit]]) -> None:
    raw, edits = case
    clean = applied(raw, edits)
    touched = {place for edit in edits for place in range(edit.start, edit.end)}
    for place, letter in enumerate(raw):
        there = clean_place(edits, place)
        assert (there is None) == (place in touched)
        assert there is None or clean[there] == letter


@given(
    LETTERS,
    st.lists(
        st.builds(Edit, st.integers(-2, 70), st.integers(-2, 70), LETTERS, st.sampled_from(list(EditReason))),
        max_size=5,
    ),
)
def test_whatever_comes_is_made_or_refused_by_name(raw: str, edits: list[Edit]) -> None:
    try:
        clean = applied(raw, edits)
    except EditMistake:
        return
    assert len(clean) == len(raw) + sum(len(edit.put) - (edit.end - edit.start) for edit in edits)


@pytest.mark.parametrize(
    ("edits", "refused"),
    [
        ([Edit(0, 99, "", EditReason.RARE)], EditOutOfRange),
        ([Edit(-1, 2, "", EditReason.RARE)], EditOutOfRange),
        ([Edit(5, 2, "", EditReason.RARE)], EditOutOfRange),
        ([Edit(0, 5, "", EditReason.RARE), Edit(4, 8, "", EditReason.RARE)], EditsOverlap),
        ([Edit(0, 9, "", EditReason.RARE), Edit(3, 3, "x", EditReason.ADDED)], EditsOverlap),
        ([Edit(3, 3, "x", EditReason.ADDED), Edit(3, 3, "y", EditReason.ADDED)], EditsOverlap),
        ([CUT_RELATION, CUT_RELATION], EditsOverlap),
        ([Edit(0, 2, "My", EditReason.CLARITY)], EditChangesNothing),
        ([Edit(2, 2, "", EditReason.ADDED)], EditChangesNothing),
        ([Edit(0, 2, "x" * (LONGEST_PUT + 1), EditReason.CLARITY)], EditPutsTooMuch),
        ([Edit(0, 2, "a\u202eb", EditReason.CLARITY)], EditPutsTooMuch),
        ([Edit(0, 2, "a\x00", EditReason.CLARITY)], EditPutsTooMuch),
    ],
)
def test_what_cannot_be_made_is_refused_and_says_no_word_of_the_text(
    edits: list[Edit], refused: type[EditMistake]
) -> None:
    with pytest.raises(refused) as told:
        applied(RAW, edits)
    assert RAW[:5] not in str(told.value)


def test_edits_may_touch_each_other() -> None:
    edits = [Edit(0, 2, "A", EditReason.RARE), Edit(2, 4, "B", EditReason.RARE), Edit(4, 4, "C", EditReason.ADDED)]
    assert applied("aabbcc", edits) == "ABCcc"


def test_a_letter_and_its_accent_are_one() -> None:
    with pytest.raises(EditPartsACharacter):
        applied("e\u0301t", [Edit(0, 1, "", EditReason.RARE)])
