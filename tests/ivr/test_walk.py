"""Whatever is heard wherever, a call has a next step, asks for nothing twice in one place, and ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.asks import (
    GRACE_SECONDS,
    GRACE_TURNS,
    MAX_CALL_SECONDS,
    MAX_CALL_TURNS,
    AskRecording,
    Length,
    Spent,
    length_of,
)
from ivr.memory import Memory
from ivr.steps import Decide, Do, End, Heard, Pressed, Record, Recorded, Silence, exits
from ivr.walk import answer
from tests.ivr.callers import SmallWorld, WalkedCall, the_flow

FLOW = the_flow()
HEARD = st.one_of(
    st.just(Silence()),
    st.text("0123456789*#", min_size=1, max_size=16).map(Pressed),
    st.sampled_from(["", "#", "*", "0", "9", "hangup"]).map(Recorded),
)
LEARNT = st.sampled_from([{}, {"issue": "issued"}, {"look_up_1": "unknown"}, {"look_up_1": "known:" + "a" * 32}])


@given(st.lists(HEARD, max_size=80), LEARNT, st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_call_goes_on_at_a_step_that_speaks_and_survives_being_stored(
    heard: list[Heard], found: dict[str, str], handler: bool, well_formed: bool
) -> None:
    call = WalkedCall(FLOW, SmallWorld(handler=handler, found=found, well_formed=well_formed))
    for one in heard:
        call.hears(one)
        memory = call.turn.memory
        assert not isinstance(FLOW.steps[memory.step], Decide | Do)
        assert Memory.unpacked(memory.packed()) == memory
        if isinstance(FLOW.steps[memory.step], Record):
            assert memory.consent
    asked = [effect.intent_id for effect in call.effects if isinstance(effect, AskRecording)]
    assert len(asked) == len(set(asked))


@given(st.lists(HEARD, max_size=60))
@settings(max_examples=200, deadline=None)
def test_a_caller_who_falls_silent_anywhere_reaches_an_end_soon(heard: list[Heard]) -> None:
    call = WalkedCall(FLOW)
    for one in heard:
        call.hears(one)
    for _ in range(120):
        if isinstance(FLOW.steps[call.step], End):
            return
        call.hears(Silence())
    raise AssertionError(f"a silent caller goes round and round at {call.step}")


def test_every_step_can_be_reached_and_every_step_that_speaks_can_reach_an_end() -> None:
    reached, todo = set(), [FLOW.begin, FLOW.person, FLOW.quick_exit, FLOW.again, FLOW.led_out]
    while todo:
        name = todo.pop()
        if name in reached or name not in FLOW.steps:
            continue
        reached.add(name)
        todo += [where for _, where in exits(FLOW.steps[name])]
    assert reached == set(FLOW.steps)


def test_an_answer_at_a_step_is_the_same_every_time() -> None:
    call = WalkedCall(FLOW).hears(Silence()).hears(Silence()).presses("2", "1")
    first = answer(FLOW, call.turn.memory, Pressed("2"), SmallWorld(ids=50))
    assert first == answer(FLOW, call.turn.memory, Pressed("2"), SmallWorld(ids=50))


@given(st.lists(HEARD, max_size=40), st.lists(HEARD, min_size=30, max_size=60), LEARNT)
@settings(max_examples=300, deadline=None)
def test_a_call_that_lasts_too_long_is_led_to_an_end_whatever_is_done_and_loses_nothing_it_gave(
    before: list[Heard], after: list[Heard], found: dict[str, str]
) -> None:
    call = WalkedCall(FLOW, SmallWorld(found=found))
    for one in before:
        call.hears(one)
    call.world.lasts = Length.LONG
    gave, adding = call.turn.memory.answered().keys(), call.turn.memory.adding
    asked = len(call.asked(AskRecording))
    for one in after:
        if isinstance(FLOW.steps[call.step], End):
            break
        call.hears(one)
    assert adding or gave <= call.turn.memory.answered().keys()
    assert len(call.asked(AskRecording)) == asked  # no new question
    call.world.lasts = Length.OVER
    call.hears(Pressed("*")).hears(Silence())
    assert isinstance(FLOW.steps[call.step], End)


@pytest.mark.parametrize(
    ("seconds", "turns", "length"),
    [
        (0, 1, Length.FINE),
        (MAX_CALL_SECONDS, MAX_CALL_TURNS, Length.FINE),
        (MAX_CALL_SECONDS + 1, 1, Length.LONG),
        (1, MAX_CALL_TURNS + 1, Length.LONG),
        (MAX_CALL_SECONDS + GRACE_SECONDS + 1, 1, Length.OVER),
        (1, MAX_CALL_TURNS + GRACE_TURNS + 1, Length.OVER),
    ],
)
def test_an_hour_or_four_hundred_turns_are_enough_for_anybody(seconds: int, turns: int, length: Length) -> None:
    assert length_of(Spent(seconds, turns), Spent()) is length
