"""Members of staff: who they are, what unlocks their key, and the groups whose keys it opens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyotp
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from storage import welfare
from storage.claims import free_claims_of
from storage.database import Database
from storage.keys import KEY_BYTES, Audience, Damaged, Secret, lock, new_private_key, person_fingerprint, public_half
from storage.live.leaving import get_up
from storage.models import admissions, audit, interests, invitations, memberships, people, second_factors, skills
from storage.opening import (
    GroupKey,
    KeyRing,
    lock_as_person,
    ring,
    unwrap_group_key,
    unwrap_with_password,
    wrap_group_key,
    wrap_with_password,
)
from storage.passwords import MAX_PASSWORD_CHARACTERS, WeakPassword, check_password, normal
from storage.review_rows import free_reviews_of
from storage.roles import DESK, House, team_house
from storage.vouching import vouched

MOST_NAME_CHARACTERS = 80  # what the columns take
INVITING = ("person.invited", "person.invited-again", "person.invitation-renewed")  # as the audit names them
SALT_BYTES = 16

# Signing in and the sessions that it begins: storage/signing_in.py.
__all__ = [
    "NameTaken",
    "NewKey",
    "NewPerson",
    "NotAMember",
    "NotThere",
    "OpenSession",
    "Person",
    "SignInRefused",
    "WeakPassword",
    "add_person",
    "admit",
    "admitted",
    "aliases",
    "change_password",
    "cut_key",
    "end_admission",
    "end_invitations_by",
    "group_key",
    "is_admitted",
    "is_name",
    "keep_new_key",
    "keep_new_person",
    "key_ring",
    "leave",
    "let_go",
    "list_people",
    "mark_of",
    "person_of",
    "readers_left",
    "rewrapped",
    "totp_address",
    "unlocked",
]  # fmt: skip


class SignInRefused(Exception):
    """Name, password or code is wrong, or it is too soon after wrong ones: never told which. Waiting 5 min may help."""


class NotAMember(Exception):
    """The person was not admitted to this group in this epoch; a supervisor or the recovery key admits them."""


class NameTaken(Exception):
    """Somebody already signs in by this name; another name helps."""


class NotThere(Exception):
    """Nobody who may sign in has this name; trying again never helps."""


@dataclass(frozen=True)
class Person:
    """A member of staff as others see them."""

    person_id: str
    name: str
    alias: str
    role: str
    public_key: bytes
    team: str = ""  # "" at the desk


@dataclass(frozen=True)
class NewPerson:
    """A person just added, with what their authenticator must be told once."""

    person: Person
    totp_secret: Secret

    @property
    def totp_address(self) -> str:
        """Return the `otpauth:` address for an authenticator."""
        return totp_address(self.person.name, self.totp_secret, "assessment" if self.person.team else "desk")


@dataclass(frozen=True)
class NewKey:
    """A person's new key under a password, and a second factor sealed to it: not yet kept."""

    person: Person
    values: Mapping[str, object]  # of the columns that hold them


@dataclass(frozen=True)
class Rewrapped:
    """A person's key under a new password, not yet kept."""

    person: Person
    old_salt: bytes
    salt: bytes
    wrapped_key: bytes


@dataclass(frozen=True)
class OpenSession:
    """A person at work, with their private key."""

    person: Person
    private_key: Secret
    began_at: int  # when they signed in, seconds since the epoch
    proved_at: int = 0  # when they last showed password and second factor

    @property
    def fingerprint(self) -> str:
        """Return what they read aloud to be admitted: from the key in their hands, since a row can be exchanged."""
        return person_fingerprint(self.person.person_id, public_half(self.private_key))


# ---- people -------------------------------------------------------------------------------------------------------


def add_person(
    connection: Connection,
    *,
    name: str,
    alias: str,
    role: str,
    password: str,
    pepper: Secret,
    password_list: Path | None = None,
    house: House = DESK,
) -> NewPerson:
    """Add a person whose key only their password unlocks; raises `WeakPassword`, `NameTaken` or `ValueError`."""
    if role not in house.roles or not name.strip() or not alias.strip():
        raise ValueError(f"a person needs a name, an alias and a role out of {', '.join(house.roles)}")
    check_password(password, (name, alias), password_list)
    if connection.execute(select(people.c.person_id).where(people.c.sign_in_name == name)).first():
        raise NameTaken(name)
    totp_secret = Secret(pyotp.random_base32().encode())
    whose = Person(secrets.token_hex(16), name, alias, role, b"", house.team)
    new = cut_key(whose, password, totp_secret, pepper)
    keep_new_person(connection, new)
    return NewPerson(new.person, totp_secret)


