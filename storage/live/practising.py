"""Practice calls: a supervisor plays the caller. Rows of a talk that belongs to no call, no report and no figure.

Its key is its own id, which no call has; it waits in no queue; and it goes when it is over.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.jobs import TALK, add_message
from storage.live import offers
from storage.live.conduct import NotTheirs
from storage.live.queue import ASIDE, GONE_SECONDS, OFFERED, TALKING
from storage.live.rooms import CALLER, end_practice
from storage.models import seats, shifts, talks

ANSWERS = ("yes", "no", "none")


class HandlerNotFree(Exception):
    """The handler is not available at this moment; ringing again later helps."""


@dataclass(frozen=True)
class NewPractice:
    """A call to be played."""

    talk_id: str  # 32 random hexadecimal characters
    language: str
    urgent: bool
    coach: str  # the supervisor who plays the caller
    handler: str


def ring(connection: Connection, new: NewPractice, *, token: str, now: int) -> None:
    """Offer a practice call to one handler, and its caller's seat to who holds `token`. Raises `HandlerNotFree`."""
    here = (shifts.c.state == "available", shifts.c.seen_at > now - GONE_SECONDS)
    free = connection.execute(select(shifts.c.person_id).where(shifts.c.person_id == new.handler, *here)).first()
    if free is None:
        raise HandlerNotFree
    row = {"talk_id": new.talk_id, "call_key": new.talk_id, "room": secrets.token_hex(16), "practice": True}
    row |= {"language": new.language, "urgent": new.urgent, "since": now, "state": OFFERED}
    try:
        with connection.begin_nested():
            connection.execute(insert(talks), {**row, "person_id": new.handler, "offered_at": now})
    except IntegrityError:  # a real caller was quicker: the index lets nobody be with two
        raise HandlerNotFree from None
    offers.add_seat(connection, new.talk_id, new.coach, CALLER, token=token, now=now)


def is_played_by(connection: Connection, talk_id: str, person_id: str) -> bool:
    """Say whether somebody plays, or played, the caller of this talk."""
    theirs = (seats.c.talk_id == talk_id, seats.c.person_id == person_id, seats.c.role == CALLER)
    return connection.execute(select(seats.c.seat_id).where(*theirs)).first() is not None


def answer(connection: Connection, talk_id: str, answered: str, *, now: int) -> None:
    """Come back from what the handler asked aside, as a caller does by a key. Raises `NotTheirs`."""
    if answered not in ANSWERS:
        raise ValueError(answered)
    aside = (talks.c.talk_id == talk_id, talks.c.practice, talks.c.state == ASIDE)
    values = {"state": TALKING, "asked": "", "answer": answered}
    if connection.execute(update(talks).where(*aside).values(**values)).rowcount != 1:
        raise NotTheirs
    add_message(connection, TALK, talk_id, now=now)


def hang_up(connection: Connection, talk_id: str, *, now: int) -> None:
    """End a practice call as a caller does. May run twice."""
    end_practice(connection, talk_id)
    add_message(connection, TALK, talk_id, now=now)
