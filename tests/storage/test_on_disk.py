"""The database's files tell neither what was deleted nor what arrived first."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import reports
from storage.clips import add_items
from storage.command_line import run
from storage.database import Database
from storage.on_disk import forget_on_disk, leave_no_journal, untangle
from storage.reports import NewReport
from storage.sealing import SealedItem, Wrap

REPORTS = 12


def arrive(database: Database) -> list[str]:
    """Let reports come one after the other, each with a sound over many pages; return their ids in that order."""
    order = [os.urandom(16).hex() for _ in range(REPORTS)]
    for report_id in order:
        item_id = os.urandom(16).hex()
        item = SealedItem(item_id, report_id, "sound", os.urandom(40_000), (Wrap("desk", 1, b"w"),))
        with database.write() as connection:
            reports.begin(connection, NewReport(report_id, "example", "en", "voice"), week="2026-W48")
        with database.write() as connection:
            add_items(connection, [item])
            box = {"lookup": os.urandom(16).hex(), "report": report_id}
            named = "INSERT INTO mailboxes VALUES (:lookup, :report, '', '2026-W48', 'open')"
            connection.execute(text(named), box)
    return order


def order_in_file(database: Database) -> list[str]:
    """Read, as a thief of the disk does, which report's sound lies before which."""
    if not database.is_sqlite:
        with database.read() as connection:
            return list(connection.scalars(text("SELECT report_id FROM items ORDER BY ctid")))
    raw = Path(str(database.url.database)).read_bytes()
    with database.read() as connection:
        sounds = connection.execute(text("SELECT report_id, sealed FROM items")).all()
    return [row.report_id for row in sorted(sounds, key=lambda row: raw.find(row.sealed[20_000:20_032]))]


def inversions(order: list[str], seen: list[str]) -> int:
    return sum(order.index(a) > order.index(b) for a, b in pairwise(seen))


def test_nothing_tells_the_order_of_arrival_once_untangled(database: Database) -> None:
    order = arrive(database)
    forget_on_disk(database)
    assert order_in_file(database) == order  # so this is what a thief would have seen
    untangle(database)
    with database.read() as connection:
        by_id = list(connection.scalars(text("SELECT report_id FROM items ORDER BY item_id")))
    assert order_in_file(database) == by_id
    assert inversions(order, by_id) > 0


def test_all_that_is_kept_bears_the_number_of_one_transaction(database: Database) -> None:
    arrive(database)
    untangle(database)
    if database.is_sqlite:
        return
    numbers, places = set(), {}
    with database.read() as connection:
        for table, key in (
            ("reports", "report_id"),
            ("items", "item_id"),
            ("wraps", "item_id"),
            ("mailboxes", "lookup_id"),
        ):
            numbers |= set(connection.scalars(text(f"SELECT xmin::text FROM {table}")))
            places[table] = list(connection.scalars(text(f"SELECT {key} FROM {table} ORDER BY ctid")))
    assert len(numbers) == 1
    assert all(place == sorted(place) for place in places.values())


def test_untangling_loses_nothing_and_may_run_twice(database: Database) -> None:
    order = arrive(database)
    for _ in range(2):
        untangle(database)
    with database.read() as connection:
        assert set(connection.scalars(text("SELECT report_id FROM reports"))) == set(order)
        for table in ("items", "wraps", "mailboxes"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == REPORTS


def test_the_owner_untangles_by_a_command(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order = arrive(database)
    settings = tmp_path / "config.env"
    settings.write_text(f"DATABASE_URL={database.url.render_as_string(hide_password=False)}\n", encoding="utf-8")
    assert run(["database", "untangle", "--settings", str(settings)]) == 0
    assert order_in_file(database) != order
    assert "random ids" in capsys.readouterr().out


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "plain.db"


def test_a_journal_that_somebody_reads_is_left_for_later_and_holds_nobody_up(file: Path) -> None:
    database, reader = Database(f"sqlite:///{file}"), Database(f"sqlite:///{file}")
    with database.write() as connection:
        connection.execute(text("CREATE TABLE heard (words TEXT)"))
    with reader.read() as reading:
        reading.exec_driver_sql("BEGIN")
        reading.execute(text("SELECT count(*) FROM heard")).all()
        with database.write() as connection:
            connection.execute(text("INSERT INTO heard VALUES ('what was whispered')"))
        began = time.monotonic()
        assert not forget_on_disk(database)
        assert time.monotonic() - began < 3
        reading.exec_driver_sql("COMMIT")
    assert forget_on_disk(database)
    assert file.with_name("plain.db-wal").stat().st_size == 0
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000
    reader.close()
    database.close()
    assert [left.name for left in file.parent.glob("plain.db-*")] == []


def test_the_journal_of_a_process_that_was_killed_is_removed(file: Path) -> None:
    killed = (
        "import os, sys; from storage.database import Database\n"
        "with Database(sys.argv[1]).write() as connection:\n"
        "    connection.exec_driver_sql('CREATE TABLE heard (words TEXT)')\n"
        "os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", killed, f"sqlite:///{file}"], check=False)
    assert list(file.parent.glob("plain.db-wal"))
    leave_no_journal(f"sqlite:///{file}")
    assert list(file.parent.glob("plain.db-*")) == []
