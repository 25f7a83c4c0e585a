"""Times and places become coarser by rule, whatever way they were said; nothing exact is left in what is proposed."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.sanitising.blurring import KeptExact, blurred
from handlers.sanitising.days import MONTHS
from handlers.sanitising.reasons import EDIT_WORDS, KEEP_WORDS, EditReason, KeepReason
from handlers.sanitising.rules import Kind
from tests.handlers.sanitising.reports import HELD_OUT, TUNED, reports

RECEIVED = date(2026, 1, 5)  # a Monday


def choices(kind: Kind, words: str, received: date | None = None) -> tuple[str, ...]:
    found = blurred(kind, words, received)
    return found.choices if found else ()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("14 March 2025", ("in March 2025", "in the week of 10 March 2025", "in spring 2025", "in 2025")),
        ("the fourteenth of March", ("in March", "in mid-March", "in spring")),
        ("March the 3rd", ("in March", "in early March", "in spring")),
        ("28.02.2025", ("in February 2025", "in the week of 24 February 2025", "at the beginning of 2025", "in 2025")),
        ("2025-12-31", ("in December 2025", "in the week of 29 December 2025", "at the end of 2025", "in 2025")),
        ("twenty-third of October", ("in October", "in late October", "in autumn")),
        ("the last day of April", ("in April", "in late April", "in spring")),
        ("New Year\u2019s Eve", ("in December", "in late December", "in winter")),
        ("Good Friday", ("around Easter",)),
        ("every Thursday", ("again and again", "regularly")),
        ("tuesdays and fridays", ("again and again", "regularly")),
        ("next Monday", ("soon",)),
    ],
)
def test_a_date_becomes_a_month_or_coarser(words: str, told: tuple[str, ...]) -> None:
    assert choices(Kind.DATE, words) == told


@pytest.mark.parametrize(
    ("words", "month"),
    [
        ("yesterday", "in January 2026"),
        ("last Thursday", "in January 2026"),
        ("on Tuesday", "in December 2025"),
        ("five days ago", "in December 2025"),
        ("the 30th", "in December 2025"),
        ("on Monday", "in December 2025"),  # said on a Monday, it is the last one
    ],
)
def test_a_near_day_is_reckoned_from_the_day_of_receipt(words: str, month: str) -> None:
    assert choices(Kind.DATE, words, RECEIVED)[0] == month


@pytest.mark.parametrize("words", ["yesterday", "last Thursday", "three days ago", "the 30th"])
def test_without_the_day_of_receipt_a_near_day_is_recent(words: str) -> None:
    assert choices(Kind.DATE, words) == ("recently",)


@pytest.mark.parametrize("words", ["31 February", "the 45th of March", "32/13/2025", "some day"])
def test_what_is_no_date_is_not_guessed_at(words: str) -> None:
    assert choices(Kind.DATE, words) == ()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("03:40", "in the early hours"), ("0340 hours", "in the early hours"), ("2.15 am", "in the early hours"),
        ("quarter to three in the morning", "in the early hours"), ("nine in the morning", "in the morning"),
        ("12 am", "in the early hours"), ("12pm", "in the afternoon"), ("16:42", "in the afternoon"),
        ("ten past four in the afternoon", "in the afternoon"), ("8pm", "in the evening"),
        ("twenty one hundred hours", "in the evening"), ("23.05", "late at night"), ("ten at night", "late at night"),
        ("after midnight", "in the early hours"), ("twenty to midnight", "late at night"),
        ("noon", "around the middle of the day"), ("two at night", "in the early hours"),
    ],
)  # fmt: skip
def test_a_time_becomes_a_part_of_the_day(words: str, part: str) -> None:
    assert choices(Kind.TIME, words)[0] == part


@pytest.mark.parametrize("words", ["half four", "at 8.50", "seven", "5 o'clock", "quarter to one"])
def test_where_morning_or_evening_is_not_said_neither_is_proposed(words: str) -> None:
    said = choices(Kind.TIME, words)
    assert said[0] == "that day"
    assert len(said) == 3


@pytest.mark.parametrize(
    ("kind", "words", "told"),
    [
        (Kind.POSTCODE, "QP4 7RT", "in the area"),
        (Kind.ADDRESS, "17 Harbour Road", "a home in the area"),
        (Kind.ADDRESS, "eighty one chestnut drive", "a home in the area"),
        (Kind.ADDRESS, "Church Lane", "a street in the area"),
        (Kind.ADDRESS, "the corner shop on park road", "a shop or café"),
        (Kind.ADDRESS, "Millbridge High School", "a place of education"),
        (Kind.ADDRESS, "the Plough", "a place in the area"),
    ],
)
def test_a_place_becomes_its_kind(kind: Kind, words: str, told: str) -> None:
    assert choices(kind, words)[0] == told


def test_only_times_and_places_are_blurred() -> None:
    assert blurred(Kind.RELATION, "my husband") is None


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d %B %Y", "%B %d, %Y"])
)
def test_no_blurred_date_says_the_day(day: date, form: str) -> None:
    said = choices(Kind.DATE, day.strftime(form))
    assert said[0] == f"in {MONTHS[day.month - 1]} {day.year}"
    assert [one for one in said if "week" not in one and re.search(r"\b\d{1,2}\b", one)] == []


@given(st.integers(0, 23), st.integers(0, 59))
def test_no_blurred_time_says_the_hour(hour: int, minute: int) -> None:
    said = choices(Kind.TIME, f"{hour:02}:{minute:02}")
    assert said
    assert not any(re.search(r"\d", one) for one in said)


def test_every_exact_date_and_time_of_the_corpus_can_be_blurred() -> None:
    exact = [
        (report.id, place.kind, report.text[place.start : place.end])
        for part in (TUNED, HELD_OUT)
        for report in reports(part)
        for place in report.places
        if place.kind in {Kind.DATE, Kind.TIME}
    ]
    assert len(exact) > 100
    assert [one for one in exact if blurred(one[1], one[2], RECEIVED) is None] == []


def test_keeping_something_exact_names_its_reason() -> None:
    assert KEEP_WORDS[KeptExact(3, 9, KeepReason.EVIDENCE).reason].startswith("Evidence can only be found by it")
    assert set(KEEP_WORDS) == set(KeepReason)
    assert set(EDIT_WORDS) == set(EditReason)
