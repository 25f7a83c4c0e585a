"""Members of staff: who they are, what unlocks their key, and the sessions in which it is unlocked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import pyotp
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from storage.clock import Clock, iso_week
from storage.database import Database
from storage.jobs import count_up
from storage.keys import KEY_BYTES, Audience, Damaged, Secret, lock, new_private_key, public_half
from storage.models import memberships, people
from storage.opening import (
    GroupKey,
    open_as_person,
    seal_to_person,
    unwrap_group_key,
    unwrap_with_password,
    wrap_group_key,
    wrap_with_password,
)
from storage.passwords import MAX_PASSWORD_CHARACTERS, WeakPassword, check_password, normal
from storage.sessions import NoSession, begin_session, end_sessions, find_session, sign_out
from storage.sessions import note_use as note_session_use

ROLES = ("handler", "supervisor", "administrator", "auditor")
READING_ROLES = ("handler", "supervisor")
SALT_BYTES = 16
FREE_TRIES = 3
LONGEST_WAIT_SECONDS = 300
TOTP_SECONDS = 30

# What a door needs of people stands here in one place; sessions live in their own file.
__all__ = [
    "NameTaken",
    "NewPerson",
    "NoSession",
    "NotAMember",
    "NotThere",
    "OpenSession",
    "Person",
    "SignInRefused",
    "SignedIn",
    "WeakPassword",
    "add_person",
    "admit",
    "aliases",
    "change_password",
    "end_sessions",
    "group_key",
    "leave",
    "list_people",
    "person_of_session",
    "readers_left",
    "rewrapped",
    "sign_in",
    "sign_out",
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
class SignedIn:
    """What a sign-in gives: the cookie's value, which nothing stored can replace, and who it is."""

    cookie_value: str
    person: Person


@dataclass(frozen=True)
class OpenSession:
    """A person at work, with their private key."""

    person: Person
    private_key: Secret
    began_at: int  # when they signed in, seconds since the epoch


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
        "totp_sealed": seal_to_person(totp_secret, person_id=person_id, purpose="totp", public_key=person.public_key),
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
    private = _unlocked(row, old, pepper)
    if private is None:
        raise SignInRefused
    salt = secrets.token_bytes(SALT_BYTES)
    wrapped = wrap_with_password(private, normal(new), person_id=row.person_id, salt=salt, pepper=pepper)
    return Rewrapped(_person(row), row.salt, salt, wrapped)


def change_password(connection: Connection, new: Rewrapped) -> bool:
    """Put a person's key under a new password, which ends their sessions; False when they left or it changed before."""
    mine = (people.c.person_id == new.person.person_id, people.c.salt == new.old_salt, people.c.state == "active")
    values = {"salt": new.salt, "wrapped_key": new.wrapped_key, "failures": 0, "next_try_at": 0}
    return connection.execute(update(people).where(*mine).values(values)).rowcount == 1


def leave(connection: Connection, name: str) -> Person:
    """Let a person go: their key, second factor and memberships are destroyed; raises `NotThere`.

    Their row stays with its alias, since the audit names them by it. Their name is free for somebody else.
    """
    row = _row_of(connection, name)
    connection.execute(delete(memberships).where(memberships.c.member == row.person_id))
    gone = {"state": "left", "sign_in_name": f"left {row.person_id}"}
    emptied = {"salt": b"", "wrapped_key": b"", "totp_sealed": b""}
    connection.execute(update(people).where(people.c.person_id == row.person_id).values(**gone, **emptied))
    return _person(row)


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
    return tuple(_person(row) for row in rows)


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


# ---- signing in ---------------------------------------------------------------------------------------------------


