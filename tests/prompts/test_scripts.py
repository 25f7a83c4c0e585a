"""Sentences, words, direction and speed are counted right in the scripts that a line is written in."""

from __future__ import annotations

import pytest

from prompts.scripts import comma_of, direction_of, questions_in, script_of, seconds_of, sentences, words

BENGALI = "আপনি কি নিরাপদ? না হলে ফোন রাখুন।"
URDU = "کیا آپ محفوظ ہیں\u061f فون بند کریں\u06d4"
ARABIC = "هل أنت بأمان\u061f أغلق الخط."
CHINESE = "你安全吗\uff1f请挂断电话\u3002"


@pytest.mark.parametrize(
    ("text", "count"),
    [("One. Two? Three!", 3), ("No end", 1), ("Well... yes.", 2), (BENGALI, 2), (URDU, 2), (ARABIC, 2), (CHINESE, 2)],
)
def test_sentences_end_where_their_script_ends_them(text: str, count: int) -> None:
    assert len(sentences(text)) == count
    assert "".join(sentences(text)) == text


@pytest.mark.parametrize(("text", "asks"), [(BENGALI, 1), (URDU, 1), (ARABIC, 1), (CHINESE, 1), ("Yes.", 0)])
def test_questions_are_found_by_the_mark_of_their_script(text: str, asks: int) -> None:
    assert questions_in(text) == asks


@pytest.mark.parametrize(
    ("text", "count"), [("one two  three", 3), ("আপনি কি নিরাপদ", 3), ("请挂断电话。", 1), ("你" * 101, 21)]
)
def test_words_are_counted_by_spaces_or_where_there_are_none_by_letters(text: str, count: int) -> None:
    assert words(text) == count


@pytest.mark.parametrize(
    ("text", "script", "direction"),
    [("Zażółć", "LATIN", "ltr"), (BENGALI, "BENGALI", "ltr"), (URDU, "ARABIC", "rtl"), ("12", "LATIN", "ltr")],
)
def test_a_text_tells_its_script_and_its_direction(text: str, script: str, direction: str) -> None:
    assert (script_of(text), direction_of(text)) == (script, direction)


def test_a_name_in_other_letters_does_not_change_the_script() -> None:
    assert script_of(f"{ARABIC} Open Ear") == "ARABIC"


def test_the_same_number_of_letters_takes_longer_where_short_vowels_are_not_written() -> None:
    assert seconds_of("ب" * 120) > seconds_of("a" * 120)
    assert seconds_of("a" * 120, characters=10) > seconds_of("a" * 120, characters=20)


def test_the_comma_is_that_of_the_script() -> None:
    assert (comma_of("or"), comma_of("یا")) == (", ", "\u060c ")
