"""Wording is filled with the line's own names, numbers and keys, and a recorded voice goes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.line import LineMistakes, read_line
from prompts.wording import (
    Voice,
    WordingMistakes,
    digit_words,
    read_wording,
    read_wording_file,
    spoken_number,
)
from tests.prompts.files import Copy

ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def test_names_numbers_and_keys_come_from_the_line(copy: Copy) -> None:
    wording = copy.wording()
    assert wording.say("en", "greeting").startswith("This is the Integrity Line, run by Open Ear,")
    assert "dial nine nine nine" in wording.say("en", "safety")
    assert "then press five five" in wording.say("en", "safety")
    assert wording.say("pl", "language_offer") == "Po polsku: naciśnij dwa."
    assert "For Northshire Police, press one" in wording.say("en", "force")
    assert "Harbour listens, on zero eight zero eight, one five seven, zero one two three." in wording.say(
        "en", "crisis"
    )


def test_a_language_may_have_its_own_name_for_the_line(copy: Copy) -> None:
    copy.change("example.toml", 'name = "polski"', 'name = "polski"\nline_name = "Linia Uczciwości"\noperator = "Ucho"')
    wording = copy.wording()
    assert "To jest Linia Uczciwości. Prowadzi ją Ucho," in wording.say("pl", "greeting")
    assert "Integrity Line" in wording.say("en", "greeting")


def test_a_country_without_a_silent_code_is_told_nothing_of_one(copy: Copy) -> None:
    copy.change("example.toml", 'silent_code = "55"', 'silent_code = ""')
    assert copy.wording().say("en", "safety") == "If you are in danger now, hang up and dial nine nine nine."
    assert copy.findings() == []


def test_several_forces_are_listed(copy: Copy) -> None:
    copy.change(
        "example.toml", '["Northshire Police"]', '["Northshire Police", "Southshire Police", "the port police"]'
    )
    assert "For Northshire Police, Southshire Police or the port police" in copy.wording().say("en", "force")


def test_a_language_may_have_its_own_names_for_the_forces_but_for_all_or_none(copy: Copy) -> None:
    copy.change("example.toml", 'name = "polski"', 'name = "polski"\nforces = ["policja Northshire"]')
    assert "Policja Northshire: naciśnij jeden" in copy.wording().say("pl", "force")
    assert "Northshire Police" in copy.wording().say("en", "force")
    copy.change("example.toml", '["policja Northshire"]', '["policja Northshire", "policja Southshire"]')
    with pytest.raises(LineMistakes, match=r"languages\.pl\.forces"):
        copy.line()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("999", "nine nine nine"),
        ("0808 157 0192", "zero eight zero eight, one five seven, zero one nine two"),
        ("+44 20", "four four, two zero"),
        ("", ""),
    ],
)
def test_numbers_are_spoken_digit_by_digit_in_groups(number: str, said: str) -> None:
    assert spoken_number(number, ENGLISH) == said


def test_sentences_begin_with_a_capital_even_where_a_key_comes_first(copy: Copy) -> None:
    assert "Star says the question again. Hash skips it" in copy.wording().say("en", "keys_help")


def test_questions_share_the_words_for_a_second_silence_unless_they_have_their_own(copy: Copy) -> None:
    wording = copy.wording()
    assert wording.say("en", "urgent.silence2") == wording.say("en", "role.silence2")
    assert wording.say("en", "who_digits.wrong_key") != wording.say("en", "urgent.wrong_key")
    assert wording.has("en", "allegation.more")
    assert not wording.has("en", "urgent.more")
    assert not wording.has("cy", "urgent")
    with pytest.raises(KeyError):
        wording.say("en", "no_such_prompt")


def test_the_version_changes_with_the_words_and_with_the_names_in_them(copy: Copy) -> None:
    before = copy.wording()
    copy.change("en.toml", "Thank you. That is kept.", "Thank you. It is kept.")
    worded = copy.wording()
    assert worded.version("en") != before.version("en")
    assert worded.version("pl") == before.version("pl")
    copy.change("example.toml", "Open Ear", "Open Ears")
    assert copy.wording().version("pl") != before.version("pl")


def test_comments_do_not_change_the_version(copy: Copy) -> None:
    before = copy.wording().version("en")
    copy.change("en.toml", "# What callers hear in English.", "# What our callers hear in English.")
    assert copy.wording().version("en") == before


def test_voices_are_those_of_the_language(copy: Copy) -> None:
    wording = copy.wording()
    assert wording.voice("en") == Voice("Polly.Amy-Neural", "en-GB")
    assert wording.voice("pl") == Voice("Polly.Ola-Neural", "pl-PL")


def test_digits_have_words_in_every_language(copy: Copy) -> None:
    assert digit_words("en") == ENGLISH
    assert digit_words("pl")[:4] == ("zero", "jeden", "dwa", "trzy")
    assert copy.wording().digit_words("pl") == digit_words("pl")


def test_a_prompt_that_a_person_recorded_is_played(copy: Copy) -> None:
    recorded = copy.folder / "audio" / "example" / "pl" / "urgent.silence.wav"
    recorded.parent.mkdir(parents=True)
    recorded.write_bytes(b"RIFF")
    wording = copy.wording()
    assert wording.sound("pl", "urgent.silence") == recorded
    assert wording.sound("en", "urgent.silence") is None
    assert wording.sound("pl", "urgent") is None


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('voice = "Polly.Amy-Neural"', 'voice = "man"', "language.voice"),
        ('"nine"]', '"nine", "ten"]', "digits"),
        ('hash = "hash"', 'pound = "hash"', "it does not name every key once"),
        ("[prompts.doors]\nsays", "[prompts.doors]\nsaid", "prompts.doors"),
        ("[questions.urgent]\n", '[questions.urgent]\nshout = "!"\n', "questions.urgent.shout"),
        ('skipped = "All right."', 'skipped = "All right."\nurgent = "Again."', "it stands among the prompts too"),
        ("[tapering]", "[tapering", "it is no TOML"),
        ('blaming = ["invalid", ', "callers = [", "language.blaming"),
    ],
)
def test_a_broken_file_is_refused_with_what_to_mend(copy: Copy, before: str, after: str, told: str) -> None:
    copy.change("en.toml", before, after)
    with pytest.raises(WordingMistakes) as refused:
        copy.wording()
    assert told in refused.value.told()


def test_a_language_without_a_file_is_refused(copy: Copy, tmp_path: Path) -> None:
    (copy.folder / "pl.toml").unlink()
    with pytest.raises(WordingMistakes, match=r"pl\.toml cannot be used"):
        read_wording(read_line(copy.folder / "example.toml"), folder=copy.folder)
    with pytest.raises(WordingMistakes):
        read_wording_file("xx", tmp_path)
