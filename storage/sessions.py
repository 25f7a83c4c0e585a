"""Sessions of staff: the cookie carries the key that opens the row, the row carries nothing that opens by itself."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from storage.database import Database
from storage.keys import KEY_BYTES, Damaged, Secret, bound, lock, unlock
from storage.models import sessions

SID_BYTES = 16
IDLE_SECONDS = 15 * 60
LONGEST_SECONDS = 10 * 3600
SESSIONS_PER_PERSON = 2
NOTE_USE_EVERY_SECONDS = 15
PROOF_SECONDS = 10 * 60  # so long somebody who showed both factors is taken at their word
WRONG_PROOFS = 5  # then the session ends: whoever sits there does not know the password
TIME_BYTES = 8


class NoSession(Exception):
    """There is no such session, or it has ended; signing in again helps."""


@dataclass(frozen=True)
class Standing:
    """What a session is bound to: a change of either ends it, and whoever makes one need not reach the store."""

    salt: bytes  # of the password that unlocks the person's key
    changes: int  # of their role and credentials so far


@dataclass(frozen=True)
class Opened:
    """What a session's seal holds: nobody who writes rows makes a proof younger than it is."""

    private_key: Secret
    proved_at: int  # when this person last showed password and second factor, seconds since the epoch


@dataclass(frozen=True)
class OwnSession:
    """One place where a person is signed in; of the browser nothing is known."""

    began_at: int  # seconds since the epoch
    seen_at: int
    here: bool


@dataclass(frozen=True)
class FoundSession:
    """A session's row and the key from the cookie that names it, not yet opened."""

    sid_hash: str
    person_id: str
    began_at: int  # seconds since the epoch
    seen_at: int
    sealed: bytes
    key: Secret

    def opened(self, standing: Standing) -> Opened:
        """Return what is sealed; raises `NoSession` when the person's standing changed since they signed in."""
        try:
            sealed = unlock(self.sealed, self.key, _context(self.sid_hash, self.person_id, standing))
        except Damaged as error:
            raise NoSession from error
        return Opened(Secret(sealed[:KEY_BYTES]), int.from_bytes(sealed[KEY_BYTES:], "big"))


def begin_session(store: Database, person_id: str, private: Secret, standing: Standing, now: int) -> str:
    """Keep an unlocked key for a while and return the cookie's value; a third session ends the oldest."""
    cookie_value, row = _new_row(person_id, Opened(private, now), standing, began_at=now, now=now)
    own = select(sessions.c.sid_hash).where(sessions.c.person_id == person_id)
    with store.write() as connection:
        connection.execute(delete(sessions).where(~_alive(now)))
        newest_first = own.order_by(sessions.c.started_at.desc(), sessions.c.seen_at.desc(), sessions.c.sid_hash)
        extra = connection.execute(newest_first.offset(SESSIONS_PER_PERSON - 1)).scalars().all()
        connection.execute(delete(sessions).where(sessions.c.sid_hash.in_(extra)))
        connection.execute(insert(sessions), row)
    return cookie_value


def renew_session(store: Database, cookie_value: str, opened: Opened, standing: Standing, now: int) -> str:
    """Put a session under a new cookie and return its value; when it began stays. Raises `NoSession` when it is gone.

    A cookie that somebody copied before is worth nothing from here on: neither a proof nor a new credential is theirs.
    """
    found = find_session(store, cookie_value, now)
    fresh, row = _new_row(found.person_id, opened, standing, began_at=found.began_at, now=now)
    with store.write() as connection:
        if connection.execute(delete(sessions).where(sessions.c.sid_hash == found.sid_hash)).rowcount != 1:
            raise NoSession
        connection.execute(insert(sessions), row)
    return fresh


def count_proof(store: Database, cookie_value: str, now: int) -> int:
    """Count one try to prove who it is, before it is looked at, and return how many are left; raises `NoSession`."""
    found = find_session(store, cookie_value, now)
    left = (sessions.c.sid_hash == found.sid_hash, sessions.c.proofs_left > 0)
    with store.write() as connection:
        counted = update(sessions).where(*left).values(proofs_left=sessions.c.proofs_left - 1)
        if connection.execute(counted).rowcount != 1:
            raise NoSession
        number = select(sessions.c.proofs_left).where(sessions.c.sid_hash == found.sid_hash)
        return int(connection.execute(number).scalar_one())


def signed_in(store: Database, now: int) -> frozenset[str]:
    """Return who is signed in somewhere."""
    with store.read() as connection:
        return frozenset(connection.scalars(select(sessions.c.person_id).where(_alive(now)).distinct()))


