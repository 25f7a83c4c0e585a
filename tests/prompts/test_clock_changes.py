"""Hours by the clock on the wall: when the clocks change, at midnight, and in night shifts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.line import Line, is_open, read_line
from tests.prompts.files import LINES
from tests.prompts.test_line import LONDON

EXAMPLE = read_line(next(path for path in LINES if path.stem == "example"))
NIGHTS = {"saturday": ("22:00-24:00",), "sunday": ("00:00-06:00", "22:00-24:00"), "monday": ("00:00-06:00",)}


def with_hours(**days: tuple[str, ...]) -> Line:
    """Return a line that answers at these hours alone, by London's clock, on no holiday."""
    shut = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), ())
    hours = EXAMPLE.hours.model_copy(update={**shut, **days})
    return EXAMPLE.model_copy(update={"hours": hours, "holidays": (), "region": None})


def minutes_open(line: Line, begin: str, end: str) -> int:
    """Return for how many real minutes a line is open between two times of UTC."""
    at, last, count = datetime.fromisoformat(begin + "+00:00"), datetime.fromisoformat(end + "+00:00"), 0
    while at < last:
        count += is_open(line, at)
        at += timedelta(minutes=1)
    return count


def test_a_night_shift_is_an_hour_shorter_when_the_clocks_go_forward() -> None:
    assert minutes_open(with_hours(**NIGHTS), "2027-03-27T12:00", "2027-03-28T12:00") == (8 - 1) * 60


def test_a_night_shift_is_an_hour_longer_when_the_clocks_go_back() -> None:
    assert minutes_open(with_hours(**NIGHTS), "2027-10-30T12:00", "2027-10-31T12:00") == (8 + 1) * 60


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2027-03-28T00:59", True),  # 00:59 in London, before the clocks go forward
        ("2027-03-28T01:00", False),  # 02:00: the hour from one to two does not exist
        ("2027-10-31T00:30", True),  # 01:30 summer time
        ("2027-10-31T01:30", True),  # 01:30 again, an hour later
        ("2027-10-31T02:00", False),
    ],
)
def test_the_hour_of_the_change_goes_by_the_clock_on_the_wall(utc: str, expected: bool) -> None:
    assert is_open(with_hours(sunday=("00:00-02:00",)), datetime.fromisoformat(utc + "+00:00")) is expected


def test_opening_hours_move_with_summer_time() -> None:
    line = with_hours(saturday=("09:00-10:00",), sunday=("09:00-10:00",))
    opens = [datetime(2027, 3, 27, 9, tzinfo=UTC), datetime(2027, 3, 28, 8, tzinfo=UTC)]
    for at in opens:
        assert is_open(line, at)
        assert not is_open(line, at - timedelta(minutes=1))


def test_a_night_shift_has_no_gap_at_midnight() -> None:
    line = with_hours(**NIGHTS)
    for second in (-1, 0, 1):
        midnight = datetime(2027, 1, 10, 0, 0, 0, tzinfo=LONDON)
        assert is_open(line, midnight + timedelta(seconds=second))
    assert not is_open(line, datetime(2027, 1, 10, 6, 0, tzinfo=LONDON))
    assert not is_open(line, datetime(2027, 1, 9, 21, 59, 59, tzinfo=LONDON))


def test_a_day_that_ends_at_midnight_ends_there_when_the_next_has_no_hours() -> None:
    line = with_hours(saturday=("22:00-24:00",))
    assert is_open(line, datetime(2027, 1, 9, 23, 59, 59, 999_999, tzinfo=LONDON))
    assert not is_open(line, datetime(2027, 1, 10, 0, 0, tzinfo=LONDON))


@given(st.integers(1_767_225_600, 1_861_920_000))  # 2026 to 2028
def test_a_line_that_never_closes_is_open_at_any_moment(seconds: int) -> None:
    always = with_hours(**dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ("00:00-24:00",)),
                        saturday=("00:00-24:00",), sunday=("00:00-24:00",))  # fmt: skip
    at = datetime.fromtimestamp(seconds, UTC)
    assert is_open(always, at)
    assert not is_open(with_hours(), at)
    assert not is_open(always, at, switched_off=True)
