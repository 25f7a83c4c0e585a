"""Releases as they stand once they were handed over, with teams that hold their own keys."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from handlers.releasing.content import Release, signed_form
from handlers.releasing.teams import audience_of
from storage import team_answers
from storage.database import Database
from storage.handing_over import Handover, hand_over
from storage.keys import Audience, Secret, new_private_key, public_half
from storage.opening import GroupKey
from storage.sealing import SealedItem, seal_item
from storage.signing import sign
from storage.team_answers import Said
from tests.releasing.desks import SOUTH, Squad, release_to, signer, squad

DESK_KEY = GroupKey("desk", 1, new_private_key())
DESK = Audience("desk", 1, public_half(DESK_KEY.private))
NORTH_TEAM, SOUTH_TEAM = squad("north"), squad("south", SOUTH)
SIGNER = signer()  # the line's signing key: `put_key` gives teams its public half
ONCE_KEY = Secret(b"k" * 32)


def put_key(folder: Path) -> None:
    """Put the public half of the line's signing key where an application reads it."""
    SIGNER.key_file(folder)


def group_of(team: Squad) -> GroupKey:
    """Return the key with which this team opens what it was handed."""
    return GroupKey(f"team:{team.team.id}", team.team.epoch, team.group)


def hand(database: Database, to: Squad, *, package: bytes = b"", **changed: Any) -> Release:
    """Hand one release to a team, as the desk does at the moment of approval."""
    release = release_to(to.team, **{"release": secrets.token_hex(16), **changed})
    item = seal_item(release.packed(), report_id=release.release, kind="release", audiences=[audience_of(to.team)])
    signature = sign(signed_form(release.packed()), SIGNER.private)
    handover = Handover(
        release.release, to.team.id, str(release.purpose), release.month, "2026-W49", "2027-W08", signature
    )
    with database.write() as connection:
        hand_over(connection, handover, item=item, package=package or b"age " + item.sealed)
    return release


def sealed(release_id: str, team: Squad, kind: str, words: bytes = b"{}") -> SealedItem:
    """Seal what a team says to the desk and to itself."""
    return seal_item(words, report_id=release_id, kind=kind, audiences=[DESK, audience_of(team.team)])


def say(
    database: Database,
    release_id: str,
    team: Squad,
    kind: str = "outcome",
    *,
    outcome: str = "",
    key: str = "",
    body: bytes = b"x",
) -> Said:
    """Let a team say something of a release."""
    if kind == "outcome":
        outcome = outcome or "record"
    sent_as = key or secrets.token_hex(8)
    once = team_answers.once(ONCE_KEY, team=team.team.id, release_id=release_id, kind=kind, sent_as=sent_as, body=body)
    with database.write() as connection:
        return team_answers.add_answer(
            connection, sealed(release_id, team, kind), team=team.team.id, once=once, month="2026-12", outcome=outcome
        )
