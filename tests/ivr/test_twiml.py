"""Every document that any step can speak is one that Twilio obeys, leads on, and gives nothing away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree as XmlTree

import pytest

from ivr.app import line_flow, line_languages
from ivr.memory import Memory
from ivr.simulator.documents import MAX_DOCUMENT_BYTES, read
from ivr.simulator.overrides import split
from ivr.simulator.verbs import Dial, Gather, Hangup, Play, Record, Redirect, Say
from ivr.spoken import PREFACES
from ivr.static_answers import MAX_ROUNDS, StaticAnswers
from ivr.steps import Decide, Do, Flow
from ivr.steps import Record as RecordStep
from ivr.twiml import OVERRIDES, Documents, Seat
from prompts.line import Line, read_line
from prompts.wording import read_wording
from tests.house import BASE, EXAMPLE_LINE

REFERENCE = "4827150639182745"
TOKEN, INTENT, REPORT, ROOM = "a" * 32, "b" * 32, "c" * 32, "d" * 32
TURN = 41
VARIANTS = ("", "silence", "silence2", "wrong_key", "more")
SPOKEN_CHARACTERS = 3000  # of one <Say> with a Polly voice


@pytest.fixture(scope="module")
def line() -> Line:
    return read_line(EXAMPLE_LINE)


@pytest.fixture(scope="module")
def flow(line: Line) -> Flow:
    return line_flow(line)


@pytest.fixture(scope="module")
def documents(line: Line, flow: Flow) -> Documents:
    return Documents(flow, read_wording(line), line_languages(line), BASE)


def memories(flow: Flow, languages: tuple[str, ...]) -> Iterator[Memory]:
    """Give a memory for everything that shapes a document; what must never be spoken stands in each."""
    for name, step in flow.steps.items():
        if isinstance(step, Decide | Do):
            continue
        full = Memory(
            name,
            "en",
            report_id=REPORT,
            reference=REFERENCE,
            keyed=REFERENCE,
            audio_token=TOKEN,
            intent_id=INTENT,
            consent=True,
            lookup="look_up_1",
            room=ROOM,
        )
        for language in languages:
            for variant in VARIANTS:
                for leaving, slower, rounds in (
                    (False, False, 0),
                    (True, False, 0),
                    (False, True, 0),
                    (False, False, 2),
                ):
                    yield replace(
                        full, language=language, variant=variant, leaving=leaving, slower=slower, rounds=rounds
                    )


def all_documents(documents: Documents) -> Iterator[tuple[Memory, str]]:
    for memory in memories(documents.flow, documents.languages):
        yield memory, documents.speak(memory, TURN)


def parsed(text: str) -> XmlTree.Element:
    return XmlTree.fromstring(text)  # noqa: S314 (our own document)


def addresses(text: str) -> list[str]:
    """Return every address that a document holds, from any attribute or element."""
    root = parsed(text)
    found = []
    for element in root.iter():
        if element.tag in ("Play", "Redirect"):
            found.append(element.text or "")
        named = ("action", "recordingStatusCallback", "statusCallback", "waitUrl")
        found += [element.attrib[name] for name in named if name in element.attrib]
    return found


def test_every_document_is_obeyed_without_a_complaint(documents: Documents) -> None:
    complaints = {}
    count = 0
    for memory, text in all_documents(documents):
        count += 1
        document = read(text.encode())
        if document.faults or not document.verbs or len(text.encode()) > MAX_DOCUMENT_BYTES:
            complaints[memory.step, memory.variant, memory.language] = document.faults
    assert complaints == {}
    assert count > 1000


def test_every_sentence_is_short_enough_for_its_voice(documents: Documents) -> None:
    for memory, text in all_documents(documents):
        for said in parsed(text).iter("Say"):
            assert 0 < len("".join(said.itertext())) <= SPOKEN_CHARACTERS, memory.step


def test_every_preface_can_stand_before_a_step(documents: Documents) -> None:
    for language in documents.languages:
        for preface in PREFACES:
            text = documents.speak(Memory("main_menu", language, preface=(preface,)), TURN)
            assert read(text.encode()).faults == ()
            words = documents.wording.say(language, preface)
            assert words in "".join(parsed(text).itertext())


def test_every_address_is_ours_whole_and_asks_for_retries(documents: Documents) -> None:
    for memory, text in all_documents(documents):
        for address in addresses(text):
            assert address.startswith(BASE + "/"), (memory.step, address)
            assert address.endswith(OVERRIDES), (memory.step, address)
            _, overrides = split(address)
            assert overrides.retries == 2
            assert overrides.policies == {"4xx", "5xx", "ct", "rt"}
            assert (overrides.connect_ms, overrides.read_ms) == (2000, 4000)


def test_addresses_hold_only_what_is_signed_as_it_stands(documents: Documents) -> None:
    for memory, text in all_documents(documents):
        for address in addresses(text):
            path = split(address)[0].removeprefix(BASE)
            assert re.fullmatch(r"(/[A-Za-z0-9_.-]+)+", path), (memory.step, path)


def test_whatever_listens_is_followed_by_a_way_on_to_the_same_address(documents: Documents) -> None:
    # Silence falls through a Gather, and an empty recording asks no action: without a Redirect the call would end.
    for memory, text in all_documents(documents):
        verbs = read(text.encode()).verbs
        address = f"{BASE}/call/{memory.step}/{TURN}{OVERRIDES}"
        if verbs[-1] == Hangup():
            assert not any(isinstance(verb, Gather | Record) for verb in verbs)
            continue
        assert verbs[-1] == Redirect(address), memory.step
        for verb in verbs:
            if isinstance(verb, Gather | Record | Dial):
                assert (verb.action, verb.method) == (address, "POST")


def test_no_document_holds_a_reference_or_a_name_of_the_carriers(documents: Documents) -> None:
    pieces = {REFERENCE[at : at + 4] for at in range(13)}
    for memory, text in all_documents(documents):
        assert REPORT not in text, memory.step
        assert not re.search(r"\b(CA|RE|AC)[0-9a-f]{32}", text), memory.step
        bare = text.replace(TOKEN, "").replace(INTENT, "")
        assert not any(piece in bare for piece in pieces), memory.step
        assert not re.search(r"[0-9]{5,}", re.sub(r"#ct=\d+&amp;rt=\d+", "", bare)), memory.step


def test_what_is_for_one_caller_is_played_from_its_own_address_and_nowhere_else(documents: Documents) -> None:
    playing = {memory.step for memory, text in all_documents(documents) if f"/audio/{TOKEN}" in text}
    assert playing == {"reference", "clip_playing", "letter_playing"}


def test_nobody_is_recorded_outside_the_questions_by_voice(documents: Documents) -> None:
    for memory, text in all_documents(documents):
        recording = "<Record" in text
        expected = isinstance(documents.flow.steps[memory.step], RecordStep) and not memory.leaving
        assert recording is expected, memory.step
        if recording:
            (verb,) = [verb for verb in read(text.encode()).verbs if isinstance(verb, Record)]
            assert verb.callback == f"{BASE}/recording/{INTENT}{OVERRIDES}"
            assert set(verb.callback_events) == {"completed", "absent"}
            assert verb.finish_on_key == "#*09"
            assert verb.timeout >= 10, "somebody in distress needs time between two words"
            assert 2 <= verb.max_seconds <= 120


def test_a_conference_is_nameless_quiet_and_never_recorded_and_only_its_caller_ends_it(documents: Documents) -> None:
    rooms = [(memory, text) for memory, text in all_documents(documents) if "<Conference" in text]
    assert {memory.step for memory, _ in rooms} == {"talking"}
    seats = (Seat(ROOM), Seat(ROOM, only_hears=True), Seat(ROOM, plays_caller=True))
    for text in (*(text for _, text in rooms), *(documents.seat(seat) for seat in seats)):
        (room,) = parsed(text).iter("Conference")
        assert (room.text, room.get("beep"), room.get("record"), room.get("participantLabel")) == (
            *(ROOM, "false", "do-not-record"),
            None,
        )
        assert room.get("waitMethod") == "POST"
        assert all(dial.get("record") == "do-not-record" for dial in parsed(text).iter("Dial"))
        assert read(text.encode()).faults == ()
        assert all(address.endswith(OVERRIDES) for address in addresses(text) if address)
    ends = [
        room.get("endConferenceOnExit") for seat in seats for room in parsed(documents.seat(seat)).iter("Conference")
    ]
    assert ends == ["false", "false", "true"]


def test_every_step_speaks_unless_it_is_silent_on_purpose(documents: Documents) -> None:
    for memory, text in all_documents(documents):
        if memory.leaving or (memory.rounds and ("<Pause" in text or "<Conference" in text)):
            continue
        verbs = read(text.encode()).verbs
        prompts = [p for verb in verbs for p in (verb.prompts if isinstance(verb, Gather) else (verb,))]
        assert any(isinstance(prompt, Say | Play) for prompt in prompts), (memory.step, memory.variant)


def test_a_caller_who_wants_it_slower_has_twice_the_time_and_slower_words(documents: Documents) -> None:
    usual = documents.speak(Memory("main_menu", "en"), TURN)
    slower = documents.speak(Memory("main_menu", "en", slower=True), TURN)
    (before,) = [verb for verb in read(usual.encode()).verbs if isinstance(verb, Gather)]
    (after,) = [verb for verb in read(slower.encode()).verbs if isinstance(verb, Gather)]
    assert after.timeout == 2 * before.timeout
    assert 'rate="slow"' in slower
    assert 'rate="slow"' not in usual


def test_each_language_is_spoken_with_its_own_voice_and_tag(documents: Documents) -> None:
    for memory, text in all_documents(documents):
        if memory.step in ("greeting", *(name for name in documents.flow.steps if name.startswith("speak_"))):
            continue  # offers every language in its own words
        voice = documents.wording.voice(memory.language)
        for said in parsed(text).iter("Say"):
            assert (said.get("voice"), said.get("language")) == (voice.voice, voice.tag), memory.step


def test_a_filled_document_leaves_no_mark_open(documents: Documents) -> None:
    for memory, text in all_documents(documents):
        assert not re.search(r"NEXT-ADDRESS|INTENT-ID|SOUND-TOKEN|ROOM-NAME|[{}]", text), memory.step


def test_one_calls_values_do_not_stay_in_the_next_calls_document(documents: Documents) -> None:
    first = Memory("story", "en", consent=True, intent_id="1" * 32)
    second = replace(first, intent_id="2" * 32)
    assert documents.speak(first, 3) != documents.speak(second, 4)
    assert "1" * 32 not in documents.speak(second, 4)
    assert "/call/story/3" not in documents.speak(second, 4)


# ---- what is spoken from memory ---------------------------------------------------------------------------------


def static_documents(documents: Documents) -> Iterator[str]:
    static = StaticAnswers(documents)
    for name in ("ask", "consent", "done", "nonsense"):
        for round_ in range(MAX_ROUNDS + 2):
            for keys in ("", *"0123456789*#"):
                yield static.answer(name, round_, keys)
    yield static.fallback("https://handler.twilio.com/twiml/EH" + "0" * 32)
    yield static.fallback_recording()


def test_the_words_from_memory_are_obeyed_and_lead_on_or_end(documents: Documents) -> None:
    for text in static_documents(documents):
        document = read(text.encode())
        assert document.faults == ()
        assert isinstance(document.verbs[-1], Redirect | Hangup)
        for verb in document.verbs:
            if isinstance(verb, Record):
                assert verb.callback == f"{BASE}/recording/adopt{OVERRIDES}"
        for address in addresses(text):
            assert address.startswith("https://handler.twilio.com/") or (
                address.startswith(BASE) and address.endswith(OVERRIDES)
            )


def test_the_documents_that_twilio_keeps_are_small_enough_and_apologise_first(documents: Documents) -> None:
    static = StaticAnswers(documents)
    fallback = static.fallback("https://handler.twilio.com/twiml/EH" + "0" * 32)
    first = read(fallback.encode()).verbs[0]
    assert isinstance(first, Say)
    assert first.text == documents.wording.say("en", "apology")
    assert "<Record" not in fallback, "a key agrees before anything is recorded"
    for text in (fallback, static.fallback_recording()):
        assert len(text) <= 4000
