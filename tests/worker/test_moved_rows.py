"""A recording's row that somebody moved to another report: the clip is kept apart, and never lands there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select, update

from storage.bound_intents import CallForWorker, bound_intent_id, fits
from storage.jobs import standing_alarms
from storage.live_calls import Intent
from storage.models import calls, intents, items, reports
from storage.sealing import seal_for_worker
from tests.worker.conftest import Working
from tests.worker.fakes import audience, babble

KEY = b"k" * 32
ASKED = Intent("", "c" * 32, "r" * 32, "who", 3, "en", "asked", None)


def change(line: Working, intent_id: str, **values: Any) -> None:
    with line.database.write() as connection:
        connection.execute(update(intents).where(intents.c.intent_id == intent_id).values(**values))


def report_of_clip(line: Working) -> list[str]:
    with line.database.read() as connection:
        return list(connection.scalars(select(items.c.report_id).where(items.c.kind == "sound")))


def alarms(line: Working) -> set[str]:
    with line.database.read() as connection:
        return set(standing_alarms(connection))


def answered(line: Working, *, named: bool = True) -> tuple[str, str, str, str]:
    """Let a caller answer one question by voice; return the call's SID and key, the report and the intent."""
    sid, call_key = line.ring()
    report_id = line.report()
    intent_id = line.ask(call_key, report_id, question="who", place=3)
    recording = line.carrier.record(sid, babble(), started=line.clock.now())
    if named:
        line.name(intent_id, recording, sid)
    return sid, call_key, report_id, intent_id


def test_an_id_fits_what_it_was_made_for_and_nothing_else() -> None:
    intent_id = bound_intent_id(KEY, ASKED)
    assert len(intent_id) == 32
    assert int(intent_id, 16) >= 0
    assert fits(KEY, intent_id, ASKED)
    assert bound_intent_id(KEY, ASKED) != intent_id
    others: list[dict[str, Any]] = [
        {"call_key": "d" * 32}, {"report_id": "s" * 32}, {"report_id": None}, {"question": "story"}, {"place": 4},
        {"language": "pl"},
    ]  # fmt: skip
    for other in others:
        assert not fits(KEY, intent_id, Intent(**{**vars(ASKED), **other}))
    assert not fits(b"l" * 32, intent_id, ASKED)
    assert not fits(b"", bound_intent_id(b"", ASKED), ASKED)
    assert not fits(KEY, "é", ASKED)


def test_a_clip_lands_where_it_was_asked_for(line: Working) -> None:
    _, _, report_id, _ = answered(line)
    line.work()
    assert report_of_clip(line) == [report_id]
    assert "storage" not in alarms(line)


@pytest.mark.parametrize("named", [True, False])
def test_a_row_that_was_moved_to_another_report_is_adopted_apart(line: Working, named: bool) -> None:
    sid, call_key, own, intent_id = answered(line, named=named)
    other = line.report()
    change(line, intent_id, report_id=other)
    if not named:
        line.hang_up(sid, call_key)
    line.work_for(1200)
    (apart,) = report_of_clip(line)
    assert apart not in (own, other)
    assert "storage" in alarms(line)
    assert line.carrier.recordings == {}


@pytest.mark.parametrize("moved", [{"question": "story"}, {"place": 9}, {"language": "pl"}])
def test_a_row_whose_question_was_changed_is_adopted_apart(line: Working, moved: dict[str, Any]) -> None:
    _, _, own, intent_id = answered(line)
    change(line, intent_id, **moved)
    line.work()
    assert own not in report_of_clip(line)
    assert "storage" in alarms(line)


def test_a_row_that_was_moved_to_another_call_is_adopted_apart(line: Working) -> None:
    _, _, own, intent_id = answered(line)
    _, other_call, other, _ = answered(line)
    change(line, intent_id, call_key=other_call, report_id=other)
    line.work()
    assert sorted(report_of_clip(line)).count(other) == 1
    assert own not in report_of_clip(line)


def test_a_key_that_somebody_else_sealed_for_a_call_moves_nothing(line: Working) -> None:
    """Anybody can seal to the worker, but does not know the call's SID, which the recording's notice names."""
    _, call_key, _, intent_id = answered(line)
    other = line.report()
    packed = CallForWorker("CA" + "0" * 32, KEY).packed()
    sealed = seal_for_worker(packed, purpose=f"call:{call_key}", worker=audience(line.worker))
    with line.database.write() as connection:
        connection.execute(update(calls).values(sid_for_worker=sealed))
    change(line, intent_id, report_id=other)
    line.work()
    assert other not in report_of_clip(line)


@pytest.mark.parametrize("sealed", [b"", b"\x01rotten", "no call", None])
def test_a_clip_is_kept_apart_when_nothing_tells_any_more_what_was_asked(
    line: Working, sealed: bytes | str | None
) -> None:
    _, call_key, own, _ = answered(line)
    with line.database.write() as connection:
        mine = calls.c.call_key == call_key
        if sealed is None:
            connection.execute(delete(calls).where(mine))
        else:
            packed = seal_for_worker(b"CA1", purpose=f"call:{call_key}", worker=audience(line.worker))
            connection.execute(
                update(calls).where(mine).values(sid_for_worker=packed if sealed == "no call" else sealed)
            )
    line.work()
    (apart,) = report_of_clip(line)
    assert apart != own
    assert "storage" in alarms(line)


def test_a_row_that_says_where_adopted_clips_go_is_believed_only_when_the_worker_wrote_it(line: Working) -> None:
    sid, call_key = line.ring()
    victim = line.report()
    planted = line.ask(call_key, victim, place=8, state="kept")
    change(line, planted, question="adopted", item_id="i" * 32, item_hash=b"h" * 64)
    line.name(line.ask(call_key, None), line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    assert victim not in report_of_clip(line)


def test_an_adopted_row_of_another_call_takes_no_clips_of_this_one(line: Working) -> None:
    ends = []
    for _ in range(2):
        sid, call_key = line.ring()
        first = line.ask(call_key, None)
        line.name(first, line.carrier.record(sid, babble(), started=line.clock.now()), sid)
        ends.append((sid, call_key, first))
    line.work()
    (_, _, foreign), (sid, call_key, own) = ends
    with line.database.write() as connection:
        found = connection.execute(select(intents.c.intent_id, intents.c.report_id)).all()
    report_by_intent = {row.intent_id: row.report_id for row in found}
    change(line, foreign, call_key=call_key)
    change(line, own, question="story")  # else its own adopted report would be found first
    line.name(line.ask(call_key, None), line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    assert report_of_clip(line).count(report_by_intent[foreign]) == 1


def test_a_moved_clip_that_was_sealed_already_is_kept_twice_rather_than_lost(line: Working) -> None:
    _, _, own, intent_id = answered(line)
    there = dict(line.carrier.recordings)
    line.work()
    line.carrier.recordings.update(there)
    other = line.report()
    change(line, intent_id, report_id=other, state="sealed")
    line.work()
    landed = report_of_clip(line)
    assert own in landed
    assert other not in landed
    assert "storage" in alarms(line)


def test_the_report_of_a_moved_row_is_settled_all_the_same(line: Working) -> None:
    sid, call_key, own, intent_id = answered(line)
    change(line, intent_id, report_id=line.report())
    line.hang_up(sid, call_key)
    line.work_for(1800)
    with line.database.read() as connection:
        rows = connection.execute(select(reports.c.report_id, reports.c.state)).all()
    states = {row.report_id: row.state for row in rows}
    assert "arriving" not in states.values()
    assert states.get(own) is None, "nothing was keyed into it: it counts as too little"
