"""Clean texts in the making: one sealed draft for each report, saved again and again by the reviewer who has it.

Each save puts a new item in the place of one that it names, so that nobody's work is overwritten unseen, and a save
whose answer was lost can be sent again. Whoever can write the database can seal to the desk, so that a draft counts
only when the audit knows who saved it and the fingerprint of its seal.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_type_hints

from sqlalchemy import Connection, Select, select, update

from storage import audit
from storage.clips import add_items, forget_items
from storage.contents import Changed, Clean, Kept
from storage.intake import stored
from storage.keys import Audience, Damaged
from storage.models import audit as entries
from storage.models import items, reviews
from storage.opening import GroupKey, open_item
from storage.releases import VOIDED_ACTION, void
from storage.review_rows import OPEN, PROPOSED, RETURNED
from storage.sealing import SealedItem, seal_item

SAVED = "draft-saved"
NONE_YET = "none"  # in the place of a version's name; "" says the same
LOOKS = 3  # at a draft that does not open, before it counts as damaged
EDITABLE = (OPEN, RETURNED, PROPOSED)  # an edit of what was proposed voids the proposal


class NotTheReviewer(Exception):
    """The report is not with this person for review, or not any more; it helps to claim it."""


class SavedMeanwhile(Exception):
    """Another window or person saved a version that this one does not know; it helps to compare both."""


@dataclass(frozen=True)
class Standing:
    """What stands outside the seal of a draft."""

    reviewer: str
    state: str  # of the review
    item_id: str  # "" while nothing was saved

    def is_open_to(self, person_id: str) -> bool:
        """Say whether this person may save."""
        return self.reviewer == person_id and self.state in EDITABLE


def item_of(report_id: str, save: str) -> str:
    """Return the item id of one version of a draft: a page may choose the version's name, and no item of others."""
    return hashlib.sha256(f"clean {report_id} {save}".encode()).hexdigest()[:32]


def standing(connection: Connection, report_id: str) -> Standing | None:
    """Return who has a report for review and which draft stands, or None when it is on no way to a team."""
    row = connection.execute(_row_of(report_id)).one_or_none()
    return None if row is None else Standing(row.reviewer, row.state, row.item_id)


def last_draft(connection: Connection, report_id: str, group: GroupKey) -> Clean | None:
    """Return the draft as it was saved last, or None when nothing was; raises `Damaged`, also for one nobody saved."""
    damaged = Damaged("no look at the draft was taken")
    for _ in range(LOOKS):
        here = standing(connection, report_id)
        if here is None or not here.item_id:
            return None
        try:
            return _draft(connection, report_id, here.item_id, group)
        except Damaged as error:  # a save may have put another in its place while it was read
            damaged = error
    raise damaged


def _draft(connection: Connection, report_id: str, item_id: str, group: GroupKey) -> Clean:
    kept = stored(connection, items.c.item_id == item_id, items.c.report_id == report_id, items.c.kind == "clean")
    if not kept:
        raise Damaged("the draft that was saved last is not there")
    clean = _opened(kept[0], group)
    told = select(entries.c.person, entries.c.detail).where(entries.c.action == SAVED, entries.c.subject == item_id)
    known = {(row.person, row.detail.partition(" ")[0]) for row in connection.execute(told)}
    if (clean.by, _fingerprint(kept[0])) not in known or item_of(report_id, clean.save) != item_id:
        raise Damaged("a draft that nobody here saved")
    return clean


def save_draft(
    connection: Connection,
    report_id: str,
    clean: Clean,
    *,
    audiences: Sequence[Audience],
    was: str,
    reader: str,
    now: int,
) -> None:
    """Keep a draft in the place of the version that it `was` made from; any proposal that stands is void then.

    `was` names one or more versions that it may replace, with spaces between, `NONE_YET` among them where nothing was
    saved: a page may not know which of its saves arrived. May run twice. Raises `NotTheReviewer` or `SavedMeanwhile`.
    """
    here = connection.execute(_row_of(report_id).with_for_update()).one_or_none()
    if here is None or not Standing(here.reviewer, here.state, here.item_id).is_open_to(reader):
        raise NotTheReviewer
    names = (*(was.split() or [NONE_YET]), clean.save)
    known = {"" if name == NONE_YET else item_of(report_id, name) for name in names}
    if here.item_id not in known:
        raise SavedMeanwhile
    item_id = item_of(report_id, clean.save)
    item = seal_item(clean.packed(), report_id=report_id, kind="clean", audiences=audiences, item_id=item_id)
    forget_items(connection, [name for name in {here.item_id, item_id} if name])
    add_items(connection, [item])
    values = {"item_id": item_id, "team": clean.team, "state": OPEN}
    connection.execute(update(reviews).where(reviews.c.report_id == report_id).values(values))
    if void(connection, report_id):
        audit.record(connection, at=now, person=reader, action=VOIDED_ACTION, subject=report_id)
    detail = f"{_fingerprint(item)} report {report_id} {_counted(clean)}".strip()
    audit.record(connection, at=now, person=reader, action=SAVED, subject=item_id, detail=detail)


def _row_of(report_id: str) -> Select[tuple[str, str, str]]:
    columns = (reviews.c.reviewer, reviews.c.state, reviews.c.item_id)
    return select(*columns).where(reviews.c.report_id == report_id)


def _counted(clean: Clean) -> str:
    """Return how often each reason was given, for the audit: codes and numbers, no word and no place of the text."""
    counts = Counter([one.reason for one in clean.edits] + [f"kept-{one.reason}" for one in clean.kept])
    return " ".join(f"{reason}:{number}" for reason, number in sorted(counts.items()))


def _fingerprint(item: SealedItem) -> str:
    return hashlib.sha256(item.sealed).hexdigest()


def _opened(item: SealedItem, group: GroupKey) -> Clean:
    packed = open_item(
        item.sealed,
        item_id=item.item_id,
        report_id=item.report_id,
        kind=item.kind,
        wraps_of_item=item.wraps,
        group=group,
    )
    try:
        clean = Clean.unpacked(packed)
        places: tuple[Changed | Kept, ...] = (*clean.edits, *clean.kept)
        for whole in (clean, *places):
            _check(whole)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged("what was sealed is no draft") from error
    return clean


def _check(whole: Clean | Changed | Kept) -> None:
    for name, wanted in get_type_hints(type(whole)).items():
        value = getattr(whole, name)
        if isinstance(value, tuple):
            right = all(isinstance(one, str | Changed | Kept) for one in value)
        else:
            right = type(value) is wanted
        if not right:
            raise TypeError(name)
