"""Who sits in the conference of a talk: legs that hold a token sit down, and the carrier tells who comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, bindparam, case, or_, select, update

from storage.clock import iso_week
from storage.database import is_there
from storage.jobs import TALK, add_message, count_up
from storage.live.queue import ASIDE, HUNG_UP, JOINING, OVER, TALKING, WAITING
from storage.models import calls, seats, talks
from storage.prepared import Prepared
from storage.sealing import token_hash

ASKED, INVITED, JOINED, LEFT = "asked", "invited", "joined", "left"  # asked: they have not said yes
LEAVING = "leaving"  # told to go, and their leg may hear still: nobody is hidden from a call before they are out of it
GONE = (LEAVING, LEFT)
TALK_ROLE, CONSULT, LISTEN, WHISPER, JOIN, CALLER, INTERPRETER = (
    "talk",
    "consult",
    "listen",
    "whisper",
    "join",
    "caller",
    "interpreter",
)
HEARS_THE_CALLER = (TALK_ROLE, CONSULT, JOIN)  # a caller with one of these is not alone
SEAT_SECONDS = 60  # an invitation to sit down holds so long


@dataclass(frozen=True)
class Place:
    """A seat as its leg needs to know it."""

    talk_id: str
    room: str
    role: str
    practice: bool


_FIND = Prepared(
    lambda _: (
        select(talks.c.talk_id, talks.c.room, seats.c.role, talks.c.practice)
        .select_from(seats.join(talks, talks.c.talk_id == seats.c.talk_id))
        .where(
            seats.c.seat_id == bindparam("the_seat"),
            seats.c.state == INVITED,
            seats.c.since > bindparam("invited_since"),
            or_(seats.c.call_key == "", seats.c.call_key == bindparam("leg")),
            talks.c.state != OVER,
        )
    )
)


def sit_down(connection: Connection, token: str, call_key: str, *, now: int) -> Place | None:
    """Give the seat of a token to a leg; None when there is none for it (any more). The same leg may ask twice.

    The token is used up: a second leg with it finds nothing.
    """
    asked = {"the_seat": token_hash(token), "leg": call_key, "invited_since": now - SEAT_SECONDS}
    row = _FIND.run(connection, asked).fetchone()
    if row is None:
        return None
    free = or_(seats.c.call_key == "", seats.c.call_key == call_key)
    taken = update(seats).where(seats.c.seat_id == token_hash(token), free).values(call_key=call_key)
    if connection.execute(taken).rowcount != 1:
        return None
    talk_id, room, role, practice = row
    return Place(talk_id, room, role, bool(practice))


def leg_joined(connection: Connection, call_keys: Sequence[str], *, now: int) -> bool:
    """Note that a leg is in its conference; False when it is nobody's there. May run twice."""
    mine = (seats.c.call_key.in_(call_keys), seats.c.call_key != "")
    seat = connection.execute(select(seats.c.talk_id, seats.c.role, seats.c.state).where(*mine)).first()
    if seat is None:
        return _note_caller(connection, talks.c.call_key.in_(call_keys), out_since=None)
    sat = connection.execute(update(seats).where(*mine, seats.c.state == INVITED).values(state=JOINED, since=now))
    of_talk = talks.c.talk_id == seat.talk_id
    if seat.role == TALK_ROLE and sat.rowcount:
        connection.execute(update(talks).where(of_talk, talks.c.state == JOINING).values(state=TALKING))
        never = update(talks).where(of_talk, talks.c.met_at.is_(None))
        if connection.execute(never.values(met_at=now)).rowcount:
            _count_answered(connection, seat.talk_id, now=now)
    if seat.role == CALLER and sat.rowcount:
        _note_caller(connection, of_talk, out_since=None)
    ended = is_there(calls.c.call_key == seats.c.call_key, calls.c.ended_at.is_not(None))
    connection.execute(update(seats).where(*mine, seats.c.state == LEFT, ~ended).values(state=LEAVING, since=now))
    if sat.rowcount or seat.state in GONE:  # a leg that came too late is ended again
        add_message(connection, TALK, seat.talk_id, now=now)
    return True


