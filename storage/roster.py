"""The people of a line as those who look after them see them, and what an administrator changes of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, update

from storage.claims import free_claims_of
from storage.keys import Audience
from storage.models import invitations, memberships, people
from storage.people import NameTaken, NotThere, end_admission, end_invitations_by, is_name, let_go
from storage.review_rows import free_reviews_of
from storage.roles import DESK, House


class NotAnAdministrator(Exception):
    """Whoever asked for this has left or has another role by now; somebody else who looks after people may do it."""


class OwnRow(Exception):
    """Nobody changes their own role or lets themselves go; somebody else who looks after people may do it."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the same thing first; look at it again."""


class AliasTaken(Exception):
    """A colleague is called so already; another alias helps."""


@dataclass(frozen=True)
class Member:
    """One who may sign in."""

    person_id: str
    name: str
    alias: str
    role: str
    public_key: bytes
    has_factor: bool
    is_admitted: bool  # to their group's key, in its current epoch
    reads: bool  # whether their role reads, once they are admitted


def roster(connection: Connection, audience: Audience, house: House = DESK) -> tuple[Member, ...]:
    """Return everyone who may sign in, by alias. Not paged: a line has as many people as work for it."""
    query = _members(audience, house).order_by(func.lower(people.c.alias), people.c.person_id)
    return tuple(_member(row, house) for row in connection.execute(query))


def member(connection: Connection, person_id: str, audience: Audience, house: House = DESK) -> Member:
    """Return one who may sign in; raises `NotThere`."""
    row = connection.execute(_members(audience, house).where(people.c.person_id == person_id)).one_or_none()
    if row is None:
        raise NotThere(person_id)
    return _member(row, house)


def _members(audience: Audience, house: House) -> Any:
    held = and_(
        memberships.c.member == people.c.person_id,
        memberships.c.audience == audience.name,
        memberships.c.epoch == audience.epoch,
    )
    shown = (people.c.person_id, people.c.sign_in_name, people.c.alias, people.c.role, people.c.public_key)
    factor, admitted = func.length(people.c.totp_sealed) > 0, memberships.c.member.is_not(None)
    columns = select(*shown, factor.label("factor"), admitted.label("admitted"))
    ours = (people.c.state == "active", people.c.team == house.team)
    return columns.select_from(people.outerjoin(memberships, held)).where(*ours)


def _member(row: Row[Any], house: House) -> Member:
    known = (row.person_id, row.sign_in_name, row.alias, row.role, row.public_key)
    reads = row.role in house.reading
    return Member(*known, has_factor=bool(row.factor), is_admitted=bool(row.admitted), reads=reads)


def must_administer(connection: Connection, actor: str, house: House = DESK) -> None:
    """Raise `NotAnAdministrator` unless this person looks after people now; until the transaction ends they do.

    Two who let each other go at once are told apart here, so that somebody is always left: nobody lets themselves go,
    and the second of the two is no administrator any more.
    """
    able = (people.c.role == house.looking_after, people.c.team == house.team, people.c.state == "active")
    rows = select(people.c.person_id).where(*able)
    held = connection.scalars(rows.order_by(people.c.person_id).with_for_update()).all()
    if actor not in held:
        raise NotAnAdministrator(actor)


def check_names(connection: Connection, *, name: str | None, alias: str, but: str = "", team: str = "") -> None:
    """Raise `NameTaken` or `AliasTaken` when somebody has it, or was promised it; `but`: whom it is for.

    Capital letters do not tell two people apart.
    """
    for table, living in ((people, people.c.state == "active"), (invitations, invitations.c.person_id != "")):
        others = select(table.c.person_id).where(living, table.c.team == team, table.c.person_id != but)
        if name is not None and connection.execute(others.where(_same(table.c.sign_in_name, name))).first():
            raise NameTaken(name)
        if connection.execute(others.where(_same(table.c.alias, alias))).first():
            raise AliasTaken(alias)


def _same(column: Any, text: str) -> Any:
    return func.lower(column) == func.lower(text)


def rename(connection: Connection, *, actor: str, person_id: str, before: str, alias: str, house: House = DESK) -> None:
    """Give a person another alias.

    Raises `OwnRow`, `NotAnAdministrator`, `AliasTaken`, `NotThere` or `ChangedMeanwhile`.
    """
    if not is_name(alias):
        raise ValueError("no alias")
    if person_id == actor:
        raise OwnRow
    must_administer(connection, actor, house)
    check_names(connection, name=None, alias=alias, but=person_id, team=house.team)
    _change(connection, person_id, people.c.alias == before, {"alias": alias}, house)
    connection.execute(update(invitations).where(invitations.c.person_id == person_id).values(alias=alias))


def change_role(
    connection: Connection, *, actor: str, person_id: str, before: str, role: str, now: int, house: House = DESK
) -> None:
    """Give a person another role, in which they are signed in nowhere, admitted to nothing, and in no call.

    Also who read before is admitted anew: two people looked at them as a handler, not as a supervisor.
    Raises `OwnRow`, `NotAnAdministrator`, `NotThere` or `ChangedMeanwhile`.
    """
    if role not in house.roles:
        raise ValueError("no role")
    if person_id == actor:
        raise OwnRow
    must_administer(connection, actor, house)
    values = {"role": role, "changes": people.c.changes + 1}
    _change(connection, person_id, people.c.role == before, values, house)
    epoch = end_admission(connection, person_id, now=now, house=house)
    connection.execute(update(invitations).where(invitations.c.person_id == person_id).values(role=role))
    end_invitations_by(connection, person_id)
    if house == DESK:
        free_reviews_of(connection, person_id)
    if role not in house.reading:
        free_claims_of(connection, person_id)
        newer = (people.c.person_id == person_id, people.c.left_in_epoch < epoch)
        connection.execute(update(people).where(*newer).values(left_in_epoch=epoch))


def dismiss_person(connection: Connection, *, actor: str, person_id: str, now: int, house: House = DESK) -> None:
    """Let a person go at once; raises `OwnRow`, `NotAnAdministrator` or `NotThere`."""
    if person_id == actor:
        raise OwnRow
    must_administer(connection, actor, house)
    _lock(connection, person_id, house)
    let_go(connection, person_id, now=now, house=house)


def _change(connection: Connection, person_id: str, unchanged: Any, values: dict[str, Any], house: House) -> None:
    _lock(connection, person_id, house)
    same = (people.c.person_id == person_id, unchanged)
    if connection.execute(update(people).where(*same).values(**values)).rowcount != 1:
        raise ChangedMeanwhile


def _lock(connection: Connection, person_id: str, house: House) -> None:
    there = (people.c.person_id == person_id, people.c.state == "active", people.c.team == house.team)
    if connection.execute(select(people.c.person_id).where(*there).with_for_update()).first() is None:
        raise NotThere(person_id)
