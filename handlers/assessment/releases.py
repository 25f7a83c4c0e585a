"""The first page after signing in: what was released to the team, the newest month first, and what is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from handlers.assessment.answer_words import DECIDED, PURPOSES, STATES
from handlers.assessment.frame import frame
from handlers.assessment.ground import Assessment
from handlers.assessment.sessions import Signed
from storage.clock import iso_week, week_start
from storage.handed import DECIDED as IS_DECIDED
from storage.handed import SENT, Handed, PlaceInList, handed_page

PAGE_SIZE = 25


@dataclass(frozen=True)
class Due:
    """What a release waits for, until which day."""

    words: str
    day: str  # the last of the week: 2026-12-06
    is_late: bool


@dataclass(frozen=True)
class Month:
    """The releases of one month on a page."""

    month: str
    rows: tuple[Handed, ...]


def releases(ground: Assessment, signed: Signed) -> ResponseReturnValue:
    """Show the list."""
    state, after = request.args.get("state", ""), request.args.get("after", "")
    key = PlaceInList.read(after)
    if (state and state not in STATES) or (after and key is None):
        abort(404)
    with ground.handed.read() as connection:
        page = handed_page(connection, signed.team, state=state, after=key, size=PAGE_SIZE)
    now = iso_week(ground.clock.now())
    return render_template(
        "releases.html",
        **frame(ground, signed, "releases"),
        months=list(_by_month(page.rows)),
        following=page.following,
        state=state,
        first=key is None,
        states=STATES,
        decided=DECIDED,
        purposes=PURPOSES,
        due=lambda row: due(row, now),
    )


def due(handed: Handed, week: str) -> Due | None:
    """Return what a release waits for, in this week; None once it was answered."""
    match handed.state:
        case state if state == SENT:
            return Due("Open it by", _last_day(handed.acknowledge_by), week > handed.acknowledge_by)
        case state if state == IS_DECIDED:
            return None
    return Due("Answer it by", _last_day(handed.feedback_by), week > handed.feedback_by)


def _last_day(week: str) -> str:
    try:
        return (week_start(week) + timedelta(days=6)).isoformat()
    except ValueError:
        return week  # a row that something else wrote must not close the whole list


def _by_month(rows: Iterable[Handed]) -> Iterable[Month]:
    for month, some in groupby(rows, key=lambda row: row.month):
        yield Month(month, tuple(some))
