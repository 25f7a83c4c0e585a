"""Signing in: name, password and second factor in one, wrong tries that wait, and who is at work by a cookie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select, update

from storage.clock import Clock, iso_week
from storage.database import Database
from storage.jobs import count_up
from storage.keys import Secret
from storage.models import people
from storage.passkeys import Answer
from storage.people import OpenSession, Person, SignInRefused, person_of, unlocked
from storage.second_factors import FactorRefused, use_factor
from storage.sessions import (
    NoSession,
    Opened,
    Standing,
    begin_session,
    count_proof,
    end_others,
    find_session,
    renew_session,
    sign_out,
)
from storage.sessions import note_use as note_session_use

FREE_TRIES = 3
LONGEST_WAIT_SECONDS = 300


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
    by: str  # authenticator | passkey | recovery code


def sign_in(
    database: Database,
    sessions_store: Database,
    *,
    name: str,
    password: str,
    code: str | Answer,
    clock: Clock,
    pepper: Secret,
) -> SignedIn:
    """Begin a session; raises `SignInRefused`. Takes 150 to 300 ms whether or not the name exists."""
    row = _counted_try(database, name, clock.now())
    private = unlocked(row, password, pepper)
    if row is None or private is None:
        raise SignInRefused
    try:
        by = use_factor(database, sessions_store, row, private, code, clock.now())
    except FactorRefused as error:
        raise SignInRefused from error
    person = person_of(row)
    cookie_value = begin_session(sessions_store, person.person_id, private, standing_of(row), clock.now())
    return SignedIn(cookie_value, person, by)


def prove(
    database: Database,
    sessions_store: Database,
    *,
    cookie_value: str,
    person_id: str,
    password: str,
    code: str | Answer,
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
            raise FactorRefused
        use_factor(database, sessions_store, row, private, code, clock.now())
    except FactorRefused as error:
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


def keep_session(
    database: Database, sessions_store: Database, *, cookie_value: str, open_session: OpenSession, clock: Clock
) -> str:
    """Let somebody who changed their own credentials stay, and return the cookie that replaces theirs.

    Every other session of theirs is over, also one whose cookie was copied from this one. Raises `NoSession`.
    """
    mine = (people.c.person_id == open_session.person.person_id, people.c.state == "active")
    with database.read() as connection:
        row = connection.execute(select(people).where(*mine)).one_or_none()
    if row is None:
        raise NoSession
    opened = Opened(open_session.private_key, open_session.proved_at)
    fresh = renew_session(sessions_store, cookie_value, opened, standing_of(row), clock.now())
    end_others(sessions_store, fresh, clock.now())
    return fresh
