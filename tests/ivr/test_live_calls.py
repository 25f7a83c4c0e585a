"""The door as callers and softphones meet it live: the queue, the conference, what is heard aside, and every twin."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from ivr.hold_sound import hold_wav
from ivr.simulator.documents import read
from ivr.simulator.transport import Request, WsgiTransport
from ivr.simulator.verbs import Dial, Gather, Hangup, Play
from ivr.twiml import OVERRIDES
from storage.database import Database
from storage.live import conduct, queue, rooms
from storage.live_calls import STAFF
from storage.models import calls, jobs, mailboxes, reports, seats, shifts
from storage.reports import NewReport
from storage.reports import begin as begin_report
from tests.house import BASE, House
from tests.ivr.answering import FORM, Handler, clear, counted, talk_of
from tests.ivr.by_hand import HandMadeCall, address_of, spoken

NOBODYS = "0" * 32


@pytest.fixture(autouse=True)
def nobody_waits(house: House) -> Iterator[None]:
    yield
    clear(house.database)
    house.clock.forward(1)


@pytest.fixture(scope="module", autouse=True)
def form(house: House) -> None:
    """Let a handler's form be there."""
    begun = NewReport(FORM, house.settings.line_file.stem, "en", "live")
    with house.database.write() as connection:
        begin_report(connection, begun, week="2026-W48")
        connection.execute(update(reports).values(state="writing"))


@pytest.fixture
def amina(house: House) -> Handler:
    return Handler(house, house.database).works()


def at_menu(house: House) -> HandMadeCall:
    call = HandMadeCall(house).ring()
    call.hear()
    call.hear()
    assert call.step == "main_menu"
    return call


def waiting(house: House) -> HandMadeCall:
    house.clock.forward(1)  # within one second chance decides who was first
    call = at_menu(house).press("1")
    assert call.step == "waiting"
    return call


def talk_id(call: HandMadeCall) -> str:
    return str(talk_of(call.house.database, call.row().call_key).talk_id)


def state(call: HandMadeCall) -> tuple[str, str]:
    row = talk_of(call.house.database, call.row().call_key)
    return str(row.state), str(row.ending)


def moved(call: HandMadeCall) -> HandMadeCall:
    """Move the call as the worker does."""
    call.document = call.ask("/call/now")
    return call


def room_in(document: str) -> str:
    (dial,) = [verb for verb in read(document.encode()).verbs if isinstance(verb, Dial)]
    return dial.conference.name


def together(house: House, amina: Handler) -> HandMadeCall:
    call = waiting(house)
    amina.accepts(talk_id(call))
    assert moved(call).step == "talking"
    amina.sits_down()
    assert state(call) == (queue.TALKING, "")
    return call


def says(house: House, call: HandMadeCall, *prompts: str) -> bool:
    return all(spoken(house, prompt) in call.document for prompt in prompts)


# ---- waiting ------------------------------------------------------------------------------------------------------


def test_with_nobody_on_duty_a_person_is_offered_by_words_alone(house: House) -> None:
    assert at_menu(house).press("1").step == "nobody_on_duty"
    assert counted(house.database) == {}


def test_a_caller_waits_hears_their_place_and_our_own_sound_in_which_a_key_works(house: House, amina: Handler) -> None:
    waiting(house)
    second = waiting(house)
    assert says(house, second, "promise_rest", "waiting")
    second.hear()
    assert says(house, second, "queue_one")
    (gather,) = [verb for verb in read(second.document.encode()).verbs if isinstance(verb, Gather)]
    assert gather.prompts[-1] == Play(f"{BASE}/prompts/hold.wav{OVERRIDES}")
    assert counted(house.database) == {"joined": 2}


def test_a_caller_who_leaves_the_queue_makes_room_and_is_counted(house: House, amina: Handler) -> None:
    first, second = waiting(house), waiting(house)
    first.press("1")
    assert (first.step, state(first)) == ("consent", (queue.OVER, queue.LEFT))
    second.hear()
    assert says(house, second, "queue_next")
    assert counted(house.database) == {"joined": 2, "left": 1}


