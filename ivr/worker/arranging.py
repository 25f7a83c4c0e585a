"""What must be done at the carrier so that a talk stands there as its rows say: a pure rule over values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.worker.live_carrier import InRoom, Room
from storage.live.conduct import ABUSIVE
from storage.live.queue import ASIDE, JOINING, OFFERED, OVER, TALKING, WAITING
from storage.live.rooms import CALLER, GONE, INTERPRETER, INVITED, JOINED, LEAVING, LISTEN, TALK_ROLE, WHISPER
from storage.live.wishes import SeatWish, TalkWish

ALONE_SECONDS = 7  # looked at every two seconds: a handler alone is released within ten
ON_THEIR_WAY_SECONDS = 10  # a caller who was moved just now hears a sentence of up to nine seconds before they come
LONGEST_ALONE_SECONDS = 10
GOODBYE, LOST = "end", "lost"


@dataclass(frozen=True)
class Seat:
    """A seat, and the SID of its leg where one has rung."""

    wish: SeatWish
    sid: str = ""

    @property
    def is_living(self) -> bool:
        """Say whether its leg may still be there."""
        return bool(self.sid) and not self.wish.leg.is_over


@dataclass(frozen=True)
class Stand:
    """A talk as its rows want it, with SIDs that stay in this process."""

    talk: TalkWish
    caller_sid: str  # `` where the caller has gone, or a colleague plays them
    seats: tuple[Seat, ...]

    @property
    def caller_seat_sid(self) -> str:
        """Return the leg that is heard as the caller: their own, or that of the colleague who plays them."""
        played = next((seat.sid for seat in self.seats if seat.wish.role == CALLER), "")
        return played if self.talk.practice else self.caller_sid

    @property
    def sitting(self) -> tuple[Seat, ...]:
        """Return the seats of those whose leg is in the room."""
        return tuple(seat for seat in self.seats if seat.wish.state == JOINED and seat.is_living)


@dataclass(frozen=True)
class Move:
    """Let the caller's call ask the line anew: it knows from the rows where they belong now."""

    wish: str
    leaves: bool = False  # the room must live on without them


@dataclass(frozen=True)
class Hold:
    """Let the caller hear music, or the others again."""

    held: bool


@dataclass(frozen=True)
class Place:
    """Let a leg be heard by nobody, by one other leg, or by all."""

    sid: str
    muted: bool
    coached: str = ""


@dataclass(frozen=True)
class EndLeg:
    """End a leg."""

    seat: Seat


@dataclass(frozen=True)
class RingUp:
    """Ring an interpreter."""

    seat: Seat


@dataclass(frozen=True)
class Release:
    """Let everybody go who sits without a caller."""


@dataclass(frozen=True)
class ClosePractice:
    """End a practice call: nobody has to be told closing words."""


Deed = Move | Hold | Place | EndLeg | RingUp | Release | ClosePractice


def needs_a_look(stand: Stand) -> bool:
    """Say whether it matters who is in the room: a request that is not made makes nobody wait."""
    is_left = any(seat.wish.state == LEAVING for seat in stand.seats)
    return stand.talk.state != OVER and (stand.talk.state != WAITING or stand.talk.out_since is None or is_left)


def plan(stand: Stand, room: Room | None, now: int) -> tuple[Deed, ...]:
    """Return what is left to do. Done twice it changes nothing."""
    return tuple(_deeds(stand, room, now))


def is_alone(stand: Stand, room: Room | None, now: int) -> bool:
    """Say whether people have sat in a room without a caller for too long."""
    talk = stand.talk
    if talk.state not in (JOINING, TALKING) or _in(room, stand.caller_seat_sid) or talk.out_since is None:
        return False
    since = [max(talk.out_since, seat.wish.since) for seat in stand.sitting if seat.wish.role != CALLER]
    if not since:
        return False
    may_come = talk.moved_at is not None and now - talk.moved_at < ON_THEIR_WAY_SECONDS
    return now - min(since) >= (LONGEST_ALONE_SECONDS if may_come else ALONE_SECONDS)


def _deeds(stand: Stand, room: Room | None, now: int) -> Iterator[Deed]:
    talk = stand.talk
    over = talk.state == OVER
    if talk.practice and talk.ending and not over:
        yield ClosePractice()
        over = True
    yield from (EndLeg(seat) for seat in stand.seats if seat.is_living and (over or seat.wish.state in GONE))
    if over:
        return
    if is_alone(stand, room, now):
        yield Release()
        return
    caller = _in(room, stand.caller_seat_sid)
    yield from _moves(talk, caller)
    if talk.ending or room is None:
        return
    if caller is not None and caller.held != talk.held and talk.state == TALKING:
        yield Hold(talk.held)
    yield from _places(stand, room)
    if talk.state == TALKING:
        calls = (seat for seat in stand.seats if seat.wish.role == INTERPRETER and seat.wish.state == INVITED)
        yield from (RingUp(seat) for seat in calls if not seat.wish.leg.call_key)


def _moves(talk: TalkWish, caller: InRoom | None) -> Iterator[Move]:
    if talk.practice:
        return
    if talk.ending and (talk.state != ASIDE or talk.ending == ABUSIVE):
        yield Move(GOODBYE)  # who is aside is not cut short: their line knows how to go on from there
    elif talk.state == ASIDE and caller is not None:
        yield Move(f"aside:{talk.asked}"[:24], leaves=True)
    elif talk.state in (WAITING, OFFERED) and caller is not None:
        yield Move(LOST)
    elif caller is None and (talk.state == JOINING or (talk.state == TALKING and _has_never_come(talk))):
        yield Move(f"join:{talk.offered_at}")


def _has_never_come(talk: TalkWish) -> bool:
    """Say whether the caller was out of the room all the time since they were offered to this handler."""
    return talk.out_since is not None and talk.out_since <= (talk.offered_at or 0)


def _places(stand: Stand, room: Room) -> Iterator[Place]:
    leader = next((seat.sid for seat in stand.sitting if seat.wish.role == TALK_ROLE and room.leg(seat.sid)), "")
    for seat in stand.sitting:
        leg = room.leg(seat.sid)
        if leg is None or seat.wish.role == CALLER:
            continue
        match seat.wish.role:
            case role if role == LISTEN or (role == WHISPER and not leader):
                wanted = Place(seat.sid, muted=True)
            case role if role == WHISPER:
                wanted = Place(seat.sid, muted=False, coached=leader)
            case _:
                wanted = Place(seat.sid, muted=False)
        if (leg.muted, leg.coached) != (wanted.muted, wanted.coached):
            yield wanted


def _in(room: Room | None, sid: str) -> InRoom | None:
    return room.leg(sid) if room is not None and sid else None
