"""Brings the carrier into line with what the rows of a talk say. An order may come twice, late, or to two workers."""

from __future__ import annotations

from contextlib import suppress
from uuid import uuid4

from ivr.worker.arranging import (
    ClosePractice,
    Deed,
    EndLeg,
    Hold,
    Move,
    Place,
    Release,
    RingUp,
    Seat,
    Stand,
    needs_a_look,
    plan,
)
from ivr.worker.carrier import CarrierFailed
from ivr.worker.learning import caller_is_gone, keep_own_call, learn, leg_is_over, leg_of, stand_of
from ivr.worker.live_carrier import CarrierRefused, LegIsOver, Room
from ivr.worker.strays import telling_digits
from ivr.worker.workplace import Workplace, log
from storage import jobs
from storage.jobs import Lease
from storage.live import rooms, shifts, wishes
from storage.live.queue import OVER

NOW_PATH = "/call/now"


def arrange(place: Workplace, lease: Lease) -> None:
    """Carry out one order, then forget it. May run twice."""
    with place.database.read() as connection:
        order = jobs.read_message(connection, lease)
    if order is not None:
        bring_into_line(place, order.subject)
    with place.database.write() as connection:
        jobs.drop_message(connection, lease)


def bring_into_line(place: Workplace, talk_id: str) -> None:
    """Let the carrier have a talk as its rows want it. May run twice, and side by side."""
    stand, room = stand_of(place, talk_id), None
    if stand is not None and needs_a_look(stand):
        room = place.live.carrier.room(stand.talk.room)
        learn(place, stand, room)
        stand = stand_of(place, talk_id)
    if stand is None:
        return
    for deed in plan(stand, room, place.clock.now()):
        _do(place, stand, room, deed)
    if stand.talk.state == OVER or (stand.talk.practice and stand.talk.ending):
        _clear(place, talk_id)
    _free(place)


# ---- what is done ---------------------------------------------------------------------------------------------------


def _do(place: Workplace, stand: Stand, room: Room | None, deed: Deed) -> None:
    carrier = place.live.carrier
    match deed:
        case Move():
            _move(place, stand, room, deed)
        case EndLeg(seat):
            _end_leg(place, seat)
        case Hold(held) if room is not None:
            carrier.hold(room.sid, stand.caller_seat_sid, place.live.hold_sound if held else "")
        case Place(sid, muted, coached) if room is not None:
            carrier.place(room.sid, sid, muted=muted, coached=coached)
        case RingUp(seat) if room is not None:
            _ring_up(place, stand, room, seat)
        case Release():
            _release(place, stand)
        case ClosePractice():
            with place.database.write() as connection:
                wishes.close_practice(connection, stand.talk.talk_id)


def _move(place: Workplace, stand: Stand, room: Room | None, move: Move) -> None:
    talk_id = stand.talk.talk_id
    if not stand.caller_sid:
        caller_is_gone(place, stand)
        return
    with place.database.write() as connection:
        if not wishes.claim_move(connection, talk_id, move.wish, now=place.clock.now()):
            return
    try:
        if move.leaves and room is not None:
            place.live.carrier.stay(room.sid, stand.caller_sid)
        place.live.carrier.move(stand.caller_sid, place.live.base + NOW_PATH + place.live.overrides)
    except LegIsOver:
        caller_is_gone(place, stand)
    except CarrierFailed:
        with place.database.write() as connection:
            wishes.drop_move(connection, talk_id, move.wish)
        raise


def _end_leg(place: Workplace, seat: Seat) -> None:
    with suppress(LegIsOver):
        place.live.carrier.end(seat.sid)
    leg_is_over(place, seat)  # of a call that the worker began nobody else is told


def _release(place: Workplace, stand: Stand) -> None:
    """Let those go who sit without a caller: the caller's call is over, or is somewhere else than with them."""
    if not stand.talk.practice and (not stand.caller_sid or place.live.carrier.is_over(stand.caller_sid)):
        caller_is_gone(place, stand)
        return  # its order follows
    for seat in stand.seats:
        if seat.is_living:
            _end_leg(place, seat)
    with place.database.write() as connection:
        wishes.release(connection, stand.talk.talk_id, now=place.clock.now())
    log.info("a handler who sat without a caller was let go")


def _clear(place: Workplace, talk_id: str) -> None:
    with place.database.read() as connection:
        if not wishes.has_anybody(connection, talk_id):
            return
    with place.database.write() as connection:
        wishes.clear(connection, talk_id, now=place.clock.now())


def _free(place: Workplace) -> None:
    with place.database.read() as connection:
        if not shifts.is_any_done(connection):
            return
    with place.database.write() as connection:
        shifts.free(connection, now=place.clock.now())


# ---- interpreters ---------------------------------------------------------------------------------------------------


def _ring_up(place: Workplace, stand: Stand, room: Room, seat: Seat) -> None:
    """Ring an interpreter of the line's list from the number that the caller rang, and from no other."""
    number = place.live.interpreters.get(seat.wish.person_id)
    own = place.live.carrier.number_rung(stand.caller_sid) if stand.caller_sid else ""
    if number is None or telling_digits(own) not in {telling_digits(one) for one in place.rules.numbers}:
        _give_up(place, stand, seat)
        return
    call_key = uuid4().hex
    with place.database.write() as connection:
        if not wishes.claim_ringing(connection, seat.wish.seat_id, call_key):
            return
    rung = leg_of(room, seat)
    try:
        # The label lets the carrier refuse a second leg for the same seat, and us find the first one again.
        sid = rung or place.live.carrier.ring_up(room.sid, seat.wish.seat_id, to=number, from_number=own)
    except CarrierRefused:
        _give_up(place, stand, seat)
        raise
    except CarrierFailed:
        with place.database.write() as connection:
            wishes.drop_ringing(connection, seat.wish.seat_id, call_key)
        raise
    keep_own_call(place, call_key, sid)


def _give_up(place: Workplace, stand: Stand, seat: Seat) -> None:
    with place.database.write() as connection:
        rooms.give_up(connection, seat.wish.seat_id, stand.talk.talk_id, now=place.clock.now())
