"""What the worker needs to know of a talk to bring the carrier into line with it, and what it notes down of that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from storage.database import is_there
from storage.jobs import TALK, add_message
from storage.live.conduct import ABUSIVE
from storage.live.queue import ASIDE, JOINING, OFFERED, OVER, TALKING, WAITING
from storage.live.rooms import (
    CONSULT,
    GONE,
    INTERPRETER,
    INVITED,
    JOIN,
    JOINED,
    LEAVING,
    LEFT,
    TALK_ROLE,
    give_up,
    lose,
)
from storage.models import calls, jobs, passes, seats, shifts, talks

MOVE_AGAIN_SECONDS = 8  # a caller who was moved hears a sentence on their way: said again it would never end
SIT_DOWN_SECONDS = 15  # a leg that has not joined by then does not come
LEAVING_SECONDS = 5  # the carrier tells sooner that a leg has gone
ANSWER_SECONDS = 60  # for an interpreter, whose telephone rings first
PRACTICE_OVER_SECONDS = 60


@dataclass(frozen=True)
class Leg:
    """One call at the carrier, as its row knows it."""

    call_key: str
    sid_for_worker: bytes | None  # None: no row, or not yet
    is_over: bool


@dataclass(frozen=True)
class SeatWish:
    """Who is to sit in the room, and how."""

    seat_id: str
    person_id: str
    role: str
    state: str
    since: int
    leg: Leg


@dataclass(frozen=True)
class TalkWish:
    """How a talk is to stand."""

    talk_id: str
    call_key: str
    practice: bool
    room: str
    state: str
    person_id: str
    offered_at: int | None
    held: bool
    asked: str
    ending: str
    out_since: int | None
    moved_for: str
    moved_at: int | None


@dataclass(frozen=True)
class Wishes:
    """One talk with its legs."""

    talk: TalkWish
    caller: Leg
    seats: tuple[SeatWish, ...]


def read(connection: Connection, talk_id: str) -> Wishes | None:
    """Return how a talk is to stand, or None when it is forgotten."""
    row = connection.execute(
        select(*(talks.c[name] for name in TalkWish.__dataclass_fields__)).where(talks.c.talk_id == talk_id)
    ).first()
    if row is None:
        return None
    of_talk = select(seats).where(seats.c.talk_id == talk_id).order_by(seats.c.since, seats.c.seat_id)
    sitting = connection.execute(of_talk).all()
    legs = _legs(connection, {row.call_key, *(seat.call_key for seat in sitting)})
    return Wishes(
        TalkWish(*row),
        legs.get(row.call_key, Leg(row.call_key, None, is_over=True)),
        tuple(
            SeatWish(
                seat.seat_id,
                seat.person_id,
                seat.role,
                seat.state,
                seat.since,
                legs.get(seat.call_key, Leg(seat.call_key, None, is_over=False)),
            )
            for seat in sitting
        ),
    )


def _legs(connection: Connection, call_keys: Collection[str]) -> dict[str, Leg]:
    known = select(calls.c.call_key, calls.c.sid_for_worker, calls.c.ended_at).where(calls.c.call_key.in_(call_keys))
    return {
        row.call_key: Leg(row.call_key, row.sid_for_worker, row.ended_at is not None)
        for row in connection.execute(known)
    }


# ---- what the worker notes ------------------------------------------------------------------------------------------


def claim_move(connection: Connection, talk_id: str, wish: str, *, now: int) -> bool:
    """Take it upon oneself to move a caller; False when another does, or they are on their way.

    Before the deed, so that no two workers move one caller twice; a worker that dies right after costs some seconds.
    """
    stale = or_(talks.c.moved_for != wish, talks.c.moved_at.is_(None), talks.c.moved_at <= now - MOVE_AGAIN_SECONDS)
    claimed = update(talks).where(talks.c.talk_id == talk_id, stale).values(moved_for=wish, moved_at=now)
    return connection.execute(claimed).rowcount == 1


def drop_move(connection: Connection, talk_id: str, wish: str) -> None:
    """Note that the carrier did not move a caller after all: whoever comes next tries again at once."""
    connection.execute(
        update(talks).where(talks.c.talk_id == talk_id, talks.c.moved_for == wish).values(moved_for="", moved_at=None)
    )


def note_caller(connection: Connection, talk_id: str, *, is_in: bool, now: int) -> None:
    """Note whether the carrier has the caller in the room."""
    of_talk = talks.c.talk_id == talk_id
    if is_in:
        connection.execute(update(talks).where(of_talk, talks.c.out_since.is_not(None)).values(out_since=None))
    else:
        connection.execute(update(talks).where(of_talk, talks.c.out_since.is_(None)).values(out_since=now))


def claim_ringing(connection: Connection, seat_id: str, call_key: str) -> bool:
    """Take it upon oneself to ring an interpreter; False when another does."""
    free = (seats.c.seat_id == seat_id, seats.c.call_key == "", seats.c.state == INVITED)
    return connection.execute(update(seats).where(*free).values(call_key=call_key)).rowcount == 1


def drop_ringing(connection: Connection, seat_id: str, call_key: str) -> None:
    """Note that the carrier rang nobody."""
    mine = (seats.c.seat_id == seat_id, seats.c.call_key == call_key)
    connection.execute(update(seats).where(*mine).values(call_key=""))


def is_unled(connection: Connection, talk_id: str) -> bool:
    """Say whether `promote` may have something to give: without a write transaction."""
    return connection.scalar(select(talks.c.talk_id).where(_is_talking(talk_id), ~_is_led())) is not None


def promote(connection: Connection, talk_id: str, *, now: int) -> bool:
    """Give a caller whose handler has left to a colleague who sits with them; False when there is nothing to give."""
    sits = (seats.c.talk_id == talk_id, seats.c.state == JOINED, seats.c.role.in_((CONSULT, JOIN)))
    heir = connection.execute(select(seats.c.seat_id, seats.c.person_id).where(*sits).order_by(seats.c.since)).first()
    if heir is None:
        return False
    try:
        with connection.begin_nested():
            led = update(talks).where(_is_talking(talk_id), ~_is_led())
            given = connection.execute(led.values(person_id=heir.person_id, held=False)).rowcount == 1
    except IntegrityError:  # they were offered another caller in this very moment
        return False
    if given:
        connection.execute(update(seats).where(seats.c.seat_id == heir.seat_id).values(role=TALK_ROLE))
        theirs = update(shifts).where(shifts.c.person_id == heir.person_id)
        connection.execute(theirs.values(state="on_call", since=now))
    return given


def close_practice(connection: Connection, talk_id: str) -> None:
    """Note that a practice call is over: there is no caller to be told so."""
    connection.execute(update(talks).where(talks.c.talk_id == talk_id, talks.c.practice).values(state=OVER))


def has_anybody(connection: Connection, talk_id: str) -> bool:
    """Say whether somebody has a seat in a talk."""
    there = select(seats.c.seat_id).where(seats.c.talk_id == talk_id, seats.c.state != LEFT)
    return connection.execute(there.limit(1)).first() is not None


def clear(connection: Connection, talk_id: str, *, now: int) -> None:
    """Let nobody have a seat any more in a talk that is over."""
    there = (seats.c.talk_id == talk_id, seats.c.state != LEFT)
    connection.execute(update(seats).where(*there).values(state=LEFT, since=now))


def release(connection: Connection, talk_id: str, *, now: int) -> None:
    """Let everybody go who sits without a caller."""
    clear(connection, talk_id, now=now)
    lose(connection, talk_id)
    add_message(connection, TALK, talk_id, now=now)


# ---- what is looked after now and then ------------------------------------------------------------------------------


def is_quiet(connection: Connection) -> bool:
    """Say whether nobody works, waits or talks, and no pass is asked for: then there is nothing to look after."""
    working = select(shifts.c.person_id).where(shifts.c.state != "away")
    looked = (select(talks.c.talk_id), working, select(passes.c.pass_id))
    return all(connection.execute(which.limit(1)).first() is None for which in looked)


def give_up_late_seats(connection: Connection, *, now: int) -> int:
    """Let nobody wait for a leg that has never rung; return how many."""
    late = and_(seats.c.state == INVITED, seats.c.call_key == "", _is_late(now))
    rows = connection.execute(select(seats.c.seat_id, seats.c.talk_id).where(late)).all()
    return sum(give_up(connection, row.seat_id, row.talk_id, now=now) for row in rows)


def order_looks(connection: Connection, *, now: int) -> int:
    """Order the worker to look at every talk whose rows say that something is not as it should be; return how many."""
    someone = is_there(seats.c.talk_id == talks.c.talk_id, seats.c.state != LEFT)
    rung = and_(seats.c.state == INVITED, seats.c.call_key != "", seats.c.since <= now - SIT_DOWN_SECONDS)
    slow = and_(seats.c.talk_id == talks.c.talk_id, seats.c.state == LEAVING, seats.c.since <= now - LEAVING_SECONDS)
    is_in = talks.c.out_since.is_(None)
    odd = or_(
        and_(talks.c.state.in_((JOINING, TALKING)), or_(~is_in, is_there(seats.c.talk_id == talks.c.talk_id, rung))),
        and_(talks.c.state.in_((WAITING, OFFERED, ASIDE)), is_in),
        and_(talks.c.state.not_in((OVER, ASIDE)), talks.c.ending != ""),
        and_(talks.c.state == ASIDE, talks.c.ending == ABUSIVE),
        and_(talks.c.state == OVER, someone),
        is_there(slow),
    )
    return _order(connection, odd, now)


def order_all_looks(connection: Connection, *, now: int) -> int:
    """Order the worker to look at every talk that lives: news of legs can be lost. Return how many."""
    interpreted = is_there(seats.c.talk_id == talks.c.talk_id, seats.c.role == INTERPRETER, seats.c.state != LEFT)
    return _order(connection, or_(talks.c.state.in_((JOINING, TALKING, ASIDE)), interpreted), now)


def _order(connection: Connection, which: ColumnElement[bool], now: int) -> int:
    # An order in somebody's hands does not count: they may have died with it.
    ordered = is_there(jobs.c.kind == TALK, jobs.c.subject == talks.c.talk_id, jobs.c.lease_until <= now)
    found = connection.scalars(select(talks.c.talk_id).where(which, ~ordered)).all()
    for talk_id in found:
        add_message(connection, TALK, talk_id, now=now)
    return len(found)


def lose_the_left(connection: Connection) -> int:
    """Let every caller wait again whom nobody is with, however that came; return how many."""
    joined = connection.scalars(select(talks.c.talk_id).where(talks.c.state.in_((JOINING, TALKING)))).all()
    return sum(lose(connection, talk_id) for talk_id in joined)


def forget_the_over(connection: Connection, *, now: int) -> int:
    """Forget talks whose call is forgotten, and practice calls some time after their end; return how many."""
    no_call = ~is_there(calls.c.call_key == talks.c.call_key)
    lately = select(func.max(seats.c.since)).where(seats.c.talk_id == talks.c.talk_id).scalar_subquery()
    someone = is_there(seats.c.talk_id == talks.c.talk_id, seats.c.state != LEFT)
    long_ago = or_(lately.is_(None), lately <= now - PRACTICE_OVER_SECONDS)
    played = and_(talks.c.practice, talks.c.state == OVER, ~someone, long_ago)
    return connection.execute(delete(talks).where(or_(and_(~talks.c.practice, no_call), played))).rowcount


def _is_late(now: int) -> ColumnElement[bool]:
    ringing = and_(seats.c.role == INTERPRETER, seats.c.since <= now - ANSWER_SECONDS)
    return or_(ringing, and_(seats.c.role != INTERPRETER, seats.c.since <= now - SIT_DOWN_SECONDS))


def _is_talking(talk_id: str) -> ColumnElement[bool]:
    return and_(talks.c.talk_id == talk_id, talks.c.state.in_((JOINING, TALKING, ASIDE)), talks.c.ending == "")


def _is_led() -> ColumnElement[bool]:
    leading = seats.alias("leading")
    there = (leading.c.talk_id == talks.c.talk_id, leading.c.role == TALK_ROLE, leading.c.state.not_in(GONE))
    return is_there(*there)
