"""Drafts of clean texts: who may save, whose work is never overwritten, and what the database alone cannot forge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, insert, select, update

from storage.audit import page
from storage.clips import add_items
from storage.contents import Changed, Clean, Kept
from storage.database import Database
from storage.drafts import NotTheReviewer, SavedMeanwhile, item_of, last_draft, save_draft
from storage.keys import Audience, Damaged, Secret, new_private_key, public_half
from storage.models import items, releases, reports, reviews
from storage.opening import GroupKey, ring
from storage.sealing import seal_item

REPORT, BEN, CORA = "1" * 32, "b" * 32, "c" * 32
WORDS = "My husband sells what the computer knows."
DRAFT = Clean(
    WORDS, edits=(Changed(0, 10, "He", "relation"),), kept=(Kept(11, 16, "evidence"),), by=BEN, save="one", team="north"
)


@pytest.fixture(scope="module")
def private() -> Secret:
    return new_private_key()


@pytest.fixture
def group(private: Secret) -> GroupKey:
    return ring([GroupKey("desk", 1, private)])


@pytest.fixture
def desk(private: Secret) -> tuple[Audience, ...]:
    return (Audience("desk", 1, public_half(private)),)


@pytest.fixture(autouse=True)
def begun(database: Database) -> None:
    row = {"report_id": REPORT, "case_number": "K1-2", "line": "example", "week": "2026-W40", "state": "confirmed"}
    with database.write() as connection:
        connection.execute(insert(reports), {**row, "language": "en", "channel": "voice"})
        connection.execute(
            insert(reviews), {"report_id": REPORT, "state": "open", "reviewer": BEN, "week": "2026-W40", "item_id": ""}
        )


def save(database: Database, desk: Sequence[Audience], clean: Clean, was: str, reader: str = BEN) -> None:
    with database.write() as connection:
        save_draft(connection, REPORT, clean, audiences=desk, was=was, reader=reader, now=1_795_000_000)


def last(database: Database, group: GroupKey) -> Clean | None:
    with database.read() as connection:
        return last_draft(connection, REPORT, group)


def test_a_draft_comes_back_as_it_was_saved(database: Database, group: GroupKey, desk: Sequence[Audience]) -> None:
    assert last(database, group) is None
    save(database, desk, DRAFT, "")
    assert last(database, group) == DRAFT
    with database.read() as connection:
        assert connection.scalar(select(reviews.c.team)) == "north"


def test_a_newer_version_takes_the_place_of_the_one_it_was_made_from(
    database: Database, group: GroupKey, desk: Sequence[Audience]
) -> None:
    save(database, desk, DRAFT, "")
    newer = replace(DRAFT, when="in the autumn", save="two")
    save(database, desk, newer, "one")
    save(database, desk, newer, "one")  # its answer was lost
    assert last(database, group) == newer
    with database.read() as connection:
        assert connection.scalars(select(items.c.item_id)).all() == [item_of(REPORT, "two")]


@pytest.mark.parametrize("was", ["", "zero", "zero two"])
def test_nobodys_work_is_overwritten_unseen(
    database: Database, group: GroupKey, desk: Sequence[Audience], was: str
) -> None:
    save(database, desk, DRAFT, "")
    with pytest.raises(SavedMeanwhile):
        save(database, desk, replace(DRAFT, save="three"), was)
    assert last(database, group) == DRAFT


def test_a_page_that_does_not_know_which_of_its_saves_arrived_names_them_all(
    database: Database, group: GroupKey, desk: Sequence[Audience]
) -> None:
    save(database, desk, DRAFT, "")
    save(database, desk, replace(DRAFT, save="three"), "zero one two")
    found = last(database, group)
    assert found is not None
    assert found.save == "three"


def test_a_first_save_whose_answer_was_lost_can_be_sent_as_another_whether_it_arrived_or_not(
    database: Database, group: GroupKey, desk: Sequence[Audience]
) -> None:
    save(database, desk, replace(DRAFT, save="two"), "none one")
    save(database, desk, replace(DRAFT, save="three"), "none one two")
    found = last(database, group)
    assert found is not None
    assert found.save == "three"


def test_of_two_saves_at_once_exactly_one_stands(database: Database, group: GroupKey, desk: Sequence[Audience]) -> None:
    save(database, desk, DRAFT, "")
    both, lost = Barrier(2), []

    def try_it(name: str) -> None:
        both.wait()
        try:
            save(database, desk, replace(DRAFT, save=name), "one")
        except SavedMeanwhile:
            lost.append(name)

    threads = [Thread(target=try_it, args=(name,)) for name in ("two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = last(database, group)
    assert found is not None
    assert [found.save, *lost] in (["two", "three"], ["three", "two"])


@pytest.mark.parametrize("state", ["waiting", "released", "stopped"])
def test_what_is_with_nobody_or_over_takes_no_edit(database: Database, desk: Sequence[Audience], state: str) -> None:
    with database.write() as connection:
        connection.execute(update(reviews).values(state=state))
    with pytest.raises(NotTheReviewer):
        save(database, desk, DRAFT, "")


def test_only_the_reviewer_saves(database: Database, group: GroupKey, desk: Sequence[Audience]) -> None:
    with pytest.raises(NotTheReviewer):
        save(database, desk, replace(DRAFT, by=CORA), "", reader=CORA)
    with database.write() as connection:
        connection.execute(reviews.delete())
    with pytest.raises(NotTheReviewer):
        save(database, desk, DRAFT, "")
    assert last(database, group) is None


def test_an_edit_voids_what_was_proposed(database: Database, desk: Sequence[Audience]) -> None:
    save(database, desk, DRAFT, "")
    row = {"report_id": REPORT, "team": "north", "purpose": "full", "digest": "d", "item_id": "i", "author": BEN}
    more = {"author_key": "k", "week": "2026-W40"}
    with database.write() as connection:
        connection.execute(
            insert(releases),
            [{**row, **more, "release_id": name, "state": name} for name in ("proposed", "released", "returned")],
        )
        connection.execute(update(reviews).values(state="proposed"))
    save(database, desk, replace(DRAFT, save="two"), "one")
    with database.read() as connection:
        states = {row.release_id: row.state for row in connection.execute(select(releases))}
        assert states == {"proposed": "void", "released": "released", "returned": "returned"}
        assert connection.scalar(select(reviews.c.state)) == "open"


def test_the_audit_has_codes_and_numbers_and_no_word(database: Database, desk: Sequence[Audience]) -> None:
    save(database, desk, DRAFT, "")
    with database.read() as connection:
        entry = page(connection, below=None, size=1).entries[0]
    assert (entry.action, entry.person, entry.subject) == ("draft-saved", BEN, item_of(REPORT, "one"))
    assert entry.detail.partition(" ")[2] == f"report {REPORT} kept-evidence:1 relation:1"


def test_a_draft_that_nobody_saved_is_damaged(database: Database, group: GroupKey, desk: Sequence[Audience]) -> None:
    forged = replace(DRAFT, save="forged", raw="Somebody else did it.")
    item = seal_item(forged.packed(), report_id=REPORT, kind="clean", audiences=desk, item_id=item_of(REPORT, "forged"))
    with database.write() as connection:
        add_items(connection, [item])
        connection.execute(update(reviews).values(item_id=item.item_id))
    with pytest.raises(Damaged):
        last(database, group)


def test_a_draft_whose_item_is_gone_is_damaged_and_not_begun_anew(
    database: Database, group: GroupKey, desk: Sequence[Audience]
) -> None:
    save(database, desk, DRAFT, "")
    with database.write() as connection:
        connection.execute(update(reviews).values(item_id="0" * 32))
    with pytest.raises(Damaged):
        last(database, group)


@pytest.mark.parametrize("field", ["raw", "categories", "when", "at"])
def test_what_has_another_shape_is_damaged(
    database: Database, group: GroupKey, desk: Sequence[Audience], field: str
) -> None:
    save(database, desk, replace(DRAFT, **{field: (7,) if field == "categories" else None}), "")  # type: ignore[arg-type]
    with pytest.raises(Damaged):
        last(database, group)


def test_a_save_while_somebody_reads_is_no_damage(
    database: Database, group: GroupKey, desk: Sequence[Audience]
) -> None:
    save(database, desk, DRAFT, "")
    newer = [replace(DRAFT, when="in the autumn", save="two")]

    def meanwhile(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if newer and "FROM items" in statement:
            save(database, desk, newer.pop(), "one")

    with database.read() as connection:
        event.listen(connection, "before_cursor_execute", meanwhile)
        found = last_draft(connection, REPORT, group)
    assert found is not None
    assert found.when == "in the autumn"
