"""Switches, the room for calls and the length of a call, at a door that is open: at once, for all, and kindly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import event, select

from ivr.app import PublicDoor, create_app
from ivr.asks import GRACE_SECONDS, MAX_CALL_SECONDS, MAX_CALL_TURNS
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.transport import WsgiTransport
from storage.clock import iso_week
from storage.jobs import standing_alarms
from storage.models import calls, counts
from storage.switches import end_switch, set_switch
from tests.house import House, make_house, say, speech, tell_all
from tests.ivr.by_hand import HandMadeCall
from tests.ivr.outage import outage
from tests.storage.test_switches import hire

CLOSED_WORDS = "nobody can answer at the moment"
SURGE_WORDS = "Very many people are ringing"
CROWDED_WORDS = "more people are ringing than we can take"
MOST = 3


@dataclass
class Line:
    """A house whose line takes three calls at once, with a member of staff."""

    house: House

    def switch_on(self, name: str, *, hours: int = 1) -> None:
        """Set a switch as a command would: from another process than the door's."""
        now = self.house.clock.now()
        with self.house.place.database.write() as connection:
            set_switch(connection, name, until=now + hours * 3600, by="ben", person="command", now=now)

    def switch_off(self, name: str) -> None:
        with self.house.place.database.write() as connection:
            assert end_switch(connection, name, by="ben", person="command", now=self.house.clock.now())

    def at_menu(self) -> SimulatedCall:
        call = self.house.ring()
        while not call.ended and (call.step != "main_menu" or call.waiting_for != "key"):
            call.silence()
        return call

    def counted(self, name: str) -> int:
        week = iso_week(self.house.clock.now())
        with self.house.database.read() as connection:
            wanted = select(counts.c.number).where(counts.c.name == name, counts.c.week == week)
            return connection.scalar(wanted) or 0

    def alarms(self) -> dict[str, str]:
        with self.house.database.read() as connection:
            return standing_alarms(connection)

    def no_one_rings(self) -> None:
        for call in list(self.house.exchange.calls.values()):
            call.hang_up()
        self.house.later(seconds=2)


@pytest.fixture
def line(database_url: str, tmp_path: Path) -> Iterator[Line]:
    with make_house(tmp_path, database_url, more_settings={"MAX_CALLS": str(MOST)}) as house:
        hire(house.database, "ben")
        yield Line(house)


@pytest.fixture
def second_door(line: Line) -> Iterator[PublicDoor]:
    """Another process of the same line."""
    door = create_app(line.house.settings, clock=line.house.clock)
    yield door
    door.close()


# ---- switches -----------------------------------------------------------------------------------------------------


def test_a_switch_works_within_a_second_in_every_process_and_without_a_restart(
    line: Line, second_door: PublicDoor
) -> None:
    first_door = line.house.exchange.service
    for service in (first_door, WsgiTransport(second_door)):
        line.house.exchange.service = service
        call = line.at_menu()
        call.press("1")
        assert call.step in ("nobody_on_duty", "line_closed")
        call.hang_up()
    line.switch_on("closed")
    line.house.later(seconds=1)
    for service in (first_door, WsgiTransport(second_door)):
        line.house.exchange.service = service
        call = line.at_menu()
        call.press("1")
        assert call.step == "closed_now"
        assert CLOSED_WORDS in call.words
        call.press("1")
        assert call.step == "consent"
        call.hang_up()
    line.switch_off("closed")
    line.house.later(seconds=1)
    call = line.at_menu()
    call.press("1")
    assert call.step != "closed_now"


def test_a_switch_ends_by_itself(line: Line) -> None:
    line.switch_on("surge", hours=1)
    line.house.later(seconds=1)
    assert SURGE_WORDS in line.at_menu().words
    line.no_one_rings()
    line.house.later(minutes=61)
    assert SURGE_WORDS not in line.at_menu().words


def test_the_door_reads_the_switches_at_most_once_a_second(line: Line) -> None:
    read: list[int] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "switches" in statement:
            read.append(line.house.clock.now())

    database = line.house.database
    for engine in (database.engine, database._reader) if database.is_sqlite else (database.engine,):
        event.listen(engine, "before_cursor_execute", note)
    for _ in range(2):
        call = line.at_menu()
        for _ in range(10):
            call.press("1")
            call.press("0") if not call.ended else None
        call.hang_up()
    assert read
    assert len(read) == len(set(read))


