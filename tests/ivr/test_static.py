"""While the database is away every caller still hears words, and is recorded only after a key that agrees."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.app import create_app
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.lines import new_sid
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.transport import Answer, Request, WsgiTransport
from ivr.slow_work import SlowWork
from tests.house import BASE, House, say, speech, tell_all
from tests.ivr.by_hand import HandMadeCall, address_of, spoken
from tests.ivr.outage import lost_commits, outage

pytestmark = pytest.mark.usefixtures("full_price")  # turns overtake the slow work, and it is slow

PATHS = ("/call", "/call/now", "/call/main_menu/1", "/call/story/7", "/call/no_such_step/1")
MOST_SILENCES = 12


def fetched(house: House, path: str) -> Answer:
    return WsgiTransport(house.door).send(Request("GET", BASE + path))


def silent_to_the_end(call: SimulatedCall) -> None:
    for _ in range(MOST_SILENCES):
        if call.ended:
            return
        call.silence()
    raise AssertionError("a silent caller is led on and on")


# ---- the database is away -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_every_webhook_is_answered_with_an_apology_and_the_emergency_number_and_no_recording(
    house: House, path: str
) -> None:
    with outage(house.database):
        document = HandMadeCall(house).ask(path, Digits="1")
    assert spoken(house, "apology") in document
    assert spoken(house, "static_consent") in document
    assert "<Record" not in document


def test_callbacks_are_answered_without_a_page(house: House) -> None:
    call = HandMadeCall(house)
    with outage(house.database):
        for answer in (call.post("/ended"), call.name(new_sid("RE"), "adopt"), call.name(new_sid("RE"), "a" * 32)):
            assert (answer.status, answer.body) == (204, b"")


def test_health_says_that_the_database_is_away_and_then_that_it_is_back(house: House) -> None:
    with outage(house.database):
        assert fetched(house, "/health").status == 503
    assert (fetched(house, "/health").status, fetched(house, "/health").body) == (200, b"well\n")


def test_a_sound_is_not_there_while_the_database_is_away(house: House) -> None:
    with outage(house.database):
        assert fetched(house, "/audio/" + "a" * 32).status == 404


def test_a_silent_caller_hears_goodbye_after_three_rounds_and_is_never_recorded(house: House) -> None:
    with outage(house.database):
        call = house.ring()
        silent_to_the_end(call)
    assert call.words.count(spoken(house, "static_consent")) == 3
    assert call.words.count(spoken(house, "apology")) == 1
    assert call.words.endswith(spoken(house, "static_goodbye"))
    assert [document for document in call.documents if "<Record" in document] == []


@pytest.mark.parametrize("key", [*"023456789", "*", "#"])
def test_no_key_but_one_agrees_to_a_recording(house: House, key: str) -> None:
    with outage(house.database):
        call = house.ring()
        call.press(key)
        assert "<Record" not in call.document
        silent_to_the_end(call)


def test_every_recording_comes_after_the_key_that_agrees_and_ends_with_thanks(house: House) -> None:
    with outage(house.database):
        call = house.ring()
        call.press("1")
        assert "<Record" in call.document
        say(call, speech(1.5))
        assert spoken(house, "static_done") in call.words
        silent_to_the_end(call)
    assert house.exchange.notices == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(st.sampled_from([*"0123456789*#", "", "speak"]), max_size=12))
def test_whoever_falls_silent_is_soon_let_go_whatever_they_did(house: House, keys: list[str]) -> None:
    with outage(house.database):
        call = house.ring()
        for key in keys:
            if call.ended:
                break
            if key == "speak":
                if call.waiting_for == "recording":
                    call.speak(speech(1.0))
            elif key:
                call.press(key)
            else:
                call.silence()
        silent_to_the_end(call)
    assert house.exchange.notices == []


def test_a_caller_who_left_a_message_in_the_last_round_is_thanked(house: House) -> None:
    with outage(house.database):
        call = house.ring()
        call.silence()
        call.silence()
        call.press("1")
        say(call, speech(1.5))
    assert spoken(house, "static_done") in call.words


@pytest.mark.parametrize(("name", "round_"), [("ask", 0), ("consent", 2), ("done", 1), ("ask", 10**9), ("else", 0)])
def test_the_words_from_memory_need_no_database(house: House, name: str, round_: int) -> None:
    with outage(house.database):
        assert "<Say" in HandMadeCall(house).ask(f"/static/{name}/{round_}")


# ---- it comes back ------------------------------------------------------------------------------------------------


def test_when_the_database_is_back_the_call_goes_on_where_it_stood(house: House) -> None:
    call = HandMadeCall(house).until("urgent")
    with outage(house.database):
        apology = call.ask(call.address, Digits="1")
        assert spoken(house, "apology") in apology
        assert "/call/now" in call.ask("/static/done/1")
    document = call.ask("/call/now")
    assert address_of(document) == call.address
    assert call.said() == []


def test_a_commit_that_fails_is_not_answered_as_if_it_had_been_kept(house: House) -> None:
    call = HandMadeCall(house).until("urgent")
    with lost_commits(house.database):
        assert spoken(house, "apology") in call.ask(call.address, Digits="1")
    assert (call.said(), call.row().turn) == ([], call.turn)
    assert call.press("1").step == "at_risk"
    assert [said.values for said in call.said()] == [("yes",)]


def test_a_message_left_while_the_database_was_away_becomes_a_report(house: House) -> None:
    house.exchange.misbehaviour = Misbehaviour(late_recording_callbacks=True)
    with outage(house.database):
        call = house.ring()
        call.press("1")
        say(call, speech(2.0, seed=77))
        call.hang_up()
    house.exchange.deliver_late_callbacks()
    house.exchange.misbehaviour = Misbehaviour()
    found = HandMadeCall(house, call.sid)
    ((question, report_id),) = {(row.question, row.report_id) for row in found.intents()}
    assert (question, report_id) == ("story", None)
    for _ in range(3):  # the end was not heard of either
        house.work()
        house.later(minutes=20)
    house.work()
    assert found.rows() == []
    assert [recording.state for recording in house.exchange.recordings.values() if recording.call_sid == call.sid] == [
        "deleted"
    ]


def test_a_message_left_in_an_outage_in_mid_call_is_found_though_nobody_named_it(house: House) -> None:
    call = house.ring()
    with outage(house.database):
        call.silence()
        call.press("1")
        say(call, speech(2.0, seed=78))
        call.hang_up()
    assert HandMadeCall(house, call.sid).intents() == []
    for _ in range(3):
        house.later(minutes=20)
        house.work()
    assert HandMadeCall(house, call.sid).rows() == []
    assert [one.state for one in house.exchange.recordings.values() if one.call_sid == call.sid] == ["deleted"]


def test_a_call_that_the_line_never_heard_of_is_taken_in_from_the_carriers_own_lists(house: House) -> None:
    with outage(house.database):
        call = house.ring()
        call.press("1")
        say(call, speech(2.0, seed=79))
        call.hang_up()
    assert HandMadeCall(house, call.sid).rows() == []
    for _ in range(4):
        house.later(minutes=60)
        house.work()
    assert [one.state for one in house.exchange.recordings.values() if one.call_sid == call.sid] == ["deleted"]
    assert call.sid in house.exchange.deleted_calls


# ---- a database that hangs ----------------------------------------------------------------------------------------


@contextmanager
def silent_server() -> Iterator[int]:
    """Listen and never answer, as a host does whose packets are dropped."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield listening.getsockname()[1]


