"""The safeguarding lane of an urgent report: how many minutes are left, who was told, and whom to ring now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from handlers.desk.ground import Desk
from prompts.line import Line, is_open
from prompts.on_call import Hours, OnCall, chain
from storage import escalations
from storage.escalations import Escalation
from storage.people import aliases
from storage.switches import CLOSED, ends, standing


@dataclass(frozen=True)
class OnDuty:
    """One of the chain as staff see them."""

    name: str
    telephone: str
    was_told: bool
    is_now: bool  # on call at this time of the day


@dataclass(frozen=True)
class Lane:
    """Where an urgent report stands, and whom to ring."""

    stands: Escalation | None
    people: tuple[OnDuty, ...]
    taken_by: str  # an alias, or "" where nobody did
    emergency: str  # the number


def lane(desk: Desk, connection: Connection, report_id: str) -> Lane:
    """Return where a report stands, and whom of those on call somebody can ring now."""
    now = desk.clock.now()
    found = escalations.standing(connection, [report_id]).get(report_id)
    closed = CLOSED in standing(ends(connection), now)
    open_now = is_open(desk.line, datetime.fromtimestamp(now, UTC), switched_off=closed)
    names = aliases(connection)
    taken_by = names.get(found.taken_by, "a former colleague") if found and found.taken_by else ""
    return Lane(found, people_of(desk.line, found, is_open_now=open_now), taken_by, desk.line.emergency.number)


def people_of(line: Line, found: Escalation | None, *, is_open_now: bool) -> tuple[OnDuty, ...]:
    """Return the chain in its order, with who of it was told."""
    told = found.step if found is not None else 0
    return tuple(
        OnDuty(one.name, one.telephone or "", place < told, _is_now(one, is_open_now=is_open_now))
        for place, one in enumerate(chain(line.on_call))
    )


def left_words(due: object, now: int) -> str:
    """Return how many minutes are left: `7 min left`, or `12 min late`."""
    if not isinstance(due, int):
        return "now"  # a row that something else wrote must not close the whole list
    hours, minutes = divmod(abs(due - now) // 60, 60)
    long = f"{hours} h {minutes} min" if hours else f"{minutes} min"
    return f"{long} left" if due >= now else f"{long} late"


def _is_now(one: OnCall, *, is_open_now: bool) -> bool:
    return not (is_open_now and one.hours is Hours.OUT_OF_HOURS)
