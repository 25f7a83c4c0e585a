"""The figures: from a ring to a deed, what contacts were and how long it took, week by week, as bars and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.desk.words import (
    ASKED_WORDS,
    CALL_BANDS,
    CALL_OUTCOMES,
    CALL_STAGES,
    CALL_WAITS,
    LANGUAGES,
    REASON_WORDS,
    readable,
)
from handlers.releasing.classification import CATEGORIES
from handlers.releasing.coming_back import ACTED, DISPOSITIONS
from handlers.suppressing import last_whole_quarter, suppressed, suppressed_steps, whole_or_withheld
from storage.call_log import ANSWERED, GONE
from storage.clock import iso_week
from storage.figures import (
    ASKED,
    CATEGORY,
    NOT_KEPT,
    OUTCOME,
    REPORTED,
    TO_RELEASE,
    Counted,
    counts_by_week,
    ends_by_week,
    funnel_by_week,
    hours_by_week,
    languages_by_week,
    quarter_of,
    reasons_by_week,
    stages_by_week,
)

WEEKS_SHOWN = 13
WEEK_SECONDS = 7 * 86_400
BAR_HEIGHT = 36
BAR_STEP = 14
FUNNEL_WIDTH = 1000
QUARTER_WEEKS = 13
STEP_WORDS = {
    "rang": "Rang",
    "engaged": "Chose something",
    "in_scope": "About the police",
    "reported": "Became a report",
    "released": "Released to a team",
    "acted": "A team acts",
}
TO_RELEASE_WORDS = {
    "0_to_1": "Within 1 week",
    "2_to_4": "2 to 4 weeks",
    "5_to_8": "5 to 8 weeks",
    "9_to_13": "9 to 13 weeks",
    "over_13": "Over 13 weeks",
}
CATEGORY_WORDS = {category.value: wording.label for category, wording in CATEGORIES.items()}
HOUR_WORDS = {**CALL_BANDS, NOT_KEPT: "Not kept"}


@dataclass(frozen=True)
class Bar:
    """One week of a row: where its bar stands in the drawing, and the number that it tells."""

    left: int
    top: int
    height: int
    number: int


@dataclass(frozen=True)
class Row:
    """One thing that is counted."""

    words: str
    bars: tuple[Bar, ...]  # oldest week first
    total: int


@dataclass(frozen=True)
class Step:
    """One step of the funnel: how many came so far, and how wide that is drawn."""

    words: str
    number: int
    width: int
    part: str  # of the step before, in words; "" where there is none


@dataclass(frozen=True)
class Outside:
    """One number as it may be told outside the desk."""

    words: str
    told: int | None


@dataclass(frozen=True)
class OutsideTable:
    """Numbers that add up, as they may be told outside the desk."""

    title: str
    rows: tuple[Outside, ...]
    total: int | None

    @property
    def told(self) -> tuple[Outside, ...]:
        """Return the rows whose number is told."""
        return tuple(row for row in self.rows if row.told is not None)


@dataclass(frozen=True)
class ToPassOn:
    """The figures of the last quarter that is over, small numbers withheld."""

    quarter: str
    steps: tuple[Outside, ...]
    tables: tuple[OutsideTable, ...]


def figures(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show the last thirteen weeks."""
    now = desk.clock.now()
    weeks = tuple(iso_week(now - ago * WEEK_SECONDS) for ago in reversed(range(WEEKS_SHOWN)))
    with desk.database.read() as connection:
        reasons = reasons_by_week(connection, weeks)
        ends = ends_by_week(connection, weeks)
        stages = stages_by_week(connection, weeks)
        asked, answered, gone = (counts_by_week(connection, weeks, of) for of in (ASKED, ANSWERED, GONE))
        funnel = funnel_by_week(connection, weeks)
        hours, languages = hours_by_week(connection, weeks), languages_by_week(connection, weeks)
        reported, outcomes, took = (counts_by_week(connection, weeks, of) for of in (REPORTED, OUTCOME, TO_RELEASE))
        quarters = tuple(
            dict.fromkeys(quarter_of(iso_week(now - ago * QUARTER_WEEKS * WEEK_SECONDS)) for ago in (3, 2, 1, 0))
        )
        categories = counts_by_week(connection, quarters, CATEGORY)
        to_pass_on = _to_pass_on(connection, iso_week(now))
    return render_template(
        "figures.html",
        **frame(desk, signed, "figures"),
        weeks=weeks,
        reasons=rows_of(reasons, REASON_WORDS),
        ends=rows_of(ends, CALL_OUTCOMES),
        stages=rows_of(stages, CALL_STAGES),
        asked=rows_of(asked, ASKED_WORDS),
        answered=rows_of(answered, CALL_WAITS),
        gone=rows_of(gone, CALL_WAITS),
        funnel=steps_of({name: sum(by_week) for name, by_week in funnel.items()}),
        funnel_rows=rows_of([Counted(name, by_week) for name, by_week in funnel.items()], STEP_WORDS),
        funnel_width=FUNNEL_WIDTH,
        hours=rows_of(hours, HOUR_WORDS),
        languages=rows_of(languages, LANGUAGES),
        reported=rows_of(reported, LANGUAGES),
        outcomes=rows_of(outcomes, DISPOSITIONS),
        took=rows_of(took, TO_RELEASE_WORDS),
        categories=rows_of(categories, CATEGORY_WORDS),
        quarters=quarters,
        to_pass_on=to_pass_on,
        width=WEEKS_SHOWN * BAR_STEP,
        height=BAR_HEIGHT,
    )


