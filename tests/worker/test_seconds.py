"""How long a caller listens: estimated for every language, and by real sound for some; short, one thing at a time."""

from __future__ import annotations

import re
import wave
from pathlib import Path

import pytest

from ivr.app import line_flow
from ivr.listening import (
    BEGUN,
    EXIT,
    KEYS_ONLY,
    OFFERED,
    PERSON,
    URGENT,
    Heard,
    How,
    Length,
    Piece,
    estimate_of,
    ways_heard,
)
from ivr.prompts_page import Sentences, as_index, as_sentences
from ivr.spoken import requirements
from ivr.steps import DONE_KEY, Menu
from ivr.worker.measured import Measured
from ivr.worker.sentence_commands import seconds_table
from ivr.worker.speech import NoVoice, speak
from ivr.worker.wording_commands import prompts
from prompts.checks import MAX_OPENING_SECONDS, MAX_WORDS
from prompts.line import read_line
from prompts.questionnaire import read_questionnaire
from prompts.scripts import QUESTION_MARKS, sentences, words
from prompts.sounds import PERSON as RECORDED_BY_A_PERSON
from prompts.sounds import Sound, hash_of, note_sounds
from prompts.wording import FOLDER, read_wording

LINE = read_line(FOLDER / "lines" / "met.toml")
WORDING = read_wording(LINE)
FLOW = line_flow(LINE)
EVERY = WORDING.languages
ESTIMATE = estimate_of(WORDING)
WAYS = {language: ways_heard(LINE, FLOW, WORDING, language) for language in EVERY}
MEASURED = Measured(WORDING)  # remembers, so that the same words are spoken once in a session
HEARD_HERE = ("en", "pl", "cy", "bn")
MOST_CHOICES = 4
WORDS_AFTER_A_KEY = 4  # where the verb comes last: "... for one, press it"
KEY = re.compile(r"\{key_[a-z0-9]+\}")


def has_voice(language: str) -> bool:
    try:
        speak("a", language)
    except NoVoice:
        return False
    return True


@pytest.mark.parametrize("language", EVERY)
def test_a_person_is_offered_within_35_seconds_of_speech_by_estimate(language: str) -> None:
    assert WAYS[language][PERSON].speech(ESTIMATE).seconds <= MAX_OPENING_SECONDS


@pytest.mark.parametrize("language", HEARD_HERE)
def test_a_person_is_offered_within_35_seconds_of_real_sound(language: str) -> None:
    if not has_voice(language):
        pytest.skip(f"no voice here speaks {language}")
    heard = WAYS[language][PERSON]
    MEASURED.all(heard.pieces)
    length = heard.speech(MEASURED)
    assert length.how is How.SPOKEN
    assert length.seconds <= MAX_OPENING_SECONDS


@pytest.mark.parametrize("language", HEARD_HERE)
def test_the_estimate_is_within_a_third_of_real_sound_for_every_question(language: str) -> None:
    if not has_voice(language):
        pytest.skip(f"no voice here speaks {language}")
    pieces = [Piece(language, one.id, WORDING.say(language, one.id)) for one in read_questionnaire().questions]
    MEASURED.all(pieces)
    real, guessed = (sum(measure(piece).seconds for piece in pieces) for measure in (MEASURED, ESTIMATE))
    assert real * 2 / 3 < guessed < real * 4 / 3
    assert max(MEASURED(piece).seconds for piece in pieces) < 30


@pytest.mark.parametrize("language", EVERY)
def test_no_question_has_more_than_twenty_words(language: str) -> None:
    for prompt, text in WORDING.texts[language].items():
        for sentence in sentences(text):
            if sentence.strip().endswith(tuple(QUESTION_MARKS)):
                assert words(sentence) <= MAX_WORDS, prompt


@pytest.mark.parametrize("language", EVERY)
def test_what_a_key_does_is_said_before_the_key(language: str) -> None:
    asked = {wanted.prompt for wanted in requirements(FLOW) if wanted.keys and "." not in wanted.prompt}
    assert {"main_menu", "consent", "urgent", "story_more"} <= asked
    for prompt in asked:
        for sentence in sentences(WORDING.texts[language][prompt]):
            keys = list(KEY.finditer(sentence))
            if keys:
                assert sentence[: keys[0].start()].strip(" ,:"), f"{prompt}: {sentence}"
                after = [word for word in sentence[keys[-1].end() :].split() if any(map(str.isalpha, word))]
                assert len(after) <= WORDS_AFTER_A_KEY, f"{prompt}: {sentence}"


def test_no_menu_has_more_than_four_choices() -> None:
    menus = [step for step in FLOW.steps.values() if isinstance(step, Menu)]
    assert len(menus) > 15
    for menu in menus:
        if len(set(menu.keys.values())) == 1:  # any key does the same: it stops what plays, and nothing is to choose
            continue
        choices = set(menu.keys) - {DONE_KEY}
        if menu.languages:  # the language that a call is in is not offered
            choices -= {next((key for key, where in menu.keys.items() if where == "speak_own"), "")}
        assert len(choices) <= MOST_CHOICES, menu.name


