"""Every thread of a process has its connection: none waits for one that another keeps."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import text

from handlers.commands import THREADS
from storage.database import Database, open_session_store

MANY = THREADS + 4  # those that check passwords and look through reports read as well
PATIENCE_SECONDS = 5


def ask_at_once(database: Database) -> list[int]:
    """Let so many threads live at the same time, each reading, then writing."""
    everybody = threading.Barrier(MANY, timeout=PATIENCE_SECONDS)

    def ask(number: int) -> int:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
        with database.write() as connection:
            connection.execute(text("SELECT 1"))
        everybody.wait()  # nobody's thread ends, or lends its connection, before all have had theirs
        return number

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(ask, range(MANY)))


def test_all_threads_of_the_desk_read_and_write_side_by_side(database: Database) -> None:
    assert len(ask_at_once(database)) == MANY


def test_all_threads_of_the_desk_find_sessions_side_by_side(tmp_path: Path) -> None:
    store = open_session_store(f"sqlite:///{tmp_path / 'sessions.db'}")
    assert len(ask_at_once(store)) == MANY
    store.close()
