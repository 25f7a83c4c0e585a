"""What is marked in words for a caller: whatever tells whoever else hears them what was reported, or by whom."""

from __future__ import annotations

import pytest

from handlers.sanitising.replying import (
    ABOUT_CALLER,
    ABOUT_REPORT,
    ASKED_OUT,
    LEADS_BACK,
    NAMED,
    marks_in,
)
from handlers.sanitising.rules import Rules, read_rules
from storage.contents import Subject

OFFICER = Subject("officer", name="Darren Holloway", number="4471", unit="Northfield response")


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules()


def why(text: str, rules: Rules, *, leave_out: str = "", english: bool = True) -> dict[str, str]:
    return {mark.words: mark.why for mark in marks_in(text, [OFFICER], leave_out, rules, english=english)}


def test_plain_words_that_say_nothing_of_the_report_are_not_marked(rules: Rules) -> None:
    assert why("Thank you. A team is looking into what you told us. Is it still going on?", rules) == {}


@pytest.mark.parametrize("said", ["Holloway", "Darren", "holloway", "4471", "Northfield"])
def test_whom_the_report_is_about_is_marked_in_every_language(said: str, rules: Rules) -> None:
    for english in (True, False):
        assert NAMED in why(f"Is {said} still there?", rules, english=english).values()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Does your husband still work there?", ABOUT_CALLER),
        ("Were you told this by your sister?", ABOUT_CALLER),
        ("Did it happen on Friday at half past nine?", ABOUT_REPORT),
        ("Ring us on 07700 900123.", LEADS_BACK),
    ],
)
def test_what_tells_of_the_caller_or_of_the_report_is_marked_with_why(text: str, told: str, rules: Rules) -> None:
    assert told in why(text, rules).values()


def test_what_the_caller_asked_to_leave_out_is_not_asked_for_either(rules: Rules) -> None:
    for english in (True, False):
        assert (
            ASKED_OUT
            in why("Was it at the bakery?", rules, leave_out="that I work in the bakery", english=english).values()
        )


def test_the_marked_words_are_those_that_were_typed(rules: Rules) -> None:
    assert "your husband" in " ".join(why("Does Your\u2019s or your husband know?", rules)).lower()


def test_each_mark_stands_once_and_in_the_order_of_the_text(rules: Rules) -> None:
    text = (
        "Holloway: was it on Friday? Who else was there that evening with him when it was, and where is Holloway now?"
    )
    found = [mark.words for mark in marks_in(text, [OFFICER], "", rules, english=True)]
    assert found.count("Holloway") == 1
    assert found.index("Holloway") < next(place for place, words in enumerate(found) if "Friday" in words)
