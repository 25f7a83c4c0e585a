"""One report made two, or two made one: the rows around what the desk seals anew; each inside one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from storage.clips import forget_items
from storage.intake import ListedReport
from storage.jobs import count_up
from storage.models import items, releases, reports, reviews, search_tokens, wraps
from storage.reports import ALERTING, URGENCIES, new_case_number
from storage.review_rows import IN_HAND, STOPPED, WAITING, wait_for_review
from storage.reviews import NothingToReview, ReviewMoved, state_of
from storage.writing import BY_STAFF, WRITING

MERGED = "merged"  # why a report is none any more: it became part of another
CONFIRMED = "confirmed"


class NotWhole(Exception):
    """The report is on hold, or not confirmed any more, or something of it left already; it helps to look again."""


@dataclass(frozen=True)
class Part:
    """A report that came out of another."""

    report_id: str
    case_number: str


def kinds_in(connection: Connection, report_id: str) -> dict[str, str]:
    """Return the kind of each item that a report holds, by item."""
    rows = connection.execute(select(items.c.item_id, items.c.kind).where(items.c.report_id == report_id))
    return {str(row.item_id): str(row.kind) for row in rows}


def lock_reports(connection: Connection, report_ids: Collection[str]) -> None:
    """Wait for whoever changes these reports or their reviews, in an order that two people cannot cross."""
    for table in (reports, reviews):
        for report_id in sorted(set(report_ids)):
            here = select(table.c.report_id).where(table.c.report_id == report_id)
            # Not for its key: who saves a draft holds the review, and their new item names this report.
            connection.execute(here.with_for_update(key_share=table is reports))


def still_there(connection: Connection, report_ids: Collection[str]) -> tuple[str, ...]:
    """Return those of these reports that have a row, whatever they still hold."""
    return tuple(connection.scalars(select(reports.c.report_id).where(reports.c.report_id.in_(report_ids))))


def begin_part(connection: Connection, whole: ListedReport, person_id: str, *, week: str) -> Part:
    """Begin a second report beside a confirmed one; it waits for review since the same week as the first does.

    It is begun as staff begin any report, since the desk may begin none that passes for a call.
    """
    part = Part(secrets.token_hex(16), new_case_number())
    row = {"report_id": part.report_id, "case_number": part.case_number, "line": _line_of(connection, whole.report_id)}
    begun = {"state": WRITING, "channel": BY_STAFF, "claimed_by": person_id, "partial": whole.partial}
    connection.execute(insert(reports), {**row, **begun, "week": whole.week, "language": whole.language})
    values = {"state": CONFIRMED, "claimed_by": "", "substance": True, "urgent": whole.urgent}
    connection.execute(update(reports).where(reports.c.report_id == part.report_id).values(values))
    wait_for_review(connection, part.report_id, week=week, urgent=whole.urgent in ALERTING)
    return part


def check_whole(connection: Connection, report_id: str) -> None:
    """Refuse a report that is not confirmed, or held; the caller has locked it. Raises `NotWhole`."""
    fit = and_(reports.c.report_id == report_id, reports.c.state == CONFIRMED, reports.c.held == "")
    if connection.execute(select(reports.c.report_id).where(fit)).first() is None:
        raise NotWhole


def forget_draft(connection: Connection, report_id: str) -> bool:
    """Destroy what was sanitised so far of a text that is another now; False when nothing was."""
    drafts = select(items.c.item_id).where(items.c.report_id == report_id, items.c.kind == "clean")
    found = connection.scalars(drafts).all()
    if found:
        forget_items(connection, found)
    connection.execute(update(reviews).where(reviews.c.report_id == report_id).values(item_id=""))
    return bool(found)


def end_merged(connection: Connection, report_id: str, into: str, person_id: str) -> None:
    """Close a report whose content stands in another by now. What is left of it goes; its reference stays its own.

    Raises `NotWhole` when something of it was released, `ReviewMoved` when a colleague has it, `NothingToReview`.
    """
    sent = (releases.c.report_id == report_id, releases.c.state == "released")
    if connection.execute(select(releases.c.release_id).where(*sent)).first() is not None:
        raise NotWhole
    mine = and_(reviews.c.state.in_(IN_HAND), reviews.c.reviewer == person_id)
    free = and_(reviews.c.report_id == report_id, or_(mine, reviews.c.state == WAITING))
    ended = update(reviews).where(free).values(state=STOPPED, reviewer="", item_id="")
    if connection.execute(ended).rowcount != 1:
        found = state_of(connection, report_id)
        raise NothingToReview if found is None else ReviewMoved(found)
    of_report = select(items.c.item_id).where(items.c.report_id == report_id)
    connection.execute(delete(wraps).where(wraps.c.item_id.in_(of_report)))
    connection.execute(delete(items).where(items.c.report_id == report_id))
    connection.execute(delete(search_tokens).where(search_tokens.c.report_id == report_id))
    row = connection.execute(select(reports).where(reports.c.report_id == report_id)).one()
    _raise_urgency(connection, into, str(row.urgent), row.urgent_due)
    status = select(reports.c.status).where(reports.c.report_id == into).scalar_subquery()
    values = {"state": "not_a_report", "reason": MERGED, "urgent_due": None, "claimed_by": "", "status": status}
    connection.execute(update(reports).where(reports.c.report_id == report_id).values(values))
    count_up(connection, f"not_a_report.{MERGED}", week=row.week)


def _raise_urgency(connection: Connection, report_id: str, urgent: str, due: int | None) -> None:
    here = reports.c.report_id == report_id
    if urgent in ALERTING:
        less = URGENCIES[: URGENCIES.index(urgent)]
        connection.execute(update(reports).where(here, reports.c.urgent.in_(less)).values(urgent=urgent))
        connection.execute(update(reviews).where(reviews.c.report_id == report_id).values(urgent=True))
    if due is not None:
        later = or_(reports.c.urgent_due.is_(None), reports.c.urgent_due > due)
        connection.execute(update(reports).where(here, later).values(urgent_due=due))


def _line_of(connection: Connection, report_id: str) -> str:
    return str(connection.scalar(select(reports.c.line).where(reports.c.report_id == report_id)))
