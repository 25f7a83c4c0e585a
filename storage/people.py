"""Members of staff: who they are, what unlocks their key, and the groups whose keys it opens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import pyotp
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from storage.database import Database
from storage.keys import KEY_BYTES, Audience, Damaged, Secret, lock, new_private_key, public_half
from storage.models import memberships, people, second_factors
from storage.opening import (
    GroupKey,
    lock_as_person,
    unwrap_group_key,
    unwrap_with_password,
    wrap_group_key,
    wrap_with_password,
)
from storage.passwords import MAX_PASSWORD_CHARACTERS, WeakPassword, check_password, normal

ROLES = ("handler", "supervisor", "administrator", "auditor")
READING_ROLES = ("handler", "supervisor")
SALT_BYTES = 16

# Signing in and the sessions that it begins: storage/signing_in.py.
__all__ = [
    "NameTaken",
    "NewPerson",
    "NotAMember",
    "NotThere",
    "OpenSession",
    "Person",
    "SignInRefused",
    "WeakPassword",
    "add_person",
    "admit",
    "aliases",
    "change_password",
    "group_key",
    "leave",
    "list_people",
    "person_of",
    "readers_left",
    "rewrapped",
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


@dataclass(frozen=True)
class NewPerson:
    """A person just added, with what their authenticator must be told once."""

    person: Person
    totp_secret: Secret

    @property
    def totp_address(self) -> str:
        """Return the `otpauth:` address for an authenticator."""
        return pyotp.TOTP(self.totp_secret.decode()).provisioning_uri(name=self.person.name, issuer_name="Hotline desk")


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


# ---- people -------------------------------------------------------------------------------------------------------


def add_person(connection: Connection, *, name: str, alias: str, role: str, password: str, pepper: Secret) -> NewPerson:
    """Add a person whose key only their password unlocks; raises `WeakPassword`, `NameTaken` or `ValueError`."""
    if role not in ROLES or not name.strip() or not alias.strip():
        raise ValueError(f"a person needs a name, an alias and a role out of {', '.join(ROLES)}")
    check_password(password, (name, alias))
    if connection.execute(select(people.c.person_id).where(people.c.sign_in_name == name)).first():
        raise NameTaken(name)
    person_id, salt, private = secrets.token_hex(16), secrets.token_bytes(SALT_BYTES), new_private_key()
    person = Person(person_id, name, alias, role, public_half(private))
    totp_secret = Secret(pyotp.random_base32().encode())
    row = {
        "person_id": person_id,
        "sign_in_name": name,
        "alias": alias,
        "role": role,
        "salt": salt,
        "public_key": person.public_key,
        "wrapped_key": wrap_with_password(private, normal(password), person_id=person_id, salt=salt, pepper=pepper),
        "totp_sealed": lock_as_person(totp_secret, person_id=person_id, purpose="totp", private=private),
    }
    connection.execute(insert(people), row)
    return NewPerson(person, totp_secret)


def rewrapped(database: Database, *, name: str, old: str, new: str, pepper: Secret) -> Rewrapped:
    """Return a person's key under a new password, for `change_password`. Takes half a second; holds no transaction.

    Raises `NotThere`, `WeakPassword`, or `SignInRefused` when the old password is wrong.
    """
    with database.read() as connection:
        row = _row_of(connection, name)
    check_password(new, (row.sign_in_name, row.alias))
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


def leave(connection: Connection, name: str) -> Person:
    """Let a person go: their key, second factor and memberships are destroyed; raises `NotThere`.

    Their row stays with its alias, since the audit names them by it. Their name is free for somebody else.
    """
    row = _row_of(connection, name)
    connection.execute(delete(memberships).where(memberships.c.member == row.person_id))
    connection.execute(delete(second_factors).where(second_factors.c.person_id == row.person_id))
    gone = {"state": "left", "sign_in_name": f"left {row.person_id}"}
    emptied = {"salt": b"", "wrapped_key": b"", "totp_sealed": b""}
    connection.execute(update(people).where(people.c.person_id == row.person_id).values(**gone, **emptied))
    return person_of(row)


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


def aliases(connection: Connection) -> dict[str, str]:
    """Return what colleagues call everyone who ever signed in, also those who left, by id."""
    rows = connection.execute(select(people.c.person_id, people.c.alias, people.c.state))
    return {row.person_id: str(row.alias) + (" (left)" if row.state == "left" else "") for row in rows}


def admit(connection: Connection, *, member: str, public_key: bytes, group: GroupKey) -> None:
    """Wrap a group's private key for a member: a person's id, or `recovery`. May run twice."""
    key = (memberships.c.member == member, memberships.c.audience == group.name, memberships.c.epoch == group.epoch)
    connection.execute(delete(memberships).where(*key))
    wrapped = wrap_group_key(group, member=member, public_key=public_key)
    row = {"member": member, "audience": group.name, "epoch": group.epoch, "wrapped": wrapped}
    connection.execute(insert(memberships), row)


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


def person_of(row: Row[Any]) -> Person:
    """Return what others see of a person's row."""
    return Person(row.person_id, row.sign_in_name, row.alias, row.role, row.public_key)
