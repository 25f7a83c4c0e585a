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
def outage(database: Database, error: BaseException = GONE, *, when: str = "before_cursor_execute") -> Iterator[None]:
    """Let every statement (or, `when` is `commit`, every commit) fail until the end of the block."""

    def fail(*_: Any) -> None:
        raise error

    engines = [database.engine, database._reader]
    for engine in engines:
        event.listen(engine, when, fail)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, when, fail)
