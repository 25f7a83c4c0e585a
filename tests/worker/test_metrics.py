"""What a monitoring system may read: that the parts live, and never that somebody rang."""

from __future__ import annotations

import re
import socket

import pytest
import requests
from sqlalchemy.exc import OperationalError

from ivr.worker.metrics import told_at
from ivr.worker.workplace import Workplace
from storage.jobs import beat, clear_alarm, raise_alarm
from tests.worker.conftest import Working
from tests.worker.fakes import babble


def told(place: Workplace, free_port: int) -> str:
    with told_at(("127.0.0.1", free_port), place):
        return requests.get(f"http://127.0.0.1:{free_port}/metrics", timeout=10).text


def values(text: str) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_a_monitoring_system_sees_when_the_worker_was_last_alive_and_which_alarms_stand(
    line: Working, free_port: int
) -> None:
    place = line.place()
    with line.database.write() as connection:
        beat(connection, "worker", now=line.clock.now() - 40)
        beat(connection, "turn:expire", now=line.clock.now() - 90)
        raise_alarm(connection, "alert_path", "mail", now=line.clock.now())
    found = values(told(place, free_port))
    assert found["hotline_database_up"] == 1
    assert found['hotline_part_seen_seconds{part="worker"}'] == 40
    assert found['hotline_job_ran_seconds{job="expire"}'] == 90
    assert found['hotline_alarm{alarm="alert_path"}'] == 1
    with line.database.write() as connection:
        clear_alarm(connection, "alert_path")
    assert values(told(place, free_port))['hotline_alarm{alarm="alert_path"}'] == 0


def test_a_call_and_its_report_change_nothing_that_is_told(line: Working, free_port: int) -> None:
    place = line.place()
    line.work()
    before = told(place, free_port)
    sid, call_key = line.ring()
    intent = line.ask(call_key, line.report())
    line.name(intent, line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    during = told(place, free_port)
    line.hang_up(sid, call_key)
    line.work()
    assert line.state(intent) == "kept"
    with line.database.write() as connection:  # what one caller can raise
        for name in ("crowded", "guessing", "signatures", "conflict", "urgent"):
            raise_alarm(connection, name, "", now=line.clock.now())
    after = told(place, free_port)
    assert before == during == after
    assert re.search("call|crowded|guess|urgent|conflict", after.replace('job="on_call"', "")) is None


def test_without_a_database_only_that_is_told(line: Working, free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    place = line.place()

    def away() -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(place.database, "read", away)
    assert values(told(place, free_port)) == {"hotline_database_up": 0}


def test_nobody_listens_when_no_place_is_named_and_afterwards(line: Working, free_port: int) -> None:
    with told_at(None, line.place()):
        pass
    told(line.place(), free_port)
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", free_port), timeout=5):
        pass
