"""Items that were sealed anew under another report: who wrote or confirmed the first of each stays known.

A copy has an id of its own, since an item's id is bound to its report. Whoever made it checked by the audit whose words
they were, and says so there, where the public door cannot write. The entry names no other item: that would tell which
reports share words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.models import audit

COPIED = "item-copied"


@dataclass(frozen=True)
class Copy:
    """Whose words a copy holds, and the fingerprint of its seal."""

    by: str  # the person_id of who wrote or confirmed them first
    seal: str


def told(copy: Copy) -> str:
    """Return what the audit says of a copy, whose id is the entry's subject."""
    return f"{copy.by} {copy.seal}"


def copies(connection: Connection, item_ids: Collection[str]) -> dict[str, Copy]:
    """Return whose words each of these items holds that is a copy; an item that is none is left out."""
    which = select(audit.c.subject, audit.c.detail).where(audit.c.action == COPIED, audit.c.subject.in_(item_ids))
    parts = {row.subject: row.detail.partition(" ") for row in connection.execute(which)}
    return {item_id: Copy(by, seal) for item_id, (by, _, seal) in parts.items()}
