"""The call log: one coarse row for each finished call, for supervisors who look where callers give up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from flask import render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.desk.words import CALL_OUTCOMES, CALL_PATHS, CALL_STAGES, CALL_WAITS, language_words
from storage.call_log import LoggedCall, Wanted, page
from storage.clock import iso_week, week_start
from storage.intake import PageKey
from storage.people import aliases

CALLS_ON_A_PAGE = 50
WEEKS_OFFERED = 53
WEEK_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class WeekOfCalls:
    """The calls of one ISO week on this page."""

    week: str
    calls: tuple[LoggedCall, ...]


@dataclass(frozen=True)
class Choices:
    """One group of what the list can be narrowed to: (what stands in the address, in words)."""

    title: str
    offered: tuple[tuple[str, str], ...]


def calls(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show one page of the call log."""
    choices = _choices(desk)
    wanted = _wanted(choices)
    after = PageKey.read(request.args.get("after", ""))
    with desk.database.read() as connection:
        found = page(connection, wanted, after, CALLS_ON_A_PAGE)
        names = aliases(connection)
    return render_template(
        "calls.html",
        **frame(desk, signed, "calls"),
        weeks=_by_week(found.rows),
        names=names,
        following=found.following,
        first=after is None,
        narrowed=wanted != Wanted(),
        week=wanted.week,
        by=f"{wanted.column}:{wanted.value}" if wanted.column else "",
        choices=choices,
        weeks_offered=_weeks(desk, wanted.week),
    )


def _choices(desk: Desk) -> tuple[Choices, ...]:
    languages = {language.code: language_words(language.code) for language in desk.line.languages}
    columns = {
        "Outcome": ("outcome", CALL_OUTCOMES),
        "Path": ("path", CALL_PATHS),
        "Where it was left": ("stage", CALL_STAGES),
        "Wait for a person, where it is kept": ("wait", CALL_WAITS),
        "Language": ("language", languages),
    }
    return tuple(
        Choices(title, tuple((f"{column}:{value}", said) for value, said in words.items()))
        for title, (column, words) in columns.items()
    )


def _wanted(choices: Iterable[Choices]) -> Wanted:
    week, by = request.args.get("week", ""), request.args.get("by", "")
    offered = {address for group in choices for address, _ in group.offered}
    column, _, value = by.partition(":") if by in offered else ("", "", "")
    return Wanted(week if _is_week(week) else "", column, value)


def _is_week(week: str) -> bool:
    try:
        return f"{week_start(week):%G-W%V}" == week
    except ValueError:
        return False


def _weeks(desk: Desk, chosen: str) -> tuple[str, ...]:
    now = desk.clock.now()
    weeks = dict.fromkeys(iso_week(now - ago * WEEK_SECONDS) for ago in range(WEEKS_OFFERED))
    return tuple(weeks) if not chosen or chosen in weeks else (*weeks, chosen)


def _by_week(listed: Iterable[LoggedCall]) -> tuple[WeekOfCalls, ...]:
    return tuple(WeekOfCalls(week, tuple(calls)) for week, calls in groupby(listed, key=lambda call: call.week))
