"""The switches of a line: closed at once, a surge told, an outage told; each by somebody, until a time, in the audit.

They hold for all processes within a second. Each has an end, because nobody remembers at four in the morning that a
line was closed the day before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select

from storage.audit import record
from storage.database import insert_into
from storage.models import people, switches

CLOSED, SURGE, OUTAGE = "closed", "surge", "outage"
SWITCHES = {
    CLOSED: "nobody answers, whatever the hours say; reports are taken",
    SURGE: "callers are told that many ring and that a report can be left at once",
    OUTAGE: "callers are told that a part of the line does not work",
}
LONGEST_DAYS = 7
LONGEST_SECONDS = LONGEST_DAYS * 86_400
CLOCKS_APART_SECONDS = 3600  # of the machine that set a switch and the one that obeys it, at most


Ends = tuple[tuple[str, int], ...]  # (name, until)
NONE_SET: Ends = ()


class NoSuchSwitch(Exception):
    """No switch has this name; trying again never helps."""


class EndUnfit(Exception):
    """A switch needs an end in the future and at most `LONGEST_DAYS` days away; another end helps."""


class NobodyOfThatName(Exception):
    """Nobody who may sign in has this name; a name of `hotline people list` helps."""


@dataclass(frozen=True)
class Switch:
    """One switch as somebody set it; times in seconds since the epoch."""

    name: str
    until: int
    set_by: str  # an alias, since every page shows it
    set_at: int


# ---- rules --------------------------------------------------------------------------------------------------------


def standing(ends: Ends, now: int) -> frozenset[str]:
    """Return the names of those of (name, until) that hold at a time."""
    return frozenset(name for name, until in ends if _holds(until, now))


def _holds(until: object, now: int) -> bool:
    # Whoever can write rows may write any: what nobody here can have set neither closes the line nor breaks its calls.
    return isinstance(until, int) and now < until <= now + LONGEST_SECONDS + CLOCKS_APART_SECONDS


def news(on: frozenset[str]) -> str:
    """Return the one switch that callers are told of before they choose, or an empty text.

    Never two: it is said while somebody waits to act. A queue that a surge makes long is none where nobody answers.
    """
    if OUTAGE in on:
        return OUTAGE
    return SURGE if SURGE in on and CLOSED not in on else ""


def check_end(until: int, now: int) -> None:
    """Raise `EndUnfit` for an end that is over or too far away."""
    if not now < until <= now + LONGEST_SECONDS:
        raise EndUnfit


# ---- what the public door reads -----------------------------------------------------------------------------------


def ends(connection: Connection) -> Ends:
    """Return (name, until) of every switch that was set: all that the public door's role may see."""
    return tuple((row.name, row.until) for row in connection.execute(select(switches.c.name, switches.c.until)))


# ---- what staff do, each inside the caller's transaction ------------------------------------------------------------


def set_switch(connection: Connection, name: str, *, until: int, by: str, person: str, now: int) -> Switch:
    """Set a switch, or give it another end, with an entry in the audit.

    `by`: who decided, a sign-in name; `person`: whom the audit names as having done it. Raises `NoSuchSwitch`,
    `EndUnfit` or `NobodyOfThatName`.
    """
    alias = _alias(connection, name, by)
    check_end(until, now)
    switch = Switch(name, until, alias, now)
    written = insert_into(connection.dialect.name, switches).values(**vars(switch))
    connection.execute(written.on_conflict_do_update(index_elements=["name"], set_=vars(switch)))
    end = f"{datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC"
    record(connection, at=now, person=person, action="switch.set", subject=name, detail=f"by {alias}, until {end}")
    return switch


def end_switch(connection: Connection, name: str, *, by: str, person: str, now: int) -> bool:
    """End a switch before its time, with an entry in the audit; False when it does not stand.

    Raises `NoSuchSwitch` or `NobodyOfThatName`.
    """
    alias = _alias(connection, name, by)
    ended = connection.execute(delete(switches).where(switches.c.name == name, switches.c.until > now))
    if ended.rowcount != 1:
        return False
    record(connection, at=now, person=person, action="switch.ended", subject=name, detail=f"by {alias}")
    return True


def all_switches(connection: Connection, *, now: int) -> tuple[Switch, ...]:
    """Return the switches that stand at a time, by name."""
    found = connection.execute(select(switches).order_by(switches.c.name))
    return tuple(Switch(**row._mapping) for row in found if row.name in SWITCHES and _holds(row.until, now))


def _alias(connection: Connection, name: str, by: str) -> str:
    if name not in SWITCHES:
        raise NoSuchSwitch(name)
    of_that_name = select(people.c.alias).where(people.c.sign_in_name == by, people.c.state == "active")
    found = connection.execute(of_that_name).scalar()
    if found is None:
        raise NobodyOfThatName(by)
    return str(found)
