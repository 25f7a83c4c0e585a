"""One reporting line as its own file describes it: names, languages, hours, numbers, and whether it is open now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError

from prompts.interpreters import Code, Interpreter, mistakes_in_interpreters
from prompts.language_offers import LanguageOffers, offers_of
from prompts.mistakes import FileMistakes, Mistake, mistakes_of, read_toml
from prompts.on_call import OnCall, mistakes_in_on_call
from prompts.parts import Part, Phone, Text
from prompts.regions import Region, bank_holidays
from prompts.signposts import Signpost, mistakes_in_signposts
from prompts.teams import Team, mistakes_in_teams

FIRST_YEAR = 2026
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")


class LineMistakes(FileMistakes):
    """The file of a line cannot be used; trying again helps only after it was mended."""


class NoSuchTime(Exception):
    """It is no date and time, or the clocks jump over it; another one helps."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("it is no time zone that this machine knows: write one such as Europe/London") from None
    return name


def _spans(spans: tuple[str, ...]) -> tuple[str, ...]:
    for span in spans:
        found = _SPAN.fullmatch(span)
        if not found or (found[3] and (found[1], found[2]) >= (found[3], found[4])):
            raise ValueError("hours are written 08:00-22:30, the end after the beginning, 24:00 for midnight")
    return spans


Spans = Annotated[tuple[str, ...], AfterValidator(_spans)]


class Language(Part):
    """A language the line answers in, and the line's own words in it."""

    code: Code
    key: str = Field(default="", pattern=r"^[1-7]?$")  # 1 to 3 count; without one it is given by the place in the file
    name: Text  # as its speakers write it
    sound_kept: Text  # how long sound is kept at most, in words
    reply_after: Text  # when a caller may ring back for a reply, in words
    categories: Mapping[str, Text]  # what is taken, by the value of the question `allegation`
    line_name: str = ""  # where the line is called otherwise in this language
    operator: str = ""
    forces: tuple[Text, ...] = ()  # where they are called otherwise in this language, in the line's order


class Emergency(Part):
    """Whom to ring in danger, and the code that stands for a voice where there is one."""

    number: Phone
    silent_code: str = Field(default="", pattern=r"^[0-9]*$")


class CrisisLine(Part):
    """A free line for people who may hurt themselves."""

    name: Text
    number: Phone


class Door(Part):
    """Where to go with what this line does not take: a sentence in each language; {number} is spoken in groups."""

    say: Mapping[str, Text]
    number: Phone | None = None


class Hours(Part):
    """When handlers answer, by local time."""

    zone: Annotated[str, AfterValidator(_zone)]
    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()

    def of(self, day: date) -> Spans:
        """Return the hours of a date that is no holiday."""
        by_day: tuple[Spans, ...] = (
            self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday,
        )  # fmt: skip
        return by_day[day.weekday()]


class Holiday(Part):
    """A date with hours of its own; none means that nobody answers."""

    date: date
    name: Text
    hours: Spans = ()


class Line(Part):
    """A line and the charity that runs it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    name: Text
    operator: Text
    about: str = ""  # for staff who read the file; never spoken
    numbers: Annotated[tuple[Phone, ...], Field(min_length=1)]
    forces: Annotated[tuple[Text, ...], Field(min_length=1)]
    closed: bool = False  # the emergency switch: no handler answers, reports are still taken
    emergency: Emergency
    crisis_lines: Annotated[tuple[CrisisLine, ...], Field(min_length=1)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=40)]  # the line's own first
    hours: Hours
    region: Region | None = None  # its bank holidays are days without handlers; `holidays` go before them
    holidays: tuple[Holiday, ...] = ()
    doors: Annotated[tuple[Door, ...], Field(min_length=1)]
    interpreters: tuple[Interpreter, ...] = ()  # the only numbers that this line ever rings
    signposts: tuple[Signpost, ...] = ()  # support services for staff to name; never spoken by the line itself
    teams: tuple[Team, ...] = ()  # whom a release can go to
    on_call: tuple[OnCall, ...] = ()  # who is told of an urgent report, one after the other

    @property
    def offers(self) -> LanguageOffers:
        """When each language is offered, and by which key."""
        return offers_of([(language.code, language.key) for language in self.languages])

    @property
    def primary(self) -> Language:
        """The line's own language: a call begins in it."""
        return self.languages[0]

    def language(self, code: str) -> Language:
        """Return the language of that code; raises `KeyError` where the line does not offer it."""
        for language in self.languages:
            if language.code == code:
                return language
        raise KeyError(code)