def test_somebody_who_may_be_hurt_soon_comes_first(house: House, amina: Handler) -> None:
    first, second = waiting(house), waiting(house)
    second.press("3")
    assert says(house, second, "waiting_first")
    first.hear()
    assert says(house, first, "queue_one")


def test_who_left_and_asks_again_waits_again(house: House, amina: Handler) -> None:
    call = waiting(house).press("1").press("0")
    assert (call.step, state(call)) == ("waiting", (queue.WAITING, ""))
    assert counted(house.database) == {"joined": 2, "left": 1}


def test_when_the_last_handler_goes_who_waits_can_leave_a_report(house: House, amina: Handler) -> None:
    call = waiting(house)
    amina.leaves()
    call.hear()
    assert (call.step, state(call)) == ("nobody_on_duty", (queue.OVER, queue.NOBODY_CAME))
    assert counted(house.database) == {"joined": 1, "nobody_came": 1}


def test_a_caller_who_hangs_up_is_gone_at_once_and_counted_once(house: House, amina: Handler) -> None:
    call = waiting(house)
    for _ in range(3):
        call.post("/ended", CallStatus="completed")
    assert state(call) == (queue.OVER, queue.HUNG_UP)
    assert counted(house.database) == {"joined": 1, "hung_up": 1}


def test_a_round_that_comes_twice_or_late_changes_nothing(house: House, amina: Handler) -> None:
    call = waiting(house)
    before = call.address
    document = call.hear()
    assert [call.ask(before, Digits=keys) for keys in ("", "1", "3")] == [document] * 3
    assert state(call) == (queue.WAITING, "")


def test_a_waiting_round_reads_the_call_and_the_talk_and_writes_once(house: House, amina: Handler) -> None:
    call = waiting(house)
    call.hear()
    done = list[str]()

    def noting(name: str) -> Callable[..., object]:
        real = getattr(Database, name)

        def noted(database: Database, *given: object) -> object:
            done.append(name)
            return real(database, *given)

        return noted

    with pytest.MonkeyPatch.context() as patched:
        for name in ("read", "write_statement", "write_with_others"):
            patched.setattr(Database, name, noting(name))
        call.hear()
    assert sorted(done)[:2] == ["read", "read"]
    assert [name for name in done if name != "read"] == ["write_statement"]
    assert done.count("read") == (2 if house.database.is_sqlite else 3)  # a server's one statement runs on a reader


# ---- together -----------------------------------------------------------------------------------------------------


def test_caller_and_handler_are_brought_into_one_room_that_says_nothing_and_is_never_recorded(
    house: House, amina: Handler
) -> None:
    call = waiting(house)
    amina.accepts(talk_id(call))
    moved(call)
    assert says(house, call, "connecting")
    theirs = amina.sits_down()
    assert room_in(call.document) == room_in(theirs)
    assert re.fullmatch("[0-9a-f]{32}", room_in(theirs))
    for document, ends in ((call.document, True), (theirs, False)):
        (dial,) = [verb for verb in read(document.encode()).verbs if isinstance(verb, Dial)]
        assert (dial.conference.beeps, dial.conference.label, dial.conference.ends) == (False, "", ends)
        assert dial.conference.callback == f"{BASE}/room{OVERRIDES}"
        assert set(dial.conference.callback_events) == {"join", "leave"}
        assert document.count('record="do-not-record"') == 2
    assert state(call) == (queue.TALKING, "")
    assert counted(house.database) == {"joined": 1, "answered": 1}


def test_the_callers_own_next_round_leads_to_the_handler_too(house: House, amina: Handler) -> None:
    call = waiting(house)
    amina.accepts(talk_id(call))
    call.hear()
    assert (call.step, says(house, call, "connecting")) == ("talking", True)