def rows_of(counted: Sequence[Counted], words: Mapping[str, str]) -> tuple[Row, ...]:
    """Return rows in the order of their words, those that are new here last; all bars of them have one scale."""
    most = max((number for one in counted for number in one.by_week), default=0)
    order = list(words)
    known = sorted(counted, key=lambda one: (order.index(one.name) if one.name in order else len(order), one.name))
    return tuple(Row(words.get(one.name) or readable(one.name), _bars(one.by_week, most), one.total) for one in known)


def steps_of(totals: Mapping[str, int]) -> tuple[Step, ...]:
    """Return the funnel's steps, each drawn as wide as its number beside the greatest."""
    most = max(totals.values(), default=0)
    steps: list[Step] = []
    for name, number in totals.items():
        before = steps[-1].number if steps else 0
        part = f"{round(100 * number / before)}% of the step before" if before and number <= before else ""
        width = max(4, round(number / most * FUNNEL_WIDTH)) if number else 0
        steps.append(Step(STEP_WORDS[name], number, width, part))
    return tuple(steps)


def _to_pass_on(connection: Connection, week: str) -> ToPassOn:
    quarter, weeks = last_whole_quarter(week)
    funnel = {name: sum(by_week) for name, by_week in funnel_by_week(connection, weeks).items()}
    told = dict(zip(funnel, suppressed_steps(tuple(funnel.values())), strict=True))
    by_quarter = counts_by_week(connection, (quarter,), CATEGORY)
    tables = (  # with the step that each table's sum is, or may be
        ("Reports by language", LANGUAGES, counts_by_week(connection, weeks, REPORTED), "reported"),
        ("From report to release", TO_RELEASE_WORDS, counts_by_week(connection, weeks, TO_RELEASE), "released"),
        ("Categories of what was released", CATEGORY_WORDS, by_quarter, "released"),
    )
    return ToPassOn(
        quarter,
        tuple(Outside(STEP_WORDS[name], number) for name, number in told.items()),
        (
            *(
                _outside(title, words, _totals(counted), told[step] is not None)
                for title, words, counted, step in tables
            ),
            _decided(_totals(counts_by_week(connection, weeks, OUTCOME)), told["acted"]),
        ),
    )


def _outside(title: str, words: Mapping[str, str], totals: Mapping[str, int], sum_is_told: bool) -> OutsideTable:
    # Each name stands there, whatever its number: one that is missing would say zero.
    every = {**dict.fromkeys(words, 0), **totals}
    shown = suppressed(tuple(every.values()), sum_is_told=sum_is_told)
    named = (words.get(name) or readable(name) for name in every)
    return OutsideTable(title, tuple(map(Outside, named, shown.cells)), shown.total)


def _decided(totals: Mapping[str, int], acted: int | None) -> OutsideTable:
    """Return what teams decided: all of it or nothing, since the funnel's last step is one of its cells."""
    cells = {"acts": acted or 0, **{name: totals.get(name, 0) for name in DISPOSITIONS if name not in ACTED}}
    words = {"acts": STEP_WORDS["acted"], **DISPOSITIONS}
    shown = whole_or_withheld(tuple(cells.values()), is_told=acted is not None)
    named = (words[name] for name in cells)
    return OutsideTable("What teams decided", tuple(map(Outside, named, shown.cells)), shown.total)


def _totals(counted: Sequence[Counted]) -> dict[str, int]:
    return {one.name: one.total for one in counted}


def _bars(numbers: Sequence[int], most: int) -> tuple[Bar, ...]:
    heights = [max(2, round(number / most * BAR_HEIGHT)) if number else 0 for number in numbers]
    return tuple(
        Bar(place * BAR_STEP, BAR_HEIGHT - height, height, number)
        for place, (height, number) in enumerate(zip(heights, numbers, strict=True))
    )
