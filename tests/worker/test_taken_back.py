"""A clip that its caller took back goes, and takes no other recording of the call with it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from storage.models import intents
from tests.worker.conftest import Working
from tests.worker.fakes import babble


def take_back(line: Working, intent_id: str) -> None:
    """Do what the public door does when a caller deletes a clip."""
    with line.database.write() as connection:
        connection.execute(update(intents).where(intents.c.intent_id == intent_id).values(state="refused"))


def taken_back(line: Working, *, named: str) -> tuple[str, str]:
    """Give a call whose caller deleted a clip, which the carrier named before that, after that, or never."""
    sid, call_key = line.ring()
    report_id = line.report()
    intent_id = line.ask(call_key, report_id, accepted=False)
    recording = line.carrier.record(sid, babble(), started=line.clock.now() + 3)
    if named == "before":
        line.name(intent_id, recording, sid)
    take_back(line, intent_id)
    if named == "after":  # the door then keeps a row of its own for it
        line.name(line.ask(call_key, report_id), recording, sid)
    line.work()
    return sid, call_key


@pytest.mark.parametrize("named", ["before", "after", "never"])
def test_what_is_said_to_a_static_answer_after_a_clip_was_deleted_is_kept(line: Working, named: str) -> None:
    """The database or the service was away later in the call: no intent tells of that recording, nor a callback."""
    sid, call_key = taken_back(line, named=named)
    line.clock.forward(60)
    line.carrier.record(sid, babble(), started=line.clock.now())
    line.hang_up(sid, call_key)
    line.work_for(700)
    assert (len(line.opened("sound")), line.carrier.recordings) == (1, {})


def test_a_second_recording_of_a_question_whose_clip_was_deleted_is_deleted_too(line: Working) -> None:
    sid, call_key = line.ring()
    report_id = line.report()
    first, second = (line.ask(call_key, report_id, accepted=accepted) for accepted in (False, True))
    line.name(first, line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    take_back(line, first)
    line.name(second, line.carrier.record(sid, babble(seed=2), started=line.clock.now() + 9), sid)
    line.work()
    assert (line.opened("sound"), line.carrier.recordings) == ([], {})


@pytest.mark.parametrize("named", ["before", "after", "never"])
def test_a_deleted_clip_is_stored_nowhere(line: Working, named: str) -> None:
    sid, call_key = taken_back(line, named=named)
    line.hang_up(sid, call_key)
    line.work_for(700)
    assert (line.opened("sound"), line.carrier.recordings) == ([], {})


def test_what_a_clock_gone_wrong_puts_under_a_deleted_clip_is_deleted_with_it(line: Working) -> None:
    sid, call_key = line.ring()
    report_id = line.report()
    take_back(line, line.ask(call_key, report_id, accepted=False))
    line.carrier.record(sid, babble(), started=line.clock.now() + 30)
    line.clock.forward(20)
    line.ask(call_key, report_id, question="force", place=2)
    line.hang_up(sid, call_key)
    line.work_for(700)
    assert line.carrier.recordings == {}
