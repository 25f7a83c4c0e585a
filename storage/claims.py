"""Who works on which report: claiming, giving back, giving to somebody, and how long nothing was done.

A claim has no time of its own. That it was made stands in the audit beside the opening it was made for; how old it is,
is read from what its holder last did to the report, and told in weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Update, func, select, update

from storage.blocks import is_blocked, not_closed
from storage.models import audit, memberships, people, reports
from storage.roles import READING_ROLES

STALE_DAYS = 10
STALE_SECONDS = STALE_DAYS * 86_400
LIVING = ("arriving", "new", "read", "confirmed", "released")
NOT_THERE = "not_there"
GIVEN = "report-given"  # the audit's word: whoever was given a report has that long before nothing was done


class ClaimedBefore(Exception):
    """Somebody else has the report; it helps when they give it back or a supervisor gives it on."""

    def __init__(self, by: str) -> None:
        """Keep who has it: a person_id."""
        super().__init__(by)
        self.by = by


class NothingToClaim(Exception):
    """No report has this id, or its content is destroyed; trying again never helps."""


class HeldOtherwise(Exception):
    """Another has the report than the page said, or nobody; it helps to look again."""

    def __init__(self, by: str) -> None:
        """Keep who has it now, "" for nobody."""
        super().__init__(by)
        self.by = by


class NotAReader(Exception):
    """Nobody who reads reports has this id; another choice helps."""


@dataclass(frozen=True)
class Holder:
    """Who has a report and what state it is in."""

    by: str  # a person_id, or "" for nobody
    state: str  # of the report; `NOT_THERE` when there is none

    @property
    def is_living(self) -> bool:
        """Say whether there is anything to work on."""
        return self.state in LIVING


def holder(connection: Connection, report_id: str, *, reader: str = "") -> Holder:
    """Return who has a report; alike for one that is not there and one that is closed to the reader.

    One statement, so that the two cannot be told apart by what else is looked at.
    """
    here = select(reports.c.claimed_by, reports.c.state).where(reports.c.report_id == report_id, not_closed(reader))
    row = connection.execute(here).one_or_none()
    return Holder("", NOT_THERE) if row is None else Holder(str(row.claimed_by or ""), str(row.state))


def readers(connection: Connection) -> dict[str, str]:
    """Return the aliases of all who may be given a report, by id, in the order of their names: who can open it."""
    wanted = select(people.c.person_id, people.c.alias).where(people.c.state == "active")
    admitted = wanted.where(people.c.role.in_(READING_ROLES), people.c.person_id.in_(select(memberships.c.member)))
    rows = connection.execute(admitted.order_by(people.c.alias))
    return {row.person_id: str(row.alias) for row in rows}


def stale_since(connection: Connection, held: Mapping[str, str], *, now: int) -> dict[str, int]:
    """Return when each stale claim's holder last did anything, out of reports by id with their holders.

    The times are for telling the week only.
    """
    if not held:
        return {}
    kinds = (audit.c.subject, audit.c.person, audit.c.action)
    done = select(*kinds, func.max(audit.c.at).label("at")).where(audit.c.subject.in_(list(held))).group_by(*kinds)
    last: dict[str, int] = {}
    for row in connection.execute(done):
        if (row.person == held[row.subject] or row.action == GIVEN) and isinstance(row.at, int):
            last[row.subject] = max(row.at, last.get(row.subject, 0))
    return {report_id: at for report_id, at in last.items() if at <= now - STALE_SECONDS}


# ---- writing, each inside the caller's transaction ------------------------------------------------------------------


def claim(connection: Connection, report_id: str, person_id: str) -> bool:
    """Take a report that nobody has; False when they had it already. Of two at once exactly one gets it.

    Raises `ClaimedBefore` or `NothingToClaim`.
    """
    # Closed to them since the door looked: a claim of theirs would keep it from everybody else.
    free = _of(report_id).where(reports.c.claimed_by == "", reports.c.state.in_(LIVING), not_closed(person_id))
    if connection.execute(free.values(claimed_by=person_id)).rowcount == 1:
        return True
    found = holder(connection, report_id)
    if not found.is_living or not found.by:
        raise NothingToClaim
    if found.by != person_id:
        raise ClaimedBefore(found.by)
    return False


def stay_claimed(connection: Connection, report_id: str, person_id: str) -> None:
    """Keep a claim from going to somebody else until this transaction ends; raises `HeldOtherwise` when it went."""
    connection.execute(select(reports.c.report_id).where(reports.c.report_id == report_id).with_for_update())
    found = holder(connection, report_id)
    if found.by != person_id:
        raise HeldOtherwise(found.by)


def give_back(connection: Connection, report_id: str, holder_id: str) -> bool:
    """Free a report that this person has; False when they had it no more. Nothing of the report changes."""
    held = _of(report_id).where(reports.c.claimed_by == holder_id, reports.c.state.in_(LIVING))
    return connection.execute(held.values(claimed_by="")).rowcount == 1


def give_to(connection: Connection, report_id: str, person_id: str, *, was: str) -> None:
    """Give a report to somebody who reads, when it still is whose it `was` ("" for nobody's).

    Raises `NotAReader`, `HeldOtherwise` or `NothingToClaim`.
    """
    if person_id not in readers(connection) or is_blocked(connection, person_id, report_id):
        raise NotAReader
    still = _of(report_id).where(reports.c.claimed_by == was, reports.c.state.in_(LIVING))
    if connection.execute(still.values(claimed_by=person_id)).rowcount == 1:
        return
    found = holder(connection, report_id)
    if not found.is_living:
        raise NothingToClaim
    raise HeldOtherwise(found.by)


def free_claims_of(connection: Connection, person_id: str) -> int:
    """Free every report of somebody who leaves; return how many. May run twice."""
    return connection.execute(update(reports).where(reports.c.claimed_by == person_id).values(claimed_by="")).rowcount


def _of(report_id: str) -> Update:
    return update(reports).where(reports.c.report_id == report_id)
