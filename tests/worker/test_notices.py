"""A team is told that something is there, and nothing else; those on call that somebody is asked for."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cache

from sqlalchemy import select

from ivr.worker import rounds
from ivr.worker.timetable import LANES
from ivr.worker.workplace import Workplace
from prompts.line import Line
from storage import jobs
from storage.jobs import standing_alarms
from storage.models import jobs as rows
from tests.releasing.desks import line_with, squad
from tests.worker.conftest import Working

ADDRESS = "https://teams.example.org"


@cache
def told_line() -> Line:
    """Return a line of whose two teams one is told."""
    told, other = squad("standards", email="standards@northshire.example"), squad("counter-corruption")
    return line_with(told.team, other.team)


def place_of(line: Working) -> Workplace:
    """Return the place of the worker of such a line."""
    place = line.place()
    return replace(place, line=told_line(), rules=replace(place.rules, assessment=ADDRESS))


def work(place: Workplace) -> None:
    rounds.run_until_nothing_is_due(place, LANES, threading.Event())


def ask(line: Working, kind: str, subject: str = "") -> None:
    with line.database.write() as connection:
        jobs.add_message(connection, kind, subject, now=line.clock.now())


def waiting(line: Working) -> list[str]:
    with line.database.read() as connection:
        return list(connection.scalars(select(rows.c.kind)))


def test_a_team_is_told_that_something_is_there_and_not_what(line: Working) -> None:
    ask(line, jobs.NOTICE, "standards")
    work(place_of(line))
    assert line.post.sent == [
        ("Something for your team", f"Something was released to your team. Open it at {ADDRESS}\n"),
    ]
    assert line.post.told == [("standards@northshire.example",)]
    assert waiting(line) == []


def test_a_team_without_an_address_is_told_nothing_and_holds_up_nobody(line: Working) -> None:
    ask(line, jobs.NOTICE, "counter-corruption")
    ask(line, jobs.NOTICE, "standards")
    work(place_of(line))
    assert len(line.post.sent) == 1
    assert waiting(line) == []


def test_a_notice_that_does_not_leave_is_tried_again_and_becomes_an_alarm_that_ends(line: Working) -> None:
    line.post.down = True
    place = place_of(line)
    ask(line, jobs.NOTICE, "standards")

    def alarms(minutes: int) -> set[str]:
        for _ in range(minutes // 10):
            line.clock.forward(600)
            work(place)
        with line.database.read() as connection:
            return set(standing_alarms(connection))

    assert "notices" not in alarms(50)
    assert "notices" in alarms(20)
    line.post.down = False
    assert "notices" not in alarms(20)
    assert line.post.told == [("standards@northshire.example",)]


def test_those_on_call_are_asked_for_a_second_person_without_any_content(line: Working) -> None:
    ask(line, jobs.SECOND)
    line.work()
    assert line.post.sent == [("Somebody is asked for", "A second person is needed at https://desk.example\n")]
    assert waiting(line) == []


def test_an_asking_for_a_second_person_that_does_not_leave_is_an_alarm(line: Working) -> None:
    ask(line, jobs.SECOND)
    line.post.down = True
    line.work_for(420, step=60)
    with line.database.read() as connection:
        assert "alert_path" in standing_alarms(connection)
