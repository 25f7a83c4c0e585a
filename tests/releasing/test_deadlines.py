"""Until when teams and the desk have time: in weeks, and never a day longer than seven days and three months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest

from handlers.releasing.deadlines import acknowledge_by, feedback_by
from storage.clock import week_start, weeks_between, weeks_later


def end_of(week: str) -> date:
    return week_start(week) + timedelta(days=6)


@pytest.mark.parametrize(("week", "by"), [("2026-W48", "2026-W49"), ("2026-W53", "2027-W01"), ("2025-W52", "2026-W01")])
def test_receipt_is_due_seven_days_after_the_weeks_end(week: str, by: str) -> None:
    assert acknowledge_by(week) == by
    assert end_of(by) - end_of(week) == timedelta(days=7)


@pytest.mark.parametrize("week", [f"{year}-W{number:02d}" for year in (2026, 2027, 2028) for number in range(1, 53)])
def test_an_answer_is_due_within_three_months_of_the_weeks_end_and_no_week_is_given_away(week: str) -> None:
    end = end_of(week)
    month = end.month + 3
    year, month = end.year + (month - 1) // 12, (month - 1) % 12 + 1
    until = date(year, month, min(end.day, monthrange(year, month)[1]))
    assert until - timedelta(days=7) < end_of(feedback_by(week)) <= until


def test_weeks_are_counted_over_the_end_of_a_year_with_fifty_three() -> None:
    assert weeks_later("2026-W52", 2) == "2027-W01"
    assert weeks_between("2026-W52", "2027-W01") == 2
    assert weeks_between("2027-W01", "2026-W53") == -1


def test_what_is_no_week_is_no_deadline() -> None:
    with pytest.raises(ValueError, match="week"):
        acknowledge_by("2026-W54")
