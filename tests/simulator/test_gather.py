"""Gather: digits, the finishing key, silence, and what falls through."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.simulator.verbs import Gather
from ivr.simulator.waiting import Gathered, gather_begins, key_pressed
from tests.simulator.service import LINE, exchange_for

NEXT = "<Redirect>/through</Redirect>"
keys = st.text("0123456789*#", min_size=1, max_size=12)


def test_the_last_digit_wanted_asks_the_action_at_once() -> None:
    exchange, service = exchange_for({"/call": '<Gather numDigits="2" action="/act"/>' + NEXT, "/act": "<Gather/>"})
    call = exchange.ring(LINE)
    call.press("4")
    assert "/act" not in service.paths
    call.press("2")
    assert service.last("/act").form["Digits"] == "42"


def test_silence_falls_through_to_the_next_verb() -> None:
    exchange, service = exchange_for({"/call": '<Gather action="/act"/>' + NEXT, "/through": "<Gather/>"})
    call = exchange.ring(LINE)
    call.silence()
    assert service.paths == ["/call", "/through"]


def test_the_finishing_key_pressed_first_falls_through_too() -> None:
    exchange, service = exchange_for({"/call": '<Gather action="/act"/>' + NEXT, "/through": "<Gather/>"})
    exchange.ring(LINE).press("#")
    assert service.paths == ["/call", "/through"]


def test_the_finishing_key_is_not_one_of_the_digits() -> None:
    exchange, service = exchange_for({"/call": '<Gather action="/act"/>' + NEXT})
    exchange.ring(LINE).press("12#")
    assert service.last("/act").form["Digits"] == "12"


def test_without_a_finishing_key_hash_and_star_are_digits() -> None:
    exchange, service = exchange_for({"/call": '<Gather numDigits="1" finishOnKey="" action="/act"/>' + NEXT})
    exchange.ring(LINE).press("#")
    assert service.last("/act").form["Digits"] == "#"


def test_digits_that_stop_are_sent_when_patience_ends() -> None:
    exchange, service = exchange_for({"/call": '<Gather timeout="8" action="/act"/>' + NEXT})
    call = exchange.ring(LINE)
    call.press("12")
    call.silence()
    assert service.last("/act").form["Digits"] == "12"


def test_an_empty_result_asks_the_action_where_that_is_wanted() -> None:
    exchange, service = exchange_for({"/call": '<Gather actionOnEmptyResult="true" action="/act"/>' + NEXT})
    exchange.ring(LINE).silence()
    assert service.last("/act").form["Digits"] == ""
    assert "/through" not in service.paths


def test_without_an_action_the_present_address_is_asked() -> None:
    exchange, service = exchange_for({"/call": '<Gather numDigits="1"/>'})
    exchange.ring(LINE).press("1")
    assert service.paths == ["/call", "/call"]


def test_patience_counts_after_the_prompt_and_again_after_each_key() -> None:
    exchange, _ = exchange_for({"/call": '<Gather timeout="5"><Pause length="10"/></Gather>'})
    call = exchange.ring(LINE)
    began = exchange.clock.now()
    assert call.due == began + 15
    exchange.advance(6)
    call.press("1")
    assert call.due == began + 11


def test_a_key_during_a_sentence_outside_a_gather_is_lost() -> None:
    exchange, service = exchange_for({"/call": '<Say>Listen to me.</Say><Gather numDigits="1" action="/act"/>'})
    call = exchange.ring(LINE, listens_at_once=False)
    call.press("1")
    assert call.waiting_for == "nothing"
    call.silence()
    assert call.waiting_for == "key"
    assert "/act" not in service.paths


def test_several_keys_meet_several_documents() -> None:
    page = '<Gather numDigits="1" action="/act"/>'
    exchange, service = exchange_for({"/call": page, "/act": page})
    exchange.ring(LINE).press("99")
    assert [request.form.get("Digits") for request in service.asked] == [None, "9", "9"]


def test_time_ends_the_patience_of_everybody_in_order() -> None:
    exchange, service = exchange_for({"/call": '<Gather timeout="5"/>' + NEXT, "/through": '<Gather timeout="60"/>'})
    first = exchange.ring(LINE)
    exchange.advance(2)
    second = exchange.ring(LINE)
    exchange.advance(4)
    assert [request.form["CallSid"] for request in service.asked] == [first.sid, second.sid, first.sid]
    assert second.waiting_for == "key"


@given(keys, st.integers(1, 6))
def test_no_more_digits_are_gathered_than_were_asked_for(pressed: str, wanted: int) -> None:
    waiting = gather_begins(Gather(digits=wanted, finish_on_key=""), 0, 0)
    for count, key in enumerate(pressed, 1):
        after = key_pressed(waiting, key, 0)
        if isinstance(after, Gathered):
            assert count == wanted
            assert after.digits == pressed[:wanted]
            return
        waiting = after
    assert len(pressed) < wanted


@given(keys, st.sampled_from("0123456789*#"))
def test_the_finishing_key_never_stands_among_the_digits(pressed: str, finish: str) -> None:
    waiting = gather_begins(Gather(finish_on_key=finish), 0, 0)
    for key in pressed:
        after = key_pressed(waiting, key, 0)
        if isinstance(after, Gathered):
            assert after.digits == pressed.partition(finish)[0]
            assert after.asks_action == (not pressed.startswith(finish))
            return
        waiting = after
    assert finish not in pressed
    assert waiting.digits == pressed