def own_sessions(store: Database, cookie_value: str, now: int) -> tuple[OwnSession, ...]:
    """Return the living sessions of whoever carries this cookie, their own first; raises `NoSession`."""
    found = find_session(store, cookie_value, now)
    query = select(sessions).where(sessions.c.person_id == found.person_id, _alive(now))
    with store.read() as connection:
        rows = connection.execute(query.order_by(sessions.c.started_at.desc())).all()
    own = [OwnSession(row.started_at, row.seen_at, row.sid_hash == found.sid_hash) for row in rows]
    return tuple(sorted(own, key=lambda one: not one.here))


def end_others(store: Database, cookie_value: str, now: int) -> int:
    """End every session of this person but the one with this cookie, and return how many; raises `NoSession`."""
    found = find_session(store, cookie_value, now)
    others = (sessions.c.person_id == found.person_id, sessions.c.sid_hash != found.sid_hash)
    with store.write() as connection:
        return connection.execute(delete(sessions).where(*others)).rowcount


def _new_row(
    person_id: str, opened: Opened, standing: Standing, *, began_at: int, now: int
) -> tuple[str, dict[str, object]]:
    sid, key = secrets.token_bytes(SID_BYTES), secrets.token_bytes(KEY_BYTES)
    sid_hash = _sid_hash(sid)
    inside = opened.private_key + opened.proved_at.to_bytes(TIME_BYTES, "big")
    row = {
        "sid_hash": sid_hash,
        "person_id": person_id,
        "private_key": lock(inside, key, _context(sid_hash, person_id, standing)),
        "started_at": began_at,
        "seen_at": now,
        "proofs_left": WRONG_PROOFS,
    }
    return base64.urlsafe_b64encode(sid + key).decode(), row


def find_session(store: Database, cookie_value: str, now: int) -> FoundSession:
    """Return the living session that a cookie names; raises `NoSession`."""
    sid_hash, key = _cookie_parts(cookie_value)
    with store.read() as connection:
        row = connection.execute(select(sessions).where(sessions.c.sid_hash == sid_hash, _alive(now))).one_or_none()
    if row is None:
        raise NoSession
    return FoundSession(sid_hash, row.person_id, row.started_at, row.seen_at, row.private_key, key)


def session_mark(cookie_value: str) -> str:
    """Return the name of a cookie's session, which opens nothing; raises `NoSession`."""
    return _cookie_parts(cookie_value)[0]


def lives(store: Database, mark: str, now: int) -> bool:
    """Say whether the session of this name has not ended."""
    with store.read() as connection:
        wanted = select(sessions.c.sid_hash).where(sessions.c.sid_hash == mark, _alive(now))
        return connection.execute(wanted).first() is not None


def note_use(store: Database, found: FoundSession, now: int) -> None:
    """Note that somebody is at work; not for what a page asks by itself, which would keep them in who walked away."""
    if now - found.seen_at >= NOTE_USE_EVERY_SECONDS:
        with store.write() as connection:
            connection.execute(update(sessions).where(sessions.c.sid_hash == found.sid_hash).values(seen_at=now))


def sign_out(store: Database, cookie_value: str) -> None:
    """End this session; an unknown one is no mistake. May run twice."""
    try:
        sid_hash, _ = _cookie_parts(cookie_value)
    except NoSession:
        return
    with store.write() as connection:
        connection.execute(delete(sessions).where(sessions.c.sid_hash == sid_hash))


def end_sessions(store: Database, person_id: str) -> None:
    """End every session of a person, as each change of a credential or role must. May run twice."""
    with store.write() as connection:
        connection.execute(delete(sessions).where(sessions.c.person_id == person_id))


def _context(sid_hash: str, person_id: str, standing: Standing) -> bytes:
    return bound("session", sid_hash, person_id, standing.salt, str(standing.changes))


def _alive(now: int) -> ColumnElement[bool]:
    return and_(sessions.c.seen_at > now - IDLE_SECONDS, sessions.c.started_at > now - LONGEST_SECONDS)


def _cookie_parts(cookie_value: str) -> tuple[str, Secret]:
    try:
        raw = base64.b64decode(cookie_value.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError) as error:
        raise NoSession from error
    if len(raw) != SID_BYTES + KEY_BYTES:
        raise NoSession
    return _sid_hash(raw[:SID_BYTES]), Secret(raw[SID_BYTES:])


def _sid_hash(sid: bytes) -> str:
    return hashlib.sha256(bound("session id", sid)).hexdigest()
