"""Giving a release to its team: the rows that the assessment application reads, which name no report."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, insert

from storage.keys import bound
from storage.models import handovers, packages, team_items, team_wraps
from storage.sealing import SealedItem

SENT = "sent"


def hand_over(
    connection: Connection,
    *,
    release_id: str,
    team: str,
    purpose: str,
    month: str,
    acknowledge_by: str,
    feedback_by: str,
    item: SealedItem,
    package: bytes,
) -> None:
    """Give a release to a team, as a sealed page and as a package, inside the transaction that releases it.

    `item` is of kind `release`, sealed under the release's id to the team's group alone; `month` as in 2026-11, the
    others ISO weeks.
    """
    times = {"month": month, "acknowledge_by": acknowledge_by, "feedback_by": feedback_by}
    row = {"release_id": release_id, "team": team, "purpose": purpose, "state": SENT, **times}
    connection.execute(insert(handovers), row)
    once = hashlib.sha256(bound("release", team, release_id)).hexdigest()
    sealed = {"item_id": item.item_id, "release_id": release_id, "kind": item.kind, "sealed": item.sealed}
    connection.execute(insert(team_items), {**sealed, "month": month, "once": once, "state": SENT})
    connection.execute(insert(team_wraps), [{"item_id": item.item_id, **vars(wrap)} for wrap in item.wraps])
    connection.execute(insert(packages), {"release_id": release_id, "package": package})
