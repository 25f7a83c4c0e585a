"""What teams said of releases, as the desk finds it: beside the report it came from, which no team knows.

Only the desk joins the two: a release's row names its report, and what a team says names the release alone.
"""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, tuple_, update

from storage.blocks import not_closed
from storage.intake import PageKey
from storage.models import handovers, releases, replies, reports, team_items, team_wraps
from storage.reports import keep_item
from storage.sealing import SealedItem, Wrap
from storage.team_answers import DECLINED, KINDS, NEW, QUESTION, REFUSAL, SEEN, settle

TO_TELL, TOLD = "to_tell", "told"  # of a reply that a person gives to a caller who holds no reference


class SettledBefore(Exception):
    """Somebody else put this question to the caller, or declined it; it helps to look again."""


@dataclass(frozen=True)
class CameBack:
    """One thing that a team said, and the report it belongs to; what it says stands in its seal."""

    item_id: str
    release_id: str
    report_id: str
    case_number: str
    team: str
    kind: str
    month: str
    state: str
    place: int


@dataclass(frozen=True)
class BackPage:
    """One page, the oldest month first, and the key of the next page where there is one."""

    rows: tuple[CameBack, ...]
    following: PageKey | None


@dataclass(frozen=True)
class Handed:
    """One release of a report in the hands of its team, as the desk sees it."""

    release_id: str
    team: str
    purpose: str
    week: str  # released in
    state: str  # sent | received | decided
    acknowledge_by: str
    feedback_by: str


_JOINED = team_items.join(releases, releases.c.release_id == team_items.c.release_id).join(
    reports, reports.c.report_id == releases.c.report_id
)


# ---- reading --------------------------------------------------------------------------------------------------------


def back_page(
    connection: Connection, state: str, *, reader: str, own: bool, after: PageKey | None, size: int
) -> BackPage:
    """Return a page of what teams said that is this far, of the reports that a reader may see, or has claimed."""
    parts = [
        map(_came_back, connection.execute(back_query(kind, state, reader=reader, own=own, after=after, most=size + 1)))
        for kind in KINDS
    ]
    merged = list(heapq.merge(*parts, key=lambda one: (one.month, one.item_id)))
    shown = tuple(merged[:size])
    return BackPage(shown, PageKey(shown[-1].month, shown[-1].item_id) if len(merged) > size else None)


def back_query(kind: str, state: str, *, reader: str, own: bool, after: PageKey | None, most: int) -> Select[Any]:
    """Return the query of a page's part; an index answers it in the order of the page."""
    key = tuple_(team_items.c.month, team_items.c.item_id)
    found = _said().where(team_items.c.kind == kind, team_items.c.state == state, not_closed(reader))
    if own:
        found = found.where(reports.c.claimed_by == reader)
    if after is not None:
        found = found.where(key > (after.week, after.row_id))
    return found.order_by(team_items.c.month, team_items.c.item_id).limit(most)


def said_of(connection: Connection, report_id: str) -> tuple[tuple[CameBack, SealedItem], ...]:
    """Return what teams said of a report's releases, each release's in the order in which it was said."""
    mine = (releases.c.report_id == report_id, team_items.c.kind.in_((*KINDS, REFUSAL)))
    asked = _said().add_columns(team_items.c.sealed).where(*mine)
    rows = connection.execute(asked.order_by(team_items.c.release_id, team_items.c.place, team_items.c.item_id)).all()
    wraps = _wraps(connection, [row.item_id for row in rows])
    return tuple(
        (
            _came_back(row),
            SealedItem(row.item_id, row.release_id, row.kind, bytes(row.sealed), wraps.get(row.item_id, ())),
        )
        for row in rows
    )


def handed_of(connection: Connection, report_id: str) -> tuple[Handed, ...]:
    """Return the releases of a report that went to a team, the first first."""
    columns = (handovers.c[name] for name in ("team", "purpose", "state", "acknowledge_by", "feedback_by"))
    both = handovers.join(releases, releases.c.release_id == handovers.c.release_id)
    found = select(handovers.c.release_id, releases.c.week, *columns).select_from(both)
    rows = connection.execute(
        found.where(releases.c.report_id == report_id).order_by(releases.c.week, handovers.c.release_id)
    )
    return tuple(Handed(**row._mapping) for row in rows)


