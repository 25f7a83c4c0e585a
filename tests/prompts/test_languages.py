"""Every language that ships is right by CLDR, whole, and in no place English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from babel import Locale
from babel.dates import format_timedelta

from handlers.desk.words import language_words
from prompts.checks import without_voice
from prompts.line import Language, Line, read_line
from prompts.scripts import direction_of, script_of, sentences
from prompts.wording import FOLDER, read_wording, read_wording_file
from tests.prompts.files import LINES

CODES = sorted(path.stem for path in FOLDER.glob("*.toml") if re.fullmatch(r"[a-z]{2,3}", path.stem))
MET = read_line(FOLDER / "lines" / "met.toml")
WORDING = read_wording(MET)
KEPT_DAYS, REPLY_DAYS = 14, 7
# How the language says the time where it does not count days: (what the text says, instead of).
OTHERWISE = {
    ("cy", KEPT_DAYS): "pythefnos",  # a fortnight
    ("cy", REPLY_DAYS): "wythnos",  # a week
}
EVERY = pytest.mark.parametrize("code", CODES)
OTHERS = pytest.mark.parametrize("code", [code for code in CODES if code != "en"])


def languages() -> Iterator[tuple[Line, Language]]:
    for path in LINES:
        line = read_line(path)
        yield from ((line, language) for language in line.languages)


def days_in(code: str, days: int) -> str:
    """Return the word for so many days, as CLDR's pattern of the right plural form has it."""
    told = format_timedelta(timedelta(days=days), granularity="day", threshold=1000, locale=Locale.parse(code))
    return told.replace(str(days), "").strip()


@EVERY
def test_every_language_is_one_that_cldr_knows_by_the_same_name(code: str) -> None:
    file = read_wording_file(code)
    locale = Locale.parse(file.language.tag, sep="-")
    assert locale.language == code
    assert file.language.name.casefold() == (Locale.parse(code).get_display_name() or "").casefold()


@EVERY
def test_staff_read_the_english_name_of_every_language(code: str) -> None:
    said = {"bn": "Bengali"}  # as people in Britain say; CLDR says Bangla
    assert language_words(code) == said.get(code, Locale.parse(code).get_display_name("en"))


@EVERY
def test_ten_digits_have_ten_words_and_no_two_keys_share_one(code: str) -> None:
    file = read_wording_file(code)
    assert len(set(file.digits)) == 10
    assert len({word.casefold() for word in file.keys.values()}) == 12
    assert not any(character.isdigit() for word in (*file.digits, *file.keys.values()) for character in word)


@pytest.mark.parametrize(
    ("line", "language"), [*languages()], ids=lambda one: getattr(one, "id", getattr(one, "code", ""))
)
def test_days_stand_in_the_plural_form_of_the_language(line: Line, language: Language) -> None:
    for said, days in ((language.sound_kept, KEPT_DAYS), (language.reply_after, REPLY_DAYS)):
        expected = OTHERWISE.get((language.code, days)) or days_in(language.code, days)
        assert expected in said, f"{line.id}: {said!r} has no {expected!r}"
        assert not any(character.isdigit() for character in said)


def test_cldr_has_different_words_for_days_where_the_languages_do() -> None:
    assert days_in("ar", KEPT_DAYS) != days_in("ar", REPLY_DAYS)
    assert days_in("pl", KEPT_DAYS) == "dni"


@EVERY
def test_a_language_is_written_in_the_direction_of_its_script(code: str) -> None:
    locale = Locale.parse(code)
    for text in read_wording_file(code).texts().values():
        assert direction_of(_bare(text)) == locale.text_direction


@EVERY
def test_a_language_is_written_in_one_script(code: str) -> None:
    scripts = {script_of(_bare(text)) for text in read_wording_file(code).texts().values()}
    assert len(scripts) == 1


@OTHERS
def test_nothing_is_left_in_english(code: str) -> None:
    english = {_told(sentence) for text in read_wording_file("en").texts().values() for sentence in sentences(text)}
    for prompt, text in read_wording_file(code).texts().items():
        for sentence in sentences(text):
            told = _told(sentence)
            assert len(told.split()) < 2 or told not in english, prompt  # one word may be the same in two languages


def _told(sentence: str) -> str:
    return _bare(sentence).strip(" .?!:,").casefold()


def _bare(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "", text).strip()


@OTHERS
def test_a_language_says_as_much_as_english_does(code: str) -> None:
    english, other = read_wording_file("en").texts(), read_wording_file(code).texts()
    assert set(english) == set(other)
    for prompt, text in english.items():
        assert _keys(text) == _keys(other[prompt]), prompt


def _keys(text: str) -> set[str]:
    return {name for name in re.findall(r"\{(\w+)\}", text) if name in _PROMISED or name.startswith("key_")}


_PROMISED = {"emergency", "sound_kept", "reply_after", "crisis_lines", "silent_help", "categories", "doors", "forces"}


@EVERY
@pytest.mark.parametrize("prompt", ["keys_help", "keys_only_begins"])
def test_the_keys_that_always_work_are_all_explained(code: str, prompt: str) -> None:
    text = read_wording_file(code).texts()[prompt]
    for key in ("star", "hash", "0", "8", "9"):
        assert f"{{key_{key}}}" in text


def test_the_line_of_many_languages_speaks_all_that_ship() -> None:
    assert [language.code for language in MET.languages][:4] == ["en", "cy", "pl", "ro"]
    assert sorted(language.code for language in MET.languages) == CODES
    assert len(CODES) == 15


def test_the_languages_that_twilio_cannot_speak_are_known() -> None:
    assert sorted(without_voice(WORDING)) == ["so", "ur"]


def test_a_person_is_offered_within_thirty_five_seconds_on_the_line_of_many_languages() -> None:
    said = [("en", prompt) for prompt in ("greeting", "more_languages", "safety", "promise_first")]
    said += [(code, "language_offer") for code, _ in MET.offers.greeting]
    seconds = sum(WORDING.seconds(code, WORDING.say(code, prompt)) for code, prompt in said)
    person = sentences(WORDING.say("en", "main_menu"))[0]
    assert seconds + WORDING.seconds("en", person) <= 35
