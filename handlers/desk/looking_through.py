"""Looking for words in sealed texts: each is opened, compared and let go; what fits is audited before it is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from handlers.desk.ground import Desk
from handlers.desk.phrases import FORGED_KINDS, SEARCHED_KINDS, author_in, find, text_in
from handlers.desk.scans import Hit, Progress, Search, Watch
from handlers.desk.unsealing import opened
from storage import audit, scanning, timeline
from storage.blocks import Reader
from storage.intake import PageKey, confirmed_by
from storage.keys import Damaged
from storage.opening import GroupKey
from storage.scanning import Filters
from storage.sealing import SealedItem
from storage.writing import seal_of, seals_of_written

REPORTS_AT_ONCE = 20
MOST_HITS = 100


@dataclass(frozen=True)
class Wanted:
    """What is looked for, where, by whom."""

    words: str  # folded
    filters: Filters
    reader: Reader
    mark: str


def look_through(desk: Desk, search: Search, watch: Watch, group: GroupKey, wanted: Wanted) -> None:
    """Go through the chosen reports, newest week first, until all are seen or enough is found."""
    with desk.database.read() as connection:
        search.total = scanning.count_texts(connection, wanted.filters, SEARCHED_KINDS, wanted.reader)
    after: PageKey | None = None
    while True:
        watch.go_on()
        with desk.database.read() as connection:
            part = scanning.next_reports(connection, wanted.filters, wanted.reader, after, REPORTS_AT_ONCE)
            ids = [key.row_id for key in part]
            texts = scanning.texts_of_reports(connection, ids, SEARCHED_KINDS)
            by = _authors(connection, texts)
        if not part:
            return
        hits: list[Hit] = []
        for item in texts:
            hits += _hits(item, group, wanted.words, by)
            search.done += 1
            if not search.done % REPORTS_AT_ONCE:
                watch.go_on()
        _show(desk, search, wanted, hits)
        if len(search.hits) >= MOST_HITS:
            search.progress = Progress.FULL
            return
        after = part[-1]


def _authors(connection: Connection, texts: Collection[SealedItem]) -> dict[str, str]:
    """Return who wrote or confirmed each of these, by item, as the audit has it; what it does not know is left out."""
    of_kind = {kind: [item for item in texts if item.kind == kind] for kind in FORGED_KINDS}
    seals = seals_of_written(connection, [item.item_id for item in of_kind["written"]])
    known = [item for item in of_kind["written"] if item.item_id in seals]
    return {
        **confirmed_by(connection, [item.item_id for item in of_kind["transcript"]]),
        **timeline.note_authors(connection, {item.report_id for item in of_kind["note"]}),
        **{item.item_id: seals[item.item_id][0] for item in known if seals[item.item_id][1] == seal_of(item)},
    }


def _hits(item: SealedItem, group: GroupKey, words: str, authors: Mapping[str, str]) -> list[Hit]:
    try:
        packed = opened(item, group)
        found = find(words, text_in(item.kind, packed))
        is_forged = item.kind in FORGED_KINDS and authors.get(item.item_id) != author_in(packed)
    except (Damaged, ValueError, RecursionError):
        return []  # its report says that a part of it cannot be opened
    where = (FORGED_KINDS if is_forged else SEARCHED_KINDS)[item.kind]
    return [Hit(item.report_id, where, found.before, found.found, found.after)] if found else []


def _show(desk: Desk, search: Search, wanted: Wanted, hits: list[Hit]) -> None:
    """Audit that something of these reports is shown, then show it."""
    shown = hits[: MOST_HITS - len(search.hits)]
    if not shown:
        return
    with desk.database.write() as connection:
        for report_id in sorted({hit.report_id for hit in shown}):
            entry = {"action": "hit-shown", "subject": report_id, "detail": f"search {wanted.mark}"}
            audit.record(connection, at=desk.clock.now(), person=search.person_id, **entry)
    search.hits += shown
