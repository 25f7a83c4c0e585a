"""What those who talk with a caller ask for: hold, something aside, a colleague, the end. The worker carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, or_, select, update
from sqlalchemy.exc import IntegrityError

from storage.jobs import TALK, add_message
from storage.live.closed import open_to
from storage.live.queue import ASIDE, JOINING, OFFERED, OVER, TALKING, WAITING
from storage.live.rooms import CONSULT, GONE, INVITED, JOIN, JOINED, LEFT, LISTEN, TALK_ROLE, WHISPER, gone_state
from storage.models import audit, seats, shifts, talks

FINISHED, ABUSIVE, TEST, WRONG_NUMBER = "finished", "abusive", "test", "wrong_number"
ENDINGS = (FINISHED, ABUSIVE, TEST, WRONG_NUMBER)
BESIDE_ROLES = (LISTEN, WHISPER, JOIN)  # a supervisor changes between them
REFERENCE = "reference"
SAID = "call-reminder-said"  # in the audit, on the talk
ASIDES = (REFERENCE, "silent_danger", "silent_overheard", "silent_keys", "silent_stay")
_Values = dict[str, str | bool | ColumnElement[str]]


class NotTheirs(Exception):
    """The talk is not this person's, or not in a state in which that can be; looking again helps."""


@dataclass(frozen=True)
class Talk:
    """A talk as staff see it: nothing in it leads to a call."""

    talk_id: str
    practice: bool
    language: str
    needs: str
    urgent: bool
    first: bool
    since: int
    state: str
    person_id: str
    offered_at: int | None
    met_at: int | None
    report_id: str
    begun_report: str
    held: bool
    asked: str
    answer: str
    ending: str


@dataclass(frozen=True)
class Seat:
    """Who sits in a conference, as staff see it."""

    seat_id: str
    talk_id: str
    person_id: str
    role: str
    state: str
    since: int


_TALK = tuple(talks.c[name] for name in Talk.__dataclass_fields__)
_SEAT = tuple(seats.c[name] for name in Seat.__dataclass_fields__)


def talk(connection: Connection, talk_id: str) -> Talk | None:
    """Return one talk."""
    return _talk(connection.execute(select(*_TALK).where(talks.c.talk_id == talk_id)).first())


def talk_of(connection: Connection, person_id: str) -> Talk | None:
    """Return the talk somebody is offered or has, or None."""
    mine = (talks.c.person_id == person_id, talks.c.state.in_((OFFERED, JOINING, TALKING, ASIDE)))
    return _talk(connection.execute(select(*_TALK).where(*mine)).first())


def live_talks(connection: Connection) -> tuple[Talk, ...]:
    """Return every talk that is not over, those who wait longest first."""
    rows = connection.execute(select(*_TALK).where(talks.c.state != "over").order_by(talks.c.since, talks.c.talk_id))
    return tuple(Talk(*row) for row in rows)


def seats_of(connection: Connection, talk_id: str) -> tuple[Seat, ...]:
    """Return the seats of a talk that nobody has left, or is leaving."""
    return tuple(one for one in seats_in(connection, talk_id) if one.state not in GONE)


def seats_in(connection: Connection, talk_id: str) -> tuple[Seat, ...]:
    """Return the seats of everybody who may hear a talk, also of those who are told to go and are not out of it yet."""
    taken = (seats.c.talk_id == talk_id, seats.c.state != LEFT)
    return tuple(Seat(*row) for row in connection.execute(select(*_SEAT).where(*taken).order_by(seats.c.since)))


def seat_of(connection: Connection, person_id: str) -> Seat | None:
    """Return where somebody is invited or sits, or None."""
    theirs = (seats.c.person_id == person_id, seats.c.state.not_in(GONE))
    row = connection.execute(select(*_SEAT).where(*theirs).order_by(seats.c.since.desc())).first()
    return Seat(*row) if row else None


def hold(connection: Connection, talk_id: str, person_id: str, *, held: bool, now: int) -> None:
    """Let the caller hear music, or their handler again. Raises `NotTheirs`."""
    _change(connection, talk_id, person_id, (TALKING,), {"held": held}, now=now)


def ask_aside(connection: Connection, talk_id: str, person_id: str, asked: str, *, now: int) -> None:
    """Let the caller hear one of `ASIDES` alone, and come back. Raises `NotTheirs`."""
    if asked not in ASIDES:
        raise ValueError(asked)
    aside: _Values = {"state": ASIDE, "asked": asked, "answer": "", "held": False}
    _change(connection, talk_id, person_id, (TALKING,), aside, now=now)


