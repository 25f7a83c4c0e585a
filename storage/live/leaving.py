"""Whoever may work here no longer is out of every call at once, whatever they did in it."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from storage.jobs import TALK, add_message
from storage.live import offers
from storage.live.queue import OFFERED, TAKEN
from storage.live.rooms import CALLER, GONE, end_practice, gone_state, lose
from storage.live.shifts import AWAY
from storage.models import seats, shifts, talks


def get_up(connection: Connection, person_id: str, *, now: int) -> None:
    """Take every seat, offer and caller from somebody, in this transaction; their legs are ended. May run twice.

    A caller whom nobody is with then waits at the head of the queue. A seat that no leg has taken is worth nothing.
    """
    sits = (seats.c.person_id == person_id, seats.c.state.not_in(GONE))
    sat = connection.execute(select(seats.c.talk_id, seats.c.role).where(*sits)).all()
    has = (talks.c.person_id == person_id, talks.c.state.in_(TAKEN))
    had = connection.execute(select(talks.c.talk_id, talks.c.state).where(*has)).all()
    connection.execute(update(seats).where(*sits).values(state=gone_state(), since=now))
    for talk_id in (row.talk_id for row in had if row.state == OFFERED):
        offers.give_back(connection, talk_id, person_id)
    for talk_id in (row.talk_id for row in sat if row.role == CALLER):
        end_practice(connection, talk_id)
    for talk_id in sorted({row.talk_id for row in (*sat, *had)}):
        lose(connection, talk_id)
        add_message(connection, TALK, talk_id, now=now)
    connection.execute(update(shifts).where(shifts.c.person_id == person_id).values(state=AWAY, since=now))
