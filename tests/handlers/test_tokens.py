"""By which words a subject is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.tokens import (
    concerns,
    folded,
    is_named,
    name_tokens,
    name_words,
    number_key,
    subject_words,
    unit_words,
)
from storage.contents import Interest, Subject


def finds(typed: str, stored: str) -> bool:
    words = subject_words(Subject("officer", name=stored))
    is_candidate = set(name_tokens(name_words(typed))) <= words
    is_meant = is_named(name_words(typed), name_words(stored))
    assert is_candidate or not is_meant, "what is meant must be found"
    return is_candidate and is_meant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siân O'Brien", "sian obrien"),
        ("O\u2019Brien", "O'BRIEN"),
        ("Łukasz Kowalski", "lukasz  kowalski"),
        ("Jean-Luc", "jean luc"),
        ("Strauß", "STRAUSS"),
        ("\uff37ren", "Wren"),
    ],
)
def test_case_accents_and_punctuation_make_no_difference(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("12 34 MX", "1234mx"), ("O12-I4", "012 14"), ("ab12 cde", "AB12CDE"), ("BD5I SMR", "BD51 SMR"), ("L7", "17")],
)
def test_numbers_and_plates_are_one_however_they_are_spaced_or_misread(one: str, other: str) -> None:
    assert number_key(one) == number_key(other) != ""


def test_different_numbers_stay_different() -> None:
    assert len({number_key(number) for number in ("1234", "1243", "234", "1234M", "")}) == 5


@pytest.mark.parametrize("typed", ["Sgt Wren", "Detective Chief Inspector WREN", "PC Wren", "Acting Sergeant Wren"])
def test_a_rank_is_no_part_of_a_name(typed: str) -> None:
    assert name_words(typed) == ("wren",)


def test_who_is_called_by_a_rank_alone_is_still_found() -> None:
    assert finds("the sergeant", "The Sergeant")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("Smyth", "Smith"), ("Renn", "Wren"), ("Muhamad", "Mohammed"), ("Stephen", "Steven Marsh"), ("Wren", "Tom Wren")],
)
def test_a_name_is_found_by_how_it_sounds(typed: str, stored: str) -> None:
    assert finds(typed, stored)


@pytest.mark.parametrize(
    ("typed", "stored"), [("Wren", "Marsh"), ("Tom Wren", "Tom Marsh"), ("Wren", "Rooney"), ("Li", "Lee Marsh")]
)
def test_another_name_is_not_found(typed: str, stored: str) -> None:
    assert not finds(typed, stored)


def test_a_name_in_another_script_is_found_as_it_is_written() -> None:
    assert finds("Иван Петров", "петров, иван")
    assert not finds("Иван", "Пётр")


def test_what_stands_on_every_unit_finds_none() -> None:
    assert unit_words("Response Team of Hackney Police Station") == ("response", "hackney")
    assert unit_words("the unit") == ("the", "unit")


@given(st.text(max_size=40))
def test_any_text_is_folded_once_and_for_all(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert number_key(number_key(text)) == number_key(text)
    subject_words(Subject("officer", text, text, text, text, text, text, text, text))


@pytest.mark.parametrize(
    ("interest", "subject", "expected"),
    [
        (Interest(name="Tom Wren"), Subject("officer", name="Sgt Tom Renn"), True),
        (Interest(name="Tom Wren"), Subject("officer", name="Tom Marsh"), False),
        (Interest(number="12 34"), Subject("officer", number="1234"), True),
        (Interest(registration="BD51 SMR"), Subject("vehicle", registration="bd5ismr"), True),
        (Interest(unit="Hackney response"), Subject("officer", name="X", unit="Response, Hackney"), True),
        (Interest(unit="Hackney"), Subject("unit", name="Hackney CID"), True),
        (Interest(name="Tom Wren", unit="Hackney"), Subject("officer", name="Marsh", unit="Hackney"), False),
        (Interest(unit="Hackney"), Subject("officer", name="Hackney"), False),
        (Interest(), Subject("officer", name="Wren"), False),
    ],
)
def test_an_interest_concerns_a_subject_or_does_not(interest: Interest, subject: Subject, expected: bool) -> None:
    assert concerns(interest, subject) is expected
