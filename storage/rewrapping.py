"""Wrapping the keys of items again for the desk's newest epoch: 80 bytes each, never the content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from storage.database import Database
from storage.keys import Audience, Damaged
from storage.models import items, wraps
from storage.opening import GroupKey, KeyRing, open_sealed
from storage.sealing import seal_to, wrap_context

AT_ONCE = 200  # in one transaction, about 40 ms of work: callers must not wait behind a long one


@dataclass(frozen=True)
class Batch:
    """What became of some wraps."""

    wrapped: int = 0
    damaged: int = 0  # left as they are: a backup may still help
    last: str = ""  # the item to go on behind; empty when there is no more


def rewrap(database: Database, keys: KeyRing, current: Audience, *, noted: Callable[[Batch], None]) -> Batch:
    """Wrap everything that stands under an earlier epoch for the current one; returns the sum.

    May be stopped at any time and run again: each batch is one transaction, in which a wrap is under one of the two.
    """
    wrapped = damaged = 0
    for key in keys.every:
        after = ""
        while key.epoch < current.epoch:
            with database.write() as connection:
                batch = _batch(connection, key, keys, current, after)
            wrapped, damaged, after = wrapped + batch.wrapped, damaged + batch.damaged, batch.last
            noted(batch)
            if not after:
                break
    return Batch(wrapped, damaged)


def opens_some(connection: Connection, key: GroupKey, most: int) -> tuple[int, int]:
    """Try a key on a few of its wraps: how many opened, of how many. No content is opened."""
    rows = connection.execute(_standing(key, "").limit(most)).all()
    return sum(_secret(row.wrapped, row, key) is not None for row in rows if row.report_id is not None), len(rows)


def _batch(connection: Connection, key: GroupKey, keys: KeyRing, current: Audience, after: str) -> Batch:
    rows = connection.execute(_standing(key, after).limit(AT_ONCE)).all()
    of_these = (wraps.c.item_id.in_([row.item_id for row in rows]), wraps.c.audience == current.name)
    twice = select(wraps).where(*of_these, wraps.c.epoch == current.epoch)
    standing = {row.item_id: row.wrapped for row in connection.execute(twice)}
    changed, gone, damaged = [], [], 0
    for row in rows:
        secret = _secret(row.wrapped, row, key) if row.report_id is not None else None
        if row.report_id is None:
            gone.append(row.item_id)  # its item was deleted
        elif secret is None:
            damaged += 1
        elif row.item_id not in standing:
            context = wrap_context(row.item_id, row.report_id, row.kind, current.name, current.epoch)
            changed.append({"of": row.item_id, "new": seal_to(current.public_key, secret, context)})
        elif secret == _standing_secret(standing[row.item_id], row, keys, current):
            gone.append(row.item_id)  # it is wrapped for both
        else:
            damaged += 1  # anybody can wrap a key of their own: what stands under the new epoch is never replaced
    old = (wraps.c.audience == key.name, wraps.c.epoch == key.epoch)
    if changed:
        # Changed in place: a deletion that waits for this row finds it afterwards too, and leaves no wrap behind.
        one = update(wraps).where(*old, wraps.c.item_id == bindparam("of"))
        connection.execute(one.values(epoch=current.epoch, wrapped=bindparam("new")), changed)
    if gone:
        connection.execute(delete(wraps).where(*old, wraps.c.item_id.in_(gone)))
    return Batch(len(changed) + len(gone), damaged, rows[-1].item_id if len(rows) == AT_ONCE else "")


def _standing(key: GroupKey, after: str) -> Any:
    old = (wraps.c.audience == key.name, wraps.c.epoch == key.epoch, wraps.c.item_id > after)
    with_items = wraps.outerjoin(items, items.c.item_id == wraps.c.item_id)
    query = select(wraps.c.item_id, wraps.c.wrapped, items.c.report_id, items.c.kind).select_from(with_items)
    return query.where(*old).order_by(wraps.c.item_id)


def _standing_secret(wrapped: bytes, row: Row[Any], keys: KeyRing, current: Audience) -> bytes | None:
    newest = keys.every[0]
    return _secret(wrapped, row, newest) if newest.epoch == current.epoch else None


def _secret(wrapped: bytes, row: Row[Any], key: GroupKey) -> bytes | None:
    try:
        context = wrap_context(row.item_id, row.report_id, row.kind, key.name, key.epoch)
        return bytes(open_sealed(wrapped, key.private, context))
    except Damaged:
        return None
