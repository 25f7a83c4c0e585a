"""What a team says of a release: outcomes and questions, sealed to the desk and to the team, and how far each is.

A later outcome corrects the one before; both stay. What is sent twice counts once.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, tuple_, update

from storage.handed import DECIDED, SENT
from storage.intake import PageKey
from storage.keys import Secret, bound
from storage.models import handovers, team_items, team_wraps
from storage.sealing import SealedItem

OUTCOME, QUESTION = "outcome", "question"
KINDS = (OUTCOME, QUESTION)
REFUSAL = "refusal"  # the desk's own word to a team: why a question is not put to a caller
NEW, SEEN, ANSWERED, DECLINED = "new", "seen", "answered", "declined"
MOST_SAID = 200  # of one release, so that no token fills the disk


class NotTheirs(Exception):
    """This team was handed no release of this id; trying again never helps."""


class NotReceived(Exception):
    """The team has not opened or fetched the release yet, so it can say nothing of it; doing that helps."""


class OtherWordsBefore(Exception):
    """The same key was used for something else before; a new key helps."""


class SaidMeanwhile(Exception):
    """Somebody else of the team recorded another outcome since it was looked at; looking again helps."""


class TooMuchSaid(Exception):
    """So much was said of this release already that it is a mistake; the line has to be rung."""


@dataclass(frozen=True)
class Said:
    """How far one thing is that a team said; what it says stands in its seal."""

    item_id: str
    release_id: str
    kind: str
    month: str
    state: str
    place: int  # 1 for what was said first of its release


@dataclass(frozen=True)
class Once:
    """What makes a thing the same when it is sent twice, and what was said then: keyed hashes, 64 letters each."""

    name: str
    said: str


@dataclass(frozen=True)
class SaidPage:
    """One page of what teams said."""

    rows: tuple[Said, ...]  # the oldest month first
    following: PageKey | None


def once(key: Secret, *, team: str, release_id: str, kind: str, sent_as: str, body: bytes) -> Once:
    """Return the two hashes of something that is sent. `key` stands in no database: short words could be guessed."""
    named = bound("team once", team, release_id, kind, sent_as)
    name = hmac.new(key, named, hashlib.sha256).hexdigest()
    return Once(name, hmac.new(key, bound("team said", name, body), hashlib.sha256).hexdigest())


def add_answer(
    connection: Connection,
    item: SealedItem,
    *,
    team: str,
    once: Once,
    month: str,
    outcome: str = "",
    seen: int | None = None,
) -> Said:
    """Keep what a team says; return what stands, which is the earlier one where it had been sent before.

    The item is sealed with the release's id in the place of a report's. `outcome`: of an item of kind `outcome` its
    disposition, which stands outside the seal too, as figures count it. `seen`: the place of the last outcome that
    whoever decides has seen, 0 for none; a system does not say. Raises `NotTheirs`, `NotReceived`, `OtherWordsBefore`,
    `SaidMeanwhile` and `TooMuchSaid`. Needs a write transaction.
    """
    # The release's row is the lock: of two that are sent at once, the second sees the first.
    theirs = (handovers.c.release_id == item.report_id) & (handovers.c.team == team)
    state = connection.scalar(select(handovers.c.state).where(theirs).with_for_update())
    if state is None:
        raise NotTheirs
    if before := _before(connection, once):
        return before
    if state == SENT:
        raise NotReceived
    if seen is not None and seen != _last(connection, item.report_id, (OUTCOME,)):
        raise SaidMeanwhile
    place = 1 + _last(connection, item.report_id, KINDS)
    if place > MOST_SAID:
        raise TooMuchSaid
    said = Said(item.item_id, item.report_id, item.kind, month, NEW, place)
    _keep(connection, said, item, once)
    if item.kind == OUTCOME:
        connection.execute(update(handovers).where(theirs).values(state=DECIDED, outcome=outcome))
    return said


def answers_of(connection: Connection, release_id: str) -> tuple[Said, ...]:
    """Return what its team said of a release, in the order in which it was said."""
    query = _said().where(team_items.c.release_id == release_id, team_items.c.kind.in_(KINDS))
    return tuple(map(_row, connection.execute(query.order_by(team_items.c.place, team_items.c.item_id))))


def answers_to_see(
    connection: Connection, kind: str, *, state: str = NEW, after: PageKey | None = None, size: int = 25
) -> SaidPage:
    """Return a page of what teams said and how far it is, for the desk: the oldest month first, to be worked off."""
    query = _said().where(team_items.c.kind == kind, team_items.c.state == state)
    if after:
        beyond = tuple_(team_items.c.month, team_items.c.item_id) > tuple_(after.week, after.row_id)
        query = query.where(beyond)
    rows = connection.execute(query.order_by(team_items.c.month, team_items.c.item_id).limit(size + 1)).all()
    shown = tuple(map(_row, rows[:size]))
    return SaidPage(shown, PageKey(shown[-1].month, shown[-1].item_id) if len(rows) > size else None)


def mark_seen(connection: Connection, item_id: str) -> bool:
    """Note that the desk has read it; return whether this was the first time."""
    return _move(connection, item_id, SEEN, (NEW,))


def settle(connection: Connection, item_id: str, state: str) -> bool:
    """Note that a question was put to the caller or declined; return False where somebody had settled it before."""
    return _move(connection, item_id, state, (NEW, SEEN))


def _move(connection: Connection, item_id: str, state: str, before: tuple[str, ...]) -> bool:
    moved = update(team_items).where(team_items.c.item_id == item_id, team_items.c.kind.in_(KINDS))
    return connection.execute(moved.where(team_items.c.state.in_(before)).values(state=state)).rowcount == 1


def _before(connection: Connection, once: Once) -> Said | None:
    query = _said().add_columns(team_items.c.said).where(team_items.c.once == once.name)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if not hmac.compare_digest(row.said, once.said):
        raise OtherWordsBefore
    return _row(row)


def _last(connection: Connection, release_id: str, kinds: tuple[str, ...]) -> int:
    of = (team_items.c.release_id == release_id, team_items.c.kind.in_(kinds))
    return connection.scalar(select(func.max(team_items.c.place)).where(*of)) or 0


def _keep(connection: Connection, said: Said, item: SealedItem, once: Once) -> None:
    values = {**vars(said), "once": once.name, "said": once.said, "sealed": item.sealed}
    connection.execute(insert(team_items), values)
    wraps = [{"item_id": item.item_id, **vars(wrap)} for wrap in item.wraps]
    connection.execute(insert(team_wraps), wraps)


def _said() -> Any:
    return select(*(team_items.c[name] for name in Said.__dataclass_fields__))


def _row(row: Row[Any]) -> Said:
    return Said(*(row._mapping[name] for name in Said.__dataclass_fields__))
