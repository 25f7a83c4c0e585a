"""A clip counts when its caller goes on from it; until then it can be heard, said again or deleted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.asks import AcceptClip, AskRecording, FetchClip, KeepAnswer, RefuseClip
from ivr.clip_review import CLIP_SOUND, MAX_HEARINGS, MAX_RECORDINGS
from ivr.steps import Pressed, Recorded, Silence
from ivr.walk import MAX_CLIPS_A_QUESTION, answer
from tests.ivr.callers import SmallWorld, WalkedCall

SAID = Recorded("#")


def at_who() -> WalkedCall:
    """Return a caller who agreed to be recorded and is asked who it is about."""
    call = WalkedCall().hears(Silence()).hears(Silence()).presses("2", "1")
    for _ in range(30):
        if call.step == "who":
            return call
        call.presses("#")
    raise AssertionError("who is never asked")


def in_review() -> WalkedCall:
    return at_who().hears(SAID).presses("1")


def heard_back(call: WalkedCall) -> WalkedCall:
    """Let a caller in review hear the clip."""
    call.presses("1")
    call.world.found[f"{CLIP_SOUND}{call.turn.memory.audio_token}"] = "there"
    return call.hears(Silence())


def intent_of(call: WalkedCall) -> str:
    return call.turn.memory.intent_id


@pytest.mark.parametrize("heard", [Silence(), Pressed("#"), Pressed("5")])
def test_who_does_nothing_goes_on_and_the_clip_counts(heard: Silence | Pressed) -> None:
    call = at_who().hears(SAID)
    assert call.step == "clip_kept"
    intent = intent_of(call)
    assert not call.asked(AcceptClip)
    call.hears(heard)
    assert call.step == "force"
    assert call.asked(AcceptClip) == [AcceptClip(intent)]


@pytest.mark.parametrize("keys", ["4", "#"])
def test_a_caller_in_review_goes_on_by_key(keys: str) -> None:
    call = in_review()
    assert call.step == "clip_review"
    intent = intent_of(call)
    assert call.presses(keys).step == "force"
    assert call.asked(AcceptClip) == [AcceptClip(intent)]


def test_a_clip_is_ordered_once_and_heard_when_it_is_there() -> None:
    call = in_review().presses("1")
    assert call.step == "clip_wait"
    call.hears(Silence())
    assert call.step == "clip_wait"
    (order,) = call.asked(FetchClip)
    assert isinstance(order, FetchClip)
    assert (order.intent_id, order.token) == (intent_of(call), call.turn.memory.audio_token)
    call.world.found[order.name] = "there"
    assert call.hears(Silence()).step == "clip_playing"
    assert call.presses("4").step == "force"


@pytest.mark.parametrize("key", ["*", "8"])
def test_hearing_it_again_makes_another_address(key: str) -> None:
    call = heard_back(in_review())
    token = call.turn.memory.audio_token
    assert call.presses(key).step == "clip_wait"
    assert call.turn.memory.audio_token != token
    assert len(call.asked(FetchClip)) == 2


def test_nine_once_while_hearing_and_then_silence_plays_no_address_twice() -> None:
    call = heard_back(in_review())
    token = call.turn.memory.audio_token
    call.presses("9").hears(Silence())
    assert (call.step, call.turn.memory.audio_token != token) == ("clip_wait", True)


def test_the_last_clip_that_a_question_takes_can_be_deleted_although_it_was_ended_by_star() -> None:
    call = at_who()
    for _ in range(MAX_CLIPS_A_QUESTION):
        call.hears(Recorded("*"))
    intent = intent_of(call)
    call.presses("1", "3")
    assert call.turn.memory.preface == ("clip_deleted",)
    assert call.asked(RefuseClip) == [RefuseClip(intent)]
    assert AcceptClip(intent) not in call.asked(AcceptClip)


def test_a_clip_that_does_not_come_is_kept_and_the_call_goes_on() -> None:
    call = in_review().presses("1")
    while call.step == "clip_wait":
        call.hears(Silence())
    assert (call.step, call.turn.memory.preface) == ("force", ("clip_not_ready",))
    assert call.asked(AcceptClip)


def test_a_clip_that_is_said_again_is_taken_back_and_the_question_is_asked_anew() -> None:
    call = heard_back(in_review())
    intent = intent_of(call)
    call.presses("2")
    assert (call.step, call.turn.memory.variant, call.turn.memory.preface) == ("who", "", ("clip_again",))
    assert call.asked(RefuseClip) == [RefuseClip(intent)]
    assert intent_of(call) != intent
    call.hears(SAID).hears(Silence())
    assert call.step == "force"
    assert call.turn.memory.answered()["who"] == ("clip",)


def test_a_deleted_clip_leaves_its_question_unanswered_and_the_call_goes_on() -> None:
    call = in_review().presses("3")
    assert call.step == "force"
    assert call.turn.memory.preface == ("clip_deleted",)
    assert call.turn.memory.answered()["who"] == ()
    assert len(call.asked(RefuseClip)) == 1
    assert not call.asked(AcceptClip)
    assert [effect.values for effect in call.asked(KeepAnswer) if effect.question == "who"] == [()]  # type: ignore[union-attr]


def test_of_several_clips_only_the_last_is_deleted() -> None:
    call = at_who().hears(Recorded("*")).hears(SAID).presses("1", "3")
    assert call.turn.memory.answered()["who"] == ("clip",)
    assert len(call.asked(AcceptClip)) == len(call.asked(RefuseClip)) == 1
    assert call.step == "force"


@pytest.mark.parametrize(("ended_by", "step"), [("*", "who"), ("0", "force"), ("9", "who")])
def test_a_clip_that_a_command_ends_counts_at_once(ended_by: str, step: str) -> None:
    call = at_who()
    intent = intent_of(call)
    call.hears(Recorded(ended_by))
    assert call.asked(AcceptClip) == [AcceptClip(intent)]
    if ended_by == "0":
        call.hears(Silence())  # the sentence that nobody is there
    assert call.step == step


def test_who_hangs_up_in_review_takes_nothing_back() -> None:
    call = at_who().hears(Recorded("hangup"))
    assert not call.asked(AcceptClip)
    assert not call.asked(RefuseClip)


def test_after_two_clips_it_is_known_and_said_no_more() -> None:
    call = at_who()
    steps = []
    for _ in range(4):
        for _ in range(20):
            if call.step in ("clip_kept", "clip_next"):
                break
            asks = call.effects[-1] if call.effects else None
            call.hears(SAID) if isinstance(asks, AskRecording) else call.presses("#")
        steps.append(call.step)
        assert call.presses("1").step == "clip_review"
        call.presses("4")
    assert steps == ["clip_kept", "clip_kept", "clip_next", "clip_next"]


def test_a_person_asked_for_in_review_leads_back_to_it() -> None:
    call = in_review().presses("0")
    assert call.step == "nobody_yet"
    assert call.hears(Silence()).step == "clip_review"
    assert heard_back(call).presses("0").hears(Silence()).step == "clip_wait"


def test_what_one_caller_can_make_us_fetch_and_ask_for_has_bounds() -> None:
    call = in_review()
    memory = replace(call.turn.memory, hearings=MAX_HEARINGS)
    turn = answer(call.flow, memory, Pressed("1"), SmallWorld())
    assert turn.memory.step == "force"
    assert not [effect for effect in turn.effects if isinstance(effect, FetchClip)]
    memory = replace(call.turn.memory, place=MAX_RECORDINGS)
    turn = answer(call.flow, memory, Pressed("2"), SmallWorld())
    assert turn.memory.step == "force"
    assert AcceptClip(memory.intent_id) in turn.effects
