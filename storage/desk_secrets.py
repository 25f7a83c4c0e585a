"""Random keys of the desk's own: locked under what only holders of its group key derive, for each epoch of that key.

Not sealed to the public key: whoever writes the database could seal one that they know, and so read what is derived
from it. A session that meets only an earlier epoch's row locks the key for the newest one as well, so that it goes on
through a change of the group's key.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from storage.database import insert_once
from storage.keys import KEY_BYTES, Damaged, Secret, bound, derived, lock, unlock
from storage.models import desk_secrets
from storage.opening import GroupKey

SEARCH, INTERESTS, MARKS = "search", "interests", "marks"


class SecretLost(Exception):
    """No key that this session holds opens any row of it; a new one must take its place."""


class SecretReplaced(Exception):
    """Another key took its place meanwhile; asking for it again helps."""


@dataclass(frozen=True)
class DeskSecret:
    """One of the desk's own keys."""

    name: str
    secret_id: str
    key: Secret
    ready: bool


def desk_secret(connection: Connection, name: str, group: GroupKey) -> DeskSecret:
    """Return a key of the desk's own, made on first use; raises `SecretLost`. Needs a write transaction."""
    rows = {row.epoch: row for row in connection.execute(select(desk_secrets).where(desk_secrets.c.name == name))}
    if not rows:
        return _keep(connection, _new(name), group)
    for held in group.every:
        if held.epoch not in rows:
            continue
        row = rows[held.epoch]
        try:
            key = unlock(row.locked, _lock_key(held), _context(name, row.secret_id, held.epoch))
        except Damaged:
            continue
        found = DeskSecret(name, row.secret_id, key, bool(row.ready))
        return found if group.epoch in rows else _keep(connection, found, group)
    raise SecretLost


def new_secret(connection: Connection, name: str, group: GroupKey, *, ready: bool = True) -> DeskSecret:
    """Put a new key in the place of every row of the old one."""
    connection.execute(delete(desk_secrets).where(desk_secrets.c.name == name))
    return _keep(connection, _new(name, ready=ready), group)


def lock_again(connection: Connection, group: GroupKey) -> tuple[str, ...]:
    """Leave each key locked for the newest epoch alone, and return those that no key opens. May run twice."""
    lost = []
    for name in connection.scalars(select(desk_secrets.c.name).distinct().order_by(desk_secrets.c.name)).all():
        try:
            desk_secret(connection, name, group)
        except SecretLost:
            lost.append(name)
            continue
        old = (desk_secrets.c.name == name, desk_secrets.c.epoch < group.epoch)
        connection.execute(delete(desk_secrets).where(*old))
    return tuple(lost)


def check_current(connection: Connection, secret: DeskSecret) -> None:
    """Raise `SecretReplaced` unless this is still the key; nobody replaces it until the transaction ends."""
    current = select(desk_secrets.c.secret_id).where(desk_secrets.c.name == secret.name)
    if secret.secret_id not in connection.scalars(current.with_for_update(read=True)).all():
        raise SecretReplaced


def mark_ready(connection: Connection, secret: DeskSecret) -> None:
    """Say that what this key is for is complete. May run twice."""
    mine = (desk_secrets.c.name == secret.name, desk_secrets.c.secret_id == secret.secret_id)
    connection.execute(update(desk_secrets).where(*mine).values(ready=True))


def _new(name: str, *, ready: bool = True) -> DeskSecret:
    return DeskSecret(name, secrets.token_hex(16), Secret(os.urandom(KEY_BYTES)), ready)


def _keep(connection: Connection, secret: DeskSecret, group: GroupKey) -> DeskSecret:
    row = {
        "name": secret.name,
        "epoch": group.epoch,
        "secret_id": secret.secret_id,
        "locked": lock(secret.key, _lock_key(group), _context(secret.name, secret.secret_id, group.epoch)),
        "ready": secret.ready,
    }
    made = connection.execute(insert_once(connection.dialect.name, desk_secrets, "name", "epoch"), row)
    return secret if made.rowcount == 1 else desk_secret(connection, secret.name, group)


def _lock_key(group: GroupKey) -> Secret:
    return derived(group.private, "desk secrets")


def _context(name: str, secret_id: str, epoch: int) -> bytes:
    return bound("desk secret", name, secret_id, str(epoch))
