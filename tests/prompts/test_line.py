"""A line's file: what it must say, and when a handler may answer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from prompts.line import Holiday, Line, LineMistakes, is_open, read_line
from tests.prompts.files import LINES, Copy

LONDON = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def line() -> Line:
    return read_line(next(path for path in LINES if path.stem == "example"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-23T07:59", False),  # Monday
        ("2026-11-23T08:00", True),
        ("2026-11-23T21:59", True),
        ("2026-11-23T22:00", False),
        ("2026-11-22T09:00", False),  # Sunday
        ("2026-11-22T10:00", True),
        ("2026-12-25T12:00", False),  # a holiday without hours
        ("2027-01-01T11:59", False),  # a holiday with hours of its own
        ("2027-01-01T12:00", True),
        ("2026-12-28T12:00", False),  # a bank holiday of the region: the substitute for Boxing Day
        ("2027-12-25T12:00", False),  # and so is the day itself, a Saturday
        ("2027-12-29T12:00", True),
    ],
)
def test_handlers_answer_in_the_lines_hours(line: Line, when: str, expected: bool) -> None:
    assert is_open(line, at(when)) is expected


def test_hours_are_local_whatever_zone_the_time_comes_in(line: Line) -> None:
    assert is_open(line, datetime(2026, 7, 6, 7, 30, tzinfo=UTC))  # half past eight in London's summer
    assert not is_open(line, datetime(2026, 11, 23, 7, 30, tzinfo=UTC))


def test_a_naive_time_is_this_machines_own(line: Line) -> None:
    moment = at("2026-11-23T12:00").timestamp()
    assert is_open(line, datetime.fromtimestamp(moment))  # noqa: DTZ006 - what is tested


def test_the_switch_closes_the_line_at_any_hour(line: Line) -> None:
    assert not is_open(line, at("2026-11-23T12:00"), switched_off=True)
    assert not is_open(line.model_copy(update={"closed": True}), at("2026-11-23T12:00"))


def test_a_day_may_last_until_midnight(line: Line) -> None:
    late = Holiday.model_validate({"date": "2026-11-23", "name": "Long day", "hours": ["00:00-01:00", "20:00-24:00"]})
    longer = line.model_copy(update={"holidays": (late,)})
    assert is_open(longer, at("2026-11-23T23:59"))
    assert is_open(longer, at("2026-11-23T00:00"))
    assert not is_open(longer, at("2026-11-23T12:00"))


def test_the_first_language_is_the_lines_own(line: Line) -> None:
    assert line.primary.code == "en"
    assert line.language("pl").name == "polski"
    with pytest.raises(KeyError):
        line.language("cy")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('id = "example"', 'id = "Example Line"', "id:"),
        ('name = "Integrity Line"', "", "name: Field required"),
        ('silent_code = "55"', 'silent_code = "55"\nsiren = "56"', "emergency.siren"),
        ('number = "101"', 'number = "one-o-one"', "it is no number as people dial it"),
        ('number = "101"', "", "number and {number} need each other"),
        ("ring {number}", "ring them", "number and {number} need each other"),
        ('zone = "Europe/London"', 'zone = "London"', "it is no time zone"),
        ('"10:00-18:00"', '"18:00-10:00"', "hours are written"),
        ('"10:00-18:00"', '"10-18"', "hours are written"),
        ('key = "2"', 'key = "1"', "two languages share a key"),
        ('key = "2"', 'key = "9"', "languages.1.key"),
        ('code = "pl"', 'code = "en"', "a language stands there twice"),
        ("\npl = ", "\ncy = ", "it has no sentence in pl"),
        ("\npl = ", "\ncy = ", "the line does not offer cy"),
        ("2027-01-01", "2026-12-25", "a date stands there twice"),
        ('region = "england-and-wales"', 'region = "wessex"', "region:"),
        ('"+44 20 7946 0155"', '"020 7946 0155"', "it is rung by a machine"),
        ('"+44 20 7946 0155"', '"+44 808 157 0192"', "the line would ring itself"),
        ('id = "bridge-polish"', 'id = "Bridge"', "interpreters.0.id"),
        ('languages = ["pl"]', "languages = []", "interpreters.0.languages"),
        ("[[crisis_lines]]", "[[crisis_line]]", "crisis_lines: Field required"),
        ("[emergency]", "[emergency", "it is no TOML"),
    ],
)
def test_a_broken_file_is_refused_with_what_to_mend(copy: Copy, before: str, after: str, told: str) -> None:
    copy.change("example.toml", before, after)
    with pytest.raises(LineMistakes) as refused:
        copy.line()
    assert told in refused.value.told()


def test_every_mistake_is_told_at_once(copy: Copy) -> None:
    copy.change("example.toml", 'zone = "Europe/London"', 'zone = "London"')
    copy.change("example.toml", 'id = "example"', 'id = ""')
    with pytest.raises(LineMistakes) as refused:
        copy.line()
    assert {mistake.field for mistake in refused.value.mistakes} == {"id", "hours.zone"}


def test_a_line_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LineMistakes, match="it is not there"):
        read_line(tmp_path / "none.toml")


def test_a_mistake_never_shows_the_value_that_stood_there(copy: Copy) -> None:
    copy.change("example.toml", 'number = "101"', 'number = "ring-me-secretly"')
    with pytest.raises(LineMistakes) as refused:
        copy.line()
    assert "secretly" not in refused.value.told()