def is_name(text: str) -> bool:
    """Say whether somebody may be called so: what cannot be seen or typed, or what a terminal obeys, is no name."""
    return 0 < len(text) <= MOST_NAME_CHARACTERS and text.isprintable() and text == text.strip()


def cut_key(whose: Person, password: str, totp_secret: Secret, pepper: Secret) -> NewKey:
    """Make a key pair for a person under a checked password. Takes 150 to 300 ms; keeps nothing."""
    salt, private = secrets.token_bytes(SALT_BYTES), new_private_key()
    person, person_id = replace(whose, public_key=public_half(private)), whose.person_id
    values = {
        "salt": salt,
        "public_key": person.public_key,
        "wrapped_key": wrap_with_password(private, normal(password), person_id=person_id, salt=salt, pepper=pepper),
        "totp_sealed": lock_as_person(totp_secret, person_id=person_id, purpose="totp", private=private),
    }
    return NewKey(person, values)


def keep_new_person(connection: Connection, new: NewKey, totp_step: int = 0) -> None:
    """Let a person sign in who could not before; `totp_step`: of the last code that they used."""
    person = new.person
    named = {"person_id": person.person_id, "sign_in_name": person.name, "alias": person.alias}
    named |= {"role": person.role, "team": person.team}
    connection.execute(insert(people), {**named, **new.values, "totp_last_step": totp_step})


def keep_new_key(connection: Connection, new: NewKey, totp_step: int, *, now: int) -> bool:
    """Put a new key in the place of a person's old one, which ends memberships and sessions; False when they left."""
    person, person_id = new.person, new.person.person_id
    house = team_house(person.team) if person.team else DESK
    end_admission(connection, person_id, now=now, house=house)
    connection.execute(delete(second_factors).where(second_factors.c.person_id == person_id))
    anew = {"totp_last_step": totp_step, "failures": 0, "next_try_at": 0, "changes": people.c.changes + 1}
    mine = (people.c.person_id == person_id, people.c.state == "active")
    return connection.execute(update(people).where(*mine).values(**new.values, **anew)).rowcount == 1


def rewrapped(
    database: Database, *, name: str, old: str, new: str, pepper: Secret, password_list: Path | None = None
) -> Rewrapped:
    """Return a person's key under a new password, for `change_password`. Takes half a second; holds no transaction.

    Raises `NotThere`, `WeakPassword`, or `SignInRefused` when the old password is wrong.
    """
    with database.read() as connection:
        row = _row_of(connection, name)
    check_password(new, (row.sign_in_name, row.alias), password_list)
    if normal(new) == normal(old):
        raise WeakPassword("it is the old one")
    private = unlocked(row, old, pepper)
    if private is None:
        raise SignInRefused
    salt = secrets.token_bytes(SALT_BYTES)
    wrapped = wrap_with_password(private, normal(new), person_id=row.person_id, salt=salt, pepper=pepper)
    return Rewrapped(person_of(row), row.salt, salt, wrapped)


def change_password(connection: Connection, new: Rewrapped) -> bool:
    """Put a person's key under a new password, which ends their sessions; False when they left or it changed before."""
    mine = (people.c.person_id == new.person.person_id, people.c.salt == new.old_salt, people.c.state == "active")
    values = {
        "salt": new.salt,
        "wrapped_key": new.wrapped_key,
        "failures": 0,
        "next_try_at": 0,
        "changes": people.c.changes + 1,
    }
    return connection.execute(update(people).where(*mine).values(values)).rowcount == 1


def leave(connection: Connection, name: str, *, now: int) -> Person:
    """Let a person go: their key, second factor and memberships are destroyed, their claims freed.

    Raises `NotThere`. Their row stays with its alias, since the audit names them by it. Their name is free for somebody
    else.
    """
    person = person_of(_row_of(connection, name))
    let_go(connection, person.person_id, now=now)
    return person


