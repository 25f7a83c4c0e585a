"""Webhooks come late, twice, at once, crossed and garbled; a call moves on exactly once for each thing heard."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import update

from ivr.simulator.moments import Spoken
from storage.keys import rotate_live_key
from storage.models import calls
from tests.house import BASE, House
from tests.ivr.by_hand import HandMadeCall, address_of, spoken

pytestmark = pytest.mark.usefixtures("full_price")  # turns overtake the slow work, and it is slow


def at(house: House, step: str) -> HandMadeCall:
    return HandMadeCall(house).until(step)


def wait_for_reference(call: HandMadeCall) -> None:
    """Wait until a call's reference was made."""
    for _ in range(600):
        if call.row().slow is not None:
            return
        time.sleep(0.05)
    raise AssertionError("the reference was never made")


def values(call: HandMadeCall) -> list[tuple[str, tuple[str, ...]]]:
    return [(said.question, said.values) for said in call.said()]


# ---- the expected turn and the others -------------------------------------------------------------------------------


def test_the_expected_turn_moves_on_and_keeps_what_was_keyed(house: House) -> None:
    call = at(house, "urgent")
    turn = call.turn
    call.press("2")
    assert (call.step, call.turn) == ("allegation", turn + 1)
    assert values(call) == [("urgent", ("no",))]


def test_the_turn_before_gets_the_present_document_again(house: House) -> None:
    call = at(house, "urgent")
    before = call.address
    document = call.press("2").document
    for keys in ("2", "1", "9", "#"):
        assert call.ask(before, Digits=keys) == document
    assert values(call) == [("urgent", ("no",))]


@pytest.mark.parametrize(
    "elsewhere",
    [
        lambda call: f"/call/{call.step}/1",
        lambda call: f"/call/{call.step}/{call.turn + 1}",
        lambda call: f"/call/{call.step}/{call.turn + 1000}",
        lambda call: f"/call/{call.step}/{10**40}",
        lambda call: f"/call/main_menu/{call.turn}",
        lambda call: f"/call/no_such_step/{call.turn}",
        lambda call: "/call",
        lambda call: "/call/now",
    ],
    ids=["stale", "future", "far future", "absurd", "another step", "no step", "first", "now"],
)
def test_whatever_is_not_the_expected_turn_hears_the_present_step_and_changes_nothing(
    house: House, elsewhere: Callable[[HandMadeCall], str]
) -> None:
    call = at(house, "allegation")
    before, kept = call.row(), values(call)
    for keys in ("1", "9", "0", "#", ""):
        assert call.ask(elsewhere(call), Digits=keys) == call.document
    assert call.row() == before
    assert values(call) == kept == [("urgent", ())]


@pytest.mark.parametrize("path", ["/call/urgent/-1", "/call/urgent/x", "/call/urgent", "/nowhere", "/call/a/b/c"])
def test_an_address_that_was_never_handed_out_is_answered_in_words(house: House, path: str) -> None:
    call = at(house, "urgent")
    document = call.ask(path, Digits="1")
    assert "<Say" in document
    assert call.row().turn == call.turn
    assert call.ask("/call/now") == call.document


def test_a_replay_of_a_whole_call_changes_nothing(house: House) -> None:
    call = HandMadeCall(house).ring()
    posted = []
    for keys in ("", "", "2", "1", "1", "2", "#"):
        posted.append((call.address, keys))
        call.hear(Digits=keys)
    row, kept = call.row(), values(call)
    for address, keys in posted:
        assert call.ask(address, Digits=keys) == call.document
    assert (call.row(), values(call)) == (row, kept)


def test_of_many_twins_that_race_exactly_one_advances(house: House) -> None:
    call = at(house, "urgent")
    turn, address = call.turn, call.address
    with ThreadPoolExecutor(8) as pool:
        documents = list(pool.map(lambda _: call.ask(address, Digits="1"), range(16)))
    assert len(set(documents)) == 1
    assert call.row().turn == turn + 1
    assert values(call) == [("urgent", ("yes",))]


def test_two_different_keys_that_race_leave_one_answer_and_one_way_on(house: House) -> None:
    call = at(house, "urgent")
    turn, address = call.turn, call.address
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda keys: call.ask(address, Digits=keys), ["1", "2", "3"] * 5))
    assert call.row().turn == turn + 1
    ((question, (value,)),) = values(call)
    assert question == "urgent"
    assert value in ("yes", "no", "unsure")
    assert (address_of(call.ask("/call/now")).split("/")[2] == "at_risk") is (value != "no")


# ---- beginnings -----------------------------------------------------------------------------------------------------


