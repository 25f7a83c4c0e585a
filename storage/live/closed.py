"""To whom a talk is closed: who may not see what its caller reports, or left before, meets its caller never."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, insert, or_, select

from storage.database import is_there
from storage.models import blocks, talks


def open_to(person_id: str) -> ColumnElement[bool]:
    """Return the condition that no report of a talk is closed to this person; for statements on `talks`."""
    return ~is_there(blocks.c.person_id == person_id, _is_about()).correlate(talks)


def closed_to(connection: Connection, which: ColumnElement[bool]) -> dict[str, frozenset[str]]:
    """Return the people to whom each of these talks is closed, by talk; talks open to everybody are left out."""
    rows = connection.execute(select(talks.c.talk_id, blocks.c.person_id).join(blocks, _is_about()).where(which))
    found: dict[str, set[str]] = {}
    for talk_id, person_id in rows:
        found.setdefault(talk_id, set()).add(person_id)
    return {talk_id: frozenset(people) for talk_id, people in found.items()}


def carry_on(connection: Connection, talk_id: str, report_id: str) -> None:
    """Close the next report of a talk to everybody to whom its report until now is closed. May run twice.

    The reason stays sealed with the report that it was given for, so these rows name none; a supervisor is shown them.
    """
    there = select(blocks.c.person_id).where(blocks.c.report_id == report_id)
    on = (talks.c.report_id == blocks.c.report_id, talks.c.talk_id == talk_id)
    found = select(blocks.c.person_id).where(is_there(*on), blocks.c.person_id.not_in(there))
    for person_id in connection.scalars(found).all():
        row = {"person_id": person_id, "report_id": report_id, "item_id": "", "unseen": True}
        connection.execute(insert(blocks), row)


def _is_about() -> ColumnElement[bool]:
    return or_(blocks.c.report_id == talks.c.report_id, blocks.c.report_id == talks.c.begun_report)
