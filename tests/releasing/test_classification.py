"""Categories, flags and grade have words for every choice, and the machine's one suggestion gives nobody away."""

from __future__ import annotations

from enum import StrEnum

import pytest

from handlers.releasing import classification as words
from handlers.releasing.classification import Category, Information, suggested_information
from prompts.questionnaire import read_questionnaire


def test_there_are_twelve_national_categories() -> None:
    assert len(Category) == 12


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        (words.Category, words.CATEGORIES),
        (words.Flag, words.FLAGS),
        (words.Ground, words.GROUNDS),
        (words.Source, words.SOURCES),
        (words.Information, words.INFORMATION),
        (words.Handling, words.HANDLING),
    ],
)
def test_every_choice_has_words_of_its_own(choices: type[StrEnum], told: dict[str, words.Wording]) -> None:
    assert list(told) == list(choices)
    assert len({wording.label for wording in told.values()}) == len(told)


@pytest.mark.parametrize("told", [words.CATEGORIES, words.SOURCES, words.INFORMATION, words.HANDLING])
def test_each_part_of_the_grade_and_each_category_says_when_it_is_right(told: dict[str, words.Wording]) -> None:
    assert all(len(wording.help) > 20 for wording in told.values())


def test_the_grade_is_three_by_five_by_two() -> None:
    assert (len(words.Source), len(words.Information), len(words.Handling)) == (3, 5, 2)


@pytest.mark.parametrize(
    ("answer", "letter"), [("saw_or_heard", "A"), ("documents", "B"), ("was_told", "C"), ("worked_out", "D"), ("", "D")]
)
def test_the_answer_suggests_a_letter_and_why(answer: str, letter: str) -> None:
    suggested = suggested_information(answer)
    assert suggested.information == letter
    assert suggested.why


def test_every_answer_of_the_questionnaire_has_a_suggestion() -> None:
    how_known = next(question for question in read_questionnaire().questions if question.id == "how_known")
    assert set(how_known.choices.values()) == set(words.SUGGESTED_BY_ANSWER)


@pytest.mark.parametrize("crowd", ["one_or_two", "a_few"])
def test_where_few_could_know_it_nothing_is_suggested_that_says_the_caller_was_there(crowd: str) -> None:
    suggested = suggested_information("saw_or_heard", crowd)
    assert suggested.information is Information.UNKNOWN
    assert "few could know it" in suggested.why
    assert suggested_information("saw_or_heard", "many").information is Information.DIRECT