def test_the_last_known_state_holds_when_the_database_comes_and_goes(line: Line) -> None:
    line.switch_on("closed")
    line.house.later(seconds=1)
    call = line.at_menu()
    call.press("1")
    assert call.step == "closed_now"
    call.hang_up()
    world_sees = line.house.door.hotline.switches
    with outage(line.house.database):
        line.house.later(seconds=5)
        assert dict(world_sees.seen()).keys() == {"closed"}


# ---- room ---------------------------------------------------------------------------------------------------------


def test_one_call_too_many_is_answered_kindly_counted_told_and_forgotten(line: Line) -> None:
    taken = [line.house.ring() for _ in range(MOST)]
    too_many = line.house.ring()
    assert [call.ended for call in taken] == [False] * MOST
    assert CROWDED_WORDS in too_many.words
    assert "hang up and dial nine nine nine" in too_many.words
    assert too_many.ended
    assert line.counted("calls.crowded") == 1
    assert line.alarms().keys() == {"crowded"}
    assert [notice for notice in line.house.exchange.notices if notice.code] == []
    for call in taken:
        call.hang_up()
    for _ in range(3):
        line.house.work()
        line.house.later(minutes=16)
    assert too_many.sid in line.house.exchange.deleted_calls
    with line.house.database.read() as connection:
        assert connection.execute(select(calls)).all() == []


def test_a_caller_turned_away_hears_the_same_when_the_webhook_comes_twice_and_is_counted_once(line: Line) -> None:
    for _ in range(MOST):
        line.house.ring()
    too_many = HandMadeCall(line.house).ring()
    assert CROWDED_WORDS in too_many.document
    assert [too_many.ask("/call"), too_many.ask("/call/now")] == [too_many.document] * 2
    assert line.counted("calls.crowded") == 1


def test_calls_that_are_turned_away_keep_nobody_out(line: Line) -> None:
    taken = [line.house.ring() for _ in range(MOST)]
    for _ in range(5):
        assert line.house.ring().ended
    taken[0].hang_up()
    line.house.later(seconds=1)
    welcome = line.house.ring()
    assert CROWDED_WORDS not in welcome.words
    assert not welcome.ended
    assert line.house.ring().ended


def test_a_call_under_way_goes_on_however_many_ring(line: Line) -> None:
    first = line.at_menu()
    for _ in range(MOST + 2):
        line.house.ring()
    first.press("2")
    assert first.step == "consent"


def test_the_alarm_about_room_ends_after_a_quiet_hour(line: Line) -> None:
    for _ in range(MOST + 1):
        line.house.ring()
    line.no_one_rings()
    line.house.work()
    assert "crowded" in line.alarms()
    line.house.later(minutes=62)
    line.house.work()
    assert "crowded" not in line.alarms()


# ---- length -------------------------------------------------------------------------------------------------------


def test_a_call_of_an_hour_is_led_to_its_end_with_what_it_gave_kept_and_its_reference(line: Line) -> None:
    call = line.house.ring()
    tell_all(line.house, call, {"main_menu": "2", "urgent": "2", "allegation": "4"}, stop_at="who")
    line.house.clock.forward(MAX_CALL_SECONDS)
    say(call, speech(1.5))
    reference = tell_all(line.house, call, {})
    assert call.ended
    assert len(reference) == 16
    assert "What you gave us is kept" in call.words
    for _ in range(3):
        line.house.work()
        line.house.later(minutes=16)
    with line.house.database.read() as connection:
        kinds = connection.exec_driver_sql("SELECT kind, count(*) FROM items GROUP BY kind").all()
    assert dict(tuple(row) for row in kinds)["sound"] == 1


def test_who_goes_on_all_the_same_hears_a_goodbye(line: Line) -> None:
    call = line.at_menu()
    line.house.clock.forward(MAX_CALL_SECONDS + GRACE_SECONDS)
    call.press("*")
    assert call.ended
    assert "You can ring again at any time. Goodbye." in call.words


def test_a_call_of_very_many_turns_ends(line: Line) -> None:
    call = line.at_menu()
    for _ in range(MAX_CALL_TURNS + 50):
        if call.ended:
            break
        call.press("8")
    assert call.ended
    assert "Goodbye" in call.words
