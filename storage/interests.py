"""What members of staff are connected to: locked under a key of the desk's own, beside the person's id."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from storage.contents import Interest
from storage.desk_secrets import DeskSecret
from storage.keys import Damaged, bound, derived, lock, unlock
from storage.models import interests
from storage.sealing import padded, unpadded


@dataclass(frozen=True)
class KeptInterest:
    """One connection as it is kept; None inside when it does not open."""

    interest_id: str
    person_id: str
    interest: Interest | None


def add_interest(connection: Connection, secret: DeskSecret, person_id: str, interest: Interest) -> str:
    """Keep a connection and return its id."""
    interest_id = secrets.token_hex(16)
    locked = lock(padded(interest.packed()), _key(secret), _context(interest_id, person_id))
    connection.execute(insert(interests), {"interest_id": interest_id, "person_id": person_id, "locked": locked})
    return interest_id


def all_interests(connection: Connection, secret: DeskSecret) -> tuple[KeptInterest, ...]:
    """Return everything that is kept, also what does not open."""
    rows = connection.execute(select(interests).order_by(interests.c.person_id, interests.c.interest_id))
    return tuple(KeptInterest(row.interest_id, row.person_id, _opened(secret, row)) for row in rows)


def person_of_interest(connection: Connection, interest_id: str) -> str | None:
    """Return whose connection this is, None when it is gone."""
    found: str | None = connection.scalar(select(interests.c.person_id).where(interests.c.interest_id == interest_id))
    return found


def remove_interest(connection: Connection, interest_id: str) -> bool:
    """Destroy a connection; False when it was gone."""
    return connection.execute(delete(interests).where(interests.c.interest_id == interest_id)).rowcount == 1


def _opened(secret: DeskSecret, row: object) -> Interest | None:
    interest_id, person_id, locked = (getattr(row, name) for name in ("interest_id", "person_id", "locked"))
    try:
        packed = unpadded(unlock(locked, _key(secret), _context(interest_id, person_id)))
        found = Interest.unpacked(packed)
    except (Damaged, ValueError, TypeError):
        return None
    return found if all(isinstance(value, str) for value in vars(found).values()) else None


def _key(secret: DeskSecret) -> bytes:
    return derived(secret.key, "interests")


def _context(interest_id: str, person_id: str) -> bytes:
    return bound("interest", interest_id, person_id)
