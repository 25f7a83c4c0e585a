"""Raises an alarm about forged requests beside the answer: a flood of them must cost the database nothing."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from storage.clock import Clock
from storage.database import Database
from storage.jobs import raise_alarm

SECONDS_BETWEEN_ALARMS = 60

log = logging.getLogger("hotline.edge")


@dataclass
class AlarmBell:
    """Rings at most once a minute and process, in a thread of its own."""

    database: Database
    clock: Clock
    _next_at: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ring(self) -> None:
        """Note one refused request; returns at once."""
        now = self.clock.now()
        with self._lock:
            if now < self._next_at:
                return
            self._next_at = now + SECONDS_BETWEEN_ALARMS
        log.warning("request-refused")
        threading.Thread(target=self._raise, args=(now,), name="alarm-bell", daemon=True).start()

    def _raise(self, now: int) -> None:
        note = "requests come that Twilio did not sign with a key we know: check the address and the keys"
        try:
            with self.database.write() as connection:
                raise_alarm(connection, "signatures", note, now=now)
        except SQLAlchemyError as error:
            log.error("database-away", extra={"kind": type(error).__name__})
