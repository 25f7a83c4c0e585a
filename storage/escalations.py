"""Urgent reports that nobody took up yet: who was told, who is told next and when, and how each ended.

A report rings for as long as it has a due time. Who acknowledges it takes it up; it is over when somebody writes down
to whom they handed it by word of mouth, or why nobody had to be told. What is not handed over in time rings again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, select, update

from storage.clips import add_items
from storage.database import insert_into, is_there
from storage.intake import acknowledge, stored
from storage.jobs import add_message
from storage.models import audit, escalations, items, reports
from storage.sealing import SealedItem

RINGING, TAKEN, HANDED_OVER, STOOD_DOWN = "ringing", "taken", "handed_over", "stood_down"
ENDED = (HANDED_OVER, STOOD_DOWN)
RECORDED = {HANDED_OVER: "handed-over", STOOD_DOWN: "stood-down"}  # what the audit calls it
TAKEN_SECONDS = 3600  # what was taken up and not handed over by then rings again
MOST_AT_ONCE = 20


class NothingToHandOver(Exception):
    """No report has this id, or its content is destroyed; trying again never helps."""


@dataclass(frozen=True)
class Escalation:
    """Where one urgent report stands."""

    report_id: str
    step: int  # how many of the chain were told
    next_at: int  # seconds since the epoch: of one that rings, the next is told; of one taken up, it rings again
    taken_by: str
    state: str


_COLUMNS = [escalations.c[name] for name in Escalation.__dataclass_fields__]


def unheard(connection: Connection) -> tuple[str, ...]:
    """Return urgent reports that nobody acknowledged and that do not ring yet."""
    rings = is_there(escalations.c.report_id == reports.c.report_id, escalations.c.state == RINGING)
    waiting = select(reports.c.report_id).where(reports.c.urgent_due.is_not(None), ~rings)
    return tuple(str(one) for one in connection.scalars(waiting.limit(MOST_AT_ONCE)))


def ring(connection: Connection, report_id: str, *, now: int) -> None:
    """Let a report ring from the first of the chain on. May run twice, and then begins anew."""
    _put(connection, Escalation(report_id, 0, now, "", RINGING))


def due(connection: Connection, *, now: int) -> tuple[Escalation, ...]:
    """Return those of which somebody is to be told now."""
    late = select(*_COLUMNS).join(reports, reports.c.report_id == escalations.c.report_id)
    late = late.where(escalations.c.next_at <= now, escalations.c.state == RINGING, reports.c.urgent_due.is_not(None))
    return tuple(
        Escalation(*row) for row in connection.execute(late.order_by(escalations.c.next_at).limit(MOST_AT_ONCE))
    )


def note_told(connection: Connection, seen: Escalation, *, step: int, next_at: int) -> bool:
    """Keep who was told; False when somebody took it up meanwhile, or another worker was quicker."""
    as_seen = update(escalations).where(
        escalations.c.report_id == seen.report_id, escalations.c.step == seen.step, escalations.c.state == RINGING
    )
    return connection.execute(as_seen.values(step=step, next_at=next_at)).rowcount == 1


def is_any_forgotten(connection: Connection, *, now: int) -> bool:
    """Say whether one was taken up and not handed over in time."""
    return connection.execute(select(escalations.c.report_id).where(_forgotten(now)).limit(1)).first() is not None


def ring_again(connection: Connection, *, now: int) -> tuple[str, ...]:
    """Let those ring again that were taken up and not handed over in time; return them."""
    late = select(escalations.c.report_id).where(_forgotten(now)).with_for_update()
    ids = tuple(str(one) for one in connection.scalars(late))
    for report_id in ids:
        due_again = update(reports).where(reports.c.report_id == report_id, reports.c.state != "not_a_report")
        if connection.execute(due_again.values(urgent_due=now)).rowcount == 1:
            ring(connection, report_id, now=now)
            add_message(connection, "alert", report_id, now=now)
    return ids


def longest_round(connection: Connection) -> int:
    """Return how many were told of the report that most were told of, of those that ring; 0 where none does."""
    rings = select(escalations.c.step).join(reports, reports.c.report_id == escalations.c.report_id)
    rings = rings.where(escalations.c.state == RINGING, reports.c.urgent_due.is_not(None))
    return max((int(step) for step in connection.scalars(rings)), default=0)


def take_up(connection: Connection, report_id: str, person_id: str, *, now: int) -> int | None:
    """Say that somebody acts on an urgent report: its due time goes, and nobody is told any more for an hour.

    Return how many of those on call were told by then, or None when somebody did before or it is not urgent.
    """
    if not acknowledge(connection, report_id):
        return None
    step = connection.scalar(select(escalations.c.step).where(escalations.c.report_id == report_id)) or 0
    _put(connection, Escalation(report_id, step, now + TAKEN_SECONDS, person_id, TAKEN))
    return int(step)


def end(connection: Connection, record: SealedItem, person_id: str, *, state: str) -> None:
    """Keep the sealed record of a handover, or why there was none, and end what rings; raises `NothingToHandOver`."""
    report_id = record.report_id
    found = connection.execute(
        select(reports.c.state).where(reports.c.report_id == report_id).with_for_update()
    ).first()
    if found is None or found.state == "not_a_report":
        raise NothingToHandOver
    add_items(connection, [record])
    acknowledge(connection, report_id)
    step = connection.scalar(select(escalations.c.step).where(escalations.c.report_id == report_id)) or 0
    _put(connection, Escalation(report_id, step, 0, person_id, state))  # no time of it is left outside the audit


def standing(connection: Connection, report_ids: Collection[str]) -> dict[str, Escalation]:
    """Return where each of these reports stands, as far as it was ever urgent."""
    if not report_ids:
        return {}
    rows = connection.execute(select(*_COLUMNS).where(escalations.c.report_id.in_(report_ids)))
    return {row.report_id: Escalation(*row) for row in rows}


def records_of(connection: Connection, report_id: str) -> tuple[SealedItem, ...]:
    """Return the sealed records of what was handed over by word of mouth."""
    return stored(connection, items.c.report_id == report_id, items.c.kind == "handover")


def recorded_by(connection: Connection, report_id: str) -> dict[str, str]:
    """Return who wrote each record, by its item, as the audit has it: a seal does not say who made it."""
    wrote = select(audit.c.detail, audit.c.person).where(
        audit.c.subject == report_id, audit.c.action.in_(RECORDED.values())
    )
    return {row.detail: row.person for row in connection.execute(wrote)}


def _forgotten(now: int) -> ColumnElement[bool]:
    return and_(escalations.c.state == TAKEN, escalations.c.next_at <= now)


def _put(connection: Connection, to: Escalation) -> None:
    written = insert_into(connection.dialect.name, escalations).values(**vars(to))
    changed = {name: value for name, value in vars(to).items() if name != "report_id"}
    connection.execute(written.on_conflict_do_update(index_elements=["report_id"], set_=changed))
