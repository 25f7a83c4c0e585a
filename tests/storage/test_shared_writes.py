"""Work of several threads in one transaction: all committed, a failure alone, an outage told to everybody at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Connection, func, select

from storage.database import Database, DatabaseHeld
from storage.jobs import count_up
from storage.models import counts
from storage.shared_writes import SharedWrites

WEEK = "2026-W48"


class Refused(Exception):
    """Raised by work that fails."""


def counted(database: Database, name: str) -> int:
    with database.read() as connection:
        number = connection.scalar(select(func.sum(counts.c.number)).where(counts.c.name == name))
    return int(number or 0)


def count_and(database: Database, name: str, *, refuse: bool) -> str:
    def work(connection: Connection) -> str:
        count_up(connection, name, week=WEEK)
        if refuse:
            raise Refused
        return name

    return database.write_with_others(work)


def test_everything_that_is_written_together_is_committed(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda n: count_and(database, f"n{n % 3}", refuse=False), range(240)))
    assert told == [f"n{n % 3}" for n in range(240)]
    assert [counted(database, f"n{n}") for n in range(3)] == [80, 80, 80]


def test_work_that_fails_takes_nobody_with_it(database: Database) -> None:
    def one(number: int) -> bool:
        try:
            count_and(database, "bad" if number % 5 == 0 else "good", refuse=number % 5 == 0)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(one, range(100)))
    assert done == [number % 5 != 0 for number in range(100)]
    assert (counted(database, "good"), counted(database, "bad")) == (80, 0)


def test_those_who_wait_share_one_transaction(database: Database) -> None:
    transactions = 0
    first_is_in, go_on = threading.Event(), threading.Event()

    @contextmanager
    def watched() -> Iterator[Connection]:
        nonlocal transactions
        transactions += 1
        with database.write() as connection:
            yield connection

    shared = SharedWrites(watched)

    def first(connection: Connection) -> None:
        first_is_in.set()
        go_on.wait(10)
        count_up(connection, "first", week=WEEK)

    with ThreadPoolExecutor(6) as threads:
        leader = threads.submit(shared.write, first)
        first_is_in.wait(10)
        others = [threads.submit(shared.write, lambda c: count_up(c, "other", week=WEEK)) for _ in range(5)]
        while len(shared._waiting) < 5:
            pass
        go_on.set()
        for one in (leader, *others):
            one.result(10)
    assert transactions == 2
    assert counted(database, "other") == 5


def test_an_outage_is_told_to_everybody_who_waits_and_nobody_waits_for_each() -> None:
    tried = 0

    def away() -> AbstractContextManager[Connection]:
        nonlocal tried
        tried += 1
        raise DatabaseHeld("by a test")

    shared = SharedWrites(away)
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(shared.write, lambda _: None) for _ in range(8)]
        for one in asked:
            with pytest.raises(DatabaseHeld):
                one.result(10)
    assert tried <= 8
