"""Recordings are named in any order, twice, late or wrongly; each stands under exactly one question or is found."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from ivr.simulator.lines import new_sid
from storage.bound_intents import CallForWorker, fits
from storage.jobs import standing_alarms
from storage.keys import rotate_live_key
from storage.models import intents
from storage.opening import open_for_worker
from tests.house import House
from tests.ivr.by_hand import HandMadeCall

pytestmark = pytest.mark.usefixtures("full_price")  # turns overtake the slow work, and it is slow


def at_who(house: House) -> HandMadeCall:
    return HandMadeCall(house).until("who")


def states(call: HandMadeCall) -> list[tuple[str, str]]:
    return [(row.question, row.state) for row in call.intents()]


def alarms(house: House) -> set[str]:
    with house.database.read() as connection:
        return set(standing_alarms(connection))


def test_a_recording_may_be_named_before_its_question_is_answered(house: House) -> None:
    call = at_who(house)
    sid = new_sid("RE")
    assert call.name(sid).status == 204
    assert states(call) == [("who", "known")]
    assert call.step == "who"
    call.recorded(sid=sid)
    assert call.step != "who"
    assert states(call) == [("who", "known")]


def test_what_the_worker_reads_names_the_recording_and_its_call(house: House) -> None:
    call = at_who(house)
    sid = new_sid("RE")
    call.name(sid, EncryptionDetails='{"type":"rsa-aes"}')
    (row,) = call.intents()
    purpose = f"recording:{row.intent_id}"
    told = json.loads(open_for_worker(row.recording_for_worker, purpose=purpose, key=house.place.worker_key))
    assert told == {
        "sid": sid,
        "call_sid": call.sid,
        "status": "completed",
        "duration": "5",
        "encryption": '{"type":"rsa-aes"}',
        "started": "Tue, 24 Nov 2026 02:00:00 +0000",
    }
    call_row = call.row()
    opened = open_for_worker(call_row.sid_for_worker, purpose=f"call:{call_row.call_key}", key=house.place.worker_key)
    assert CallForWorker.unpacked(opened).sid == call.sid


def test_a_recording_that_is_named_twice_is_known_once(house: House) -> None:
    call = at_who(house)
    sid = new_sid("RE")
    for intent_id in (call.intent_id, call.intent_id, "adopt", "f" * 32):
        assert call.name(sid, intent_id).status == 204
    assert states(call) == [("who", "known")]


def test_a_second_recording_of_one_question_stands_beside_the_first(house: House) -> None:
    call = at_who(house)
    intent_id = call.intent_id
    for sid in (new_sid("RE"), new_sid("RE")):
        call.name(sid, intent_id)
    assert states(call) == [("who", "known"), ("who", "known")]
    first, second = call.intents()
    assert first.report_id == second.report_id is not None
    assert first.place == second.place


def intent_key(call: HandMadeCall) -> bytes:
    row, key = call.row(), call.house.place.worker_key
    packed = open_for_worker(row.sid_for_worker, purpose=f"call:{row.call_key}", key=key)
    return CallForWorker.unpacked(packed).intent_key


def test_the_worker_can_tell_that_every_row_is_what_the_door_asked_for(house: House) -> None:
    call = at_who(house)
    rotate_live_key(house.settings.live_key_file, house.clock.now())
    house.later(seconds=2)
    first = call.intent_id
    call.recorded()
    for sid in (new_sid("RE"), new_sid("RE")):
        call.name(sid, first)
    rows = call.intents()
    assert len(rows) >= 2
    assert [fits(intent_key(call), row.intent_id, row) for row in rows] == [True] * len(rows)


def test_a_second_recording_of_a_row_that_was_moved_goes_to_no_report(house: House) -> None:
    call, victim = at_who(house), at_who(house)
    other = victim.intents()[0].report_id
    with house.database.write() as connection:
        moved = update(intents).where(intents.c.intent_id == call.intent_id).values(report_id=other)
        connection.execute(moved)
    for sid in (new_sid("RE"), new_sid("RE")):
        call.name(sid)
    spare, first = sorted(call.intents(), key=lambda row: row.report_id is not None)
    assert (spare.report_id, first.report_id) == (None, other)
    assert not fits(intent_key(call), first.intent_id, first)


@pytest.mark.parametrize("intent_id", ["adopt", "0" * 32, "x", "a b"])
def test_a_recording_that_no_question_expects_is_kept_for_adoption(house: House, intent_id: str) -> None:
    call = at_who(house)
    assert call.name(new_sid("RE"), intent_id.replace(" ", "%20")).status == 204
    assert sorted((row.question, row.state, row.report_id is None) for row in call.intents()) == [
        ("story", "known", True),
        ("who", "asked", False),
    ]


def test_a_recording_of_a_call_that_nobody_heard_of_makes_its_row(house: House) -> None:
    call = HandMadeCall(house)
    assert call.name(new_sid("RE"), "adopt").status == 204
    assert states(call) == [("story", "known")]
    assert call.row().turn == 1


def test_no_recording_answers_the_question_of_another_call(house: House) -> None:
    victim, other = at_who(house), HandMadeCall(house).ring()
    other.name(new_sid("RE"), victim.intent_id)
    assert states(victim) == [("who", "asked")]
    assert [(row.state, row.report_id) for row in other.intents()] == [("known", None)]


@pytest.mark.parametrize("source", ["StartCallRecordingAPI", "DialVerb", "Trunking", "OutboundAPI"])
def test_what_somebody_else_switched_on_is_a_tombstone_and_an_alarm(house: House, source: str) -> None:
    call = at_who(house)
    call.name(new_sid("RE"), RecordingSource=source)
    assert sorted(states(call)) == [("who", "asked"), ("who", "refused")]
    assert "foreign_recording" in alarms(house)


def test_a_foreign_recording_outside_any_question_is_a_tombstone_too(house: House) -> None:
    call = HandMadeCall(house).ring()
    call.name(new_sid("RE"), "adopt", RecordingSource="DialVerb")
    assert [row.state for row in call.intents()] == ["refused"]


@pytest.mark.parametrize("status", ["absent", "failed", "in-progress"])
def test_a_recording_that_holds_nothing_leaves_its_question_open(house: House, status: str) -> None:
    call = at_who(house)
    assert call.name(new_sid("RE"), RecordingStatus=status).status == 204
    assert states(call) == [("who", "asked")]


def test_a_callback_without_a_recording_is_answered_and_changes_nothing(house: House) -> None:
    call = at_who(house)
    assert call.post(f"/recording/{call.intent_id}").status == 204
    assert call.name("no-sid-at-all").status == 204
    assert states(call) == [("who", "asked")]


def test_callbacks_that_race_leave_one_recording_for_the_worker(house: House) -> None:
    call = at_who(house)
    sid = new_sid("RE")
    intent_id = call.intent_id
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: call.name(sid, intent_id).status, range(12)))
    assert set(answers) == {204}
    named = [row for row in call.intents() if row.state == "known"]
    # PostgreSQL may let twins through, which the worker recognises by the recording's name; one stands at the question.
    assert len({row.recording_key for row in named}) == 1
    assert call.intent_id in {row.intent_id for row in named}


def test_a_callback_changes_no_turn(house: House) -> None:
    call = at_who(house)
    before = call.row()
    call.name(new_sid("RE"))
    call.name(new_sid("RE"), "adopt")
    assert call.row() == before


def test_hanging_up_before_the_last_answer_leaves_the_question_to_the_worker(house: House) -> None:
    call = at_who(house)
    call.recorded("hangup")
    assert call.step == "who", "nothing new is asked of somebody who is gone"
    assert states(call) == [("who", "asked")]


def test_an_empty_recording_asks_again_and_then_goes_on(house: House) -> None:
    call = at_who(house)
    call.hear()
    assert call.step == "who"
    call.hear()
    assert call.step != "who"
    assert {state for _, state in states(call)} == {"asked"}


# ---- a question that was recorded twice ----------------------------------------------------------------------------


def recorded_twice(house: House) -> HandMadeCall:
    """Return a call whose first recording's webhook was lost, so that its caller was asked and recorded once more."""
    call = HandMadeCall(house).until("who")
    first = call.intent_id
    call.name(new_sid("RE"))
    call.document = call.ask("/call/now")  # as the static answers lead back
    assert call.intent_id == first
    second = new_sid("RE")
    call.recorded(sid=second)
    call.name(second, first)
    return call


def decided(call: HandMadeCall) -> list[tuple[str, bool]]:
    return [(row.state, row.accepted) for row in call.intents() if row.question == "who"]


def test_both_recordings_of_one_question_wait_for_their_caller(house: House) -> None:
    call = recorded_twice(house)
    assert decided(call) == [("known", False)] * 2
    call.press("1", "4")
    assert decided(call) == [("known", True)] * 2


@pytest.mark.parametrize("key", ["2", "3"])
def test_both_recordings_of_one_question_are_taken_back_by_their_caller(house: House, key: str) -> None:
    call = recorded_twice(house)
    call.press("1", key)
    assert [state for state, _ in decided(call)] == ["refused", "refused", "asked"][: 3 if key == "2" else 2]
    assert not any(accepted for _, accepted in decided(call))
