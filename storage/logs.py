"""Logging as JSON lines with allow-listed fields: what is not on the list cannot be written, not even in a traceback.

The scrubbing stands in the formatter: a filter would leave what it removed in the traceback.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TextIO

from storage.clock import Clock, SystemClock, iso_week

ALLOWED_EXTRAS = ("kind", "count", "seconds", "name_of_job")
OWN_LOGGER = "hotline"
MAX_EVENT_CHARACTERS = 200


class EventFormatter(logging.Formatter):
    """Writes an event's name, level, logger and allowed fields; of an error only its kind and where it arose."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "week": iso_week(self._clock.now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            # A library's message may hold anything: of those only where they come from is told.
            "event": record.getMessage()[:MAX_EVENT_CHARACTERS] if _is_ours(record) else "library-message",
        }
        line |= {name: vars(record)[name] for name in ALLOWED_EXTRAS if name in vars(record)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, default=str)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] == OWN_LOGGER


def write_events(stream: TextIO | None = None, clock: Clock | None = None) -> None:
    """Send all logging of this process to one stream as events, and nothing else. May run twice."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(EventFormatter(clock or SystemClock()))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OWN_LOGGER).setLevel(logging.INFO)
