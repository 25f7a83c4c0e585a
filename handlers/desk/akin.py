"""Reports that were split or merged: which share what one caller gave, found by their sealed links alone.

A caller who withdraws holds the reference of one of them. What they gave may stand in another by now, and must no more
leave from there.
"""

from __future__ import annotations

from sqlalchemy import Connection

from handlers.desk.beside import links_of
from storage import replies
from storage.opening import GroupKey
from storage.parting import MERGED

SPLIT = "split"
BY_DEED = frozenset({SPLIT, MERGED})  # relations that nobody chooses, and nobody takes away
MOST = 50  # reports that are followed: more were never split from one


def akin(connection: Connection, group: GroupKey, report_id: str) -> frozenset[str]:
    """Return a report and all that it was split from, split into, merged with, or those were."""
    found, ahead = {report_id}, [report_id]
    while ahead and len(found) < MOST:
        known, _ = links_of(connection, group, ahead.pop())
        others = {one.link.other for one in known if one.link.relation in BY_DEED and not one.is_forged} - found
        found |= others
        ahead += sorted(others)
    return frozenset(found)


def is_withdrawn(connection: Connection, group: GroupKey, report_id: str) -> bool:
    """Say whether a caller withdrew what stands in this report, by whichever reference."""
    return any(replies.is_withdrawn(connection, one) for one in akin(connection, group, report_id))


def merged_into(connection: Connection, group: GroupKey, report_id: str) -> tuple[str, ...]:
    """Return the reports that became part of this one: their callers hear how this one stands."""
    known, _ = links_of(connection, group, report_id)
    return tuple(
        one.link.other
        for one in known
        if (one.link.relation, one.link.first) == (MERGED, report_id) and not one.is_forged
    )


def tell_alike(connection: Connection, group: GroupKey, report_id: str, status: str) -> None:
    """Let the callers of what became part of a report hear what its own caller does."""
    for one in merged_into(connection, group, report_id):
        replies.set_status(connection, one, status)
