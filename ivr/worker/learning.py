"""What is known of a talk: its rows, opened, and what the carrier's own list says otherwise than they do.

News of legs comes by webhooks, which may be lost, late or crossed. The carrier's list is the truth, a few seconds old.
"""

from __future__ import annotations

from collections.abc import Callable

from ivr.worker.arranging import Seat, Stand
from ivr.worker.identifiers import open_call, seal_call
from ivr.worker.live_carrier import Room
from ivr.worker.workplace import Workplace
from storage import clips
from storage.clips import OwnCall
from storage.live import queue, rooms, wishes
from storage.live.queue import TALKING
from storage.live.rooms import INTERPRETER, INVITED, JOINED, LEAVING, LEFT
from storage.live.wishes import ANSWER_SECONDS, SIT_DOWN_SECONDS, Leg, SeatWish

SETTLED_SECONDS = 5  # the carrier's list may lag that much behind what it told
News = Callable[[], None]


def stand_of(place: Workplace, talk_id: str) -> Stand | None:
    """Return how a talk is to stand, with the SIDs of its legs; None when it is forgotten."""
    with place.database.read() as connection:
        found = wishes.read(connection, talk_id)
    if found is None:
        return None
    seats = tuple(Seat(seat, _sid(place, seat.leg)) for seat in found.seats)
    return Stand(found.talk, "" if found.caller.is_over else _sid(place, found.caller), seats)


def learn(place: Workplace, stand: Stand, room: Room | None) -> None:
    """Write down what the carrier's list says otherwise than our rows. May run twice."""
    found = [_news_of(place, seat, room) for seat in stand.seats if seat.wish.state != LEFT]
    for news in [one for one in found if one is not None]:
        news()
    talk_id, sid = stand.talk.talk_id, stand.caller_seat_sid
    is_in = bool(sid) and room is not None and room.leg(sid) is not None
    if is_in == (stand.talk.out_since is not None):
        with place.database.write() as connection:
            wishes.note_caller(connection, talk_id, is_in=is_in, now=place.clock.now())
    if stand.talk.state == TALKING and not is_in and stand.caller_sid and place.live.carrier.is_over(stand.caller_sid):
        caller_is_gone(place, stand)
    with place.database.read() as connection:
        unled = wishes.is_unled(connection, talk_id)
    if unled:
        with place.database.write() as connection:
            wishes.promote(connection, talk_id, now=place.clock.now())


def leg_of(room: Room | None, seat: Seat) -> str:
    """Return the SID of the leg that the carrier rings for a seat, found by its label; empty when there is none."""
    legs = room.legs if room is not None else ()
    return next((leg.call_sid for leg in legs if leg.label == seat.wish.seat_id), "")


def keep_own_call(place: Workplace, call_key: str, sid: str) -> None:
    """Write down a call that the worker began. May run twice."""
    with place.database.write() as connection:
        clips.add_own_call(connection, OwnCall(call_key, seal_call(place, sid, call_key), place.clock.now()))


def caller_is_gone(place: Workplace, stand: Stand) -> None:
    """Write down that a caller's call has ended. May run twice."""
    with place.database.write() as connection:
        clips.end_call(connection, stand.talk.call_key, now=place.clock.now())
        queue.caller_gone(connection, (stand.talk.call_key,), now=place.clock.now())


def leg_is_over(place: Workplace, seat: Seat) -> None:
    """Write down that a seat's call has ended. May run twice."""
    with place.database.write() as connection:
        clips.end_call(connection, seat.wish.leg.call_key, now=place.clock.now())
        rooms.leg_left(connection, (seat.wish.leg.call_key,), now=place.clock.now())


def _sid(place: Workplace, leg: Leg) -> str:
    return open_call(place, leg.sid_for_worker, leg.call_key).sid if leg.sid_for_worker is not None else ""


def _news_of(place: Workplace, seat: Seat, room: Room | None) -> News | None:
    """Return what is to be written of a seat, or None when its row says what the carrier says."""
    if not (key := seat.wish.leg.call_key):
        return None
    late = place.clock.now() - seat.wish.since >= _patience(seat.wish)
    if seat.wish.leg.is_over or (late and not seat.sid):
        return lambda: _left(place, key)
    if room is not None and room.leg(seat.sid) is not None:
        return (lambda: _joined(place, key)) if seat.wish.state == INVITED else None
    if late:
        return lambda: _left(place, key)
    if seat.wish.role == INTERPRETER and not seat.sid:
        return lambda: _adopt(place, seat, room)
    return (lambda: _left_when_over(place, seat)) if seat.wish.role == INTERPRETER else None


def _patience(seat: SeatWish) -> int:
    if seat.state in (JOINED, LEAVING):
        return SETTLED_SECONDS
    return ANSWER_SECONDS if seat.role == INTERPRETER else SIT_DOWN_SECONDS


def _joined(place: Workplace, call_key: str) -> None:
    with place.database.write() as connection:
        rooms.leg_joined(connection, (call_key,), now=place.clock.now())


def _left(place: Workplace, call_key: str) -> None:
    with place.database.write() as connection:
        rooms.leg_left(connection, (call_key,), now=place.clock.now())


def _left_when_over(place: Workplace, seat: Seat) -> None:
    """Look after an interpreter whose telephone rings: nobody tells us of that call but the carrier, when asked."""
    if place.live.carrier.is_over(seat.sid):
        leg_is_over(place, seat)


def _adopt(place: Workplace, seat: Seat, room: Room | None) -> None:
    """Find the leg of an interpreter whom a worker rang that died before it could say so."""
    if sid := leg_of(room, seat):
        keep_own_call(place, seat.wish.leg.call_key, sid)
