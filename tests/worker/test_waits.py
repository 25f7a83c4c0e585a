"""The alarms about callers who wait: for too long, or for a language nobody at work can take; each told once."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import func, insert, select, update

from storage.jobs import standing_alarms
from storage.models import jobs, shifts, skills, talks
from tests.worker.conftest import Working

AMINA = "a" * 32


def let_wait(line: Working, language: str = "en", **more: object) -> None:
    _, call_key = line.ring()
    ids = {"talk_id": uuid4().hex, "room": uuid4().hex, "call_key": call_key}
    row = {"language": language, "since": line.clock.now(), "state": "waiting", **ids}
    with line.database.write() as connection:
        connection.execute(insert(talks), {**row, **more})


def at_work(line: Working, *held: tuple[str, str]) -> None:
    now = line.clock.now()
    with line.database.write() as connection:
        row = {"person_id": AMINA, "state": "on_call", "since": now, "seen_at": now + 86_400}
        connection.execute(insert(shifts), row)
        for skill, until in (("general", "2099-12"), *held):
            connection.execute(insert(skills), {"person_id": AMINA, "skill": skill, "until": until})


def nobody_waits(line: Working) -> None:
    with line.database.write() as connection:
        connection.execute(update(talks).values(state="over"))


def alarms(line: Working) -> set[str]:
    with line.database.read() as connection:
        return set(standing_alarms(connection))


def test_a_caller_who_waits_longer_than_the_setting_is_an_alarm(line: Working) -> None:
    at_work(line, ("language:en", ""))
    let_wait(line)
    line.work_for(270)
    assert alarms(line) == set()
    line.work_for(60)
    assert alarms(line) == {"long_wait"}


def test_a_caller_whom_nobody_at_work_can_take_is_an_alarm_at_once(line: Working) -> None:
    at_work(line, ("language:en", ""), ("interpreter", "2020-01"))
    let_wait(line)
    line.work()
    assert alarms(line) == set()
    let_wait(line, "so")
    line.work()
    assert alarms(line) == {"nobody"}


def test_somebody_who_interprets_takes_every_language(line: Working) -> None:
    at_work(line, ("interpreter", "2099-12"))
    let_wait(line, "so")
    line.work()
    assert alarms(line) == set()


def test_a_practice_alarms_nobody(line: Working) -> None:
    let_wait(line, practice=True, since=0)
    line.work()
    assert alarms(line) == set()


def test_it_is_told_once_although_callers_come_and_go_and_ends_after_a_quiet_hour(line: Working) -> None:
    for _ in range(3):
        let_wait(line)
        line.work_for(60)
        nobody_waits(line)
        line.work_for(60)
    assert alarms(line) == {"nobody"}
    with line.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(jobs)) == 0
    assert len(line.post.sent) == 1
    line.work_for(3660, step=60)
    assert alarms(line) == set()
