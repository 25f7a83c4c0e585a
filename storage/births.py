"""Notices that a serving process died and was started again, which its server does without a word, and tells it."""

from __future__ import annotations

import logging
import multiprocessing

from sqlalchemy.exc import SQLAlchemyError

from storage.clock import Clock
from storage.database import Database
from storage.jobs import raise_alarm

RESPAWNED = "respawned"
log = logging.getLogger("hotline.storage")


class Births:
    """How many processes one server is to start, counted down by each of them: one too many follows a death."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._left = multiprocessing.Value("i", expected)

    def begin_again(self) -> None:
        """Expect all processes anew: the server was told to start them afresh."""
        self._left.value = self._expected

    def tell(self, database: Database, clock: Clock, *, who: str) -> None:
        """Note that a process begins to serve; has the alarm raised when it takes the place of one that died.

        Never raises: a database that is away keeps nobody from serving.
        """
        with self._left.get_lock():
            self._left.value -= 1
            is_expected = self._left.value >= 0
        if is_expected:
            return
        log.error("serving-process-respawned")
        note = f"A serving process of {who} died and was started again. Look at the journal for when and why."
        try:
            with database.write() as connection:
                raise_alarm(connection, RESPAWNED, note, now=clock.now())
        except SQLAlchemyError as error:
            log.error("database-away", extra={"kind": type(error).__name__})
