"""A caller and a handler are brought together, held, asked aside and parted, at a real exchange over HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import func, select

from ivr.app import line_languages
from ivr.worker import rounds
from ivr.worker.arranging import LONGEST_ALONE_SECONDS, ON_THEIR_WAY_SECONDS
from ivr.worker.carrier import CarrierFailed
from ivr.worker.live_carrier import Room, TwilioLive
from ivr.worker.timetable import TALKING
from prompts.line import read_line
from prompts.wording import FOLDER, read_wording
from storage import clips
from storage.clock import TurnedClock
from storage.database import Database
from storage.live import conduct, queue, rooms, shifts
from storage.models import jobs, seats, talks
from tests.worker.live_stage import AMINA, BEN, Stage, key_of, stage_on, with_carrier

MET = read_line(FOLDER / "lines" / "met.toml")  # every language that ships
WORDING = read_wording(MET)
LANGUAGES = line_languages(MET)


@pytest.fixture
def stage(database: Database, clock: TurnedClock) -> Iterator[Stage]:
    with stage_on(database, clock) as made:
        yield made


def test_a_waiting_caller_is_offered_accepted_moved_and_heard(stage: Stage) -> None:
    call = stage.caller()
    assert call.waiting_for == "key"
    stage.works(AMINA)
    stage.work()
    assert (stage.talk(call).state, stage.talk(call).person_id) == (queue.OFFERED, AMINA)
    token = stage.accepts(AMINA, call)
    stage.work()
    assert call.waiting_for == "conference", "the worker moved the caller, who would have waited for 20 seconds"
    assert call.words == "Connecting."
    leg = stage.sits_down(token)
    stage.work()
    assert stage.in_room(call, leg)
    assert (stage.talk(call).state, stage.shift(AMINA)) == (queue.TALKING, shifts.ON_CALL)
    assert stage.asked("POST", f"/Calls/{call.sid}.json") == 1, "and moved them once, though two orders came"
    with stage.line.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(jobs)) == 0


def test_a_caller_who_is_already_in_the_room_is_not_moved_out_of_it(stage: Stage) -> None:
    call = stage.caller()
    stage.works(AMINA)
    stage.work()
    token = stage.accepts(AMINA, call)
    call.silence()  # their own round came first
    assert call.waiting_for == "conference"
    stage.work()
    stage.sits_down(token)
    stage.work()
    assert stage.asked("POST", f"/Calls/{call.sid}.json") == 0


def test_a_finished_call_ends_with_closing_words_and_the_handler_writes_it_up(stage: Stage) -> None:
    call, leg = stage.talking()
    talk_id = stage.talk(call).talk_id
    stage.do(lambda c: conduct.finish(c, talk_id, AMINA, conduct.FINISHED, now=stage.now))
    stage.work()
    stage.exchange.tick()
    stage.work()
    assert call.words.endswith("Goodbye.")
    assert (call.ended, leg.ended) == (True, True)
    assert stage.shift(AMINA) == shifts.WRAP_UP
    assert stage.talk(call).state == queue.OVER


def test_a_caller_who_hangs_up_frees_the_handler(stage: Stage) -> None:
    call, leg = stage.talking()
    call.hang_up()
    stage.exchange.tick()
    stage.work()
    assert leg.ended
    assert stage.shift(AMINA) == shifts.WRAP_UP
    assert stage.talk(call).ending == queue.HUNG_UP


def test_a_held_caller_hears_music_and_then_the_handler_again(stage: Stage) -> None:
    call, _ = stage.talking()
    talk_id = stage.talk(call).talk_id
    for held in (True, False):
        stage.do(partial(conduct.hold, talk_id=talk_id, person_id=AMINA, held=held, now=stage.now))
        stage.work()
        there = stage.leg_in_room(call)
        assert there.held is held
        assert there.hold_sound == (f"{stage.place.live.hold_sound}" if held else "")


def test_a_supervisor_listens_whispers_and_joins(stage: Stage) -> None:
    call, leg = stage.talking()
    boss, talk_id = stage.joins(BEN, call, rooms.LISTEN), stage.talk(call).talk_id
    there = stage.leg_in_room(boss)
    assert (there.muted, there.coaches) == (True, "")
    for role, muted, coaches in ((rooms.WHISPER, False, leg.sid), (rooms.JOIN, False, ""), (rooms.LISTEN, True, "")):
        stage.do(partial(conduct.change_role, talk_id=talk_id, person_id=BEN, role=role, now=stage.now))
        stage.work()
        there = stage.leg_in_room(boss)
        assert (there.muted, there.coaches) == (muted, coaches), role
    stage.do(lambda c: conduct.leave_seat(c, stage.talk(call).talk_id, BEN, now=stage.now))
    stage.work()
    assert boss.ended
    assert stage.in_room(call, leg)


def test_a_whisperer_is_never_heard_by_the_caller_in_between(stage: Stage) -> None:
    call, leg = stage.talking()
    boss = stage.joins(BEN, call, rooms.LISTEN)
    stage.do(lambda c: conduct.change_role(c, stage.talk(call).talk_id, BEN, rooms.WHISPER, now=stage.now))
    stage.work()
    changes = [
        asked.form for asked in stage.api.asked if asked.method == "POST" and asked.url.endswith(f"{boss.sid}.json")
    ]
    assert changes == [{"Muted": "false", "Coaching": "true", "CallSidToCoach": leg.sid}]


def test_a_caller_is_asked_aside_and_comes_back_to_the_same_room(stage: Stage) -> None:
    call, leg = stage.talking()
    talk_id = stage.talk(call).talk_id
    for key, answer in (("1", "yes"), ("2", "no")):
        stage.do(lambda c: conduct.ask_aside(c, talk_id, AMINA, "silent_danger", now=stage.now))
        stage.work()
        assert call.waiting_for == "key"
        assert stage.in_room(leg), "the handler stays while the caller is aside"
        call.press(key)
        stage.work()
        assert stage.in_room(call, leg)
        assert (stage.talk(call).state, stage.talk(call).answer) == (queue.TALKING, answer)


def test_a_caller_who_is_aside_is_not_moved_for_an_end_but_hears_it_when_they_come_back(stage: Stage) -> None:
    call, leg = stage.talking()
    talk_id = stage.talk(call).talk_id
    stage.do(lambda c: conduct.ask_aside(c, talk_id, AMINA, "silent_danger", now=stage.now))
    stage.do(lambda c: conduct.finish(c, talk_id, AMINA, conduct.FINISHED, now=stage.now))
    stage.work()
    moves = stage.asked("POST", f"/Calls/{call.sid}.json")
    assert (call.waiting_for, stage.in_room(leg)) == ("key", True), "they are led aside, and the handler stays"
    stage.later(8)
    assert stage.asked("POST", f"/Calls/{call.sid}.json") == moves
    assert call.waiting_for == "key"
    call.press("1")
    stage.work()
    stage.exchange.tick()
    stage.work()
    assert call.words.endswith("Goodbye.")
    assert (call.ended, leg.ended, stage.talk(call).state) == (True, True, queue.OVER)


def test_an_abusive_caller_is_moved_out_of_what_they_hear_aside(stage: Stage) -> None:
    call, leg = stage.talking()
    talk_id = stage.talk(call).talk_id
    stage.do(lambda c: conduct.ask_aside(c, talk_id, AMINA, "silent_danger", now=stage.now))
    stage.work()
    assert call.waiting_for == "key"
    stage.do(lambda c: conduct.finish(c, talk_id, AMINA, conduct.ABUSIVE, now=stage.now))
    stage.work()
    stage.exchange.tick()
    stage.work()
    assert call.words.endswith("Goodbye.")
    assert (call.ended, leg.ended, stage.talk(call).ending) == (True, True, conduct.ABUSIVE)


def test_a_lost_handler_sends_the_caller_to_the_head_of_the_queue_and_another_takes_them_up(stage: Stage) -> None:
    call, leg = stage.talking()
    leg.hang_up()
    stage.work()
    assert call.words.endswith("Lost.")
    assert (stage.talk(call).state, stage.talk(call).first) == (queue.WAITING, True)
    assert stage.shift(AMINA) == shifts.WRAP_UP
    stage.works(BEN)
    stage.work()
    again = stage.sits_down(stage.accepts(BEN, call))
    stage.work()
    assert stage.in_room(call, again)


def test_a_handler_whose_caller_went_without_our_hearing_so_is_let_go_within_ten_seconds(stage: Stage) -> None:
    call, _ = stage.talking()
    stage.door.deaf |= {"ended", "participant-leave"}
    call.hang_up()
    began = stage.now
    while stage.shift(AMINA) == shifts.ON_CALL and stage.now < began + 30:
        stage.later(2)
    assert stage.now - began <= 10
    assert (stage.shift(AMINA), stage.talk(call).state) == (shifts.WRAP_UP, queue.OVER)


def test_a_handler_whose_caller_does_not_come_is_let_go_and_the_caller_waits_first(stage: Stage) -> None:
    call = stage.caller()
    stage.works(AMINA)
    stage.work()
    token = stage.accepts(AMINA, call)
    stage.service.pages["/call/now"] = '<Gather timeout="60"/><Redirect>/hold</Redirect>'  # led astray
    leg = stage.sits_down(token)
    began = stage.now
    while not leg.ended and stage.now < began + 30:
        stage.later(2)
    assert stage.now - began <= 10
    assert (stage.talk(call).state, stage.talk(call).first) == (queue.WAITING, True)


def test_an_offer_that_nobody_answers_expires_and_another_is_asked(stage: Stage) -> None:
    call = stage.caller()
    stage.works(AMINA)
    stage.work()
    stage.works(BEN)
    stage.later(20, seen=(AMINA, BEN))
    assert (stage.talk(call).person_id, stage.shift(AMINA)) == (BEN, shifts.AWAY)


def test_an_offer_to_somebody_whose_page_has_gone_is_made_to_another_at_once(stage: Stage) -> None:
    call = stage.caller()
    stage.works(AMINA)
    stage.later(18)
    stage.works(BEN)
    stage.later(4, seen=(BEN,))
    assert (stage.talk(call).person_id, stage.shift(AMINA)) == (BEN, shifts.AWAY)


def test_somebody_who_accepted_and_never_sat_down_loses_the_call_after_a_quarter_of_a_minute(stage: Stage) -> None:
    call = stage.caller()
    stage.works(AMINA)
    stage.work()
    token = stage.accepts(AMINA, call)
    stage.later(18, seen=(AMINA,))
    assert (stage.talk(call).state, stage.talk(call).first) == (queue.WAITING, True)
    assert (stage.seat_state(token), stage.shift(AMINA)) == (rooms.LEFT, shifts.WRAP_UP)
    assert call.waiting_for == "key", "and hears music again, not an empty room"
    late = stage.sits_down(token)
    assert late.ended


def test_a_colleague_who_sits_with_the_caller_has_the_talk_when_the_handler_is_lost(stage: Stage) -> None:
    call, leg = stage.talking()
    other = stage.joins(BEN, call, rooms.CONSULT)
    leg.hang_up()
    stage.work()
    assert (stage.talk(call).person_id, stage.talk(call).state) == (BEN, queue.TALKING)
    assert stage.in_room(call, other)
    assert (stage.shift(AMINA), stage.shift(BEN)) == (shifts.WRAP_UP, "")


def test_a_call_is_handed_over_and_the_caller_is_never_alone(stage: Stage) -> None:
    call, leg = stage.talking()
    stage.works(BEN)
    other = stage.joins(BEN, call, rooms.CONSULT)
    stage.do(lambda c: conduct.hand_over(c, stage.talk(call).talk_id, AMINA, BEN, now=stage.now))
    stage.work()
    leg.hang_up()
    stage.work()
    assert stage.in_room(call, other)
    assert (stage.talk(call).person_id, stage.shift(AMINA), stage.shift(BEN)) == (BEN, shifts.WRAP_UP, shifts.ON_CALL)


def test_news_that_gets_lost_is_learnt_from_the_carriers_own_list(stage: Stage) -> None:
    stage.door.deaf = {"participant-join", "participant-leave", "ended"}
    call = stage.caller()
    stage.works(AMINA)
    stage.work()
    leg = stage.sits_down(stage.accepts(AMINA, call))
    stage.later(4)
    assert stage.talk(call).state == queue.TALKING
    leg.hang_up()
    stage.later(36)
    assert (stage.talk(call).state, stage.talk(call).first) == (queue.WAITING, True)


class FailsFor(TwilioLive):
    """Fails for one room, as often as told, and hangs a moment before it does."""

    room_name, times = "", 0

    def room(self, name: str) -> Room | None:
        if name == self.room_name and self.times:
            self.times -= 1
            time.sleep(0.5)
            raise CarrierFailed("ReadTimeout")
        return super().room(name)


def test_a_carrier_that_fails_is_asked_again_and_other_talks_go_on(stage: Stage) -> None:
    exchange = stage.exchange
    keys = {"account_sid": exchange.account_sid, "api_key": exchange.api_key, "api_secret": exchange.api_secret}
    failing = FailsFor(**keys, base=stage.served)
    first, second = stage.caller(), stage.caller()
    stage.works(AMINA, BEN)
    stage.work()
    with stage.line.database.read() as connection:
        of_first = talks.c.call_key == key_of(first.sid)
        failing.room_name = str(connection.scalar(select(talks.c.room).where(of_first)))
    failing.times = 2
    with_carrier(stage, failing)
    for call in (first, second):
        stage.accepts(stage.talk(call).person_id, call)
    stop = threading.Event()
    running = threading.Thread(target=rounds.run, args=(stage.place, TALKING, stop))
    running.start()
    try:
        end = time.monotonic() + 20
        while second.waiting_for != "conference" and time.monotonic() < end:
            time.sleep(0.02)
        assert first.waiting_for == "key", "the other caller did not wait for this one"
        assert isinstance(stage.line.clock, TurnedClock)
        while first.waiting_for != "conference" and time.monotonic() < end:
            stage.line.clock.forward(1)
            time.sleep(0.2)
    finally:
        stop.set()
        running.join(20)
    assert (first.waiting_for, second.waiting_for) == ("conference", "conference")


def test_a_talk_is_forgotten_with_its_call(stage: Stage) -> None:
    call, leg = stage.talking()
    call.hang_up()
    stage.exchange.tick()
    stage.work()
    with stage.line.database.write() as connection:
        assert clips.forget_call(connection, key_of(call.sid))
    with stage.line.database.read() as connection:
        assert [connection.scalar(select(func.count()).select_from(table)) for table in (talks, seats)] == [0, 0]
    assert leg.ended


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_caller_hears_on_the_way_to_a_handler_is_over_before_anybody_gives_them_up(language: str) -> None:
    # Else the worker would move them again in the middle of it, or let the handler go as they arrive.
    seconds = WORDING.seconds(language, WORDING.say(language, "connecting"))
    assert seconds < ON_THEIR_WAY_SECONDS
    assert seconds < LONGEST_ALONE_SECONDS
