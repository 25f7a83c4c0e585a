"""Whoever chose a language is spoken to in it to the end: every document of every step, and a whole report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as XmlTree

import pytest

from ivr.app import line_flow, line_languages
from ivr.memory import Memory
from ivr.simulator.documents import MAX_DOCUMENT_BYTES, read
from ivr.spoken import PREFACES
from ivr.static_answers import MAX_ROUNDS, StaticAnswers
from ivr.steps import Decide, Do, End, Menu, Recorded, Silence
from ivr.steps import Record as RecordStep
from ivr.twiml import Documents
from prompts.line import read_line
from prompts.scripts import sentences
from prompts.wording import FOLDER, read_wording
from tests.house import BASE
from tests.ivr.callers import REFERENCE, SmallWorld, WalkedCall

LINE = read_line(FOLDER / "lines" / "met.toml")
FLOW = line_flow(LINE)
DOCUMENTS = Documents(FLOW, read_wording(LINE), line_languages(LINE), BASE)
OTHERS = DOCUMENTS.languages[1:]
VOICELESS = [code for code in OTHERS if not DOCUMENTS.wording.voice(code).voice]
VARIANTS = ("", "silence", "silence2", "wrong_key", "more")
SPOKEN_CHARACTERS = 3000  # of one <Say> with a Polly voice
TWIML_BIN_CHARACTERS = 4000


def documents_in(language: str) -> Iterator[tuple[Memory, str]]:
    """Give what every step says in a language, in all its variants; where languages are offered, none is left out."""
    for name, step in FLOW.steps.items():
        if isinstance(step, Decide | Do) or (isinstance(step, Menu) and step.languages):
            continue
        for variant in VARIANTS:
            memory = Memory(
                name, language, variant=variant, consent=True, intent_id="b" * 32, audio_token="a" * 32, room="d" * 32
            )
            yield memory, DOCUMENTS.speak(memory, 1)
    for preface in PREFACES:
        memory = Memory("main_menu", language, preface=(preface,))
        yield memory, DOCUMENTS.speak(memory, 1)
    static = StaticAnswers(DOCUMENTS).speaking(language)
    for name in ("ask", "consent", "done"):
        for round_ in range(MAX_ROUNDS + 1):
            yield Memory(name, language), static.answer(name, round_, "1")


def said_in(document: str) -> Iterator[XmlTree.Element]:
    return XmlTree.fromstring(document).iter("Say")  # noqa: S314 (our own document)


def spoken_sentences(language: str) -> dict[str, str]:
    """Return every sentence that is said in a language, with the step that says it."""
    return {
        sentence.strip(): memory.step
        for memory, document in documents_in(language)
        for said in said_in(document)
        for sentence in sentences(said.text or "")
        if len(sentence.split()) > 1
    }


ENGLISH = spoken_sentences("en")


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_sentence_stands_in_a_document_of_another_language(language: str) -> None:
    left = {sentence: step for sentence, step in spoken_sentences(language).items() if sentence in ENGLISH}
    assert left == {}


@pytest.mark.parametrize("language", OTHERS)
def test_every_document_is_spoken_by_the_voice_of_its_language_and_filled(language: str) -> None:
    voice = DOCUMENTS.wording.voice(language)
    count = 0
    for memory, document in documents_in(language):
        assert len(document.encode()) <= MAX_DOCUMENT_BYTES
        assert not re.search(r"[{}]", document), memory.step
        for said in said_in(document):
            count += 1
            assert (said.get("voice", ""), said.get("language")) == (voice.voice, voice.tag), memory.step
            assert 0 < len("".join(said.itertext())) <= SPOKEN_CHARACTERS
    assert count > 150


@pytest.mark.parametrize("language", [code for code in OTHERS if code not in VOICELESS])
def test_twilio_obeys_every_document_of_a_language_that_it_can_speak(language: str) -> None:
    assert {
        memory.step: faults for memory, text in documents_in(language) if (faults := read(text.encode()).faults)
    } == {}


@pytest.mark.parametrize("language", [code for code in OTHERS if code not in VOICELESS])
def test_the_documents_that_twilio_keeps_for_a_language_fit_and_play_no_sound_of_ours(language: str) -> None:
    static = StaticAnswers(DOCUMENTS).speaking(language)
    for document in (static.fallback("https://handler.twilio.com/twiml/EH" + "0" * 32), static.fallback_recording()):
        assert len(document) <= TWIML_BIN_CHARACTERS
        assert read(document.encode()).faults == ()
        assert f"{BASE}/call/in/{language}#" in document


@pytest.mark.parametrize(
    "name", [name for name, step in FLOW.steps.items() if isinstance(step, Menu) and step.languages]
)
def test_a_menu_of_languages_offers_each_in_its_own_voice(name: str) -> None:
    step = FLOW.steps[name]
    assert isinstance(step, Menu)
    said = {(said.text, said.get("voice", "")) for said in said_in(DOCUMENTS.speak(Memory(name, "en"), 1))}
    for code in step.languages:
        offer = (DOCUMENTS.wording.say(code, "language_offer"), DOCUMENTS.wording.voice(code).voice)
        assert (offer in said) is (code != "en")
        keys = [key for key, where in step.keys.items() if where == (f"speak_{code}" if code != "en" else "speak_own")]
        assert DOCUMENTS.wording.files[code].keys[keys[0]].casefold() in offer[0].casefold()


def test_the_key_for_more_is_offered_in_the_language_of_the_call() -> None:
    for language in ("en", "cy"):
        document = DOCUMENTS.speak(Memory("greeting", language), 1)
        assert DOCUMENTS.wording.say(language, "more_languages") in document


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("mode", ["1", "2"])
def test_a_whole_report_is_told_in_the_language_that_was_chosen(language: str, mode: str) -> None:
    call = WalkedCall(FLOW, SmallWorld(found={"issue": "issued"}), language=language)
    call.hears(Silence()).hears(Silence()).presses("2", mode)
    for _ in range(150):
        step = call.flow.steps[call.step]
        assert call.turn.memory.language == language
        if isinstance(step, End):
            break
        DOCUMENTS.speak(call.turn.memory, 1)
        if isinstance(step, RecordStep):
            call.hears(Recorded("#"))
        else:
            call.presses(
                REFERENCE[-4:] if call.step == "reference_tail" else "2" if call.step.endswith("_more") else "1"
            )
    assert call.step == "report_done"
