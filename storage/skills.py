"""What members of staff may be offered: languages they speak, and qualifications they hold until the end of a month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from storage.models import people, skills

TOLD_DAYS_BEFORE = 28
MOST_TOLD = 50
NO_END = ""


class SkillsChanged(Exception):
    """Somebody changed them since they were seen; it helps to look again."""


@dataclass(frozen=True, order=True)
class Skill:
    """One skill of one person."""

    name: str  # language:pl, or a qualification of handlers/skills.py
    until: str = NO_END  # its last month: 2027-03


@dataclass(frozen=True)
class Trained:
    """Somebody who may be offered calls, with what they are trained for."""

    person_id: str
    alias: str
    role: str
    skills: tuple[Skill, ...]


@dataclass(frozen=True)
class Ending:
    """A qualification that ends soon, or has ended."""

    person_id: str
    alias: str
    skill: Skill


def trained(connection: Connection, roles: Iterable[str]) -> tuple[Trained, ...]:
    """Return everybody of these roles who may sign in, by alias."""
    who = select(people.c.person_id, people.c.alias, people.c.role).where(
        people.c.state == "active", people.c.role.in_(list(roles))
    )
    staff = connection.execute(who.order_by(people.c.alias, people.c.person_id)).all()
    held: dict[str, list[Skill]] = {row.person_id: [] for row in staff}
    for row in connection.execute(select(skills).where(skills.c.person_id.in_(list(held)))):
        held[row.person_id].append(Skill(str(row.skill), str(row.until)))
    return tuple(Trained(row.person_id, row.alias, row.role, tuple(sorted(held[row.person_id]))) for row in staff)


def skills_of(connection: Connection, person_id: str) -> tuple[Skill, ...]:
    """Return one person's skills, also those that have ended."""
    found = connection.execute(select(skills.c.skill, skills.c.until).where(skills.c.person_id == person_id))
    return tuple(sorted(Skill(row.skill, row.until) for row in found))


def replace_skills(connection: Connection, person_id: str, *, seen: Iterable[Skill], new: Iterable[Skill]) -> None:
    """Give somebody other skills than were seen; raises `SkillsChanged` when they are not those any more."""
    # The person's row is the lock: of skills that are not there yet, no row could be locked.
    connection.execute(select(people.c.person_id).where(people.c.person_id == person_id).with_for_update())
    found = connection.execute(select(skills.c.skill, skills.c.until).where(skills.c.person_id == person_id))
    if {Skill(row.skill, row.until) for row in found} != set(seen):
        raise SkillsChanged
    connection.execute(delete(skills).where(skills.c.person_id == person_id))
    rows = [{"person_id": person_id, "skill": skill.name, "until": skill.until} for skill in set(new)]
    if rows:
        connection.execute(insert(skills), rows)


def ending(connection: Connection, now: int) -> tuple[Ending, ...]:
    """Return qualifications whose last day is at most four weeks away or over, the earliest first."""
    after = datetime.fromtimestamp(now, UTC) + timedelta(days=TOLD_DAYS_BEFORE + 1)
    soon = (
        select(skills.c.person_id, people.c.alias, skills.c.skill, skills.c.until)
        .join(people, people.c.person_id == skills.c.person_id)
        .where(skills.c.until != NO_END, skills.c.until < f"{after:%Y-%m}", people.c.state == "active")
        .order_by(skills.c.until, people.c.alias, skills.c.skill)
    )
    rows = connection.execute(soon.limit(MOST_TOLD))
    return tuple(Ending(row.person_id, row.alias, Skill(str(row.skill), str(row.until))) for row in rows)
