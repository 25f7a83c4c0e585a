"""What each handler does now. What they did before is nowhere: the line measures waits, not people."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, select, update

from storage.database import insert_into, is_there
from storage.live.queue import GONE_SECONDS, TAKEN
from storage.live.rooms import INVITED, JOINED
from storage.models import seats, shifts, talks

AVAILABLE, ON_CALL, WRAP_UP, BREAK, AWAY = "available", "on_call", "wrap_up", "break", "away"
CHOSEN = (AVAILABLE, WRAP_UP, BREAK, AWAY)  # what somebody may choose; on a call one is by taking it
SEEN_AGAIN_SECONDS = 5  # that a page is still there is written down no more often


@dataclass(frozen=True)
class Shift:
    """One handler's state, and since when."""

    person_id: str
    state: str
    since: int
    seen_at: int

    def is_here(self, now: int) -> bool:
        """Say whether their page was heard of lately."""
        return self.state != AWAY and self.seen_at > now - GONE_SECONDS


def shift_of(connection: Connection, person_id: str) -> Shift | None:
    """Return what somebody does now; None when they never worked on a live page."""
    row = connection.execute(select(shifts).where(shifts.c.person_id == person_id)).first()
    return Shift(*row) if row else None


def all_shifts(connection: Connection) -> tuple[Shift, ...]:
    """Return everybody's."""
    return tuple(Shift(*row) for row in connection.execute(select(shifts).order_by(shifts.c.person_id)))


def choose(connection: Connection, person_id: str, state: str, *, now: int) -> bool:
    """Let somebody be available, in wrap-up, on a break or away; False while they are on a call."""
    if state not in CHOSEN:
        raise ValueError(state)
    row = {"person_id": person_id, "state": state, "since": now, "seen_at": now}
    written = insert_into(connection.dialect.name, shifts).on_conflict_do_update(
        index_elements=["person_id"],
        set_={name: row[name] for name in ("state", "since", "seen_at")},
        where=shifts.c.state != ON_CALL,
    )
    return connection.execute(written, row).rowcount == 1


def is_stale(shift: Shift, *, now: int) -> bool:
    """Say whether it is time to write down that a page is still there."""
    return shift.seen_at <= now - SEEN_AGAIN_SECONDS


def note_seen(connection: Connection, person_id: str, *, now: int) -> None:
    """Note that somebody's page is there."""
    connection.execute(update(shifts).where(shifts.c.person_id == person_id).values(seen_at=now))


def after_call(connection: Connection, person_id: str, *, now: int) -> None:
    """Let one person write up their call if they are on one no more. May run twice, and late."""
    done = update(shifts).where(shifts.c.person_id == person_id, _is_done())
    connection.execute(done.values(state=WRAP_UP, since=now))


def free(connection: Connection, *, now: int) -> int:
    """Let those write up their call who are on one no more, however it ended; return how many. May run twice."""
    return connection.execute(update(shifts).where(_is_done()).values(state=WRAP_UP, since=now)).rowcount


def is_any_done(connection: Connection) -> bool:
    """Say whether `free` would do anything: without a write transaction."""
    return connection.execute(select(shifts.c.person_id).where(_is_done()).limit(1)).first() is not None


def _is_done() -> ColumnElement[bool]:
    talks_on = is_there(talks.c.person_id == shifts.c.person_id, talks.c.state.in_(TAKEN))
    sits = is_there(seats.c.person_id == shifts.c.person_id, seats.c.state.in_((INVITED, JOINED)))
    return and_(shifts.c.state == ON_CALL, ~talks_on, ~sits)


def send_away_the_gone(connection: Connection, *, now: int) -> int:
    """Let those be away whose page was not heard of for `GONE_SECONDS`; return how many. Who talks stays."""
    gone = (shifts.c.state.not_in((AWAY, ON_CALL)), shifts.c.seen_at <= now - GONE_SECONDS)
    return connection.execute(update(shifts).where(*gone).values(state=AWAY, since=now)).rowcount
