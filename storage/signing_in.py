"""Signing in: name, password and second factor in one, wrong tries that wait, and who is at work by a cookie."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import pyotp
from sqlalchemy import Row, select, update

from storage.clock import Clock, iso_week
from storage.database import Database
from storage.jobs import count_up
from storage.keys import Secret
from storage.models import people
from storage.opening import open_as_person
from storage.people import OpenSession, Person, SignInRefused, person_of, unlocked
from storage.sessions import NoSession, Standing, begin_session, find_session
from storage.sessions import note_use as note_session_use

FREE_TRIES = 3
LONGEST_WAIT_SECONDS = 300
TOTP_SECONDS = 30


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
    return SignedIn(begin_session(sessions_store, person.person_id, private, _standing(row), clock.now()), person)


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
    private = session.private_key(_standing(found))
    if note_use:
        note_session_use(sessions_store, session, clock.now())
    return OpenSession(person_of(found), private, session.began_at)


def _standing(row: Row[Any]) -> Standing:
    return Standing(row.salt, row.changes)
