"""Opening what was released to a team, and what the team said of it, with the team's own key and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from handlers.releasing import content
from handlers.releasing.coming_back import REFUSALS
from storage import contents
from storage.handed import sealed_items
from storage.keys import Damaged, KeyFileUnfit
from storage.opening import GroupKey, open_item
from storage.sealing import SealedItem
from storage.signing import NotSignedByThisKey, check_signature, read_verifying_key
from storage.team_answers import KINDS, OUTCOME, REFUSAL, Said, answers_of


@dataclass(frozen=True)
class Opened:
    """A release with its exact bytes: what the team reads is made from them alone."""

    release: content.Release
    packed: bytes
    is_signed: bool = False  # by the line's signing key, as it is now

    @property
    def digest(self) -> str:
        """Return what two people approved."""
        return content.digest(self.packed)


@dataclass(frozen=True)
class Told:
    """One thing that the team said; `words` is None where it does not open any more."""

    said: Said
    words: contents.Outcome | contents.Question | None
    refused: str = ""  # why the line does not put a question to whoever reported, in words

    @property
    def is_outcome(self) -> bool:
        """Tell an outcome from a question."""
        return self.said.kind == OUTCOME


def open_release(items: Sequence[SealedItem], release_id: str, team: str, group: GroupKey) -> Opened:
    """Open one release; raises `Damaged` for what is none, is not this one, or is not this team's.

    Anybody who writes the database can seal something to the team's public key. So there is one item and no other, and
    it names itself and the team as its row does; that the line made it, its signature says.
    """
    if len(items) != 1:
        raise Damaged("a release is one sealed item")
    packed = opened_bytes(items[0], group)
    release = content.unpacked(packed)
    if release.release != release_id or release.to.team != team:
        raise Damaged("it is another release, or another team's")
    return Opened(release, packed)


def signed_by_line(packed: bytes, signature: bytes, key_file: Path) -> bool:
    """Tell whether these exact bytes are signed with the line's key whose public half stands in this file now."""
    try:
        check_signature(content.signed_form(packed), signature, read_verifying_key(key_file))
    except (NotSignedByThisKey, KeyFileUnfit):
        return False
    return True


def told(connection: Connection, release_id: str, team: str, group: GroupKey) -> tuple[Told, ...]:
    """Return what the team said of a release with its words, the first first."""
    items = {item.item_id: item for item in sealed_items(connection, release_id, team, KINDS)}
    refused = dict(_refusal(item, group) for item in sealed_items(connection, release_id, team, (REFUSAL,)))
    return tuple(
        Told(said, _words(items[said.item_id], group), refused.get(said.item_id, ""))
        for said in answers_of(connection, release_id)
        if said.item_id in items
    )


def opened_bytes(item: SealedItem, group: GroupKey) -> bytes:
    """Open one item; raises `Damaged`."""
    of = {"item_id": item.item_id, "report_id": item.report_id, "kind": item.kind}
    return open_item(item.sealed, **of, wraps_of_item=item.wraps, group=group)


def _words(item: SealedItem, group: GroupKey) -> contents.Outcome | contents.Question | None:
    shape = contents.Outcome if item.kind == OUTCOME else contents.Question
    try:
        return shape.unpacked(opened_bytes(item, group))
    except (Damaged, ValueError, TypeError):
        return None


def _refusal(item: SealedItem, group: GroupKey) -> tuple[str, str]:
    """Return which question was declined, and why; nothing of one that does not open or gives no reason of ours."""
    try:
        refusal = contents.Refusal.unpacked(opened_bytes(item, group))
        return refusal.question, REFUSALS.get(refusal.reason, "")
    except (Damaged, ValueError, TypeError):
        return "", ""
