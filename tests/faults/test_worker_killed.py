"""kill -9 of the worker at any commit or call out loses nothing, keeps nothing twice, leaves nothing at the carrier."""

from __future__ import annotations

import pytest
from sqlalchemy import Table, delete, func, select

from storage import jobs
from storage.clock import TurnedClock
from storage.contents import Sound
from storage.database import Database
from storage.models import beats, call_log, calls, counts, intents, items, mailboxes, reports, wraps
from storage.models import jobs as job_rows
from tests.faults.killed_worker import without_syncing, work_until_killed
from tests.worker.conftest import Working
from tests.worker.fakes import FakeCarrier, FakePost, babble, silence

NAMED, UNNAMED, UNASKED, REFUSED = (babble(1.0, seed) for seed in (1, 2, 3, 4))
TABLES = (beats, calls, counts, intents, wraps, items, mailboxes, reports, job_rows, call_log)


def one_call(line: Working) -> str:
    """Play a finished call with an answer of every kind, and an alert; return its report."""
    for table in TABLES:
        with line.database.write() as connection:
            connection.execute(delete(table))
    line.carrier, line.post = FakeCarrier(too_early=1), FakePost()
    sid, call_key = line.ring()
    report_id = line.report(urgent="yes", substance=True)
    for place, sound, named in ((1, NAMED, True), (2, UNNAMED, False), (3, silence(), True)):
        intent_id = line.ask(call_key, report_id, place=place)
        recording = line.carrier.record(sid, sound, started=line.clock.now() + 3)
        if named:
            line.name(intent_id, recording, sid)
        line.clock.forward(60)
    refused = line.ask(call_key, report_id, place=4, state="refused")
    line.name(refused, line.carrier.record(sid, REFUSED, started=line.clock.now() + 3), sid)
    line.name(line.ask(call_key, None, place=0), line.carrier.record(sid, UNASKED, started=line.clock.now() + 40), sid)
    with line.database.write() as connection:
        jobs.add_message(connection, "alert", report_id, now=line.clock.now())
    line.hang_up(sid, call_key)
    line.clock.forward(700)
    return report_id


def counted(line: Working, table: Table) -> int:
    with line.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def must_be_whole(line: Working, report_id: str) -> None:
    sounds = [Sound.unpacked(packed).wav for packed in line.opened("sound")]
    assert sorted(sounds) == sorted([NAMED, UNNAMED, UNASKED])
    assert len(line.opened("draft")) == 3
    assert len(line.opened("sound", report_id)) == 2
    assert len(line.opened("received")) == 1
    with line.database.read() as connection:
        states = list(connection.scalars(select(reports.c.state)))
    assert states == ["new", "new"]
    assert counted(line, wraps) == counted(line, items)
    assert [counted(line, table) for table in (calls, intents, job_rows)] == [0, 0, 0]
    assert counted(line, call_log) == 1, "a call is logged once, wherever its worker was killed"
    assert (line.carrier.recordings, line.carrier.calls) == ({}, {})
    assert ("A report needs attention", "A report needs attention at https://desk.example\n") in line.post.sent


@pytest.mark.timeout(900)
def test_a_worker_killed_anywhere_loses_nothing(database: Database, clock: TurnedClock) -> None:
    line = Working(without_syncing(database), clock)
    killed_at = 0
    while True:
        killed_at += 1
        report_id = one_call(line)
        lived = work_until_killed(line, killed_at)
        line.clock.forward(600)  # leases run out
        line.work_for(600, step=150)
        must_be_whole(line, report_id)
        if lived:
            break
    assert killed_at > 40  # else the fuse was never near the end of a call's work
