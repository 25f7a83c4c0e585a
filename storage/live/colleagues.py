"""A colleague asked into a call: they say yes or no, and talk with the handler while the caller hears music.

Who is asked has a seat in the state `asked` that no leg can take: its name is random, and nobody holds a token for it.
A yes puts a seat in its place for the token that their own page drew.
"""

from __future__ import annotations

import secrets

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from storage.database import is_there
from storage.jobs import TALK, add_message
from storage.live import conduct, offers
from storage.live.conduct import NotTheirs, Seat
from storage.live.offers import ASK_SECONDS, TooLate
from storage.live.queue import OVER, TAKEN, TALKING
from storage.live.rooms import ASKED, CONSULT, GONE, INTERPRETER, INVITED, JOINED, LEFT, gone_state
from storage.models import seats, talks

SEAT_NAME_BYTES = 32
MOST_INTERPRETERS = 8  # rung in one call, one after the other: each is paid by the minute, and a handler may err


class ColleagueTaken(Exception):
    """They are with another caller, or were asked by somebody else; asking another colleague helps."""


class SomebodySits(Exception):
    """A colleague or this interpreter is in the call already; ending that helps."""


class InterpretersEnough(Exception):
    """So many interpreters were rung in this call that something is wrong; a supervisor helps."""


def ask(connection: Connection, talk_id: str, person_id: str, colleague: str, *, now: int) -> None:
    """Hold the caller and ask a colleague; who was asked before is asked no longer.

    Raises `NotTheirs`, `ColleagueTaken` or `SomebodySits`.
    """
    conduct.hold(connection, talk_id, person_id, held=True, now=now)
    in_it = (seats.c.talk_id == talk_id, seats.c.role == CONSULT, seats.c.person_id != person_id)
    if connection.execute(select(seats.c.seat_id).where(*in_it, seats.c.state.in_((INVITED, JOINED)))).first():
        raise SomebodySits
    if is_taken(connection, colleague, now=now, but=talk_id):
        raise ColleagueTaken
    connection.execute(update(seats).where(*in_it, seats.c.state == ASKED).values(state=LEFT, since=now))
    row = {"seat_id": secrets.token_hex(SEAT_NAME_BYTES), "talk_id": talk_id, "person_id": colleague, "role": CONSULT}
    connection.execute(insert(seats), {**row, "state": ASKED, "since": now})


def asked(connection: Connection, person_id: str, *, now: int) -> Seat | None:
    """Return what somebody is asked into at this moment, or None."""
    columns = tuple(seats.c[name] for name in Seat.__dataclass_fields__)
    open_still = (seats.c.person_id == person_id, seats.c.state == ASKED, seats.c.since > now - ASK_SECONDS)
    on = (talks.c.talk_id == seats.c.talk_id, talks.c.state == TALKING)
    row = connection.execute(select(*columns).where(*open_still, is_there(*on))).first()
    return Seat(*row) if row else None


def asked_in(connection: Connection, talk_id: str, *, now: int) -> str:
    """Return who is asked into a talk at this moment, or ""."""
    open_still = (seats.c.talk_id == talk_id, seats.c.state == ASKED, seats.c.since > now - ASK_SECONDS)
    return connection.scalar(select(seats.c.person_id).where(*open_still)) or ""


def accept(connection: Connection, talk_id: str, person_id: str, *, token: str, now: int) -> None:
    """Give a colleague who was asked their seat, for who holds `token`. Raises `TooLate` or `ColleagueTaken`."""
    # Locked first, as whoever ends the asking does: of a yes and an end at the same moment the later one holds.
    connection.execute(select(talks.c.talk_id).where(talks.c.talk_id == talk_id).with_for_update())
    found = asked(connection, person_id, now=now)
    if found is None or found.talk_id != talk_id or not _answer(connection, talk_id, person_id, now=now):
        raise TooLate
    if is_taken(connection, person_id, now=now):
        raise ColleagueTaken
    offers.add_seat(connection, talk_id, person_id, CONSULT, token=token, now=now)


def decline(connection: Connection, talk_id: str, person_id: str, *, now: int) -> bool:
    """Say no; False when nothing is asked any more. The caller stays on hold: their handler takes them back."""
    return _answer(connection, talk_id, person_id, now=now)