def test_a_move_may_come_twice_and_cross_a_round_in_flight(house: House, amina: Handler) -> None:
    call = waiting(house)
    before = call.address
    amina.accepts(talk_id(call))
    with ThreadPoolExecutor(8) as pool:
        documents = list(pool.map(lambda at: call.ask("/call/now" if at % 2 else before), range(16)))
    assert {room_in(document) for document in documents} == {str(talk_of(house.database, call.row().call_key).room)}
    assert {address_of(document) for document in documents} == {address_of(call.ask("/call/now"))}
    assert len({document for document in documents if spoken(house, "connecting") in document}) == 1


def test_a_caller_who_is_moved_on_the_way_to_the_room_goes_there_at_once(house: House, amina: Handler) -> None:
    call = waiting(house)
    amina.accepts(talk_id(call))
    assert says(house, moved(call), "connecting")
    again = call.ask("/call/now")
    assert "<Say" not in again
    assert room_in(again) == room_in(call.document)


def test_who_leaves_in_the_moment_in_which_somebody_says_yes_has_left(house: House, amina: Handler) -> None:
    call = waiting(house)
    amina.accepts(talk_id(call))
    amina.sits_down()
    call.press("1")
    assert (call.step, state(call)) == ("consent", (queue.OVER, queue.LEFT))
    assert moved(call).step == "consent"
    orders = select(jobs.c.subject).where(jobs.c.kind == "talk", jobs.c.subject == talk_id(call))
    with house.database.read() as connection:
        assert connection.execute(orders).first() is not None  # the worker tells the handler


def test_the_room_is_told_of_twice_late_and_of_strangers_without_harm(house: House, amina: Handler) -> None:
    call = together(house, amina)
    for _ in range(2):
        assert amina.leg.post("/room", StatusCallbackEvent="participant-join").status == 204
        assert call.post("/room", StatusCallbackEvent="participant-join").status == 204
        assert HandMadeCall(house).post("/room", StatusCallbackEvent="participant-leave").status == 204
        assert call.post("/room", StatusCallbackEvent="participant-mute").status == 204
        assert call.post("/room").status == 204
    assert state(call) == (queue.TALKING, "")
    assert counted(house.database)["answered"] == 1


def test_a_lost_handler_is_told_and_the_caller_is_taken_up_again_by_another(house: House, amina: Handler) -> None:
    call = together(house, amina)
    amina.is_lost()
    assert state(call) == (queue.WAITING, "")
    moved(call)
    assert (call.step, says(house, call, "handler_lost", "waiting")) == ("waiting", True)
    ben = Handler(house, house.database).works()
    call.hear()
    assert says(house, call, "queue_next")
    ben.accepts(talk_id(call))
    assert moved(call).step == "talking"
    ben.sits_down()
    assert state(call) == (queue.TALKING, "")
    assert counted(house.database) == {"joined": 1, "answered": 1}


@pytest.mark.parametrize(
    ("ending", "prompt"),
    [
        (conduct.FINISHED, "talk_over"),
        (conduct.ABUSIVE, "call_closed"),
        (conduct.TEST, "call_closed"),
        (conduct.WRONG_NUMBER, "call_closed"),
    ],
)
def test_a_talk_ends_with_closing_words(house: House, amina: Handler, ending: str, prompt: str) -> None:
    call = together(house, amina)
    amina.finishes(talk_id(call), ending)
    document = moved(call).ask("/call/now")
    assert spoken(house, prompt) in document
    assert read(document.encode()).verbs[-1] == Hangup()
    assert state(call) == (queue.OVER, ending)
    call.post("/ended", CallStatus="completed")
    assert state(call) == (queue.OVER, ending)
    assert "hung_up" not in counted(house.database)


def test_a_caller_who_hangs_up_in_a_talk_was_answered(house: House, amina: Handler) -> None:
    call = together(house, amina)
    call.post("/ended", CallStatus="completed")
    assert state(call) == (queue.OVER, queue.HUNG_UP)
    assert counted(house.database) == {"joined": 1, "answered": 1}