def test_a_database_server_that_never_answers_is_away_before_the_carrier_gives_up(house: House, tmp_path: Path) -> None:
    with silent_server() as port:
        url = f"postgresql+psycopg://nobody@127.0.0.1:{port}/hotline"
        door = create_app(replace(house.settings, database_url=url), clock=house.clock)
        began = time.monotonic()
        document = HandMadeCall(replace(house, door=door)).ask("/call")
        assert time.monotonic() - began < 3.5, "the addresses we hand out let the carrier wait for 4 s"
        assert spoken(house, "apology") in document
        door.close()


def test_a_database_file_that_somebody_holds_is_away_before_the_carrier_gives_up(tmp_path: Path, house: House) -> None:
    path = tmp_path / "held.db"
    url = f"sqlite:///{path}"
    holder = sqlite3.connect(path, isolation_level=None)
    door = create_app(replace(house.settings, database_url=url), clock=house.clock)
    holder.execute("PRAGMA journal_mode=WAL")
    holder.execute("CREATE TABLE calls (call_key, turn, state, slow, ended_at)")
    holder.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    document = HandMadeCall(replace(house, door=door)).ask("/call")
    assert time.monotonic() - began < 3.5
    assert spoken(house, "apology") in document
    holder.close()
    door.close()


def test_a_database_file_that_is_none_is_away(tmp_path: Path, house: House) -> None:
    path = tmp_path / "garbage.db"
    path.write_bytes(b"this is no database" * 500)
    door = create_app(replace(house.settings, database_url=f"sqlite:///{path}"), clock=house.clock)
    broken = replace(house, door=door)
    assert spoken(house, "apology") in HandMadeCall(broken).ask("/call")
    assert fetched(broken, "/health").status == 503
    assert fetched(broken, "/audio/" + "a" * 32).status in (404, 503)
    door.close()


# ---- something else breaks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), MemoryError(), OSError(28, "disk full"), KeyError("x"), AssertionError()]
)
@pytest.mark.parametrize("path", ["/call", "/call/now", "/call/main_menu/1"])
def test_whatever_breaks_is_spoken_as_an_apology(
    house: House, path: str, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    with outage(house.database, error):
        document = HandMadeCall(house).ask(path, Digits="1")
    assert spoken(house, "apology") in document
    assert type(error).__name__ in [getattr(record, "kind", "") for record in caplog.records]


def test_a_callback_that_breaks_is_answered_without_an_error(house: House) -> None:
    call = HandMadeCall(house)
    with outage(house.database, RuntimeError("x")):
        for answer in (call.post("/ended"), call.name(new_sid("RE"), "adopt")):
            assert answer.status < 300
            assert not answer.body or b"<Response" in answer.body


def test_health_is_not_well_when_anything_breaks(house: House) -> None:
    with outage(house.database, RuntimeError("x")):
        assert fetched(house, "/health").status == 503


class Broken(SlowWork):
    """Slow work whose derivations fail, as with too little memory for Argon2id."""

    def _found(self, call_key: str, work: object) -> dict[str, str]:
        raise MemoryError


def test_a_report_is_taken_to_its_end_though_no_reference_can_be_made(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    hotline = house.door.hotline
    slow, hotline.__dict__["slow"] = (
        hotline.slow,
        Broken(hotline.database, hotline.live, hotline.slow.pepper, house.clock),
    )
    try:
        call = house.ring()
        assert tell_all(house, call, {"main_menu": "2", "allegation": "4"}) == ""
    finally:
        hotline.__dict__["slow"] = slow
    assert call.ended
    assert spoken(house, "reference_later") in call.words
    assert spoken(house, "report_done") in call.words
    assert "MemoryError" in [getattr(record, "kind", "") for record in caplog.records]
    assert house.exchange.notices == []