def test_the_first_webhook_may_come_twice(house: House) -> None:
    call = HandMadeCall(house)
    assert call.ask("/call") == call.ask("/call")
    assert call.row().turn == 1


def test_first_webhooks_that_race_begin_one_call(house: House) -> None:
    call = HandMadeCall(house)
    with ThreadPoolExecutor(8) as pool:
        documents = list(pool.map(lambda _: call.ask("/call"), range(16)))
    assert len(set(documents)) == 1
    assert call.row().turn == 1


def test_an_unknown_call_in_the_middle_begins_again_in_words(house: House) -> None:
    call = HandMadeCall(house)
    document = call.ask("/call/story/17", Digits="1")
    assert spoken(house, "begin_again") in document
    assert address_of(document) == "/call/main_menu/1"
    assert call.row().turn == 1
    call.document = document
    call.press("2")
    assert call.step == "consent"


def test_an_unknown_call_that_is_moved_is_greeted(house: House) -> None:
    assert address_of(HandMadeCall(house).ask("/call/now")) == "/call/greeting/1"


# ---- a move that crosses a webhook in flight ------------------------------------------------------------------------


def test_a_move_that_crosses_an_answer_changes_no_answer(house: House) -> None:
    call = house.ring()
    call.silence()
    for keys in ("2", "1"):
        call.press(keys)
    assert call.step == "urgent"
    house.exchange.meanwhile(lambda: call.redirect(f"{BASE}/call/now", "POST"))
    call.press("1")
    assert call.step == "at_risk"
    last = HandMadeCall(house, call.sid)
    assert values(last) == [("urgent", ("yes",))]
    call.press("2")
    assert [question for question, _ in values(last)] == ["urgent", "at_risk"]
    call.hang_up()
    assert house.exchange.notices == []


def test_a_move_during_a_recording_keeps_the_clip_and_asks_the_same_question_again(house: House) -> None:
    call = at(house, "who")
    first, sid = call.intent_id, "RE" + "a" * 32
    call.document = call.ask("/call/now")
    assert (call.step, call.intent_id) == ("who", first), "nothing moved, so nothing new was asked for"
    call.name(sid, first)
    call.recorded(sid="RE" + "b" * 32)
    call.name("RE" + "b" * 32, first)
    assert [(row.state, row.question) for row in call.intents()] == [("known", "who"), ("known", "who")]
    assert len({row.recording_key for row in call.intents()}) == 2


# ---- what the row holds -----------------------------------------------------------------------------------------


def test_the_live_key_may_be_rotated_in_the_middle_of_a_call(house: House) -> None:
    call = at(house, "urgent")
    rotate_live_key(house.settings.live_key_file, house.clock.now())
    house.clock.forward(1)
    call.press("2", "1")
    assert call.step == "allegation"
    assert values(call) == [("urgent", ("no",)), ("allegation", ("favours",))]
    while call.step != "who":
        call.press("#")
    sid = "RE" + "c" * 32
    assert call.name(sid).status == 204
    call.recorded(sid=sid)
    assert [row.state for row in call.intents()] == ["known"]


def test_a_recording_that_nobody_expects_after_a_rotation_belongs_to_the_same_call(house: House) -> None:
    call = at(house, "urgent")
    rotate_live_key(house.settings.live_key_file, house.clock.now())
    house.clock.forward(1)
    assert call.name("RE" + "d" * 32, "adopt").status == 204
    assert [(row.state, row.report_id) for row in call.intents()] == [("known", None)]


def test_a_state_that_does_not_open_begins_again_in_words(house: House) -> None:
    call = at(house, "urgent")
    keep(call, b"\x01garbage that no key opens")
    document = call.ask("/call/now")
    assert spoken(house, "begin_again") in document
    assert address_of(document) == f"/call/main_menu/{call.turn}"
    call.document = document
    call.press("2", "1")
    assert call.step == "urgent"


@pytest.mark.parametrize(
    "packed", [b"{}", b"[]", b"null", b'{"step":3,"language":"en"}', b'{"step":"urgent"}', b"\xff"]
)
def test_a_state_that_holds_nonsense_begins_again_in_words(house: House, packed: bytes) -> None:
    call = at(house, "urgent")
    call_key = call.row().call_key
    keep(call, house.door.hotline.live.seal(packed, b"state:" + call_key.encode()))
    document = call.ask(call.address, Digits="1")
    assert spoken(house, "begin_again") in document
    call.document = document
    assert call.press("2").step == "consent"


