"""A database that goes away and comes back, as the public door meets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from storage.database import Database

GONE = OperationalError("a statement", None, Exception("the server is gone"))


@contextmanager
def outage(database: Database, error: BaseException = GONE) -> Iterator[None]:
    """Let every way to the database fail until the end of the block."""

    def fail(*_: object) -> Any:
        raise error

    database._of_this_thread = fail  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del database._of_this_thread


@contextmanager
def lost_commits(database: Database) -> Iterator[None]:
    """Let every commit fail until the end of the block: what was written is not there."""

    def fail(*_: object) -> Any:
        raise GONE

    event.listen(database.engine, "commit", fail)
    if not database.is_sqlite:
        database.write_statement = fail  # type: ignore[method-assign, assignment]  # a server commits one statement by itself
    try:
        yield
    finally:
        event.remove(database.engine, "commit", fail)
        database.__dict__.pop("write_statement", None)
