"""What a supervisor does to a text, and how both texts are shown side by side: exactly as the edits say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handlers.sanitising.deeds import (
    NothingChosen,
    Work,
    places_of,
    with_addition,
    with_blur,
    with_cut,
    with_kept,
    with_replacement,
    without,
    without_last,
)
from handlers.sanitising.edits import Edit, EditMistake, EditsOverlap, What, applied
from handlers.sanitising.hints import Told
from handlers.sanitising.marks import State, marks_of, next_waiting, of_caller
from handlers.sanitising.reasons import EditReason, KeepReason
from handlers.sanitising.rules import Rules, read_rules
from handlers.sanitising.side_by_side import listed, rows_of

RAW = "My husband, the sergeant, sells data.\n\nHe did it on 3 March 2026 at 21:40."


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules()


def place(words: str, raw: str = RAW) -> tuple[int, int]:
    return raw.index(words), raw.index(words) + len(words)


def clean(work: Work) -> str:
    return applied(work.raw, work.edits)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("My husband,", "the sergeant, sells data."),
        ("sells", "My husband, the sergeant, data."),
        ("data", "My husband, the sergeant, sells."),
        ("data.", "My husband, the sergeant, sells"),
        ("husband", "My, the sergeant, sells data."),
    ],
)
def test_a_cut_leaves_no_space_twice(words: str, left: str) -> None:
    assert clean(with_cut(Work(RAW), *place(words), EditReason.RELATION)).partition("\n")[0] == left


@pytest.mark.parametrize(
    ("raw", "words", "put", "text"),
    [
        ("He did it on 3 March 2026.", "3 March 2026", "in March 2026", "He did it in March 2026."),
        ("He came at 21:40.", "21:40", "late at night", "He came late at night."),
        ("At the 14 Mill Lane", "14 Mill Lane", "in the area", "in the area"),
        ("He lives at 14 Mill Lane.", "14 Mill Lane", "a home in the area", "He lives at a home in the area."),
        ("He began 3 March.", "3 March", "in March", "He began in March."),
    ],
)
def test_coarser_words_bring_their_own_lead(raw: str, words: str, put: str, text: str) -> None:
    assert clean(with_blur(Work(raw), *place(words, raw), put, EditReason.TIME)) == text


def test_coarser_words_take_no_lead_that_another_edit_has() -> None:
    work = with_replacement(Work("He came at 21:40."), *place("at", "He came at 21:40."), "about", EditReason.TIME)
    assert clean(with_blur(work, 11, 16, "late at night", EditReason.TIME)) == "He came about late at night."


def test_a_cut_takes_no_space_that_another_edit_has() -> None:
    work = with_addition(Work(RAW), place("husband,")[1], "a man", EditReason.ADDED)
    cut = with_cut(work, *place("the sergeant,"), EditReason.RARE)
    assert "a man" in clean(cut)
    assert len(cut.edits) == 2


@pytest.mark.parametrize(("behind", "text"), [("sells", "sells police data."), ("data", "sells data police.")])
def test_added_words_stand_apart_from_those_beside_them(behind: str, text: str) -> None:
    assert text in clean(with_addition(Work(RAW), place(behind)[1], "police"))


def test_a_wider_edit_takes_the_place_of_those_within_it() -> None:
    work = with_replacement(Work(RAW), *place("husband"), "partner", EditReason.RELATION)
    work = with_replacement(work, *place("My husband, the sergeant,"), "A sergeant", EditReason.RELATION)
    assert clean(work).startswith("A sergeant sells data.")
    assert len(work.edits) == 1


def test_edits_that_cross_are_refused_and_nothing_changes() -> None:
    work = with_replacement(Work(RAW), *place("My husband"), "He", EditReason.RELATION)
    with pytest.raises(EditsOverlap):
        with_replacement(work, *place("husband, the"), "x", EditReason.RARE)
    twice = with_addition(Work(RAW), 10, "a", EditReason.ADDED)
    with pytest.raises(EditsOverlap):
        with_addition(twice, 10, "b", EditReason.ADDED)


def test_what_is_kept_is_no_edit_any_more_and_the_other_way_round() -> None:
    work = with_replacement(Work(RAW), *place("21:40"), "at night", EditReason.TIME)
    kept = with_kept(work, *place("21:40"), KeepReason.EVIDENCE)
    assert (kept.edits, len(kept.kept)) == ((), 1)
    again = with_replacement(kept, *place("21:40"), "at night", EditReason.TIME)
    assert (len(again.edits), again.kept) == (1, ())
    with pytest.raises(EditsOverlap):
        with_kept(again, place("21:40")[0] + 2, len(RAW), KeepReason.EVIDENCE)
    with pytest.raises(NothingChosen):
        with_kept(again, 5, 5, KeepReason.EVIDENCE)


def test_an_edit_is_taken_back_by_its_place_or_as_the_last() -> None:
    work = with_cut(Work(RAW), *place("data"), EditReason.RARE)
    work = with_replacement(work, *place("My"), "The", EditReason.RELATION)
    assert clean(without_last(work)) == clean(with_cut(Work(RAW), *place("data"), EditReason.RARE))
    assert without(without(work, 0, 2), 0, 2).edits == work.edits[:1]
    assert without_last(Work(RAW)) == Work(RAW)


def test_words_are_found_whatever_their_case_and_spaces() -> None:
    assert places_of(RAW, "MY  husband") == (place("My husband"),)
    assert places_of(RAW, "did", "MARCH") == ((place("did")[0], place("March")[1]),)
    assert len(places_of("a " * 50, "a")) == 20
    assert places_of(RAW, "") == places_of(RAW, "wife") == places_of(RAW, "My", "wife") == ()


def test_marks_wait_until_something_was_decided(rules: Rules) -> None:
    work = with_replacement(Work(RAW), *place("My husband"), "The person", EditReason.RELATION)
    work = with_kept(work, *place("21:40"), KeepReason.EVIDENCE)
    marks = marks_of(work, Told(), rules, date(2026, 5, 1))
    states = {one.words: one.state for one in marks}
    assert states["My husband"] is State.CHANGED
    assert next(state for words, state in states.items() if "21:40" in words) is State.KEPT
    waiting = next_waiting(marks)
    assert waiting is not None
    assert waiting.words == "on 3 March 2026" or "3 March 2026" in waiting.words
    assert waiting.choices[0] == "in March 2026"
    assert next_waiting(marks, len(marks)) == waiting
    assert all(one.hint.is_of_caller for one in of_caller(marks))


TEXT = st.text(alphabet="ab \n.é", max_size=60)


@given(TEXT, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.sampled_from(["", "x", "y z"])), max_size=6))
def test_both_sides_are_exactly_the_raw_and_the_clean_text(raw: str, wanted: list[tuple[int, int, str]]) -> None:
    work = Work(raw)
    for first, last, put in wanted:
        start, end = sorted((min(first, len(raw)), min(last, len(raw))))
        try:
            if start == end:
                work = with_addition(work, start, put)
            elif put:
                work = with_replacement(work, start, end, put, EditReason.CLARITY)
            else:
                work = with_cut(work, start, end, EditReason.RARE)
        except EditMistake:
            continue
    rows = rows_of(work, ())
    assert "".join(bit.text for row in rows for bit in row.raw) == raw
    shown = [one for row in rows for one in row.clean]
    assert "".join(one.raw for one in shown) == raw
    assert "".join(one.clean for one in shown) == clean(work)
    assert [one.number for one in shown if one.number] == list(range(1, len(work.edits) + 1))
    for row in rows:
        assert "".join(bit.text for bit in row.raw) == "".join(one.raw for one in row.clean)
    places = [(one.number, one.raw) for one in listed(work)]
    assert places == [(one.number, one.raw) for one in shown if one.what is not What.KEPT]


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_cut_takes_no_letter_beside_it(first: int, last: int) -> None:
    start, end = sorted((min(first, len(RAW)), min(last, len(RAW))))
    assume(start < end)
    made = with_cut(Work(RAW), start, end, EditReason.RARE).edits[0]
    assert made.start <= start
    assert end <= made.end
    assert not (RAW[made.start : start] + RAW[end : made.end]).strip()
    assert isinstance(made, Edit)
