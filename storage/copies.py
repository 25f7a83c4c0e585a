"""Items that were sealed anew under another report: which stood where before, so that who wrote each stays known.

A copy has an id of its own, since an item's id is bound to its report. What vouches for the first item vouches for the
copy: the audit says which it came from, and the public door cannot write there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.models import audit

COPIED = "item-copied"
MOST_STEPS = 50  # of reports split and merged again and again; whoever can write the audit cannot make it endless


@dataclass(frozen=True)
class Copy:
    """Where an item comes from, and the fingerprint of its own seal."""

    first: str  # the id of the item that a person wrote or confirmed
    seal: str


def told(first: str, seal: str) -> str:
    """Return what the audit says of a copy, whose id is the entry's subject."""
    return f"{first} {seal}"


def copies(connection: Connection, item_ids: Collection[str]) -> dict[str, Copy]:
    """Return where each of these items that is a copy comes from; an item that is none is left out."""
    found: dict[str, Copy] = {}
    here = {item_id: item_id for item_id in item_ids}  # where each stood, as far as it is followed
    for _ in range(MOST_STEPS):
        if not here:
            break
        rows = _entries(connection, set(here.values()))
        here = {item_id: rows[at].first for item_id, at in here.items() if at in rows}
        for item_id, first in here.items():
            seal = found[item_id].seal if item_id in found else rows[item_id].seal
            found[item_id] = Copy(first, seal)
    return found


def _entries(connection: Connection, item_ids: Collection[str]) -> dict[str, Copy]:
    which = select(audit.c.subject, audit.c.detail).where(audit.c.action == COPIED, audit.c.subject.in_(item_ids))
    parts = {row.subject: row.detail.partition(" ") for row in connection.execute(which)}
    return {item_id: Copy(first, seal) for item_id, (first, _, seal) in parts.items()}
