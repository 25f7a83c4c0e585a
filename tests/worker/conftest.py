"""A line for every test of the worker."""

from __future__ import annotations

import threading

import pytest

from ivr.worker import rounds
from ivr.worker.timetable import LANES
from storage.clock import TurnedClock
from storage.database import Database
from tests.worker.fakes import Line


class Working(Line):
    """A line whose worker runs when the test says so."""

    clock: TurnedClock

    def work(self) -> None:
        """Let a fresh worker run until nothing is due."""
        rounds.run_until_nothing_is_due(self.place(), LANES, threading.Event())

    def work_for(self, seconds: int, *, step: int = 30) -> None:
        """Let time pass while a worker works."""
        for _ in range(0, seconds, step):
            self.clock.forward(step)
            self.work()


@pytest.fixture
def line(database: Database, clock: TurnedClock) -> Working:
    return Working(database, clock)
