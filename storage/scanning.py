"""The queries of a search through sealed texts: reports by what stands outside their seals, then their items."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from storage.blocks import Reader, visible
from storage.intake import PageKey, stored
from storage.models import items, reports
from storage.sealing import SealedItem


@dataclass(frozen=True)
class Filters:
    """Which reports are looked through; "" leaves a choice open."""

    since_week: str = ""
    state: str = ""
    language: str = ""


def count_texts(connection: Connection, filters: Filters, kinds: Collection[str], reader: Reader) -> int:
    """Return how many texts there are to open."""
    held = select(func.count()).select_from(items.join(reports, reports.c.report_id == items.c.report_id))
    return connection.scalar(held.where(*_which(filters, reader), items.c.kind.in_(kinds))) or 0


def next_reports(
    connection: Connection, filters: Filters, reader: Reader, after: PageKey | None, size: int
) -> tuple[PageKey, ...]:
    """Return the next reports to look through, newest week first; each is also the key behind which others follow."""
    wanted = select(reports.c.week, reports.c.report_id).where(*_which(filters, reader))
    if after is not None:
        wanted = wanted.where(tuple_(reports.c.week, reports.c.report_id) < (after.week, after.row_id))
    newest = wanted.order_by(reports.c.week.desc(), reports.c.report_id.desc()).limit(size)
    return tuple(PageKey(str(row.week), str(row.report_id)) for row in connection.execute(newest))


def texts_of_reports(
    connection: Connection, report_ids: Collection[str], kinds: Collection[str]
) -> tuple[SealedItem, ...]:
    """Return the sealed texts of these kinds."""
    return stored(connection, items.c.report_id.in_(report_ids), items.c.kind.in_(kinds))


def _which(filters: Filters, reader: Reader) -> list[ColumnElement[bool]]:
    chosen = [
        reports.c.week >= filters.since_week if filters.since_week else None,
        reports.c.state == filters.state if filters.state else None,
        reports.c.language == filters.language if filters.language else None,
    ]
    return [visible(reader), *(one for one in chosen if one is not None)]