@pytest.mark.parametrize("language", EVERY)
def test_longer_ways_hold_the_shorter_ones_and_speak_one_language(language: str) -> None:
    ways = WAYS[language]
    seconds = {name: heard.speech(ESTIMATE).seconds for name, heard in ways.items()}
    assert seconds[EXIT] < seconds[PERSON] < seconds[BEGUN] < seconds[URGENT] < seconds[KEYS_ONLY]
    for name in (PERSON, BEGUN, URGENT, KEYS_ONLY, EXIT):
        others = {piece.language for piece in ways[name].pieces if piece.prompt != "language_offer"}
        assert others == {language}
    assert (OFFERED in ways) is (language != EVERY[0])
    assert "report_done" in [piece.prompt for piece in ways[KEYS_ONLY].pieces]


def test_a_caller_listens_up_to_the_sentence_that_names_the_key_and_no_further() -> None:
    last = WAYS["en"][PERSON].pieces[-1]
    assert (last.prompt, last.text) == ("main_menu", "For a trained handler, press one.")
    offered = WAYS["pl"][OFFERED].pieces
    assert [piece.language for piece in offered if piece.prompt == "language_offer"] == ["cy", "pl"]
    assert WAYS["en"][PERSON].quiet == 3, "the greeting waits for a key that chooses a language"


def test_a_sound_is_measured_itself_and_a_part_of_it_by_its_share(tmp_path: Path) -> None:
    folder = tmp_path / LINE.id / "so"
    folder.mkdir(parents=True)
    path = folder / "main_menu.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\0\0" * 8000 * 10)
    whole = WORDING.say("so", "main_menu")
    note_sounds(folder, {"main_menu": Sound(path, hash_of(whole), RECORDED_BY_A_PERSON)})
    measured = Measured(read_wording(LINE, audio_folder=tmp_path))
    assert measured(Piece("so", "main_menu", whole)).seconds == 10
    half = measured(Piece("so", "main_menu", whole[: len(whole) // 2]))
    assert half.how is How.RECORDED
    assert 4.9 < half.seconds < 5.1
    assert measured(Piece("so", "kept", WORDING.say("so", "kept"))).how is How.ESTIMATED, "nobody here speaks Somali"


def test_seconds_are_called_estimated_as_soon_as_one_piece_is() -> None:
    def measure(piece: Piece) -> Length:
        return Length(2.0, How.RECORDED if piece.language == "en" else How.ESTIMATED)

    spoken, guessed = Piece("en", "kept", "Thank you."), Piece("so", "kept", "Mahadsanid.")
    assert Heard((spoken, guessed)).speech(measure) == Length(4.0, How.ESTIMATED)
    assert Heard((spoken,)).speech(measure) == Length(2.0, How.RECORDED)


def the_sentences(language: str) -> Sentences:
    return Sentences.of(FLOW, WORDING, language, LINE.language(language).name, WAYS[language])


def test_the_table_has_a_row_for_each_language_and_says_what_is_estimated() -> None:
    table = seconds_table([the_sentences(language) for language in EVERY], ESTIMATE)
    for language in EVERY:
        assert re.search(rf"│ {language} ", table)
    assert "about 35.0" in table
    for name in (OFFERED, PERSON, EXIT):
        assert name in table


def test_a_page_holds_every_sentence_in_its_direction_with_its_keys_and_seconds() -> None:
    said = the_sentences("ar")
    page = as_sentences(LINE.name, said, [("ar.html", "x")], ESTIMATE)
    for row in said.rows:
        assert f"<code>{row.prompt}</code>" in page
    assert f'lang="ar" dir="rtl">{WORDING.say("ar", "consent")}</td>' in page
    main_menu = page.partition("<code>main_menu</code>")[2].partition("</tr>")[0]
    assert "1 person, 2 consent, 3 return begin, 4 scope" in main_menu
    assert re.search(r'title="estimated">about [0-9]+\.[0-9]<', main_menu)
    assert page.count("<tr>") == len(said.rows) + len(said.ways) + page.count("<thead>")
    assert not re.search(r"https?://|<script", page)


def test_the_first_page_leads_to_every_language() -> None:
    index = as_index(LINE.name, [the_sentences(language) for language in EVERY], ESTIMATE)
    assert re.findall(r'href="([a-z]+)\.html"', index) == list(EVERY)


def test_the_commands_print_and_write_and_refuse_a_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prompts(["seconds", "--estimate"]) == 0
    assert "Seconds spoken" in capsys.readouterr().out
    assert prompts(["page", "--estimate", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["en.html", "index.html", "pl.html"]
    assert prompts(["seconds", "--language", "cy"]) == 1
    assert "does not speak cy" in capsys.readouterr().err
