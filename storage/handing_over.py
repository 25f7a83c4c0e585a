"""Giving a release to its team: the rows that the assessment application reads, which name no report."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, insert

from storage.keys import bound
from storage.models import handovers, packages, team_items, team_wraps
from storage.sealing import SealedItem

SENT = "sent"


@dataclass(frozen=True)
class Handover:
    """What stands outside the seal of what a team was given."""

    release_id: str
    team: str
    purpose: str
    month: str  # of the release: 2026-11
    acknowledge_by: str  # ISO weeks
    feedback_by: str
    signature: bytes = b""  # of the line's signing key, over what `handlers.releasing.content.signed_form` says


def hand_over(connection: Connection, handover: Handover, *, item: SealedItem, package: bytes) -> None:
    """Give a release to a team, as a sealed page and as a package, inside the transaction that releases it.

    `item` is of kind `release`, sealed under the release's id to the team's group alone.
    """
    connection.execute(insert(handovers), {**vars(handover), "state": SENT})
    release_id, of = handover.release_id, {"release_id": handover.release_id, "month": handover.month}
    once = hashlib.sha256(bound("release", handover.team, release_id)).hexdigest()
    sealed = {"item_id": item.item_id, "kind": item.kind, "sealed": item.sealed}
    connection.execute(insert(team_items), {**of, **sealed, "once": once, "state": SENT})
    connection.execute(insert(team_wraps), [{"item_id": item.item_id, **vars(wrap)} for wrap in item.wraps])
    connection.execute(insert(packages), {"release_id": release_id, "package": package})
