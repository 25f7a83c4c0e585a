"""Interpreters: whom the line's own file names, rung once, from the line's own number, and of no other kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select

from ivr.simulator.calls import SimulatedCall
from ivr.worker.carrier import CarrierFailed
from ivr.worker.live_carrier import TwilioLive
from ivr.worker.talks import bring_into_line
from ivr.worker.timetable import CALLS
from storage.clock import TurnedClock
from storage.database import Database
from storage.live import conduct, offers, rooms
from storage.models import call_log, calls
from tests.simulator.service import LINE
from tests.worker.live_stage import INTERPRETER_NUMBER, Stage, stage_on, with_carrier


@pytest.fixture
def stage(database: Database, clock: TurnedClock) -> Iterator[Stage]:
    with stage_on(database, clock) as made:
        yield made


def invite(stage: Stage, call: SimulatedCall, who: str = "bridge") -> str:
    token, talk_id = uuid4().hex, stage.talk(call).talk_id
    stage.do(lambda c: offers.add_seat(c, talk_id, who, rooms.INTERPRETER, token=token, now=stage.now))
    return token


def test_an_interpreter_is_rung_from_the_lines_number_and_hears_and_is_heard(stage: Stage) -> None:
    call, leg = stage.talking()
    token = invite(stage, call)
    stage.work()
    (rung,) = stage.outside()
    assert (rung.line, rung.caller.number) == (INTERPRETER_NUMBER, LINE)
    assert stage.seat_state(token) == rooms.INVITED
    rung.answer()
    stage.later(2)
    assert stage.seat_state(token) == rooms.JOINED
    assert stage.in_room(call, leg, rung)
    stage.do(lambda c: conduct.leave_seat(c, stage.talk(call).talk_id, "bridge", now=stage.now))
    stage.work()
    assert rung.ended
    assert stage.in_room(call, leg)


def test_what_is_asked_for_an_interpreters_leg_records_nothing_and_names_nobody(stage: Stage) -> None:
    call, _ = stage.talking()
    invite(stage, call)
    stage.work()
    (form,) = [asked.form for asked in stage.api.asked if asked.url.endswith("/Participants.json") and asked.form]
    label = form.pop("Label")
    assert len(label) == 64
    assert form == {
        "From": LINE,
        "To": INTERPRETER_NUMBER,
        "Timeout": "40",
        "TimeLimit": "14400",
        "Beep": "false",
        "Record": "false",
        "ConferenceRecord": "do-not-record",
        "EarlyMedia": "false",
        "StartConferenceOnEnter": "true",
        "EndConferenceOnExit": "false",
    }


def test_an_order_that_comes_twice_rings_once(stage: Stage) -> None:
    call, _ = stage.talking()
    invite(stage, call)
    for _ in range(3):
        bring_into_line(stage.place, stage.talk(call).talk_id)
    assert len(stage.outside()) == 1


def test_nobody_is_rung_who_does_not_stand_in_the_lines_file(stage: Stage) -> None:
    call, _ = stage.talking()
    token = invite(stage, call, "+447700900999")
    stage.work()
    assert stage.outside() == []
    assert stage.seat_state(token) == rooms.LEFT


def test_nobody_is_rung_from_a_number_that_is_not_the_lines(stage: Stage) -> None:
    call, _ = stage.talking()
    stage.place = replace(stage.place, rules=replace(stage.place.rules, numbers=("0808 157 0999",)))
    token = invite(stage, call)
    stage.work()
    assert (stage.outside(), stage.seat_state(token)) == ([], rooms.LEFT)


def test_a_telephone_that_nobody_answers_frees_the_seat(stage: Stage) -> None:
    call, leg = stage.talking()
    token = invite(stage, call)
    stage.work()
    stage.later(44)
    assert stage.outside()[0].ended
    assert stage.seat_state(token) == rooms.LEFT
    assert stage.in_room(call, leg)


def test_an_interpreter_goes_with_the_call(stage: Stage) -> None:
    call, _ = stage.talking()
    invite(stage, call)
    stage.work()
    stage.outside()[0].answer()
    stage.later(2)
    call.hang_up()
    stage.exchange.tick()
    stage.work()
    assert stage.outside()[0].ended


class DiesAfterRinging(TwilioLive):
    """Rings, and then the worker is gone before it could write down whom."""

    def ring_up(self, room_sid: str, label: str, *, to: str, from_number: str) -> str:
        super().ring_up(room_sid, label, to=to, from_number=from_number)
        raise KeyboardInterrupt


class TimesOut(TwilioLive):
    """Rings, and its answer is lost."""

    def ring_up(self, room_sid: str, label: str, *, to: str, from_number: str) -> str:
        super().ring_up(room_sid, label, to=to, from_number=from_number)
        raise CarrierFailed("ReadTimeout")


@pytest.mark.parametrize(("carrier", "ends"), [(DiesAfterRinging, KeyboardInterrupt), (TimesOut, CarrierFailed)])
def test_a_leg_whose_worker_died_is_found_again_and_not_rung_twice(
    stage: Stage, carrier: type[TwilioLive], ends: type[BaseException]
) -> None:
    call, _ = stage.talking()
    whole = stage.place.live.carrier
    token = invite(stage, call)
    keys = (stage.exchange.account_sid, stage.exchange.api_key, stage.exchange.api_secret)
    base = stage.served
    with_carrier(stage, carrier(account_sid=keys[0], api_key=keys[1], api_secret=keys[2], base=base))
    with pytest.raises(ends):
        bring_into_line(stage.place, stage.talk(call).talk_id)
    with_carrier(stage, whole)
    stage.work()
    assert len(stage.outside()) == 1
    stage.outside()[0].answer()
    stage.later(2)
    assert stage.seat_state(token) == rooms.JOINED
    with stage.line.database.read() as connection:
        legs = sorted(connection.scalars(select(calls.c.leg)))
    assert legs == ["", "staff", "staff"], "so that it is deleted at the carrier too"


def test_legs_of_staff_are_deleted_at_the_carrier_and_stand_in_no_call_log(stage: Stage) -> None:
    call, leg = stage.talking()
    invite(stage, call)
    stage.work()
    rung = stage.outside()[0]
    rung.answer()
    stage.later(2)
    call.hang_up()
    stage.exchange.tick()
    stage.work()
    stage.later(700, step=700)
    stage.run((CALLS,))
    assert stage.exchange.deleted_calls == {call.sid, leg.sid, rung.sid}
    with stage.line.database.read() as connection:
        assert connection.execute(select(calls)).all() == []
        assert len(connection.execute(select(call_log)).all()) == 1