def sign_in(
    database: Database, sessions_store: Database, *, name: str, password: str, code: str, clock: Clock, pepper: Secret
) -> SignedIn:
    """Begin a session; raises `SignInRefused`. Takes 150 to 300 ms whether or not the name exists."""
    row = _counted_try(database, name, clock.now())
    private = _unlocked(row, password, pepper)
    if row is None or private is None:
        raise SignInRefused
    _use_code(database, row, private, code, clock.now())
    person = _person(row)
    return SignedIn(begin_session(sessions_store, person.person_id, private, row.salt, clock.now()), person)


def _counted_try(database: Database, name: str, now: int) -> Row[Any] | None:
    # Counted as wrong before it is tried, so that many guesses at once are not one guess.
    with database.write() as connection:
        row = connection.execute(
            select(people).where(people.c.sign_in_name == name, people.c.state == "active").with_for_update()
        ).one_or_none()
        if row is None or row.next_try_at > now:
            count_up(
                connection, "sign_in.refused", week=iso_week(now)
            )  # a commit as slow as the other way, and an alarm worth having
            return None
        wait = wait_seconds(row.failures + 1)
        counted = {"failures": row.failures + 1, "next_try_at": now + wait}
        connection.execute(update(people).where(people.c.person_id == row.person_id).values(counted))
        return row


def wait_seconds(failures: int) -> int:
    """Return how long to wait after so many wrong tries: none for three, then doubling up to five minutes."""
    return 0 if failures <= FREE_TRIES else min(2 ** min(failures - FREE_TRIES, 10), LONGEST_WAIT_SECONDS)


def _unlocked(row: Row[Any] | None, password: str, pepper: Secret) -> Secret | None:
    typed = normal(password[: MAX_PASSWORD_CHARACTERS * 4])
    person_id = row.person_id if row is not None else "nobody"
    salt = row.salt if row is not None else bytes(SALT_BYTES)
    wrapped = row.wrapped_key if row is not None else lock(bytes(KEY_BYTES), bytes(KEY_BYTES), b"nobody")
    try:
        return unwrap_with_password(wrapped, typed, person_id=person_id, salt=salt, pepper=pepper)
    except Damaged:
        return None


def _use_code(database: Database, row: Row[Any], private: Secret, code: str, now: int) -> None:
    totp_secret = open_as_person(row.totp_sealed, person_id=row.person_id, purpose="totp", private=private)
    step = matching_step(totp_secret, code, now)
    if step is None:
        raise SignInRefused
    unused = (people.c.person_id == row.person_id, people.c.totp_last_step < step, people.c.state == "active")
    with database.write() as connection:
        used = {"totp_last_step": step, "failures": 0, "next_try_at": 0}
        if connection.execute(update(people).where(*unused).values(used)).rowcount != 1:
            raise SignInRefused


def matching_step(totp_secret: Secret, code: str, now: int) -> int | None:
    """Return the 30 s step that a code belongs to, one step of drift allowed either way (RFC 6238), or None."""
    totp = pyotp.TOTP(totp_secret.decode())
    steps = (now // TOTP_SECONDS + drift for drift in (0, -1, 1))
    typed = code.replace(" ", "").encode()
    return next(
        (step for step in steps if secrets.compare_digest(totp.generate_otp(step).encode(), typed)),
        None,
    )


# ---- at work -------------------------------------------------------------------------------------------------------


def person_of_session(
    database: Database, sessions_store: Database, *, cookie_value: str, clock: Clock, note_use: bool = True
) -> OpenSession:
    """Return who is at work by this cookie, and note that they are unless told not to; raises `NoSession`."""
    session = find_session(sessions_store, cookie_value, clock.now())
    with database.read() as connection:
        active = (people.c.person_id == session.person_id, people.c.state == "active")
        found = connection.execute(select(people).where(*active)).one_or_none()
    if found is None:
        raise NoSession
    private = session.private_key(found.salt)
    if note_use:
        note_session_use(sessions_store, session, clock.now())
    return OpenSession(_person(found), private, session.began_at)


def _person(row: Row[Any]) -> Person:
    return Person(row.person_id, row.sign_in_name, row.alias, row.role, row.public_key)
