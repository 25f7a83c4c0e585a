"""What the caller asked to leave out is found however it is spelt, and small words of the answer find nothing."""

from __future__ import annotations

import pytest

from handlers.sanitising.hints import Told, hints_in
from handlers.sanitising.leaving_out import is_same_word
from handlers.sanitising.rules import Kind
from tests.handlers.sanitising.reports import rules


def left_out(text: str, asked: str) -> list[str]:
    hints = hints_in(text, Told(None, asked), rules())
    return [text[hint.start : hint.end] for hint in hints if hint.kind is Kind.LEAVE_OUT]


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        ("please leave out that I am the nurse", "the custody nurses saw it", ["nurses"]),
        ("the Golden Rice shop", "he came to golden rice, the shop", ["golden rice, the shop"]),
        ("don't say Stephen", "I was with Steven there", ["Steven"]),
        ("the anniversary", "on our aniversary he came", ["aniversary"]),
        ("the Łódź club", "at the lodz club", ["lodz club"]),
        ("O'Brien's bar", "in OBriens bar", ["OBriens bar"]),
    ],
)
def test_it_is_found(asked: str, text: str, found: list[str]) -> None:
    assert left_out(text, asked) == found


@pytest.mark.parametrize("asked", ["", "no", "Nothing, please leave it", "   ", "please do not say that it was me"])
def test_an_answer_that_names_nothing_finds_nothing(asked: str) -> None:
    assert left_out("please say that it was me and not him", asked) == []


def test_places_far_from_each_other_are_two() -> None:
    assert left_out("the nurse went home and then much later on the nurse came", "the nurse") == ["nurse", "nurse"]


def test_the_mark_says_which_word_the_caller_said() -> None:
    (hint,) = [
        hint for hint in hints_in("a nurses cap", Told(None, "that I nurse"), rules()) if hint.kind is Kind.LEAVE_OUT
    ]
    assert "“nurse”" in hint.why


@pytest.mark.parametrize(
    ("one", "other"), [("cell", "call"), ("house", "horse"), ("bar", "bat"), ("canteen", "captain")]
)
def test_other_words_are_other_words(one: str, other: str) -> None:
    assert not is_same_word(one, other)
