"""A caller comes to their own language by one key, or by the pages that follow, and everybody else is not kept long."""

from __future__ import annotations

import pytest

from ivr.call_flow import make_flow
from ivr.steps import Flow, Menu, Pressed, Silence, exits
from ivr.walk import answer
from prompts.language_offers import offers_of
from prompts.questionnaire import read_questionnaire
from tests.ivr.callers import SmallWorld, WalkedCall

MANY = ["en", "cy", "pl", "ro", "bn", "pa", "gu", "ta", "ar", "tr", "pt", "es", "fr", "ur", "so"]
OTHERS = MANY[1:]


def flow_of(*codes: str) -> Flow:
    return make_flow(read_questionnaire(), [(code, "") for code in codes])


FLOW = flow_of(*MANY)


def ringing(flow: Flow = FLOW) -> WalkedCall:
    return WalkedCall(flow)


def keys_to(code: str) -> tuple[str, ...]:
    """Return the keys that lead to a language."""
    offers = offers_of([(one, "") for one in MANY])
    if code in dict(offers.greeting):
        return (offers.key_of(code),)
    page = next(number for number, page in enumerate(offers.pages) if code in dict(page))
    return (*("4" * (page + 1)), offers.key_of(code))


def test_every_step_of_a_line_with_many_languages_can_be_reached() -> None:
    reached, todo = set(), [FLOW.begin, FLOW.person, FLOW.quick_exit, FLOW.again, FLOW.led_out]
    while todo:
        name = todo.pop()
        if name not in reached and name in FLOW.steps:
            reached.add(name)
            todo += [where for _, where in exits(FLOW.steps[name])]
    assert reached == set(FLOW.steps)


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_of_fifteen_is_reached_by_keys_and_stays(code: str) -> None:
    call = ringing().presses(*keys_to(code))
    assert (call.step, call.turn.memory.language) == ("greeting_here", code)
    call.hears(Silence()).hears(Silence())
    assert (call.step, call.turn.memory.language) == ("main_menu", code)


def test_at_most_three_others_and_more_are_offered_at_once() -> None:
    for step in FLOW.steps.values():
        if isinstance(step, Menu) and step.languages:
            assert len([code for code in step.languages if code != "en"]) <= 3


def test_who_says_nothing_after_the_greeting_goes_on_in_the_lines_own_language() -> None:
    call = ringing().hears(Silence())
    assert (call.step, call.turn.memory.language) == ("safety", "en")


def test_who_says_nothing_on_a_page_hears_the_next_and_at_last_goes_on_in_the_lines_own_language() -> None:
    call, steps = ringing().presses("4"), []
    while call.step.startswith("languages_"):
        steps.append(call.step)
        call.hears(Silence())
    assert steps == ["languages_1", "languages_2", "languages_3", "languages_4"]
    assert (call.step, call.turn.memory.language) == ("safety", "en")


def test_the_key_for_more_on_the_last_page_leads_to_the_first() -> None:
    assert ringing().presses("4", "4", "4", "4").step == "languages_4"
    assert ringing().presses("4", "4", "4", "4", "4").step == "languages_1"


def test_star_says_a_page_again_and_zero_leads_to_a_person_from_it() -> None:
    call = ringing().presses("4", "*")
    assert call.step == "languages_1"
    assert call.presses("0").step == "nobody_on_duty"


def test_four_others_need_one_page_that_leads_nowhere_else() -> None:
    flow = flow_of(*MANY[:5])
    page = flow.steps["languages_1"]
    assert isinstance(page, Menu)
    assert (dict(page.keys), page.closing, page.unheard) == ({"1": "speak_bn"}, (), "safety")
    assert "languages_2" not in flow.steps


def test_three_others_need_no_page_and_one_language_is_not_offered() -> None:
    greeting = flow_of(*MANY[:4]).steps["greeting"]
    assert isinstance(greeting, Menu)
    assert "4" not in greeting.keys
    assert greeting.closing == ()
    alone = flow_of("en").steps["greeting"]
    assert isinstance(alone, Menu)
    assert (alone.languages, dict(alone.keys)) == ((), {})


def test_the_lines_own_key_goes_on_without_greeting_twice() -> None:
    call = WalkedCall(make_flow(read_questionnaire(), [("en", "1"), ("pl", "2")])).presses("1")
    assert (call.step, call.turn.memory.language) == ("safety", "en")


def test_on_the_number_of_another_language_the_lines_own_is_one_key_away_and_greets() -> None:
    call = WalkedCall(FLOW, language="cy")
    assert (call.step, call.turn.memory.language) == ("greeting", "cy")
    call.turn = answer(FLOW, call.turn.memory, Pressed("5"), SmallWorld())
    assert (call.step, call.turn.memory.language) == ("greeting_here", "en")


def test_before_a_handler_and_before_consent_a_caller_is_told_what_is_recorded() -> None:
    waiting = ringing().hears(Silence()).hears(Silence())
    waiting.world.handler = True
    assert waiting.presses("1").turn.memory.preface == ("promise_rest",)
    for name in ("consent", "add_consent"):
        step = FLOW.steps[name]
        assert isinstance(step, Menu)
        assert step.opening == ("promise_rest",)
