"""The audit's chain: what was done stands in order, and a change to it shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Update, delete, insert, select, update

from storage.audit import Finding, Head, head, record, verify
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
