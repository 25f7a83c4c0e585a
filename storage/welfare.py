"""Who would like a word after a hard report: a name, and the supervisor who saw it; never which report, why or when.

Nothing of it is audited or counted: whoever asks for a word must not find it in a list later.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from storage.database import insert_once
from storage.models import welfare


@dataclass(frozen=True)
class Word:
    """Somebody would like a word."""

    person_id: str
    seen_by: str  # the supervisor who talks to them, or ""


def ask(connection: Connection, person_id: str) -> None:
    """Say that somebody would like a word. May run twice: whoever asks again is not counted."""
    row = {"person_id": person_id, "seen_by": ""}
    connection.execute(insert_once(connection.dialect.name, welfare, "person_id"), row)


def words_wanted(connection: Connection) -> tuple[Word, ...]:
    """Return everyone who would like a word."""
    return tuple(Word(row.person_id, row.seen_by) for row in connection.execute(select(welfare)))


def word_of(connection: Connection, person_id: str) -> Word | None:
    """Return whether somebody would like a word, and who saw it."""
    row = connection.execute(select(welfare).where(welfare.c.person_id == person_id)).one_or_none()
    return None if row is None else Word(row.person_id, row.seen_by)


def take_on(connection: Connection, person_id: str, supervisor_id: str) -> bool:
    """Say that a supervisor talks to them; False when another does, or nobody asks any more."""
    unseen = (welfare.c.person_id == person_id, welfare.c.seen_by == "")
    return connection.execute(update(welfare).where(*unseen).values(seen_by=supervisor_id)).rowcount == 1


def forget(connection: Connection, person_id: str) -> None:
    """Delete it: they talked, or the person has left. May run twice."""
    connection.execute(delete(welfare).where(welfare.c.person_id == person_id))