def leg_left(connection: Connection, call_keys: Sequence[str], *, now: int) -> bool:
    """Note that a leg has left its conference; a caller whom nobody is with goes to the head of the queue.

    False when the leg was nobody's, or its leaving was noted before. A caller who is aside (for a reference, a key)
    finds out when they come back: see `come_back`.
    """
    mine = (seats.c.call_key.in_(call_keys), seats.c.call_key != "", seats.c.state != LEFT)
    seat = connection.execute(select(seats.c.seat_id, seats.c.talk_id).where(*mine)).first()
    if seat is None:
        return _note_caller(connection, talks.c.call_key.in_(call_keys), out_since=now)
    return give_up(connection, seat.seat_id, seat.talk_id, now=now)


def give_up(connection: Connection, seat_id: str, talk_id: str, *, now: int) -> bool:
    """Let nobody have a seat any more, and let its caller wait when nobody is with them; False when it was so before.

    A practice call ends with either of its two.
    """
    got_up = update(seats).where(seats.c.seat_id == seat_id, seats.c.state != LEFT).values(state=LEFT, since=now)
    if connection.execute(got_up).rowcount != 1:
        return False
    played = select(seats.c.talk_id).where(seats.c.seat_id == seat_id, seats.c.role == CALLER)
    if connection.scalar(played) is not None:
        end_practice(connection, talk_id)
    lose(connection, talk_id)
    add_message(connection, TALK, talk_id, now=now)
    return True


def gone_state() -> ColumnElement[str]:
    """Return what becomes of a seat that somebody is to have no more: whose leg is in the room is not out of it yet."""
    return case((seats.c.state == JOINED, LEAVING), else_=LEFT)


def lose(connection: Connection, talk_id: str) -> bool:
    """Let a caller whom nobody is with wait at the head of the queue; False when somebody is, or is about to be."""
    alone = (talks.c.talk_id == talk_id, talks.c.state.in_((JOINING, TALKING)), talks.c.ending == "")
    unheard = (~_is_accompanied(), ~_is_expected())
    return connection.execute(update(talks).where(*alone, *unheard).values(**_LOST)).rowcount == 1


def come_back(connection: Connection, call_key: str, answer: str, *, now: int) -> None:
    """Bring a caller back from what they were asked aside: to the handler, or to the head of the queue.

    One whose talk was finished meanwhile waits for nobody: closing words are next. May run twice.
    """
    aside = (talks.c.call_key == call_key, talks.c.state == ASIDE)
    talk_id = connection.scalar(select(talks.c.talk_id).where(*aside))
    if talk_id is None:
        return
    back = {"asked": "", "answer": answer, "out_since": now, "moved_for": ""}
    alone = (*aside, talks.c.ending == "", ~_is_accompanied())
    connection.execute(update(talks).where(*alone).values(**{**_LOST, **back}))
    connection.execute(update(talks).where(*aside).values(state=TALKING, **back))
    add_message(connection, TALK, talk_id, now=now)


def end_practice(connection: Connection, talk_id: str) -> None:
    """End a practice call: whoever played its caller has gone. May run twice."""
    going = (talks.c.talk_id == talk_id, talks.c.practice, talks.c.state != OVER)
    ending = case((talks.c.ending == "", HUNG_UP), else_=talks.c.ending)
    connection.execute(update(talks).where(*going).values(state=OVER, ending=ending, asked=""))


_LOST = {
    "state": case((talks.c.practice, OVER), else_=WAITING),  # a colleague who plays a caller waits for nobody
    "first": True,
    "person_id": "",
    "offered_at": None,
    "held": False,
}


def _note_caller(connection: Connection, which: ColumnElement[bool], *, out_since: int | None) -> bool:
    """Write down whether the caller's own leg is in the room, when that is news."""
    news = talks.c.out_since.is_not(None) if out_since is None else talks.c.out_since.is_(None)
    noted = update(talks).where(which, news, talks.c.state != OVER).values(out_since=out_since)
    return connection.execute(noted).rowcount > 0


def _is_expected() -> ColumnElement[bool]:
    coming = seats.alias("coming")
    invited = (coming.c.talk_id == talks.c.talk_id, coming.c.state == INVITED, coming.c.role == TALK_ROLE)
    return is_there(*invited)


def _count_answered(connection: Connection, talk_id: str, *, now: int) -> None:
    played = select(talks.c.practice).where(talks.c.talk_id == talk_id)
    if not connection.scalar(played):
        count_up(connection, "queue.answered", week=iso_week(now))


def _is_accompanied() -> ColumnElement[bool]:
    there = seats.alias("there")
    sitting = (there.c.talk_id == talks.c.talk_id, there.c.state == JOINED, there.c.role.in_(HEARS_THE_CALLER))
    return is_there(*sitting)
