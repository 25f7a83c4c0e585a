"""What speaks for two reports being about the same thing."""

from __future__ import annotations

import pytest

from handlers.desk.likeness import Strength, hint_words, likeness, likenesses
from handlers.tokens import subject_words
from storage.contents import Subject

WREN = Subject("officer", name="Tom Wren", unit="Hackney")


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (Subject("officer", number="1234"), Subject("officer", number="12 34"), "same shoulder number"),
        (
            Subject("officer", number="1234", force="Kent"),
            Subject("officer", number="1234", force="Essex"),
            "same shoulder number, but of another force",
        ),
        (
            Subject("vehicle", registration="BD51 SMR"),
            Subject("vehicle", registration="bd5i smr"),
            "same registration",
        ),
        (WREN, Subject("officer", name="Sgt Wren", unit="Hackney CID"), "same name and unit"),
        (WREN, Subject("officer", name="PC Tom WREN"), "same full name"),
        (WREN, Subject("officer", name="Renn", unit="hackney"), "a name that sounds the same, in the same unit"),
    ],
)
def test_what_is_shared_is_said_in_words_from_either_side(one: Subject, other: Subject, words: str) -> None:
    for found in (likeness(one, other), likeness(other, one)):
        assert found is not None
        assert found.words == words


@pytest.mark.parametrize(
    "other",
    [
        Subject("officer", name="Wren"),
        Subject("officer", name="Tom Marsh", unit="Hackney"),
        Subject("unit", name="Hackney"),
        Subject("vehicle", description="a grey van"),
    ],
)
def test_one_name_or_one_unit_alone_is_no_hint(other: Subject) -> None:
    assert likeness(WREN, other) is None


def test_two_people_of_one_name_with_numbers_of_their_own_are_no_hint() -> None:
    one, other = (Subject("officer", name="Tom Wren", number=number) for number in ("1234", "777"))
    assert likeness(one, other) is None


def test_the_strongest_stands_first_and_each_once() -> None:
    mine = (WREN, Subject("vehicle", registration="BD51SMR"))
    theirs = (WREN, WREN, Subject("vehicle", registration="BD51SMR"))
    found = likenesses(mine, theirs)
    assert [like.strength for like in found] == [Strength.STRONG, Strength.FAIR]


def test_whatever_is_alike_is_found_by_a_word() -> None:
    alike = Subject("officer", name="Renn", unit="hackney")
    assert hint_words([Subject("officer", name="Tom Wren")]) & subject_words(alike)
