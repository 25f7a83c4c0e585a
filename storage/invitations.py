"""Invitations: a code of 128 bits with which one person, once and within a day, becomes one who may sign in."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, select

from storage.keys import Secret, bound, derived
from storage.models import invitations, people
from storage.people import NewKey, NotThere, Person, is_name, keep_new_key, keep_new_person
from storage.roles import DESK, House
from storage.roster import check_names, must_administer

CODE_BYTES = 16
CODE_CHARACTERS = 26
LIFE_SECONDS = 24 * 3600
TOTP_BYTES = 20  # RFC 4226, R6
_TYPED_FOR = str.maketrans("018", "oib")  # digits that base32 leaves out, for the letters they are taken for


class NoInvitation(Exception):
    """Unknown, used, withdrawn, given anew or lapsed: never told which. A new invitation helps."""


@dataclass(frozen=True)
class Invitation:
    """One that was given out."""

    invitation_id: str
    person: Person  # who they will be; of a new one the public key is empty
    expires_at: int  # seconds since the epoch
    is_again: bool  # for somebody who may sign in already: a forgotten password

    def stands(self, now: int) -> bool:
        """Say whether it may still be accepted."""
        return now < self.expires_at


@dataclass(frozen=True)
class Given:
    """An invitation just made, with its code, which is stored nowhere."""

    invitation: Invitation
    code: str


# ---- by an administrator ------------------------------------------------------------------------------------------


def invite(
    connection: Connection, *, actor: str, name: str, alias: str, role: str, now: int, house: House = DESK
) -> Given:
    """Invite somebody new; raises `NotAnAdministrator`, `NameTaken` or `AliasTaken`."""
    if role not in house.roles or not is_name(name) or not is_name(alias):
        raise ValueError("no name, alias or role")
    must_administer(connection, actor, house)
    check_names(connection, name=name, alias=alias, team=house.team)
    return _given(connection, Person(secrets.token_hex(16), name, alias, role, b"", house.team), now)


def invite_again(connection: Connection, *, actor: str, person_id: str, now: int, house: House = DESK) -> Given:
    """Let somebody begin anew who forgot their password; all they have stays theirs until they accept.

    Raises `NotAnAdministrator`, or `NotThere` when they left.
    """
    must_administer(connection, actor, house)
    there = (people.c.person_id == person_id, people.c.state == "active", people.c.team == house.team)
    row = connection.execute(select(people).where(*there)).one_or_none()
    if row is None:
        raise NotThere(person_id)
    connection.execute(delete(invitations).where(invitations.c.person_id == person_id))
    again = Person(person_id, row.sign_in_name, row.alias, row.role, row.public_key, house.team)
    return _given(connection, again, now)


def renew(connection: Connection, *, actor: str, invitation_id: str, now: int, house: House = DESK) -> Given:
    """Give an invitation a new code and a new day; the old code is worth nothing. Raises `NoInvitation`."""
    must_administer(connection, actor, house)
    old = _one(connection, _of(house, invitation_id))
    if not _taken(connection, invitation_id):
        raise NoInvitation
    return _given(connection, old.person, now)


def withdraw(connection: Connection, *, actor: str, invitation_id: str, house: House = DESK) -> str:
    """End an invitation and return whose it was; raises `NoInvitation`."""
    must_administer(connection, actor, house)
    person_id = _one(connection, _of(house, invitation_id)).person.person_id
    if not _taken(connection, invitation_id):
        raise NoInvitation
    return person_id


def list_invitations(connection: Connection, house: House = DESK) -> tuple[Invitation, ...]:
    """Return those that stand and those that lapsed, the last made first."""
    ours = _wanted().where(invitations.c.team == house.team)
    rows = connection.execute(ours.order_by(invitations.c.expires_at.desc(), invitations.c.invitation_id))
    return tuple(_invitation(row) for row in rows)


def _given(connection: Connection, person: Person, now: int) -> Given:
    code = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().rstrip("=").lower()
    made = Invitation(secrets.token_hex(16), person, now + LIFE_SECONDS, bool(person.public_key))
    row = {
        "invitation_id": made.invitation_id,
        "person_id": person.person_id,
        "sign_in_name": person.name,
        "alias": person.alias,
        "role": person.role,
        "team": person.team,
        "code_hash": _hash(code),
        "expires_at": made.expires_at,
    }
    connection.execute(insert(invitations), row)
    return Given(made, "-".join(code[at : at + 4] for at in range(0, CODE_CHARACTERS, 4)))


# ---- by the one who was invited -----------------------------------------------------------------------------------


def find(connection: Connection, typed: str, now: int) -> Invitation:
    """Return the invitation that a typed or pasted code, or its whole link, belongs to; raises `NoInvitation`."""
    found = _one(connection, invitations.c.code_hash == _hash(_plain(typed)))
    if not found.stands(now):
        raise NoInvitation
    return found


def totp_secret_of(typed: str, page: str, pepper: Secret) -> Secret:
    """Return the second factor's secret that a page offers: the same each time that page is sent, and kept nowhere.

    Another page offers another one, so that whoever opened the link before knows nothing of it.
    """
    code = _plain(typed).encode()
    return Secret(base64.b32encode(derived(bound(code, page, pepper), "invited totp", TOTP_BYTES)))


def accept(connection: Connection, found: Invitation, new: NewKey, *, totp_step: int, now: int) -> None:
    """Let the invited person sign in with their new key, once; raises `NoInvitation` or `NameTaken`.

    Of one who had a key, the old one, its memberships and its sessions end here.
    """
    person_id = found.person.person_id
    # First the person, then the invitation: in the order in which a leaver's are taken away.
    connection.execute(select(people.c.person_id).where(people.c.person_id == person_id).with_for_update())
    if not found.stands(now) or not _taken(connection, found.invitation_id):
        raise NoInvitation
    if not found.is_again:
        check_names(connection, name=found.person.name, alias=found.person.alias, team=found.person.team)
        keep_new_person(connection, new, totp_step)
    elif not keep_new_key(connection, new, totp_step, now=now):
        raise NoInvitation


def _plain(typed: str) -> str:
    code = re.sub(r"[^0-9a-z]", "", typed.rpartition("#")[2].lower()).translate(_TYPED_FOR)
    return code if len(code) == CODE_CHARACTERS else ""


def _hash(code: str) -> str:
    return hashlib.sha256(bound("invitation", code)).hexdigest()


def _taken(connection: Connection, invitation_id: str) -> bool:
    # Whoever deletes the row has it: of two at once the second finds none.
    gone = delete(invitations).where(invitations.c.invitation_id == invitation_id)
    return connection.execute(gone).rowcount == 1


def _of(house: House, invitation_id: str) -> Any:
    return and_(invitations.c.invitation_id == invitation_id, invitations.c.team == house.team)


def _wanted() -> Any:
    joined = invitations.outerjoin(people, people.c.person_id == invitations.c.person_id)
    return select(invitations, people.c.public_key).select_from(joined)


def _one(connection: Connection, wanted: Any) -> Invitation:
    row = connection.execute(_wanted().where(wanted)).one_or_none()
    if row is None:
        raise NoInvitation
    return _invitation(row)


def _invitation(row: Row[Any]) -> Invitation:
    person = Person(row.person_id, row.sign_in_name, row.alias, row.role, row.public_key or b"", row.team)
    return Invitation(row.invitation_id, person, row.expires_at, row.public_key is not None)
