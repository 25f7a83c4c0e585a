"""What a process reads from the database at most once a second, so that nothing is read for each webhook."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from storage.clock import Clock
from storage.database import Database

T = TypeVar("T")

log = logging.getLogger("hotline.storage")


class Glance(Generic[T]):
    """Something that all processes share, as this one saw it within the last second, or before the database went."""

    def __init__(self, database: Database, clock: Clock, look: Callable[[Connection], T], *, first: T) -> None:
        """Look at nothing yet. `first`: what holds while nothing could be seen."""
        self._database = database
        self._clock = clock
        self._look = look
        self._seen = first
        self._looked_at: int | None = None

    def seen(self) -> T:
        """Return what was seen last, after another look when the clock has moved. Never raises for a database."""
        now = self._clock.now()
        if now != self._looked_at:
            self._looked_at = now  # before the look: other threads go on with what was seen, rather than wait for it
            try:
                with self._database.read() as connection:
                    self._seen = self._look(connection)
            except SQLAlchemyError as error:
                log.error("last-known-state-used", extra={"kind": type(error).__name__})
        return self._seen
