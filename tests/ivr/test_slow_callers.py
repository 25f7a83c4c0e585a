"""Callers who need time: by key `8`, by silence, by text relay, by keys alone; and nobody else waits for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

from ivr.app import line_flow, line_languages
from ivr.asks import AskRecording, Length
from ivr.memory import Memory
from ivr.steps import Choose, Digits, End, Menu, Pressed, Record, Recorded, Silence
from ivr.twiml import Documents
from prompts.wording import read_wording
from tests.ivr.callers import REFERENCE, SmallWorld, WalkedCall
from tests.ivr.test_call_flow import at_menu, in_report, until
from tests.ivr.test_switched_walks import EXAMPLE

DOCUMENTS = Documents(line_flow(EXAMPLE), read_wording(EXAMPLE), line_languages(EXAMPLE), "https://line.example.org")
KNOWN = {"issue": "issued", "look_up_1": "known:" + "a" * 32}


def waits(memory: Memory) -> list[int]:
    """Return how many seconds a document waits for a key or for speech, in order."""
    root = etree.fromstring(DOCUMENTS.speak(memory, 1).encode())
    return [int(verb.get("timeout") or 0) for verb in root.iter("Gather", "Record")]


def words(memory: Memory) -> str:
    root = etree.fromstring(DOCUMENTS.speak(memory, 1).encode())
    return " ".join("".join(map(str, say.itertext())) for say in root.iter("Say"))


def is_slow(memory: Memory) -> bool:
    return "prosody" in DOCUMENTS.speak(memory, 1)


def onward(call: WalkedCall, spoken: str = "#") -> Iterator[str]:
    """Go through the rest of a call, answering everything; give each step."""
    for _ in range(80):
        step = call.flow.steps[call.step]
        yield call.step
        match step:
            case End():
                return
            case Record():
                call.hears(Recorded(spoken))
            case Digits():
                call.presses(REFERENCE[-4:] if call.step == "reference_tail" else REFERENCE)
            case Menu() if call.step.endswith("_more"):
                call.presses("2")
            case Menu() | Choose():
                call.presses("1")
            case _:
                call.hears(Silence())
    raise AssertionError(f"the call never ends: {call.step}")


# ---- by key ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "2"], ids=["voice", "keys"])
@pytest.mark.parametrize("where", ["greeting", "main_menu", "consent", "urgent", "allegation", "reference"])
def test_eight_is_remembered_from_consent_through_questions_and_reference_to_the_end(where: str, mode: str) -> None:
    call = WalkedCall(world=SmallWorld(found=dict(KNOWN)))
    keys = {"main_menu": "2", "consent": mode, "urgent": "2"}
    slowed: list[str] = []
    for _ in range(80):
        if call.step == where and not call.turn.memory.slower:
            call.presses("8")
        if call.turn.memory.slower:
            slowed.append(call.step)
            assert is_slow(call.turn.memory) or not words(call.turn.memory)  # a further round of waiting says nothing
        if isinstance(call.flow.steps[call.step], End):
            break
        if call.step in keys:
            call.presses(keys[call.step])
        else:
            next(acts := onward(call))
            next(acts, "")
    assert call.step == "report_done"
    passed = ["greeting", "safety", "main_menu", "consent", "urgent", "allegation", "reference", "reference_tail"]
    assert set(passed[passed.index(where) :]) <= set(slowed)


def test_eight_is_remembered_by_who_rings_back() -> None:
    call = at_menu()
    call.world.found = dict(KNOWN)
    call.presses("8", "3")
    steps = []
    for step in onward(call):
        steps.append(step)
        assert call.turn.memory.slower
    assert {"return_reference", "return_known", "add_consent", "add_story", "add_done"} <= set(steps)


def test_eight_survives_an_aside_and_a_nine_that_was_not_meant() -> None:
    call = until(in_report(), "who").presses("8", "0")
    assert call.hears(Silence()).step == "who"
    assert call.presses("9").hears(Silence()).turn.memory.slower


def test_every_wait_for_a_key_is_doubled_by_eight() -> None:
    for name, step in DOCUMENTS.flow.steps.items():
        if isinstance(step, Menu | Choose | Digits):
            usual, slower = Memory(name, "en"), Memory(name, "en", slower=True)
            assert waits(slower) == [2 * seconds for seconds in waits(usual)], name


# ---- by silence ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["who", "allegation"])
def test_the_first_silence_at_a_question_doubles_the_time_from_then_on_in_words_of_the_usual_speed(where: str) -> None:
    call = until(in_report(), where)
    before = waits(call.turn.memory)
    call.hears(Silence())
    assert (call.step, call.turn.memory.slower, is_slow(call.turn.memory)) == (where, False, False)
    assert waits(call.turn.memory)[-1] == 2 * before[-1]
    call.presses("#")
    following = call.turn.memory
    assert following.step != where
    assert waits(following)[-1] > waits(Memory(following.step, "en", consent=True))[-1]


def test_a_silence_at_a_menu_gives_nobody_longer_waits() -> None:
    assert not at_menu().hears(Silence()).turn.memory.patient


def test_who_needs_long_is_told_once_to_take_it_and_nobody_else_is() -> None:
    typing = DOCUMENTS.wording.say("en", "typing")
    call = until(in_report(), "who")
    first = call.hears(Silence()).turn.memory
    assert typing not in words(first)  # thinking for a moment is no reason to be told of text relay
    call = until(call.presses("#"), "story")
    again = call.hears(Silence()).turn.memory
    assert words(again).startswith(typing)
    call.hears(Recorded("#"))
    told = 0
    for _ in range(60):
        if isinstance(call.flow.steps[call.step], End):
            break
        call.hears(Silence())
        told += typing in words(call.turn.memory)
    assert told == 0


def test_who_pressed_eight_is_told_at_the_first_silence_of_a_recording() -> None:
    call = until(in_report(), "who").presses("8")
    assert DOCUMENTS.wording.say("en", "typing") in words(call.hears(Silence()).turn.memory)


def test_who_is_never_silent_hears_no_word_more_and_waits_no_longer() -> None:
    call = in_report()
    for step in onward(call):
        assert not call.turn.memory.patient
        assert "typing" not in call.turn.memory.preface, step


# ---- by text relay ------------------------------------------------------------------------------------------------


def test_a_text_relay_call_gets_through_by_keys_alone_with_a_silence_before_every_answer() -> None:
    call = WalkedCall(world=SmallWorld(found=dict(KNOWN)))
    keys = {"main_menu": "2", "consent": "2", "urgent": "2", "reference_tail": REFERENCE[-4:]}
    for _ in range(160):
        step = call.flow.steps[call.step]
        if isinstance(step, End):
            break
        if isinstance(step, Menu | Choose | Digits) and step.tries > 1 and not call.turn.memory.variant:
            asked = call.step
            call.hears(Silence())
            assert call.step == asked, "one silence never loses a question"
        if isinstance(step, Menu | Choose | Digits) and call.step != "greeting":
            call.presses(keys.get(call.step, "1"))
        else:
            call.hears(Silence())
    assert call.step == "report_done"
    assert not call.asked(AskRecording)
    assert len([values for _, values in call.turn.memory.answers if values]) > 8


def test_a_text_relay_call_by_voice_keeps_what_is_said_after_a_silence_at_every_question() -> None:
    call = until(in_report(), "who")
    kept = []
    for _ in range(80):
        step = call.flow.steps[call.step]
        if isinstance(step, End):
            break
        if isinstance(step, Record):
            assert waits(call.turn.memory)[-1] >= step.silence_seconds
            kept.append(call.step)
            call.hears(Silence())
        next(acts := onward(call))
        next(acts, "")
    assert call.step == "report_done"
    assert {"who", "story", "where"} <= set(kept)
    assert all(call.turn.memory.answered()[question] == ("clip",) for question in kept)


# ---- how silence ends ---------------------------------------------------------------------------------------------


def test_who_was_silent_from_ring_to_end_is_told_that_they_may_be_and_no_report_is_opened() -> None:
    call = WalkedCall()
    for _ in range(20):
        call.hears(Silence())
    assert call.step == "silent_end"
    assert "you need not speak" in words(call.turn.memory)
    assert [type(effect).__name__ for effect in call.effects] == ["Count"]


@pytest.mark.parametrize("first", [Pressed("2"), Pressed("1"), Pressed("7")])
def test_who_did_something_and_fell_silent_is_not_told_that_nobody_hears_them(first: Pressed) -> None:
    call = at_menu().hears(first)
    for _ in range(20):
        call.hears(Silence())
    assert call.step == "goodbye_quiet"


def test_a_silent_caller_in_a_call_that_lasts_too_long_ends_too() -> None:
    call = at_menu()
    call.world.lasts = Length.LONG
    assert call.hears(Silence()).step == "goodbye_short"
