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


class NoSession(Exception):
    """There is no such session, or it has ended; signing in again helps."""


@dataclass(frozen=True)
class Standing:
    """What a session is bound to: a change of either ends it, and need not reach the store of sessions."""

    salt: bytes  # of the password that unlocks the person's key
    changes: int  # of their role and credentials so far


@dataclass(frozen=True)
class FoundSession:
    """A session's row and the key from the cookie that names it, not yet opened."""

    sid_hash: str
    person_id: str
    began_at: int  # seconds since the epoch
    seen_at: int
    sealed: bytes
    key: Secret

    def private_key(self, standing: Standing) -> Secret:
        """Return the person's private key; raises `NoSession` when their standing changed since they signed in."""
        try:
            return unlock(self.sealed, self.key, _context(self.sid_hash, self.person_id, standing))
        except Damaged as error:
            raise NoSession from error


def begin_session(store: Database, person_id: str, private: Secret, standing: Standing, now: int) -> str:
    """Keep an unlocked key for a while and return the cookie's value; a third session ends the oldest."""
    sid, key = secrets.token_bytes(SID_BYTES), secrets.token_bytes(KEY_BYTES)
    sid_hash = _sid_hash(sid)
    row = {
        "sid_hash": sid_hash,
        "person_id": person_id,
        "private_key": lock(private, key, _context(sid_hash, person_id, standing)),
        "started_at": now,
        "seen_at": now,
    }
    own = select(sessions.c.sid_hash).where(sessions.c.person_id == person_id)
    with store.write() as connection:
        connection.execute(delete(sessions).where(~_alive(now)))
        newest_first = own.order_by(sessions.c.started_at.desc(), sessions.c.seen_at.desc(), sessions.c.sid_hash)
        extra = connection.execute(newest_first.offset(SESSIONS_PER_PERSON - 1)).scalars().all()
        connection.execute(delete(sessions).where(sessions.c.sid_hash.in_(extra)))
        connection.execute(insert(sessions), row)
    return base64.urlsafe_b64encode(sid + key).decode()


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
