"""Writes of several threads in one transaction: one commit, and one sync of the disk, for all who wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Transaction = Callable[[], AbstractContextManager[Connection]]


class _Work(Generic[T]):
    """One thread's work, and what became of it."""

    def __init__(self, run: Callable[[Connection], T]) -> None:
        self.run = run
        self.is_done = False
        self.error: BaseException | None = None
        self.result: list[T] = []

    def end(self, error: BaseException | None) -> None:
        """Note that the work is over."""
        self.error = error
        self.is_done = True

    def outcome(self) -> T:
        """Return what the work returned, or raise what it raised."""
        if self.error is not None:
            raise self.error
        return self.result[0]


class SharedWrites:
    """Lets whoever comes first write for all who have come until then."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._turn = threading.Lock()
        self._waiting: deque[_Work[object]] = deque()

    def write(self, run: Callable[[Connection], T]) -> T:
        """Run work in a write transaction and return what it returns, once it is committed.

        Work may be run twice. When it raises, its own changes are rolled back and nobody else's.
        """
        mine = _Work(run)
        self._waiting.append(mine)  # type: ignore[arg-type]  # a queue of many kinds of result
        with self._turn:
            if not mine.is_done:
                self._write_waiting()
        return mine.outcome()

    def _write_waiting(self) -> None:
        together = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if len(together) > 1 and self._write(together, alone=False):
            return
        for work in together:  # there is only one, or one of them failed and took the others with it
            self._write([work], alone=True)

    def _write(self, together: list[_Work[object]], *, alone: bool) -> bool:
        """Write and end all this work; False, and nothing done, when one of several failed at its own statements."""
        results: list[object] = []
        began = False
        try:
            with self._transaction() as connection:
                began = True
                results = [work.run(connection) for work in together]
                began = False
        except BaseException as error:  # noqa: BLE001 (raised again in the thread whose work it is)
            if began and not alone:
                return False
            for work in together:
                work.end(error)
            return True
        for work, result in zip(together, results, strict=True):
            work.result.append(result)
            work.end(None)
        return True
