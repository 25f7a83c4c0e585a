"""Bank holidays of a region, against the dates that the governments have published for 2026 to 2028."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from prompts.line import Holiday, Line, holiday_on, is_open, read_line
from prompts.regions import REGIONS, Region, bank_holidays
from tests.prompts.files import LINES
from tests.prompts.test_line import at

# As published: with substitute days, and without a day that falls on a weekend and is no bank holiday itself.
COMMON = {
    2026: "01-01 04-03 05-04 05-25 12-25 12-28",
    2027: "01-01 03-26 05-03 05-31 12-27 12-28",
    2028: "01-03 04-14 05-01 05-29 12-25 12-26",
}
OWN: dict[Region, dict[int, str]] = {
    "england-and-wales": {2026: "04-06 08-31", 2027: "03-29 08-30", 2028: "04-17 08-28"},
    "scotland": {
        2026: "01-02 06-15 08-03 11-30",  # the 15th of June by proclamation, for the World Cup
        2027: "01-04 08-02 11-30",
        2028: "01-04 08-07 11-30",
    },
    "northern-ireland": {
        2026: "03-17 04-06 07-13 08-31",
        2027: "03-17 03-29 07-12 08-30",
        2028: "03-17 04-17 07-12 08-28",
    },
}


@pytest.fixture(scope="module")
def line() -> Line:
    return read_line(next(path for path in LINES if path.stem == "example"))


def published(region: Region, year: int) -> set[date]:
    return {date.fromisoformat(f"{year}-{day}") for day in f"{COMMON[year]} {OWN[region][year]}".split()}


@pytest.mark.parametrize("year", sorted(COMMON))
@pytest.mark.parametrize("region", REGIONS)
def test_every_published_bank_holiday_is_known_and_no_other_working_day(region: Region, year: int) -> None:
    known = set(bank_holidays(region, year))
    assert published(region, year) <= known
    assert {day for day in known if day.weekday() < 5} == published(region, year)


@pytest.mark.parametrize("region", REGIONS)
def test_a_feast_on_a_weekend_has_no_handlers_beside_its_substitute(region: Region) -> None:
    days = bank_holidays(region, 2027)
    assert {date(2027, 12, 25), date(2027, 12, 26), date(2027, 12, 27), date(2027, 12, 28)} <= set(days)


def test_a_line_keeps_the_days_of_its_own_nation(line: Line) -> None:
    patrick, andrew = at("2027-03-17T12:00"), at("2027-11-30T12:00")
    closed = {
        region: [not is_open(line.model_copy(update={"region": region}), day) for day in (patrick, andrew)]
        for region in (*REGIONS, None)
    }
    assert closed == {
        "england-and-wales": [False, False],
        "scotland": [False, True],
        "northern-ireland": [True, False],
        None: [False, False],
    }


def test_the_lines_own_word_on_a_date_goes_before_its_regions(line: Line) -> None:
    easter = date(2027, 3, 29)
    open_at_noon = Holiday.model_validate({"date": easter, "name": "Easter, open", "hours": ["12:00-14:00"]})
    ours = line.model_copy(update={"holidays": (open_at_noon,)})
    assert not is_open(line, at("2027-03-29T13:00"))
    assert is_open(ours, at("2027-03-29T13:00"))
    assert not is_open(ours, at("2027-03-29T14:00"))
    assert holiday_on(ours, easter) == open_at_noon


def test_every_day_of_a_year_is_a_holiday_or_has_the_hours_of_its_weekday(line: Line) -> None:
    day = date(2027, 1, 2)
    while day.year == 2027:
        expected = holiday_on(line, day) is None
        assert is_open(line, at(f"{day}T12:00")) is expected, day
        day += timedelta(days=1)
