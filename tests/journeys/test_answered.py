"""From the ring to the goodbye with the line's own door and worker: nobody moves a call by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.lines import NumberSettings, softphone
from ivr.simulator.outside_calls import OutsideCall
from storage.live import conduct, offers, queue, rooms, shifts
from storage.models import call_log, counts, talks
from storage.reports import NewReport, begin
from tests.house import BASE, House, make_house
from tests.ivr.answering import FORM, Handler, counted
from tests.ivr.by_hand import spoken

APPLICATION = "AP" + "7" * 32


@dataclass
class Line:
    """A line with a handler."""

    house: House
    amina: Handler

    def waits(self) -> SimulatedCall:
        call = self.house.ring()
        while call.step != "main_menu":
            call.silence()
        call.press("1")
        assert (call.step, call.waiting_for) == ("waiting", "key")
        return call

    def talk(self, call: SimulatedCall) -> conduct.Talk:
        keys = self.house.door.hotline.live.call_keys(call.sid)
        with self.house.database.read() as connection:
            talk_id = connection.scalar(select(talks.c.talk_id).where(talks.c.call_key.in_(keys)))
            found = conduct.talk(connection, str(talk_id))
        assert found is not None
        return found

    def accepts(self, call: SimulatedCall) -> SimulatedCall:
        """Let the handler say yes to what the worker offered them, and their page ring in."""
        token = uuid4().hex
        talk_id = self.talk(call).talk_id
        with self.amina.database.write() as connection:
            person_id, now = self.amina.person_id, self.amina.now
            offers.accept(connection, talk_id, person_id, token=token, report_id=FORM, now=now)
        self.house.work()
        leg = self.house.exchange.ring(APPLICATION, softphone("hotline_1", APPLICATION, (("offer", token),)))
        self.house.work()
        return leg

    def does(self, deed: partial[None]) -> None:
        with self.amina.database.write() as connection:
            deed(connection, person_id=self.amina.person_id, now=self.amina.now)
        self.house.work()

    def says(self, call: SimulatedCall, prompt: str) -> bool:
        return spoken(self.house, prompt) in call.words

    def is_together(self, *legs: SimulatedCall) -> bool:
        living = [room for room in self.house.exchange.conferences.rooms if not room.ended_because]
        return [set(room.participants) for room in living] == [{leg.sid for leg in legs}]


@pytest.fixture
def line(tmp_path: Path, database_url: str) -> Iterator[Line]:
    with make_house(tmp_path, database_url) as house:
        settings = NumberSettings(f"{BASE}/softphone", status_callback=f"{BASE}/ended")
        house.exchange.applications = {APPLICATION: settings}
        with house.database.write() as connection:
            begin(connection, NewReport(FORM, "example", "en", "live"), week="2026-W48")
        amina = Handler(house, house.database).works()
        with house.database.write() as connection:
            shifts.note_seen(connection, amina.person_id, now=house.clock.now() + 36_000)  # a page that stays open
        yield Line(house, amina)


def test_a_caller_is_answered_held_asked_interpreted_lost_taken_up_and_parted_with(line: Line) -> None:
    caller = line.waits()
    line.house.work()
    assert line.talk(caller).person_id == line.amina.person_id
    handler = line.accepts(caller)
    assert line.is_together(caller, handler)
    assert line.says(caller, "connecting")
    talk_id = line.talk(caller).talk_id

    for held in (True, False):
        line.does(partial(conduct.hold, talk_id=talk_id, held=held))
        assert line.house.exchange.conferences.rooms[-1].participants[caller.sid].held is held
    line.does(partial(conduct.ask_aside, talk_id=talk_id, asked="silent_danger"))
    assert (caller.step, line.is_together(handler)) == ("silent_danger", True)
    caller.press("1")
    line.house.work()
    assert line.is_together(caller, handler)
    assert line.talk(caller).answer == "yes"

    with line.amina.database.write() as connection:
        interpreter, now = line.house.place.live.interpreters, line.amina.now
        offers.add_seat(connection, talk_id, next(iter(interpreter)), rooms.INTERPRETER, token=uuid4().hex, now=now)
    line.house.work()
    [rung] = [call for call in line.house.exchange.calls.values() if isinstance(call, OutsideCall)]
    rung.answer()
    line.house.later(seconds=2)
    line.house.work()
    assert line.is_together(caller, handler, rung)

    handler.hang_up()
    line.house.work()
    assert (caller.step, line.says(caller, "handler_lost")) == ("waiting", True)
    line.house.exchange.tick()
    with line.amina.database.write() as connection:
        assert shifts.choose(connection, line.amina.person_id, shifts.AVAILABLE, now=line.amina.now)
        shifts.note_seen(connection, line.amina.person_id, now=line.amina.now + 36_000)
    line.house.work()
    again = line.accepts(caller)
    assert line.is_together(caller, again)
    line.does(partial(conduct.finish, talk_id=talk_id, ending=conduct.FINISHED))
    line.house.exchange.tick()
    line.house.work()
    assert (caller.ended, again.ended, line.says(caller, "talk_over")) == (True, True, True)
    assert line.talk(caller).state == queue.OVER
    assert counted(line.house.database) == {"joined": 1, "answered": 1}
    assert line.house.exchange.notices == []

    for _ in range(3):
        line.house.work()
        line.house.later(minutes=11)
    line.house.work()
    assert {call.sid for call in (caller, handler, again, rung)} <= line.house.exchange.deleted_calls
    with line.house.database.read() as connection:
        assert len(connection.execute(select(call_log)).all()) == 1
        assert connection.scalar(select(counts.c.number).where(counts.c.name == "calls.began")) == 1
        assert connection.execute(select(talks)).all() == []


def test_what_a_caller_hears_moved_twice_is_said_once(line: Line) -> None:
    caller = line.waits()
    line.house.work()
    line.accepts(caller)
    line.house.work()
    assert caller.words.count(spoken(line.house, "connecting")) == 1