def test_a_talk_leaves_the_call_log_a_path_and_a_stage_and_no_report(house: House, amina: Handler) -> None:
    call = together(house, amina)
    row = call.row()
    assert (row.path, row.stage, row.outcome, row.language) == ("person", "person", "none", "en")


# ---- aside --------------------------------------------------------------------------------------------------------


def test_the_reference_of_the_handlers_form_is_heard_by_the_caller_alone(house: House, amina: Handler) -> None:
    call = together(house, amina)
    amina.asks(talk_id(call), conduct.REFERENCE)
    moved(call)
    assert says(house, call, "reference_aside")
    end = time.monotonic() + 20
    while house.door.hotline.slow._running and time.monotonic() < end:
        time.sleep(0.02)
    call.hear()
    assert call.step == "reference"
    token = re.search(r"/audio/([0-9a-f]{32})", call.document)
    assert token is not None
    fetched = WsgiTransport(house.door).send(Request("GET", f"{BASE}/audio/{token[1]}", {}, b""))
    assert (fetched.status, fetched.content_type) == (200, "audio/wav")
    with house.database.read() as connection:
        assert connection.scalars(select(mailboxes.c.report_id)).all().count(FORM) >= 1
    reference = house.door.hotline.where(call.sid).memory.talk_reference
    call.press("1")
    call.hear(Digits=reference[-4:])
    assert (call.step, says(house, call, "reference_tail_right", "back_to_handler")) == ("talking", True)
    row = talk_of(house.database, call.row().call_key)
    assert (row.state, row.asked, row.answer) == (queue.TALKING, "", "yes")
    assert call.row().stage == "person"


@pytest.mark.parametrize(("ending", "prompt"), [(conduct.FINISHED, "talk_over"), (conduct.WRONG_NUMBER, "call_closed")])
def test_a_caller_whose_talk_is_finished_hears_their_reference_to_its_end_and_then_closing_words(
    house: House, amina: Handler, ending: str, prompt: str
) -> None:
    call = together(house, amina)
    amina.asks(talk_id(call), conduct.REFERENCE)
    moved(call)
    end = time.monotonic() + 20
    while house.door.hotline.slow._running and time.monotonic() < end:
        time.sleep(0.02)
    call.hear()
    amina.finishes(talk_id(call), ending)
    assert (call.step, state(call)) == ("reference", (queue.ASIDE, ending))
    reference = house.door.hotline.where(call.sid).memory.talk_reference
    call.press("1")
    call.hear(Digits=reference[-4:])
    assert says(house, call, "reference_tail_right", prompt)
    assert not says(house, call, "back_to_handler")
    assert read(call.document.encode()).verbs[-1] == Hangup()
    row = talk_of(house.database, call.row().call_key)
    assert (row.state, row.ending, row.answer) == (queue.OVER, ending, "yes")


def test_an_abusive_caller_is_led_out_of_what_they_hear(house: House, amina: Handler) -> None:
    call = together(house, amina)
    amina.asks(talk_id(call), "silent_stay")
    moved(call)
    amina.finishes(talk_id(call), conduct.ABUSIVE)
    assert spoken(house, "call_closed") in moved(call).document
    assert state(call) == (queue.OVER, conduct.ABUSIVE)


@pytest.mark.parametrize(("keys", "answer"), [("1", "yes"), ("2", "no"), ("", "none")])
def test_a_silent_caller_answers_by_a_key_that_the_handler_sees(
    house: House, amina: Handler, keys: str, answer: str
) -> None:
    call = together(house, amina)
    amina.asks(talk_id(call), "silent_danger")
    moved(call)
    assert says(house, call, "silent_danger")
    call.hear(Digits=keys)
    if not keys:
        call.hear()
    row = talk_of(house.database, call.row().call_key)
    assert (call.step, row.state, row.answer) == ("talking", queue.TALKING, answer)


