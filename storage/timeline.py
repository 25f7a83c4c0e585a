"""What staff did to a report, as the audit has it: the page tells it in days, and checks notes against it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from storage.models import audit

NOTED = "note-added"
ALERTED = "supervisor-alerted"
ACKNOWLEDGED = "urgent-acknowledged"
OPENED = "report-opened"
SHOWN = (
    NOTED,
    ALERTED,
    ACKNOWLEDGED,
    "report-claimed",
    "report-given-back",
    "report-given",
    "report-confirmed",
    "report-held",
    "hold-lifted",
    "not-a-report",
    "review-claimed",
    "review-given-back",
    "review-taken-over",
    "review-stopped",
    "review-resumed",
    "report-split",
    "report-begun-by-split",
    "report-took-in",
    "report-merged",
    "release-proposed",
    "release-returned",
    "release-voided",
    "report-released",
    "handed-over",
    "stood-down",
)


@dataclass(frozen=True)
class Deed:
    """One thing that a member of staff did to a report."""

    action: str
    person: str
    at: int  # seconds since the epoch
    detail: str
    sequence: int


def deeds_on(connection: Connection, report_id: str) -> tuple[Deed, ...]:
    """Return what was done to a report, oldest first; of each person's openings only the first."""
    columns = (audit.c.action, audit.c.person, audit.c.at, audit.c.detail, audit.c.sequence)
    about = audit.c.subject == report_id
    first = select(func.min(audit.c.sequence)).where(about, audit.c.action == OPENED).group_by(audit.c.person)
    done = [
        *connection.execute(select(*columns).where(about, audit.c.action.in_(SHOWN))),
        *connection.execute(select(*columns).where(audit.c.sequence.in_(first))),
    ]
    return tuple(Deed(*row) for row in sorted(done, key=lambda row: row.sequence))


def note_authors(connection: Connection, report_ids: Collection[str]) -> dict[str, str]:
    """Return who wrote each note of these reports, by its item."""
    if not report_ids:
        return {}
    noted = select(audit.c.detail, audit.c.person).where(audit.c.subject.in_(report_ids), audit.c.action == NOTED)
    return {row.detail: row.person for row in connection.execute(noted)}


def acknowledged_by(connection: Connection, report_ids: Collection[str]) -> dict[str, str]:
    """Return who acknowledged each of these reports last, by its id."""
    if not report_ids:
        return {}
    acts = select(audit.c.subject, audit.c.person).order_by(audit.c.sequence)
    of_them = acts.where(audit.c.subject.in_(report_ids), audit.c.action == ACKNOWLEDGED)
    return {row.subject: row.person for row in connection.execute(of_them)}
