"""From the ring to a handler's voice and back: a caller waits, talks, loses the handler, is taken up again, and parts.

What the desk and the worker do is done here by hand, as they will: rows in the database, and moves by Twilio's own
client over the exchange's REST API.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from twilio.rest import Client

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.frames import FRAME_SAMPLES, QUIET
from ivr.simulator.lines import NumberSettings, softphone
from storage.live import shifts
from storage.models import counts, talks
from storage.reports import NewReport, begin
from tests.house import BASE, House, make_house
from tests.ivr.answering import FORM, Handler, counted
from tests.ivr.by_hand import spoken
from tests.simulator.test_rest import RewritingClient

APPLICATION = "AP" + "7" * 32
LOUD = (1000).to_bytes(2, "little", signed=True) * FRAME_SAMPLES


@dataclass
class Line:
    """A line with a handler, and the REST API as the worker uses it."""

    house: House
    amina: Handler
    client: Client

    def waits(self) -> SimulatedCall:
        call = self.house.ring()
        while call.step != "main_menu":
            call.silence()
        call.press("1")
        assert (call.step, call.waiting_for) == ("waiting", "key")
        return call

    def talk(self, call: SimulatedCall) -> str:
        keys = self.house.door.hotline.live.call_keys(call.sid)
        with self.house.database.read() as connection:
            return str(connection.scalar(select(talks.c.talk_id).where(talks.c.call_key.in_(keys))))

    def move(self, call: SimulatedCall) -> None:
        self.client.calls(call.sid).update(url=f"{BASE}/call/now", method="POST")

    def room(self, call: SimulatedCall) -> str:
        keys = self.house.door.hotline.live.call_keys(call.sid)
        with self.house.database.read() as connection:
            return str(connection.scalar(select(talks.c.room).where(talks.c.call_key.in_(keys))))

    def state(self, call: SimulatedCall) -> str:
        keys = self.house.door.hotline.live.call_keys(call.sid)
        with self.house.database.read() as connection:
            return str(connection.scalar(select(talks.c.state).where(talks.c.call_key.in_(keys))))

    def sits_down(self) -> SimulatedCall:
        rings = softphone("4a5b", APPLICATION, (("offer", self.amina.token),))
        return self.house.exchange.ring(APPLICATION, rings)

    def hears(self, listener: SimulatedCall, speaker: SimulatedCall) -> bool:
        rooms = self.house.exchange.conferences
        for _ in range(30):  # what was said before is heard first
            rooms.take(listener.sid)
        for _ in range(5):
            rooms.say(speaker.sid, LOUD)
        return any(rooms.take(listener.sid) != QUIET for _ in range(5))

    def says(self, call: SimulatedCall, prompt: str) -> bool:
        return spoken(self.house, prompt) in call.words


@pytest.fixture
def line(tmp_path: Path, database_url: str) -> Iterator[Line]:
    with make_house(tmp_path, database_url) as house:
        settings = NumberSettings(f"{BASE}/softphone", status_callback=f"{BASE}/ended")
        house.exchange.applications = {APPLICATION: settings}
        exchange = house.exchange
        through = RewritingClient(house.environment["TWILIO_API_BASE"])
        client = Client(exchange.api_key, exchange.api_secret, exchange.account_sid, http_client=through)
        with house.database.write() as connection:
            begin(connection, NewReport(FORM, "example", "en", "live"), week="2026-W48")
        amina = Handler(house, house.database).works()
        with house.database.write() as connection:
            shifts.note_seen(connection, amina.person_id, now=house.clock.now() + 3600)  # a page that stays open
        yield Line(house, amina, client)


def test_a_caller_talks_with_a_handler_who_is_lost_and_taken_up_again_until_both_have_done(line: Line) -> None:
    caller = line.waits()
    caller.silence()
    assert line.says(caller, "queue_next")

    line.amina.accepts(line.talk(caller))
    line.move(caller)
    assert (caller.step, caller.waiting_for) == ("talking", "conference")
    assert line.says(caller, "connecting")
    handler = line.sits_down()
    assert handler.waiting_for == "conference"
    assert line.hears(handler, caller)
    assert line.hears(caller, handler)
    assert line.state(caller) == "talking"

    handler.hang_up()
    assert line.state(caller) == "waiting"
    line.move(caller)
    assert (caller.step, line.says(caller, "handler_lost")) == ("waiting", True)
    rested(line)
    line.amina.accepts(line.talk(caller))
    line.move(caller)
    second = line.sits_down()
    assert line.hears(caller, second)

    line.amina.finishes(line.talk(caller))
    line.move(caller)
    line.house.exchange.tick()
    assert (caller.ended, line.says(caller, "talk_over")) == (True, True)
    assert second.ended  # with the caller the room ended, and its leg was let go
    assert line.state(caller) == "over"
    assert counted(line.house.database) == {"joined": 1, "answered": 1}
    assert line.house.exchange.notices == []


def test_a_caller_hears_their_reference_alone_comes_back_and_finds_the_report_by_it(line: Line) -> None:
    caller = line.waits()
    line.amina.accepts(line.talk(caller))
    line.move(caller)
    handler = line.sits_down()
    line.amina.asks(line.talk(caller), "reference")
    keep_open(line, caller)
    line.move(caller)
    while caller.step == "aside_wait":
        caller.silence()
    assert caller.step == "reference"
    reference = line.house.reference_heard(caller)
    assert len(reference) == 16
    assert not line.hears(handler, caller)
    caller.press("1")
    for digit in reference[-4:]:
        caller.press(digit)
    assert (caller.step, caller.waiting_for) == ("talking", "conference")
    assert line.says(caller, "reference_tail_right")
    assert line.says(caller, "back_to_handler")
    assert line.state(caller) == "talking"
    assert line.house.exchange.notices == []

    later = line.house.ring()  # with the reference they find their report
    while later.step != "main_menu":
        later.silence()
    later.press("3")
    later.press(reference)
    while later.step == "return_wait":
        later.silence()
    assert later.step == "return_known"


def test_a_caller_who_hangs_up_takes_the_room_with_them_and_both_legs_are_deleted_at_the_carrier(line: Line) -> None:
    caller = line.waits()
    line.amina.accepts(line.talk(caller))
    line.move(caller)
    handler = line.sits_down()
    caller.hang_up()
    line.house.exchange.tick()
    assert handler.ended
    for _ in range(3):
        line.house.work()
        line.house.later(minutes=11)
    line.house.work()
    assert {caller.sid, handler.sid} <= line.house.exchange.deleted_calls
    with line.house.database.read() as connection:
        began = connection.scalar(select(counts.c.number).where(counts.c.name == "calls.began"))
    assert began == 1  # a softphone's leg is no call of the line


def test_a_caller_who_waits_in_an_outage_hears_the_words_for_it_and_waits_on_afterwards(line: Line) -> None:
    caller = line.waits()
    database = line.house.door.hotline.database
    with pytest.MonkeyPatch.context() as away:
        away.setattr(type(database), "read", no_database)
        away.setattr(type(database), "write_statement", no_database)
        caller.silence()
        assert line.says(caller, "apology")
        line.amina.token = "0" * 32
        leg = line.sits_down()
        assert (leg.ended, "cannot be reached" in leg.words) == (True, True)
    line.move(caller)
    assert (caller.step, line.state(caller)) == ("waiting", "waiting")
    assert line.house.exchange.notices == []


def no_database(*_: object) -> object:
    raise OperationalError("", {}, Exception("away"))


def rested(line: Line) -> None:
    """Let the handler be available again, as the worker and the desk do after a call."""
    with line.amina.database.write() as connection:
        shifts.free(connection, now=line.amina.now)
        assert shifts.choose(connection, line.amina.person_id, shifts.AVAILABLE, now=line.amina.now)
        shifts.note_seen(connection, line.amina.person_id, now=line.amina.now + 3600)


def keep_open(line: Line, caller: SimulatedCall) -> None:
    """Let the room stay when the caller leaves it for a while, as the worker does before it moves them."""
    [conference] = line.client.conferences.list(friendly_name=line.room(caller), status="in-progress")
    line.client.conferences(str(conference.sid)).participants(caller.sid).update(end_conference_on_exit=False)
