"""The audit's chain: what was done stands in order, and a change to it shows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Update, delete, event, insert, select, update

from storage.audit import Finding, Head, Page, actions, head, page, record, verify
from storage.database import Database
from storage.models import audit


def fill(database: Database, entries: int = 5) -> Head:
    last = Head(0, "0" * 64)
    for number in range(entries):
        with database.write() as connection:
            last = record(connection, at=1000 + number, person="amina", action="report.opened", subject=f"r{number}")
    return last


def checked(database: Database, kept_outside: Head | None = None) -> Finding:
    with database.read() as connection:
        return verify(connection, kept_outside)


def test_an_empty_audit_is_sound(database: Database) -> None:
    assert checked(database) == Finding(0, Head(0, "0" * 64))


def test_entries_follow_one_another_and_the_last_is_the_head(database: Database) -> None:
    last = fill(database)
    assert checked(database) == Finding(5, last)
    with database.read() as connection:
        assert head(connection) == last
        rows = connection.execute(select(audit).order_by(audit.c.sequence)).all()
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous for row in rows[1:]] == [row.digest for row in rows[:-1]]


@pytest.mark.parametrize(
    "changed",
    [
        update(audit).values(at=1),
        update(audit).values(person="ben"),
        update(audit).values(action="report.listed"),
        update(audit).values(subject="r9"),
        update(audit).values(detail="nothing to see"),
        update(audit).values(digest="0" * 64),
        update(audit).values(previous="0" * 64),
    ],
)
def test_every_changed_field_shows(database: Database, changed: Update) -> None:
    fill(database)
    with database.write() as connection:
        connection.execute(changed.where(audit.c.sequence == 3))
    finding = checked(database)
    assert not finding.is_sound
    assert finding.broken_at == 3


def test_a_removed_entry_shows(database: Database) -> None:
    fill(database)
    with database.write() as connection:
        connection.execute(delete(audit).where(audit.c.sequence == 2))
    assert (checked(database).broken_at, checked(database).why) == (2, "an entry is missing")


def test_a_cut_end_shows_only_against_a_head_kept_outside(database: Database) -> None:
    kept_outside = fill(database)
    with database.write() as connection:
        connection.execute(delete(audit).where(audit.c.sequence >= 4))
    assert checked(database).is_sound
    assert checked(database, kept_outside).broken_at == 4


def test_a_chain_written_anew_shows_only_against_a_head_kept_outside(database: Database) -> None:
    kept_outside = fill(database)
    with database.write() as connection:
        connection.execute(delete(audit))
        for number in range(7):
            record(connection, at=2000 + number, person="amina", action="report.listed", subject="")
    assert checked(database).is_sound
    assert checked(database, kept_outside).broken_at == 5


def test_an_older_head_kept_outside_still_stands_in_a_longer_chain(database: Database) -> None:
    kept_outside = fill(database)
    fill(database, 3)
    assert checked(database, kept_outside).is_sound
    assert checked(database, Head(0, "0" * 64)).is_sound


def looked_at(database: Database, below: int | None = None, size: int = 50) -> Page:
    with database.read() as connection:
        return page(connection, below=below, size=size)


def test_a_page_says_of_its_own_entries_whether_they_fit_and_of_no_others(database: Database) -> None:
    last = fill(database, 120)
    newest, middle = looked_at(database), looked_at(database, below=71)
    assert (newest.finding, newest.following) == (Finding(50, last), 71)
    assert [entry.sequence for entry in newest.entries] == list(range(120, 70, -1))
    assert [entry.sequence for entry in middle.entries] == list(range(70, 20, -1))
    oldest = looked_at(database, below=middle.following)
    assert (oldest.finding.entries, oldest.following) == (20, None)
    with database.write() as connection:
        connection.execute(update(audit).where(audit.c.sequence == 30).values(person="ben"))
    assert looked_at(database) == newest
    assert looked_at(database, below=71).finding.broken_at == 30


@pytest.mark.parametrize("gone", [20, 21, 70, 71, 1])
def test_what_is_gone_shows_on_the_page_where_it_stood(database: Database, gone: int) -> None:
    fill(database, 120)
    with database.write() as connection:
        connection.execute(delete(audit).where(audit.c.sequence == gone))
    below, found = None, []
    while True:
        seen = looked_at(database, below=below)
        found += [] if seen.finding.is_sound else [seen.finding.broken_at]
        if (below := seen.following) is None:
            break
    assert found == [gone]


def test_a_page_reads_as_little_of_a_long_chain_as_of_a_short_one(database: Database) -> None:
    def read_rows() -> list[int]:
        with database.engine.connect() as connection:
            asked: list[Any] = []
            event.listen(connection, "after_cursor_execute", lambda *told: asked.append((told[2], told[3])))
            page(connection, below=None, size=50)
            asked = [(query, values) for query, values in asked if query.startswith("SELECT")]  # SQLite also begins
            return [len(connection.exec_driver_sql(*statement).all()) for statement in tuple(asked)]

    fill(database, 60)
    short = read_rows()
    fill(database, 400)
    assert read_rows() == short == [51]


def test_an_entry_goes_with_the_transaction_it_belongs_to(database: Database) -> None:
    def fails() -> None:
        with database.write() as connection:
            record(connection, at=1, person="amina", action="report.opened", subject="r1")
            raise KeyError("the work failed")

    with pytest.raises(KeyError):
        fails()
    assert checked(database).entries == 0


def test_many_at_once_make_one_chain(database: Database) -> None:
    def work(person: str) -> None:
        for number in range(5):
            with database.write() as connection:
                record(connection, at=number, person=person, action="report.opened", subject="r")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, "abcdef"))
    assert checked(database).is_sound
    assert checked(database).entries == 30


def test_more_entries_than_one_look_takes_are_all_checked(database: Database) -> None:
    with database.write() as connection:
        for number in range(1001):
            record(connection, at=number, person="amina", action="report.opened", subject="r")
        row = connection.execute(select(audit).where(audit.c.sequence == 1001)).mappings().one()
        connection.execute(insert(audit), {**row, "sequence": 1002})
    assert checked(database).broken_at == 1002


def swapped(database: Database) -> None:
    with database.write() as connection:
        connection.execute(update(audit).where(audit.c.sequence == 3).values(sequence=99))
        connection.execute(update(audit).where(audit.c.sequence == 4).values(sequence=3))
        connection.execute(update(audit).where(audit.c.sequence == 99).values(sequence=4))


def inserted(database: Database) -> None:
    with database.write() as connection:
        for sequence in (5, 4, 3):
            connection.execute(update(audit).where(audit.c.sequence == sequence).values(sequence=sequence + 1))
        row = connection.execute(select(audit).where(audit.c.sequence == 2)).mappings().one()
        connection.execute(insert(audit), {**row, "sequence": 3, "previous": row["digest"], "subject": "r9"})


def duplicated(database: Database) -> None:
    with database.write() as connection:
        row = connection.execute(select(audit).where(audit.c.sequence == 5)).mappings().one()
        connection.execute(insert(audit), {**row, "sequence": 6})


def taken_out_and_renumbered(database: Database) -> None:
    with database.write() as connection:
        connection.execute(delete(audit).where(audit.c.sequence == 3))
        for sequence in (4, 5):
            connection.execute(update(audit).where(audit.c.sequence == sequence).values(sequence=sequence - 1))


@pytest.mark.parametrize(
    ("tampering", "place"), [(swapped, 3), (inserted, 3), (duplicated, 6), (taken_out_and_renumbered, 3)]
)
def test_what_was_reordered_put_in_doubled_or_closed_up_shows_without_a_head(
    database: Database, tampering: Callable[[Database], None], place: int
) -> None:
    fill(database)
    tampering(database)
    assert checked(database).broken_at == place


def test_an_entry_added_by_the_rules_to_somebody_else_s_name_shows_only_to_people(database: Database) -> None:
    """Whoever may add entries may add false ones: the chain does not say who wrote, only what was written then."""
    kept_outside = fill(database)
    with database.write() as connection:
        record(connection, at=1, person="ben", action="report.opened", subject="r1")
    assert checked(database, kept_outside).is_sound


def test_every_action_is_listed_once_from_its_index(database: Database) -> None:
    fill(database)
    with database.write() as connection:
        for action in ("b", "a", "b"):
            record(connection, at=1, person="ben", action=action, subject="r1")
    with database.read() as connection:
        assert actions(connection) == ("a", "b", "report.opened")
    with database.write() as connection:
        connection.execute(delete(audit))
    with database.read() as connection:
        assert actions(connection) == ()