def test_a_handler_who_is_lost_while_the_caller_is_aside_is_told_of_when_they_come_back(
    house: House, amina: Handler
) -> None:
    call = together(house, amina)
    amina.asks(talk_id(call), "silent_stay")
    moved(call)
    amina.is_lost()
    assert state(call) == (queue.ASIDE, "")
    call.press("1")
    assert state(call) == (queue.WAITING, "")
    assert (moved(call).step, says(house, call, "handler_lost")) == ("waiting", True)


# ---- softphones ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "muted", "ends"),
    [
        (rooms.CONSULT, False, False),
        (rooms.JOIN, False, False),
        (rooms.LISTEN, True, False),
        (rooms.WHISPER, True, False),
        (rooms.CALLER, False, True),
    ],
)
def test_a_seat_says_what_its_leg_may_do(house: House, amina: Handler, role: str, *, muted: bool, ends: bool) -> None:
    call = together(house, amina)
    document = Handler(house, house.database).sits_in(talk_id(call), role)
    (dial,) = [verb for verb in read(document.encode()).verbs if isinstance(verb, Dial)]
    assert (dial.conference.muted, dial.conference.ends) == (muted, ends)
    assert 'waitUrl=""' in document


@pytest.mark.parametrize("told", [{}, {"offer": NOBODYS}, {"offer": "no token"}, {"offer": "A" * 32}])
def test_a_leg_without_a_seat_hears_a_sentence_and_is_let_go(house: House, told: dict[str, str]) -> None:
    leg = HandMadeCall(house)
    document = leg.ask("/softphone", **told)
    assert "look at your desk" in document
    assert read(document.encode()).verbs[-1] == Hangup()
    assert leg.row().leg == STAFF  # so that it is deleted at the carrier


def test_a_token_seats_one_leg_which_may_ask_twice(house: House, amina: Handler) -> None:
    call = waiting(house)
    amina.accepts(talk_id(call))
    first = amina.leg.ask("/softphone", offer=amina.token)
    assert amina.leg.ask("/softphone", offer=amina.token) == first
    assert "look at your desk" in HandMadeCall(house).ask("/softphone", offer=amina.token)


def test_a_softphones_leg_is_no_call_of_the_line_and_its_end_is_noted(house: House, amina: Handler) -> None:
    call = together(house, amina)
    row = amina.leg.row()
    assert (row.leg, row.stage, row.path, row.ended_at) == (STAFF, "", "none", None)
    assert read(amina.leg.ask("/softphone/over").encode()).verbs == (Hangup(),)
    amina.leg.post("/ended", CallStatus="completed")
    assert amina.leg.row().ended_at is not None
    assert state(call)[0] == queue.WAITING


def test_nothing_that_came_with_a_leg_or_a_room_is_kept_anywhere(house: House, amina: Handler) -> None:
    canary = "+447700900123"  # stands in From of every request here
    call = together(house, amina)
    amina.is_lost()
    call.post("/ended", CallStatus="completed")
    with house.database.read() as connection:
        for table in (calls, seats, jobs, shifts):
            for row in connection.execute(select(table)):
                kept = " ".join(value if isinstance(value, str) else repr(value) for value in row)
                assert canary not in kept
                assert call.sid not in kept
                assert amina.leg.sid not in kept


# ---- what is heard meanwhile --------------------------------------------------------------------------------------


def test_who_is_held_or_alone_hears_our_own_sound_whatever_the_carrier_sends_along(house: House) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = WsgiTransport(house.door).send(Request("POST", f"{BASE}/hold", headers, b"From=%2B447700900123"))
    assert (answer.status, answer.content_type) == (200, "text/xml")
    assert read(answer.body).verbs == (Play(f"{BASE}/prompts/hold.wav{OVERRIDES}", 0),)


def test_the_sound_is_fetched_unsigned_and_may_be_kept_by_the_carrier(house: House) -> None:
    answer = WsgiTransport(house.door).send(Request("GET", f"{BASE}/prompts/hold.wav", {}, b""))
    assert (answer.status, answer.content_type, answer.body) == (200, "audio/wav", hold_wav())
