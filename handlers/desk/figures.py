"""The figures: what contacts were, how calls ended and how long callers waited, week by week, as bars and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.desk.words import ASKED_WORDS, CALL_OUTCOMES, CALL_STAGES, CALL_WAITS, REASON_WORDS, readable
from storage.call_log import ANSWERED, GONE
from storage.clock import iso_week
from storage.figures import ASKED, Counted, counts_by_week, ends_by_week, reasons_by_week, stages_by_week

WEEKS_SHOWN = 13
WEEK_SECONDS = 7 * 86_400
BAR_HEIGHT = 36
BAR_STEP = 14


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


def figures(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show the last thirteen weeks."""
    now = desk.clock.now()
    weeks = tuple(iso_week(now - ago * WEEK_SECONDS) for ago in reversed(range(WEEKS_SHOWN)))
    with desk.database.read() as connection:
        reasons = reasons_by_week(connection, weeks)
        ends = ends_by_week(connection, weeks)
        stages = stages_by_week(connection, weeks)
        asked, answered, gone = (counts_by_week(connection, weeks, of) for of in (ASKED, ANSWERED, GONE))
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
        width=WEEKS_SHOWN * BAR_STEP,
        height=BAR_HEIGHT,
    )


def rows_of(counted: Sequence[Counted], words: Mapping[str, str]) -> tuple[Row, ...]:
    """Return rows in the order of their words, those that are new here last; all bars of them have one scale."""
    most = max((number for one in counted for number in one.by_week), default=0)
    order = list(words)
    known = sorted(counted, key=lambda one: (order.index(one.name) if one.name in order else len(order), one.name))
    return tuple(Row(words.get(one.name) or readable(one.name), _bars(one.by_week, most), one.total) for one in known)


def _bars(numbers: Sequence[int], most: int) -> tuple[Bar, ...]:
    heights = [max(2, round(number / most * BAR_HEIGHT)) if number else 0 for number in numbers]
    return tuple(
        Bar(place * BAR_STEP, BAR_HEIGHT - height, height, number)
        for place, (height, number) in enumerate(zip(heights, numbers, strict=True))
    )