def let_go(connection: Connection, person_id: str, *, now: int, house: House = DESK) -> None:
    """Destroy what a person holds, free what they worked on, and end their calls and an invitation of theirs."""
    connection.execute(select(people.c.person_id).where(people.c.person_id == person_id).with_for_update())
    epoch = end_admission(connection, person_id, now=now, house=house)
    connection.execute(delete(second_factors).where(second_factors.c.person_id == person_id))
    connection.execute(delete(invitations).where(invitations.c.person_id == person_id))
    end_invitations_by(connection, person_id)
    if house == DESK:
        _free_work_of(connection, person_id)
    gone = {"state": "left", "sign_in_name": f"left {person_id}", "left_in_epoch": epoch}
    emptied = {"salt": b"", "wrapped_key": b"", "totp_sealed": b""}
    connection.execute(update(people).where(people.c.person_id == person_id).values(**gone, **emptied))


def _free_work_of(connection: Connection, person_id: str) -> None:
    connection.execute(delete(skills).where(skills.c.person_id == person_id))
    connection.execute(delete(interests).where(interests.c.person_id == person_id))
    free_claims_of(connection, person_id)
    free_reviews_of(connection, person_id)
    welfare.forget(connection, person_id)


def end_invitations_by(connection: Connection, person_id: str) -> None:
    """Make worthless what somebody gave out who administers no more: their link must not let in whom they like."""
    theirs = (audit.c.person == person_id, audit.c.action.in_(INVITING))
    connection.execute(delete(invitations).where(invitations.c.person_id.in_(select(audit.c.subject).where(*theirs))))


def end_admission(connection: Connection, person_id: str, *, now: int, house: House = DESK) -> int:
    """Take away what a person holds of group keys, and a first approval, and part them from every call at once.

    Return the newest epoch they held, or 0.
    """
    if house == DESK:
        get_up(connection, person_id, now=now)
    held = select(func.max(memberships.c.epoch)).where(memberships.c.member == person_id)
    epoch = connection.execute(held).scalar_one() or 0
    connection.execute(delete(memberships).where(memberships.c.member == person_id))
    connection.execute(delete(admissions).where(admissions.c.member == person_id))
    return int(epoch)


def readers_left(connection: Connection) -> int:
    """Return how many people who may sign in are admitted to a group."""
    admitted = people.c.person_id.in_(select(memberships.c.member))
    count = select(func.count()).select_from(people).where(people.c.state == "active", admitted)
    return connection.execute(count).scalar_one()


def _row_of(connection: Connection, name: str) -> Row[Any]:
    wanted = select(people).where(people.c.sign_in_name == name, people.c.state == "active")
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise NotThere(name)
    return row


def list_people(connection: Connection) -> tuple[Person, ...]:
    """Return everyone who may sign in, by name."""
    rows = connection.execute(select(people).where(people.c.state == "active").order_by(people.c.sign_in_name))
    return tuple(person_of(row) for row in rows)


def aliases(connection: Connection, house: House = DESK) -> dict[str, str]:
    """Return what colleagues call everyone who ever signed in, also those who left, by id."""
    ours = people.c.team == house.team
    rows = connection.execute(select(people.c.person_id, people.c.alias, people.c.state).where(ours))
    return {row.person_id: str(row.alias) + (" (left)" if row.state == "left" else "") for row in rows}


def admit(connection: Connection, *, member: str, public_key: bytes, group: GroupKey, role: str | None = None) -> None:
    """Wrap a group's private key for a member: a person's id, or `recovery`. May run twice.

    `role`: the one that whoever decided it saw; else the one that stands in the database.
    """
    key = (memberships.c.member == member, memberships.c.audience == group.name, memberships.c.epoch == group.epoch)
    connection.execute(delete(memberships).where(*key))
    standing = select(people.c.role).where(people.c.person_id == member)
    seen = role if role is not None else connection.execute(standing).scalar_one_or_none() or ""
    wrapped = wrap_group_key(group, member=member, public_key=public_key)
    row = {"member": member, "audience": group.name, "epoch": group.epoch, "wrapped": wrapped}
    connection.execute(insert(memberships), {**row, "vouched": vouched(group, member, public_key, seen)})