def end_consult(connection: Connection, talk_id: str, person_id: str, *, now: int) -> None:
    """Let the colleague go and the caller hear their handler again; who was only asked is not any more.

    Raises `NotTheirs`.
    """
    conduct.hold(connection, talk_id, person_id, held=False, now=now)
    others = (seats.c.talk_id == talk_id, seats.c.role == CONSULT, seats.c.person_id != person_id)
    connection.execute(update(seats).where(*others, seats.c.state.not_in(GONE)).values(state=gone_state(), since=now))


def lapse(connection: Connection, *, now: int) -> int:
    """Take back what colleagues did not answer in `ASK_SECONDS`; return how many. May run twice."""
    late = (seats.c.state == ASKED, seats.c.since <= now - ASK_SECONDS)
    return connection.execute(update(seats).where(*late).values(state=LEFT, since=now)).rowcount


def taken(connection: Connection, *, now: int, but: str = "") -> frozenset[str]:
    """Return everybody of whom `is_taken` says so."""
    with_caller = select(talks.c.person_id).where(talks.c.state.in_(TAKEN))
    is_asked = and_(seats.c.state == ASKED, seats.c.since > now - ASK_SECONDS, seats.c.talk_id != but)
    sits = select(seats.c.person_id).where(or_(seats.c.state.in_((INVITED, JOINED)), is_asked), _is_going_on())
    return frozenset((*connection.scalars(with_caller), *connection.scalars(sits)))


def is_taken(connection: Connection, person_id: str, *, now: int, but: str = "") -> bool:
    """Say whether somebody is with a caller, is offered one, sits in a call, or is asked into one other than `but`."""
    has_talk = select(talks.c.talk_id).where(talks.c.person_id == person_id, talks.c.state.in_(TAKEN))
    sits = (seats.c.person_id == person_id, seats.c.state.in_((INVITED, JOINED)))
    taken_seat = select(seats.c.seat_id).where(*sits, _is_going_on())
    if connection.execute(has_talk).first() or connection.execute(taken_seat).first():
        return True
    found = asked(connection, person_id, now=now)
    return found is not None and found.talk_id != but


def bring_interpreter(connection: Connection, talk_id: str, person_id: str, interpreter: str, *, now: int) -> None:
    """Let the worker ring an interpreter of the line's own list into a call. Raises `NotTheirs`, `SomebodySits`
    or `InterpretersEnough`.
    """
    theirs = (talks.c.talk_id == talk_id, talks.c.person_id == person_id, talks.c.state == TALKING, ~talks.c.practice)
    if (
        connection.execute(select(talks.c.talk_id).where(*theirs, talks.c.ending == "").with_for_update()).first()
        is None
    ):
        raise NotTheirs  # a practice call rings nobody: an interpreter is paid by the minute
    there = (seats.c.talk_id == talk_id, seats.c.person_id == interpreter, seats.c.state.not_in(GONE))
    if connection.execute(select(seats.c.seat_id).where(*there)).first():
        raise SomebodySits
    rung = select(func.count()).where(seats.c.talk_id == talk_id, seats.c.role == INTERPRETER)
    if (connection.scalar(rung) or 0) >= MOST_INTERPRETERS:
        raise InterpretersEnough
    token = secrets.token_hex(16)  # forgotten at once: the worker makes this leg, and no page can be it
    offers.add_seat(connection, talk_id, interpreter, INTERPRETER, token=token, now=now)


def let_interpreter_go(connection: Connection, talk_id: str, person_id: str, interpreter: str, *, now: int) -> None:
    """End an interpreter's leg. Raises `NotTheirs`."""
    theirs = (talks.c.talk_id == talk_id, talks.c.person_id == person_id)
    if connection.execute(select(talks.c.talk_id).where(*theirs)).first() is None:
        raise NotTheirs
    seat = (seats.c.talk_id == talk_id, seats.c.person_id == interpreter, seats.c.role == INTERPRETER)
    connection.execute(update(seats).where(*seat, seats.c.state.not_in(GONE)).values(state=gone_state(), since=now))
    add_message(connection, TALK, talk_id, now=now)


def _is_going_on() -> ColumnElement[bool]:
    # The worker clears the seats of a talk that is over; nobody has to wait for it.
    return is_there(talks.c.talk_id == seats.c.talk_id, talks.c.state != OVER)


def _answer(connection: Connection, talk_id: str, person_id: str, *, now: int) -> bool:
    mine = (seats.c.talk_id == talk_id, seats.c.person_id == person_id, seats.c.state == ASKED)
    return connection.execute(update(seats).where(*mine).values(state=LEFT, since=now)).rowcount > 0