def release_team(connection: Connection, report_id: str, release_id: str) -> str:
    """Return to which team this very report's release went; "" when it is none of this report."""
    both = handovers.join(releases, releases.c.release_id == handovers.c.release_id)
    mine = (releases.c.report_id == report_id, releases.c.release_id == release_id)
    return str(connection.scalar(select(handovers.c.team).select_from(both).where(*mine)) or "")


# ---- writing, each inside the caller's transaction ------------------------------------------------------------------


def see(connection: Connection, report_id: str, item_ids: Collection[str]) -> tuple[str, ...]:
    """Note that the desk has read these outcomes and questions of a report; return those that nobody had before."""
    of_report = select(releases.c.release_id).where(releases.c.report_id == report_id)
    fresh = (team_items.c.state == NEW, team_items.c.kind.in_(KINDS), team_items.c.release_id.in_(of_report))
    # Locked: of two people who say so at once only one counts it.
    chosen = select(team_items.c.item_id).where(*fresh, team_items.c.item_id.in_(item_ids)).with_for_update()
    found = tuple(connection.scalars(chosen))
    connection.execute(update(team_items).where(team_items.c.item_id.in_(found)).values(state=SEEN))
    return found


def settle_question(connection: Connection, question: CameBack, state: str) -> None:
    """Note that a question was put to the caller, or declined; raises `SettledBefore`."""
    if question.kind != QUESTION or not settle(connection, question.item_id, state):
        raise SettledBefore


def decline(connection: Connection, question: CameBack, refusal: SealedItem, *, month: str) -> None:
    """Decline a team's question; its team sees why. Raises `SettledBefore`.

    `refusal`: sealed to the team and the desk under the release's id, of kind `refusal`.
    """
    settle_question(connection, question, DECLINED)
    last = select(func.max(team_items.c.place)).where(team_items.c.release_id == question.release_id)
    row = {"item_id": refusal.item_id, "release_id": question.release_id, "kind": REFUSAL, "month": month}
    place = (connection.scalar(last) or 0) + 1
    more = {"once": secrets.token_hex(32), "place": place, "state": SEEN, "sealed": refusal.sealed}
    connection.execute(insert(team_items), {**row, **more})
    wraps = [{"item_id": refusal.item_id, **vars(wrap)} for wrap in refusal.wraps]
    connection.execute(insert(team_wraps), wraps)


def keep_to_tell(
    connection: Connection, report_id: str, *, kind: str, item: SealedItem, asked_in: str, week: str
) -> str:
    """Keep words for a caller who holds no reference, until a person has told them; return the reply's id."""
    keep_item(connection, item)
    connection.execute(select(reports.c.report_id).where(reports.c.report_id == report_id).with_for_update())
    last = connection.scalar(select(func.max(replies.c.place)).where(replies.c.report_id == report_id)) or 0
    reply_id = secrets.token_hex(16)
    row = {"reply_id": reply_id, "report_id": report_id, "kind": kind, "place": last + 1, "week": week}
    connection.execute(insert(replies), {**row, "state": TO_TELL, "item_id": item.item_id, "asked_in": asked_in})
    return reply_id


def note_told(connection: Connection, report_id: str, reply_id: str) -> bool:
    """Note that a person told the caller; False when that was noted before, or there is nothing to tell."""
    this = (replies.c.reply_id == reply_id, replies.c.report_id == report_id, replies.c.state == TO_TELL)
    return connection.execute(update(replies).where(*this).values(state=TOLD)).rowcount == 1


# ---- machinery ------------------------------------------------------------------------------------------------------


def _said() -> Select[Any]:
    of_item = (team_items.c[name] for name in ("item_id", "release_id", "kind", "month", "state", "place"))
    return select(*of_item, reports.c.report_id, reports.c.case_number, releases.c.team).select_from(_JOINED)


def _came_back(row: Any) -> CameBack:
    return CameBack(**{name: row._mapping[name] for name in CameBack.__dataclass_fields__})


def _wraps(connection: Connection, item_ids: Collection[str]) -> dict[str, tuple[Wrap, ...]]:
    found: dict[str, tuple[Wrap, ...]] = {}
    for row in connection.execute(select(team_wraps).where(team_wraps.c.item_id.in_(item_ids))):
        found[row.item_id] = (*found.get(row.item_id, ()), Wrap(row.audience, row.epoch, bytes(row.wrapped)))
    return found
