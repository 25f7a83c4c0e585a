"""How the line stands at this moment, for everybody at the desk: who waits, who works, what stands unread."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from storage.clock import month_of
from storage.database import is_there
from storage.live.queue import GONE_SECONDS, JOINING, QUEUED, TALKING
from storage.live.shifts import AVAILABLE, AWAY, ON_CALL, WRAP_UP
from storage.models import blocks, people, reports, shifts, skills, talks
from storage.switches import Switch, all_switches

AWAY_SHOWN_SECONDS = 3600  # who is away for longer has gone home
MOST_COUNTED = 99  # more are told as "99+"
ON_DUTY = (AVAILABLE, ON_CALL, WRAP_UP)
TO_DO = ("new", "read")
_LANGUAGE, _INTERPRETER, _GENERAL = "language:", "interpreter", "general"


@dataclass(frozen=True)
class Waits:
    """The callers who wait in one language."""

    language: str
    waiting: int
    since: int  # the longest of them, seconds since the epoch
    urgent: int
    on_duty: int  # how many at work could be offered such a call, now or after their present one

    @property
    def is_stuck(self) -> bool:
        """Say whether nobody at work can take them."""
        return self.waiting > 0 and self.on_duty == 0


@dataclass(frozen=True)
class AtWork:
    """What somebody does now, and since when."""

    alias: str
    state: str
    since: int


@dataclass(frozen=True)
class ToDo:
    """What reports wait for, of those that are closed to nobody, or of one that is closed to some."""

    unread: int = 0  # voice, opened by nobody
    oldest: str = ""  # the week of the oldest that is not finished with
    urgent: tuple[int, ...] = ()  # when each must be acknowledged


@dataclass(frozen=True)
class Closed:
    """One report that is closed to some."""

    to_do: ToDo
    to: frozenset[str]


@dataclass(frozen=True)
class Board:
    """The whole line, seen once for everybody."""

    languages: tuple[Waits, ...] = ()
    people: tuple[AtWork, ...] = ()
    talking: int = 0
    open_to_all: ToDo = ToDo()
    closed: tuple[Closed, ...] = ()
    switches: tuple[Switch, ...] = ()

    def to_do(self, reader: str) -> ToDo:
        """Return what waits of all that this person may know of: a number must not tell of what is closed to them."""
        parts = [self.open_to_all, *(one.to_do for one in self.closed if reader not in one.to)]
        weeks = [part.oldest for part in parts if part.oldest]
        due = sorted(at for part in parts for at in part.urgent)
        return ToDo(sum(part.unread for part in parts), min(weeks, default=""), tuple(due))


def look(connection: Connection, *, now: int) -> Board:
    """Look at the whole line: some ten statements, each from an index."""
    return Board(
        waits(connection, now=now),
        _people(connection, now),
        _talking(connection),
        _open_to_all(connection),
        _closed(connection),
        all_switches(connection, now=now),
    )


# ---- callers and people --------------------------------------------------------------------------------------------


def waits(connection: Connection, *, now: int) -> tuple[Waits, ...]:
    """Return who waits by language, the longest first, then the languages of those at work. No practice."""
    speakers, interpreters = _on_duty(connection, now)
    soon = func.sum(case((or_(talks.c.urgent, talks.c.first), 1), else_=0))
    counted = select(talks.c.language, func.count(), func.min(talks.c.since), soon).where(
        talks.c.state.in_(QUEUED), ~talks.c.practice
    )
    found = {
        language: Waits(language, number, since, urgent, len(speakers[language] | interpreters))
        for language, number, since, urgent in connection.execute(counted.group_by(talks.c.language))
    }
    for language, who in speakers.items():
        found.setdefault(language, Waits(language, 0, 0, 0, len(who | interpreters)))
    return tuple(sorted(found.values(), key=lambda one: (one.waiting == 0, one.since, one.language)))


def _on_duty(connection: Connection, now: int) -> tuple[defaultdict[str, set[str]], set[str]]:
    here = (shifts.c.state.in_(ON_DUTY), shifts.c.seen_at > now - GONE_SECONDS)
    held = select(skills.c.person_id, skills.c.skill, skills.c.until).select_from(
        skills.join(shifts, shifts.c.person_id == skills.c.person_id)
    )
    speakers: defaultdict[str, set[str]] = defaultdict(set)
    interpreters: set[str] = set()
    trained: set[str] = set()  # for calls at all
    for person_id, skill, until in connection.execute(held.where(*here)):
        holds = until >= month_of(now)
        if skill.startswith(_LANGUAGE) and (holds or not until):
            speakers[skill.removeprefix(_LANGUAGE)].add(person_id)
        elif skill == _INTERPRETER and holds:
            interpreters.add(person_id)
        elif skill == _GENERAL and holds:
            trained.add(person_id)
    able = {language: who & trained for language, who in speakers.items() if who & trained}
    return defaultdict(set, able), interpreters & trained


def _people(connection: Connection, now: int) -> tuple[AtWork, ...]:
    # Until the worker has noticed it: whose page is gone is away since it was last heard of. Who talks stays.
    gone = and_(shifts.c.seen_at <= now - GONE_SECONDS, shifts.c.state.not_in((ON_CALL, AWAY)))
    state = case((gone, AWAY), else_=shifts.c.state)
    since = case((gone, shifts.c.seen_at), else_=shifts.c.since)
    found = select(people.c.alias, state, since).select_from(
        shifts.join(people, people.c.person_id == shifts.c.person_id)
    )
    lately = or_(state != AWAY, since > now - AWAY_SHOWN_SECONDS)
    rows = connection.execute(found.where(people.c.state == "active", lately).order_by(since, people.c.alias))
    return tuple(AtWork(*row) for row in rows)


def _talking(connection: Connection) -> int:
    with_somebody = (talks.c.state.in_((JOINING, TALKING, "aside")), ~talks.c.practice)
    return connection.scalar(select(func.count()).select_from(talks).where(*with_somebody)) or 0


# ---- reports -------------------------------------------------------------------------------------------------------


def _open_to_all(connection: Connection) -> ToDo:
    to_all = ~is_there(blocks.c.report_id == reports.c.report_id)
    some = select(reports.c.report_id).where(_is_unread(), to_all).limit(MOST_COUNTED + 1).subquery()
    unread = connection.scalar(select(func.count()).select_from(some)) or 0
    weeks = [connection.scalar(_oldest(state).where(to_all)) for state in TO_DO]
    due = select(reports.c.urgent_due).where(reports.c.urgent_due.is_not(None), to_all)
    urgent = connection.scalars(due.order_by(reports.c.urgent_due).limit(MOST_COUNTED + 1))
    return ToDo(unread, min((str(week) for week in weeks if week), default=""), tuple(filter(_is_time, urgent)))


def _oldest(state: str) -> Select[tuple[str]]:
    return select(reports.c.week).where(reports.c.state == state).order_by(reports.c.week).limit(1)


def _closed(connection: Connection) -> tuple[Closed, ...]:
    waits = or_(reports.c.state.in_(TO_DO), reports.c.urgent_due.is_not(None))
    found = select(
        reports.c.report_id,
        reports.c.week,
        reports.c.state,
        reports.c.channel,
        reports.c.urgent_due,
        blocks.c.person_id,
    ).select_from(blocks.join(reports, reports.c.report_id == blocks.c.report_id))
    closed_to: defaultdict[str, set[str]] = defaultdict(set)
    to_do: dict[str, ToDo] = {}
    for report_id, week, state, channel, due, person_id in connection.execute(found.where(waits)):
        closed_to[report_id].add(person_id)
        unread = int(state == "new" and channel == "voice")
        to_do[report_id] = ToDo(unread, str(week) if state in TO_DO else "", (due,) if _is_time(due) else ())
    return tuple(Closed(to_do[one], frozenset(closed_to[one])) for one in sorted(to_do))


def _is_unread() -> ColumnElement[bool]:
    return (reports.c.state == "new") & (reports.c.channel == "voice")


def _is_time(value: object) -> bool:
    return isinstance(value, int)  # SQLite holds a writer to no type
