"""Signing in: name, password and second factor in one, wrong tries that wait, and who is at work by a cookie."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import pyotp
from sqlalchemy import ColumnElement, Connection, Row, Select, select, update

from storage.clock import Clock, iso_week
from storage.database import Database
from storage.jobs import count_up
from storage.keys import Secret
from storage.models import people
from storage.opening import open_as_person
from storage.people import OpenSession, Person, SignInRefused, person_of, unlocked
from storage.sessions import (
    NoSession,
    Opened,
    Standing,
    begin_session,
    count_proof,
    find_session,
    renew_session,
    sign_out,
)
from storage.sessions import note_use as note_session_use

FREE_TRIES = 3
LONGEST_WAIT_SECONDS = 300
TOTP_SECONDS = 30


class ProofRefused(Exception):
    """Password or code is wrong, never told which; a fresh code may help while `left` is not 0."""

    def __init__(self, left: int) -> None:
        self.left = left
        super().__init__(f"{left} tries are left")


class TooManyWrongProofs(Exception):
    """The session is over, since whoever sits there does not know the password; signing in again helps."""


@dataclass(frozen=True)
class SignedIn:
    """What a sign-in gives: the cookie's value, which nothing stored can replace, and who it is."""

    cookie_value: str
    person: Person


def sign_in(
    database: Database, sessions_store: Database, *, name: str, password: str, code: str, clock: Clock, pepper: Secret
) -> SignedIn:
    """Begin a session; raises `SignInRefused`. Takes 150 to 300 ms whether or not the name exists."""
    row = _counted_try(database, name, clock.now())
    private = unlocked(row, password, pepper)
    if row is None or private is None:
        raise SignInRefused
    _use_code(database, row, private, code, clock.now())
    person = person_of(row)
    return SignedIn(begin_session(sessions_store, person.person_id, private, standing_of(row), clock.now()), person)


def prove(
    database: Database,
    sessions_store: Database,
    *,
    cookie_value: str,
    person_id: str,
    password: str,
    code: str,
    clock: Clock,
    pepper: Secret,
) -> str:
    """Let somebody at work show both factors again, and return the cookie that replaces theirs.

    Raises `ProofRefused`, and with the last wrong try, which ends the session, `TooManyWrongProofs`. A wrong try here
    makes the next sign-in wait; but wrong ones at the door do not hold up whoever is inside.
    """
    left = count_proof(sessions_store, cookie_value, clock.now())
    with database.write() as connection:
        row = connection.execute(_active(people.c.person_id == person_id)).one_or_none()
        if row is not None:
            _count(connection, row, clock.now())
    try:
        private = unlocked(row, password, pepper)
        if row is None or private is None:
            raise SignInRefused
        _use_code(database, row, private, code, clock.now())
    except SignInRefused as error:
        if left:
            raise ProofRefused(left) from error
        sign_out(sessions_store, cookie_value)
        raise TooManyWrongProofs from error
    now = clock.now()
    return renew_session(sessions_store, cookie_value, Opened(private, now), standing_of(row), now)


def _counted_try(database: Database, name: str, now: int) -> Row[Any] | None:
    # Counted as wrong before it is tried, so that many guesses at once are not one guess.
    with database.write() as connection:
        row = connection.execute(_active(people.c.sign_in_name == name)).one_or_none()
        if row is None or row.next_try_at > now:
            count_up(
                connection, "sign_in.refused", week=iso_week(now)
            )  # a commit as slow as the other way, and an alarm worth having
            return None
        _count(connection, row, now)
        return row


def _active(who: ColumnElement[bool]) -> Select[Any]:
    return select(people).where(who, people.c.state == "active").with_for_update()


def _count(connection: Connection, row: Row[Any], now: int) -> None:
    counted = {"failures": row.failures + 1, "next_try_at": now + wait_seconds(row.failures + 1)}
    connection.execute(update(people).where(people.c.person_id == row.person_id).values(counted))


def wait_seconds(failures: int) -> int:
    """Return how long to wait after so many wrong tries: none for three, then doubling up to five minutes."""
    return 0 if failures <= FREE_TRIES else min(2 ** min(failures - FREE_TRIES, 10), LONGEST_WAIT_SECONDS)


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
    opened = session.opened(standing_of(found))
    if note_use:
        note_session_use(sessions_store, session, clock.now())
    return OpenSession(person_of(found), opened.private_key, session.began_at, opened.proved_at)


def standing_of(row: Row[Any]) -> Standing:
    """Return what the sessions of a person's row are bound to."""
    return Standing(row.salt, row.changes)
