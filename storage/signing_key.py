"""The line's signing key: kept as a key of the desk's own, and used only as the one that the teams were given.

Nowhere in clear and in no file: whoever holds the disk, a backup or the database alone signs nothing. Its public half
is a file beside the public keys, so that whoever writes the database cannot put a key of theirs in its place unseen.
"""

from __future__ import annotations

import hmac

from sqlalchemy import Connection, select

from storage.desk_secrets import desk_secret, new_secret
from storage.keys import Secret
from storage.models import desk_secrets
from storage.opening import GroupKey
from storage.signing import RELEASE_KEY_FILE, verifying_half

RELEASES = "releases"
PUBLIC_FILE = RELEASE_KEY_FILE


class NoSigningKey(Exception):
    """The line has no signing key; an operator makes one with `hotline keys signing`."""


class SigningKeyExchanged(Exception):
    """The signing key is not the one whose public half the teams were given; nothing is signed with it."""


def has_signing_key(connection: Connection) -> bool:
    """Say whether a signing key was ever made and kept."""
    return connection.execute(select(desk_secrets.c.name).where(desk_secrets.c.name == RELEASES)).first() is not None


def make_signing_key(connection: Connection, group: GroupKey) -> bytes:
    """Make a signing key in the place of any that there was, and return its public half."""
    return verifying_half(new_secret(connection, RELEASES, group).key)


def signing_key(connection: Connection, group: GroupKey, public: bytes) -> Secret:
    """Return the signing key that belongs to this public half. Needs a write transaction.

    Raises `NoSigningKey`, since none may come into being by itself: no team would know it; `SigningKeyExchanged`; and
    `storage.desk_secrets.SecretLost`.
    """
    if not has_signing_key(connection):
        raise NoSigningKey
    private = desk_secret(connection, RELEASES, group).key
    if not hmac.compare_digest(verifying_half(private), public):
        raise SigningKeyExchanged
    return private