def read_line(path: Path) -> Line:
    """Read the file of a line, or raise `LineMistakes` with all that is wrong."""
    raw = read_toml(path, LineMistakes)
    try:
        line = Line.model_validate(raw)
    except ValidationError as error:
        raise LineMistakes(path, mistakes_of(error)) from None
    mistakes = list(_mistakes(line))
    if mistakes:
        raise LineMistakes(path, mistakes)
    if line.region:
        bank_holidays(line.region, FIRST_YEAR)  # the package is loaded now, and not while a caller waits
    return line


def is_open(line: Line, when: datetime, *, switched_off: bool = False) -> bool:
    """Say whether switch, holidays and hours let a handler answer at a time (a naive one is this machine's)."""
    if line.closed or switched_off:
        return False
    local = when.astimezone(ZoneInfo(line.hours.zone))
    holiday = holiday_on(line, local.date())
    spans = holiday.hours if holiday else line.hours.of(local.date())
    now = local.time().replace(tzinfo=None)
    return any(_holds(span, now) for span in spans)


def local_time(line: Line, text: str) -> datetime:
    """Read `2026-11-27 08:00` by the line's clock or raise `NoSuchTime`; of an hour that comes twice, the first."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}", text):
        raise NoSuchTime
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(line.hours.zone))
    except ValueError:
        raise NoSuchTime from None
    if at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None) != at.replace(tzinfo=None):
        raise NoSuchTime  # the clocks go forward over it
    return at


def holiday_on(line: Line, day: date) -> Holiday | None:
    """Return what a date is called that has hours of its own or none: by the line's own file, else by its region."""
    own = next((holiday for holiday in line.holidays if holiday.date == day), None)
    if own or not line.region:
        return own
    name = bank_holidays(line.region, day.year).get(day)
    return Holiday(date=day, name=name) if name else None


def _holds(span: str, now: time) -> bool:
    begins, _, ends = span.partition("-")
    if now < time.fromisoformat(begins):
        return False
    return ends == "24:00" or now < time.fromisoformat(ends)


def _mistakes(line: Line) -> Iterator[Mistake]:
    codes = [language.code for language in line.languages]
    if len(set(codes)) != len(codes):
        yield Mistake("languages", "a language stands there twice", "keep one block for each language")
    keys = [language.key for language in line.languages if language.key]
    if len(set(keys)) != len(keys):
        yield Mistake("languages.key", "two languages share a key", "take the keys out, or give each one of its own")
    for language in line.languages:
        if language.forces and len(language.forces) != len(line.forces):
            where = f"languages.{language.code}.forces"
            yield Mistake(where, "it names more or fewer forces than the line has", "name each once, or take it out")
    for place, door in enumerate(line.doors):
        for code in codes:
            if code not in door.say:
                yield Mistake(f"doors.{place}.say", f"it has no sentence in {code}", f'add {code} = "..."')
        for code in sorted(set(door.say) - set(codes)):
            yield Mistake(f"doors.{place}.say", f"the line does not offer {code}", "take it out or offer the language")
        if any(("{number}" in said) != bool(door.number) for said in door.say.values()):
            yield Mistake(f"doors.{place}", "number and {number} need each other", "set both or neither")
    yield from mistakes_in_interpreters(line.interpreters, line.numbers)
    yield from mistakes_in_signposts(line.signposts)
    yield from mistakes_in_teams(line.teams)
    yield from mistakes_in_on_call(line.on_call)
    dates = [holiday.date for holiday in line.holidays]
    if len(set(dates)) != len(dates):
        yield Mistake("holidays", "a date stands there twice", "keep one block for each date")
