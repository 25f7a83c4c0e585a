"""What was handed to a team, as the assessment application sees it: nothing here names a report.

Each function asks for the team, and answers for another team's release as for one that there is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select, tuple_, update

from storage.intake import PageKey
from storage.models import handovers, packages, team_items, team_wraps
from storage.sealing import SealedItem, Wrap

SENT, RECEIVED, DECIDED = "sent", "received", "decided"
STATES = (SENT, RECEIVED, DECIDED)
RELEASE = "release"
PlaceInList = PageKey  # where a page of releases begins: the assessment application knows no table of reports


@dataclass(frozen=True)
class Handed:
    """One release in the hands of its team."""

    release_id: str
    team: str
    purpose: str  # full | safeguarding
    month: str  # of the release: 2026-11
    state: str
    outcome: str  # of the last answer; "" before the first
    acknowledge_by: str  # weeks: 2026-W49
    feedback_by: str


@dataclass(frozen=True)
class HandedPage:
    """One page of a team's releases."""

    rows: tuple[Handed, ...]  # the newest month first
    following: PageKey | None  # where the next page begins


def handed_page(
    connection: Connection, team: str, *, state: str = "", after: PageKey | None = None, size: int = 25
) -> HandedPage:
    """Return one page of what a team was handed; an index answers it in the page's order."""
    rows = connection.execute(page_query(team, state, after, size + 1)).all()
    shown = tuple(_handed(row) for row in rows[:size])
    more = len(rows) > size
    return HandedPage(shown, PageKey(shown[-1].month, shown[-1].release_id) if more else None)


def page_query(team: str, state: str, after: PageKey | None, most: int) -> Select[Any]:
    """Return the query of a page."""
    query = select(handovers).where(handovers.c.team == team)
    if state:
        query = query.where(handovers.c.state == state)
    if after:
        below = tuple_(handovers.c.month, handovers.c.release_id) < tuple_(after.week, after.row_id)
        query = query.where(below)
    return query.order_by(handovers.c.month.desc(), handovers.c.release_id.desc()).limit(most)


def handed_one(connection: Connection, release_id: str, team: str) -> Handed | None:
    """Return one release, or None where this team was handed none of this id."""
    row = connection.execute(select(handovers).where(_of_team(release_id, team))).one_or_none()
    return _handed(row) if row else None


def receive(connection: Connection, release_id: str, team: str) -> bool:
    """Note that the team has it: the receipt. Return whether this was the first time."""
    first = update(handovers).where(_of_team(release_id, team), handovers.c.state == SENT)
    return connection.execute(first.values(state=RECEIVED)).rowcount == 1


def package_of(connection: Connection, release_id: str, team: str) -> bytes | None:
    """Return the release as one file that only the team's own machine opens, or None."""
    query = select(packages.c.package).join(handovers, handovers.c.release_id == packages.c.release_id)
    package = connection.scalar(query.where(_of_team(release_id, team)))
    return None if package is None else bytes(package)


def signature_of(connection: Connection, release_id: str, team: str) -> bytes:
    """Return the line's signature over a release's exact bytes; empty where there is none."""
    return bytes(connection.scalar(select(handovers.c.signature).where(_of_team(release_id, team))) or b"")


def release_items(connection: Connection, release_id: str, team: str) -> tuple[SealedItem, ...]:
    """Return the release as it was sealed to the team. More than one means that somebody added to the table."""
    return sealed_items(connection, release_id, team, (RELEASE,))


def sealed_items(
    connection: Connection, release_id: str, team: str, kinds: tuple[str, ...], only: str = ""
) -> tuple[SealedItem, ...]:
    """Return what stands sealed under a release of this team, in the order in which it was said."""
    query = select(team_items).join(handovers, handovers.c.release_id == team_items.c.release_id)
    query = query.where(_of_team(release_id, team), team_items.c.kind.in_(kinds))
    if only:
        query = query.where(team_items.c.item_id == only)
    rows = connection.execute(query.order_by(team_items.c.place, team_items.c.item_id)).all()
    held: dict[str, list[Wrap]] = {row.item_id: [] for row in rows}
    for wrap in connection.execute(select(team_wraps).where(team_wraps.c.item_id.in_(list(held)))):
        held[wrap.item_id].append(Wrap(wrap.audience, wrap.epoch, bytes(wrap.wrapped)))
    return tuple(
        SealedItem(row.item_id, row.release_id, row.kind, bytes(row.sealed), tuple(held[row.item_id])) for row in rows
    )


def _of_team(release_id: str, team: str) -> Any:
    return (handovers.c.release_id == release_id) & (handovers.c.team == team)


def _handed(row: Row[Any]) -> Handed:
    return Handed(*(str(row._mapping[name]) for name in Handed.__dataclass_fields__))
