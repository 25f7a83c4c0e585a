"""The minutes of a day's calls: one sum without a trace of any call, an alarm above a limit, gone with the day."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from storage.clock import TurnedClock
from storage.database import Database
from storage.jobs import standing_alarms
from storage.minutes import add_minutes, minutes_today
from storage.models import beats
from tests.worker.conftest import Working

DAY = 86_400
MORNING = 1_795_000_000 - 1_795_000_000 % DAY + 8 * 3600


@pytest.fixture
def line(database: Database) -> Working:
    return Working(database, TurnedClock(MORNING), daily_minutes_alarm=10)


def call_of(line: Working, seconds: int) -> None:
    sid, call_key = line.ring()
    line.clock.forward(seconds)
    line.hang_up(sid, call_key)
    line.work_for(780)


def today(line: Working) -> int:
    with line.database.read() as connection:
        return minutes_today(connection, now=line.clock.now())


def alarms(line: Working) -> set[str]:
    with line.database.read() as connection:
        return set(standing_alarms(connection))


def test_finished_calls_add_up_with_each_begun_minute_counted_whole(line: Working) -> None:
    for seconds in (1, 60, 61, 0):
        call_of(line, seconds)
    assert today(line) == 1 + 1 + 2 + 1


def test_a_sum_above_the_limit_is_an_alarm_told_once_that_ends_with_the_day(line: Working) -> None:
    call_of(line, 600)
    assert alarms(line) == set()
    call_of(line, 1)
    assert alarms(line) == {"minutes"}
    call_of(line, 120)
    assert line.post.sent == [("The hotline needs an operator", "An alarm stands. See https://desk.example\n")]
    line.clock.forward(DAY)
    line.work()
    assert (alarms(line), today(line)) == (set(), 0)


def test_only_the_sum_of_the_day_is_kept_and_no_time_but_the_days_beginning(line: Working) -> None:
    call_of(line, 100)
    call_of(line, 200)
    with line.database.read() as connection:
        kept = connection.execute(select(beats).where(beats.c.name.contains("minutes"))).all()
    assert [tuple(row) for row in kept] == [("minutes", MORNING - MORNING % DAY, "6")]
    assert re.fullmatch("[0-9]+", kept[0].note)
    line.clock.forward(DAY)
    line.work()
    with line.database.read() as connection:
        assert connection.execute(select(beats).where(beats.c.name.contains("minutes"))).all() == []


def test_a_new_day_begins_at_nothing(database: Database) -> None:
    with database.write() as connection:
        add_minutes(connection, 600, now=MORNING)
        add_minutes(connection, 60, now=MORNING + DAY)
        assert minutes_today(connection, now=MORNING + DAY) == 1
        assert minutes_today(connection, now=MORNING) == 0
