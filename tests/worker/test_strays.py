"""Calls that only the carrier knows of: taken in, their recordings adopted, deleted; calls of others are left alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from ivr.worker.strays import telling_digits
from storage.jobs import standing_alarms
from storage.models import call_log, calls, counts
from tests.worker.conftest import Working
from tests.worker.fakes import babble, new_sid


def test_a_recording_of_a_call_nobody_heard_of_becomes_a_report(line: Working) -> None:
    sid = new_sid("CA")
    line.carrier.calls[sid] = "completed"
    line.carrier.record(sid, babble(), started=line.clock.now() - 4000)
    line.work_for(700)
    assert line.carrier.calls == {}
    assert line.carrier.recordings == {}
    assert len(line.opened("received")) == len(line.opened("sound")) == 1


def test_a_call_nobody_heard_of_and_nothing_was_said_in_is_deleted(line: Working) -> None:
    line.carrier.calls[new_sid("CA")] = "completed"
    line.work_for(700)
    assert line.carrier.calls == {}
    assert line.opened("received") == []


def test_a_row_that_does_not_open_keeps_no_other_call_waiting(line: Working) -> None:
    damaged, _ = line.ring()
    with line.database.write() as connection:
        connection.execute(update(calls).values(sid_for_worker=b"junk"))
    sid = new_sid("CA")
    for one in (damaged, sid):
        line.carrier.calls[one] = "completed"
        line.carrier.record(one, babble(), started=line.clock.now())
    line.work_for(1200)
    assert (line.carrier.calls, line.carrier.recordings) == ({}, {})
    assert len(line.opened("sound")) == 2
    with line.database.read() as connection:
        assert "storage" in standing_alarms(connection)


def test_calls_to_numbers_that_are_not_the_lines_are_left_alone(line: Working) -> None:
    line.carrier.calls[new_sid("CA")] = "completed"
    line.carrier.to = "+442079460123"
    line.work_for(700)
    assert len(line.carrier.calls) == 1


def test_a_softphones_leg_that_nobody_heard_of_is_deleted_and_counted_nowhere(line: Working) -> None:
    sid = new_sid("CA")
    line.carrier.calls[sid], line.carrier.ours = "completed", {sid}
    line.work_for(700)
    assert line.carrier.calls == {}
    with line.database.read() as connection:
        assert connection.execute(select(call_log)).all() == []
        assert connection.execute(select(counts).where(counts.c.name == "calls.stray")).all() == []


def test_a_call_that_goes_on_is_left_alone(line: Working) -> None:
    line.carrier.calls[new_sid("CA")] = "in-progress"
    line.work_for(700)
    assert len(line.carrier.calls) == 1


@pytest.mark.parametrize("written", ["0808 157 0192", "+44 808 157 0192", "+448081570192", "0044-808-157-0192"])
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert telling_digits(written) == telling_digits("08081570192")
    assert telling_digits(written) != telling_digits("08081570193")
