"""How the desk's key stands: what is left of earlier epochs, and whether somebody left who held the current one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from storage.keys import RECOVERY_MEMBER, Audience
from storage.models import memberships, people, wraps
from storage.people import READING_ROLES


@dataclass(frozen=True)
class KeyState:
    """What whoever runs the line should know of the desk's key."""

    epoch: int
    left: dict[int, int]  # keys of items that are still wrapped for an earlier epoch, by epoch
    held: tuple[int, ...]  # earlier epochs whose key people still hold
    leavers: int  # who held the current key and left

    @property
    def over(self) -> tuple[int, ...]:
        """Return the earlier epochs that can be retired."""
        return tuple(epoch for epoch in self.held if epoch not in self.left)


def key_state(connection: Connection, desk: Audience) -> KeyState:
    """Return how the desk's key stands; costs nothing worth naming when no earlier epoch is left."""
    left = wraps_left(connection, desk.name, desk.epoch)
    held = epochs_held(connection, desk.name, desk.epoch)
    return KeyState(desk.epoch, left, held, leavers_since(connection, desk))


def wraps_left(connection: Connection, audience: str, current: int) -> dict[int, int]:
    """Return how many keys of items are still wrapped for each earlier epoch."""
    old = (wraps.c.audience == audience, wraps.c.epoch < current)
    query = select(wraps.c.epoch, func.count()).where(*old).group_by(wraps.c.epoch).order_by(wraps.c.epoch)
    return {row[0]: row[1] for row in connection.execute(query)}


def epochs_held(connection: Connection, audience: str, current: int) -> tuple[int, ...]:
    """Return the earlier epochs whose key people still hold."""
    old = (memberships.c.audience == audience, memberships.c.epoch < current, memberships.c.member != RECOVERY_MEMBER)
    return tuple(connection.scalars(select(memberships.c.epoch).where(*old).distinct().order_by(memberships.c.epoch)))


def leavers_since(connection: Connection, desk: Audience) -> int:
    """Return how many held the desk's current key and left, or read no more: while there are any, renew it."""
    gone = or_(people.c.state == "left", people.c.role.not_in(READING_ROLES))
    left = (gone, people.c.left_in_epoch >= desk.epoch)
    return connection.execute(select(func.count()).select_from(people).where(*left)).scalar_one()
