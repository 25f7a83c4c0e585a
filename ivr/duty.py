"""Whether somebody works now who could answer in a language: looked at once a second for all calls, not for each."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from storage.clock import Clock
from storage.database import Database
from storage.glance import Glance
from storage.live import queue


class Duty:
    """The handlers who work now, as far as a call needs to know."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._by_language: dict[str, Glance[bool]] = {}

    def is_anybody_there(self, language: str) -> bool:
        """Say whether somebody works who could answer, now or after their present call; as it was last seen."""
        glance = self._by_language.get(language)
        if glance is None:
            look = partial(self._look, language)
            glance = self._by_language.setdefault(language, Glance(self._database, self._clock, look, first=False))
        return glance.seen()

    def _look(self, language: str, connection: Connection) -> bool:
        return queue.is_handler_on_duty(connection, language, now=self._clock.now())