def is_admitted(connection: Connection, person_id: str, audience: Audience) -> bool:
    """Say whether a person was admitted to a group in its current epoch."""
    held = (memberships.c.member == person_id, memberships.c.audience == audience.name)
    query = select(memberships.c.member).where(*held, memberships.c.epoch == audience.epoch)
    return connection.execute(query).first() is not None


def admitted(connection: Connection, audience: Audience) -> frozenset[str]:
    """Return the ids of everybody whom a group's current epoch has."""
    held = (memberships.c.audience == audience.name, memberships.c.epoch == audience.epoch)
    return frozenset(connection.scalars(select(memberships.c.member).where(*held)))


def mark_of(connection: Connection, member: str, audience: Audience) -> bytes:
    """Return the mark beside a membership in the current epoch, which `storage/vouching.py` reads; empty for none."""
    held = (memberships.c.member == member, memberships.c.audience == audience.name)
    query = select(memberships.c.vouched).where(*held, memberships.c.epoch == audience.epoch)
    return bytes(connection.execute(query).scalar_one_or_none() or b"")


def group_key(connection: Connection, open_session: OpenSession, audience: Audience) -> GroupKey:
    """Return the private key of a group the person belongs to; raises `NotAMember` or `Damaged`."""
    return member_group_key(connection, open_session.person.person_id, open_session.private_key, audience)


def member_group_key(connection: Connection, member: str, private: Secret, audience: Audience) -> GroupKey:
    """Return a group's private key for a member who holds this private key; raises `NotAMember` or `Damaged`."""
    held = (memberships.c.member == member, memberships.c.audience == audience.name)
    query = select(memberships.c.wrapped).where(*held, memberships.c.epoch == audience.epoch)
    wrapped = connection.execute(query).scalar_one_or_none()
    if wrapped is None:
        raise NotAMember(audience.name)
    return _checked(wrapped, member, private, audience)


def key_ring(connection: Connection, open_session: OpenSession, epochs: Sequence[Audience]) -> KeyRing:
    """Return every private key of these epochs of a group that the person holds; raises `NotAMember` or `Damaged`."""
    return member_key_ring(connection, open_session.person.person_id, open_session.private_key, epochs)


def member_key_ring(connection: Connection, member: str, private: Secret, epochs: Sequence[Audience]) -> KeyRing:
    """Return every private key of these epochs that a member holds; raises `NotAMember` when there is none."""
    held = (memberships.c.member == member, memberships.c.audience == epochs[0].name)
    rows = connection.execute(select(memberships.c.epoch, memberships.c.wrapped).where(*held))
    wrapped = {row.epoch: row.wrapped for row in rows}
    pinned = [one for one in epochs if one.epoch in wrapped]  # an epoch that no file pins is somebody's invention
    if not pinned:
        raise NotAMember(epochs[0].name)
    return ring([_checked(wrapped[one.epoch], member, private, one) for one in pinned])


def _checked(wrapped: bytes, member: str, private: Secret, audience: Audience) -> GroupKey:
    group = unwrap_group_key(wrapped, member=member, name=audience.name, epoch=audience.epoch, private=private)
    if group.public_key != audience.public_key:  # anyone can wrap a key of their own making for a member
        raise Damaged("the membership holds another key than the pinned one")
    return group


def unlocked(row: Row[Any] | None, password: str, pepper: Secret) -> Secret | None:
    """Return the private key that a password unlocks, or None; costs the same for nobody's row."""
    typed = normal(password[: MAX_PASSWORD_CHARACTERS * 4])
    person_id = row.person_id if row is not None else "nobody"
    salt = row.salt if row is not None else bytes(SALT_BYTES)
    wrapped = row.wrapped_key if row is not None else lock(bytes(KEY_BYTES), bytes(KEY_BYTES), b"nobody")
    try:
        return unwrap_with_password(wrapped, typed, person_id=person_id, salt=salt, pepper=pepper)
    except Damaged:
        return None


def totp_address(name: str, totp_secret: Secret, application: str = "desk") -> str:
    """Return the `otpauth:` address that an authenticator is told once, also as a drawing."""
    return pyotp.TOTP(totp_secret.decode()).provisioning_uri(name=name, issuer_name=f"Hotline {application}")


def person_of(row: Row[Any]) -> Person:
    """Return what others see of a person's row."""
    return Person(row.person_id, row.sign_in_name, row.alias, row.role, row.public_key, row.team)