def finish(connection: Connection, talk_id: str, person_id: str, ending: str, *, now: int) -> None:
    """Ask for the end of a talk, for one of `ENDINGS`; the caller hears closing words. Raises `NotTheirs`.

    Who hears their reference or a question at that moment hears it to its end first, but for an abusive caller: a
    reference that was cut off is lost to its caller for good.
    """
    if ending not in ENDINGS:
        raise ValueError(ending)
    # Nobody moves a practice caller to closing words: it is over at once.
    state = case((talks.c.practice, OVER), else_=talks.c.state)
    _change(connection, talk_id, person_id, (JOINING, TALKING, ASIDE), {"ending": ending, "state": state}, now=now)


def hand_over(connection: Connection, talk_id: str, person_id: str, to: str, *, now: int) -> None:
    """Let a colleague who is in the call have it; who had it stays until they leave. Raises `NotTheirs`."""
    # An interpreter sits there too and is nobody's colleague; who only listens has not spoken with the caller.
    sits = (
        seats.c.talk_id == talk_id,
        seats.c.person_id == to,
        seats.c.state == JOINED,
        seats.c.role.in_((CONSULT, JOIN)),
    )
    if connection.execute(update(seats).where(*sits).values(role=TALK_ROLE)).rowcount < 1:
        raise NotTheirs
    own = (seats.c.talk_id == talk_id, seats.c.person_id == person_id, seats.c.role == TALK_ROLE)
    connection.execute(update(seats).where(*own).values(role=CONSULT))
    try:
        with connection.begin_nested():
            _change(connection, talk_id, person_id, (TALKING,), {"person_id": to, "held": False}, now=now)
    except IntegrityError:  # they were offered another caller at this moment
        raise NotTheirs from None
    connection.execute(update(shifts).where(shifts.c.person_id == to).values(state="on_call", since=now))


def change_role(connection: Connection, talk_id: str, person_id: str, role: str, *, now: int) -> None:
    """Let somebody who sits listen, whisper or join. Raises `NotTheirs`."""
    if role not in BESIDE_ROLES:
        raise ValueError(role)
    sits = (seats.c.talk_id == talk_id, seats.c.person_id == person_id, seats.c.state.in_((INVITED, JOINED)))
    changed = update(seats).where(*sits, seats.c.role.in_(BESIDE_ROLES)).values(role=role)
    if connection.execute(changed).rowcount < 1:
        raise NotTheirs
    add_message(connection, TALK, talk_id, now=now)


def leave_seat(connection: Connection, talk_id: str, person_id: str, *, now: int) -> None:
    """Let somebody who is not the one who talks get up; their leg is ended. May run twice."""
    sits = (seats.c.talk_id == talk_id, seats.c.person_id == person_id, seats.c.role != TALK_ROLE)
    connection.execute(update(seats).where(*sits, seats.c.state.not_in(GONE)).values(state=gone_state(), since=now))
    add_message(connection, TALK, talk_id, now=now)


def leave_closed_talks(connection: Connection, person_id: str, report_id: str, *, now: int) -> None:
    """Let somebody get up from beside every talk about a report that was closed to them. May run twice."""
    about = select(talks.c.talk_id).where(or_(talks.c.report_id == report_id, talks.c.begun_report == report_id))
    theirs = (seats.c.person_id == person_id, seats.c.role != TALK_ROLE, seats.c.state.not_in(GONE))
    for talk_id in connection.scalars(select(seats.c.talk_id).where(*theirs, seats.c.talk_id.in_(about))).all():
        leave_seat(connection, talk_id, person_id, now=now)


def take_up_again(connection: Connection, talk_id: str, person_id: str, *, now: int) -> bool:
    """Offer a caller whose handler was lost to somebody who asks for them.

    False when another was quicker, or what the caller reports is closed to who asks.
    """
    waits = (talks.c.talk_id == talk_id, talks.c.state == WAITING, talks.c.first, open_to(person_id))
    values = {"state": OFFERED, "person_id": person_id, "offered_at": now}
    try:
        with connection.begin_nested():
            return connection.execute(update(talks).where(*waits).values(**values)).rowcount == 1
    except IntegrityError:  # another caller is offered to them at this very moment
        return False


def reminders_said(connection: Connection, talk_id: str) -> frozenset[str]:
    """Return which reminders their handlers have told a caller, as the audit has it."""
    said = select(audit.c.detail).where(audit.c.subject == talk_id, audit.c.action == SAID)
    return frozenset(connection.scalars(said))


def _change(
    connection: Connection,
    talk_id: str,
    person_id: str,
    states: tuple[str, ...],
    values: _Values,
    *,
    now: int,
) -> None:
    theirs = (talks.c.talk_id == talk_id, talks.c.person_id == person_id, talks.c.state.in_(states))
    if connection.execute(update(talks).where(*theirs, talks.c.ending == "").values(**values)).rowcount != 1:
        raise NotTheirs
    add_message(connection, TALK, talk_id, now=now)


def _talk(row: Row[Any] | None) -> Talk | None:
    return Talk(**row._mapping) if row is not None else None
