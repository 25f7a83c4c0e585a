"""What the audit of the assessment application holds of one team: its people's deeds, its systems', what befell them.

The chain is one for all teams; a lead is shown no entry of another team's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, or_, select

from storage import audit
from storage.models import audit as entries
from storage.models import people

MADE = "token-made"


def team_page(connection: Connection, team: str, *, below: int | None, size: int) -> audit.Found:
    """Return the newest entries of a team below a place, and those whose own digest does not fit."""
    return audit.found_in(connection, team_query(team, below, size + 1), size)


def team_query(team: str, below: int | None, most: int) -> Select[Any]:
    """Return the query of a page."""
    ours = select(people.c.person_id).where(people.c.team == team)
    # A team's own system acts by a token, which somebody of the team made; revoked ones stand in the audit alone.
    tokens = select(entries.c.subject).where(entries.c.action == MADE, entries.c.person.in_(ours))
    named = or_(
        entries.c.person.in_(ours),
        entries.c.person.in_(tokens),
        entries.c.subject.in_(ours),
        entries.c.subject == f"team:{team}",
    )
    query = select(entries).where(named).order_by(entries.c.sequence.desc()).limit(most)
    return query if below is None else query.where(entries.c.sequence < below)
