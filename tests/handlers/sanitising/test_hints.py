"""What is marked in a raw text: each kind as callers say and write it, never the accused, and where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.sanitising.hints import Hint, Told, hints_in, plain_of
from handlers.sanitising.rules import Crowd, Kind
from tests.handlers.sanitising.reports import rules

SPOKEN = "oh seven seven double nought nine hundred one two three"
WITH_FILLERS = "zero seven seven, erm, zero zero nine hundred one uh two three"
NOTHING_TOLD = Told(Crowd.MANY)


def marked(text: str, told: Told = NOTHING_TOLD) -> list[tuple[Kind, str]]:
    return [(hint.kind, text[hint.start : hint.end]) for hint in hints_in(text, told, rules())]


def of_kind(text: str, kind: Kind, told: Told = NOTHING_TOLD) -> list[str]:
    return [words for found, words in marked(text, told) if found is kind]


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (Kind.TELEPHONE, f"ring {SPOKEN} please", SPOKEN),
        (Kind.TELEPHONE, f"ring {WITH_FILLERS} please", WITH_FILLERS),
        (Kind.TELEPHONE, "it is 07700\u00a0900 123 now", "07700\u00a0900 123"),
        (Kind.TELEPHONE, "it is 07700\u200b900123 now", "07700\u200b900123"),
        (Kind.EMAIL, "write to jo dot bell at example dot co dot uk", "jo dot bell at example dot co dot uk"),
        (Kind.PLATE, "a van, alpha bravo one two charlie delta echo", "alpha bravo one two charlie delta echo"),
        (Kind.POSTCODE, "the postcode is quebec papa four seven r t", "quebec papa four seven r t"),
        (Kind.RELATION, "it was my ex\u2019s brother", "my ex\u2019s brother"),
        (Kind.RELATION, "it was my\n   husband", "my\n   husband"),
        (Kind.SEX, "The caller fears that she is followed", "she"),
        (Kind.AGE, "I am seventy-eight and tired", "seventy-eight"),
        (Kind.NAME, "My name is Margaret Hollins.", "My name is Margaret Hollins"),
        (Kind.REFERENCE, "they gave me CAD 4417", "4417"),
        (Kind.DATE, "on Tuesday the fourteenth of March 2025", "Tuesday the fourteenth of March 2025"),
        (Kind.TIME, "he left at ten past two in the morning", "ten past two in the morning"),
        (Kind.RARE, "she has three children", "three children"),
        (Kind.LANGUAGE, "I speak Tigrinya", "Tigrinya"),
        (Kind.CROWD, "only three of us were there", "only three of us"),
    ],
)  # fmt: skip
def test_it_is_marked_where_it_stands(kind: Kind, text: str, words: str) -> None:
    assert any(words in found for found in of_kind(text, kind))


@pytest.mark.parametrize(
    "text",
    [
        "PC Aidan Marsh, collar number 2281, of the robbery squad",
        "a detective sergeant called Karen Holt",
        "shoulder number ended 09",
        "he is at Northgate station",
    ],
)
def test_rank_name_and_number_of_the_accused_are_never_marked_as_the_callers(text: str) -> None:
    found = hints_in(text, NOTHING_TOLD, rules())
    assert found
    assert {hint.kind for hint in found} == {Kind.SUBJECT}
    assert {hint.weight for hint in found} == {0}
    assert not any(hint.is_of_caller for hint in found)


def test_a_callers_own_rank_is_the_callers() -> None:
    assert of_kind("I am a sergeant here", Kind.RARE) == ["I am a sergeant"]
    assert of_kind("my sergeant knows", Kind.RELATION) == ["my sergeant"]


def test_little_hides_behind_what_is_taken_for_an_officer() -> None:
    assert of_kind("constable my husband", Kind.RELATION) == ["my husband"]
    assert of_kind("he is the custody sergeant there", Kind.RARE) == []


def test_a_telephone_number_is_marked_even_beside_an_officer() -> None:
    assert of_kind("PC Marsh, officer number 07700 900123", Kind.TELEPHONE) == ["07700 900123"]


def test_what_stands_inside_something_that_says_more_is_marked_once() -> None:
    assert marked("my husband left") == [(Kind.RELATION, "my husband")]


def test_what_the_caller_asked_to_leave_out_is_marked_beside_everything_else() -> None:
    found = marked("I work as a nurse in cell nine", Told(Crowd.MANY, "that I am the nurse"))
    assert (Kind.LEAVE_OUT, "nurse") in found
    assert Kind.RARE in {kind for kind, _ in found}


def test_the_fewer_could_know_the_more_a_mark_weighs() -> None:
    weights = {}
    for crowd in (Crowd.MANY, Crowd.A_FEW, Crowd.ONE_OR_TWO, None):
        (hint,) = hints_in("three children", Told(crowd), rules())
        weights[crowd] = hint.weight
    assert weights[Crowd.MANY] < weights[None] < weights[Crowd.A_FEW] < weights[Crowd.ONE_OR_TWO] <= 10


def test_a_mark_of_few_people_says_so() -> None:
    (hint,) = hints_in("three children", Told(Crowd.ONE_OR_TWO), rules())
    assert "one or two people could know" in hint.why


def test_an_answer_that_was_not_given_counts_as_not_sure() -> None:
    assert hints_in("three children", Told(None), rules()) == hints_in("three children", Told(Crowd.UNSURE), rules())


def test_an_empty_text_has_no_marks() -> None:
    assert hints_in("", Told(Crowd.A_FEW, "the nurse"), rules()) == ()


def test_marks_know_the_words_of_the_raw_text_whatever_its_spaces_are() -> None:
    raw = "  my \t\n husband \u00a0 uh  said"
    plain = plain_of(raw, ("uh",))
    assert plain.text == " my husband said"
    assert raw[slice(*plain.raw_span(1, 11))] == "my \t\n husband"


@given(st.text(alphabet="aimy 01279@.,'\n\u2019\u200b\u0301é-ohne", max_size=80), st.sampled_from(list(Crowd)))
def test_every_mark_lies_in_the_text_and_no_two_of_a_kind_overlap(text: str, crowd: Crowd) -> None:
    found = hints_in(text, Told(crowd, "my one"), rules())
    last: dict[Kind, Hint] = {}
    for hint in found:
        assert 0 <= hint.start < hint.end <= len(text)
        assert 0 <= hint.weight <= 10
        assert hint.kind not in last or last[hint.kind].end <= hint.start
        last[hint.kind] = hint