def test_a_retired_step_begins_again_in_words_and_keeps_what_was_said(house: House) -> None:
    call = at(house, "allegation")
    hotline = house.door.hotline
    memory = replace(hotline.where(call.sid).memory, step="a_step_of_last_year")
    keep(call, hotline.live.seal(memory.packed(), b"state:" + call.row().call_key.encode()))
    document = call.ask(f"/call/a_step_of_last_year/{call.turn}", Digits="1")
    assert spoken(house, "begin_again") in document
    call.document = document
    assert call.step == "main_menu"
    call.press("2", "1")
    assert hotline.where(call.sid).memory.report_id == memory.report_id


def test_a_language_that_the_line_no_longer_speaks_is_left_for_the_lines_own(house: House) -> None:
    call = at(house, "urgent")
    hotline = house.door.hotline
    memory = replace(hotline.where(call.sid).memory, language="cy")
    keep(call, hotline.live.seal(memory.packed(), b"state:" + call.row().call_key.encode()))
    document = call.ask("/call/now")
    assert spoken(house, "urgent") in document
    call.document = document
    assert call.press("2").step == "allegation"


def keep(call: HandMadeCall, state: bytes) -> None:
    with call.house.database.write() as connection:
        connection.execute(update(calls).where(calls.c.call_key == call.row().call_key).values(state=state))


# ---- the end of a call --------------------------------------------------------------------------------------------


def test_the_end_may_be_told_before_the_last_answer(house: House) -> None:
    call = at(house, "who")
    sid, intent_id, address = "RE" + "e" * 32, call.intent_id, call.address
    assert call.post("/ended", CallStatus="completed").status == 204
    assert call.name(sid, intent_id).status == 204
    call.ask(address, RecordingSid=sid, RecordingUrl="https://x", Digits="hangup")
    assert [row.state for row in call.intents()] == ["known"]
    assert call.row().ended_at == house.clock.now()


def test_the_first_news_of_the_end_counts(house: House) -> None:
    call = HandMadeCall(house).ring()
    call.post("/ended")
    ended = call.row().ended_at
    house.clock.forward(30)
    call.post("/ended")
    assert call.row().ended_at == ended


def test_the_end_of_a_call_that_nobody_heard_of_is_kept_so_that_it_is_deleted_at_the_carrier(house: House) -> None:
    call = HandMadeCall(house)
    assert call.post("/ended").status == 204
    assert call.row().ended_at == house.clock.now()
    assert "<Say" in call.ask("/call"), "a first webhook that comes late is answered all the same"
    assert len(call.rows()) == 1


def test_a_call_whose_end_is_never_told_is_closed_by_the_worker(house: House) -> None:
    call = at(house, "urgent")
    house.later(minutes=20)
    house.work()
    house.later(minutes=20)
    house.work()
    assert call.rows() == []


def test_a_webhook_after_the_call_was_forgotten_is_answered_in_words(house: House) -> None:
    call = at(house, "urgent")
    address = call.address
    call.post("/ended")
    house.later(minutes=20)
    house.work()
    assert call.rows() == []
    assert spoken(house, "begin_again") in call.ask(address, Digits="1")


# ---- languages ----------------------------------------------------------------------------------------------------


def test_the_language_that_a_key_chose_stays(house: House) -> None:
    call = house.ring()
    call.press("2")
    assert any(isinstance(item, Spoken) and item.language == "pl-PL" for item in call.heard)
    call.hang_up()


def test_a_caller_who_is_moved_hears_the_reference_at_a_fresh_address(house: House) -> None:
    call = at(house, "reference_wait")
    wait_for_reference(call)
    call.hear()
    before = re.findall("/audio/([0-9a-f]{32})", call.document)
    moved = call.ask("/call/now")
    assert "/audio/" not in moved
    after = re.findall("/audio/([0-9a-f]{32})", call.ask(address_of(moved)))
    assert len(before) == len(after) == 1
    assert before != after


def test_an_old_request_that_is_sent_again_never_gets_the_address_of_a_reference(house: House) -> None:
    call = at(house, "reference_wait")
    wait_for_reference(call)
    turn = call.turn
    call.hear()
    for path in ("/call", "/call/now", f"/call/reference_wait/{turn}", "/call/greeting/1", f"/call/anew/{turn - 1}"):
        assert "/audio/" not in call.ask(path)


def test_a_reference_that_is_asked_anew_comes_even_when_each_first_answer_is_lost(house: House) -> None:
    call = at(house, "reference_wait")
    wait_for_reference(call)
    call.hear()
    anew = address_of(call.ask("/call/now"))
    lost = call.ask(anew)
    assert "/audio/" in lost
    assert call.ask(anew) == lost
