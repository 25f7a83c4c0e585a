"""Many callers and few handlers, for half an hour: nobody is lost, nobody is with two, every wait ends somewhere."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.lines import NumberSettings, softphone
from ivr.worker import rounds
from ivr.worker.timetable import CALLS, LIVE
from storage.live import conduct, offers, shifts
from storage.live.offers import TooLate
from storage.models import seats, skills, talks
from tests.house import BASE, House, make_house
from tests.ivr.answering import counted

APPLICATION = "AP" + "7" * 32
CALLERS, HANDLERS = 24, 3
MOST_SECONDS = 3600
NEVER = threading.Event()


@dataclass
class Answering:
    """A handler with their own ways: quick or slow to say yes, sometimes cut off, sometimes gone for a tea."""

    house: House
    chance: random.Random
    person_id: str = field(default_factory=lambda: uuid4().hex)
    leg: SimulatedCall | None = None
    talked: int = 0  # seconds of the present talk
    met: list[str] = field(default_factory=list)

    def begin(self) -> None:
        with self.house.database.write() as connection:
            shifts.choose(connection, self.person_id, shifts.AVAILABLE, now=self.house.clock.now())
            held = (("language:en", ""), ("general", "2099-12"))
            rows = [{"person_id": self.person_id, "skill": name, "until": until} for name, until in held]
            connection.execute(insert(skills), rows)

    def live_a_second(self) -> None:
        now = self.house.clock.now()
        with self.house.database.write() as connection:
            shifts.note_seen(connection, self.person_id, now=now)
            shift, talk = shifts.shift_of(connection, self.person_id), conduct.talk_of(connection, self.person_id)
        assert shift is not None
        if talk is not None and talk.state == "offered":
            self._answer(talk.talk_id)
        elif talk is not None and talk.state == "talking":
            self._talk(talk.talk_id)
        elif shift.state in (shifts.AWAY, shifts.WRAP_UP, shifts.BREAK) and self.chance.random() < 0.1:
            with self.house.database.write() as connection:
                shifts.choose(connection, self.person_id, shifts.AVAILABLE, now=now)

    def _answer(self, talk_id: str) -> None:
        now, token = self.house.clock.now(), uuid4().hex
        what = self.chance.random()
        try:
            with self.house.database.write() as connection:
                if what < 0.1:
                    offers.decline(connection, talk_id, self.person_id)
                elif what < 0.6:
                    offers.accept(connection, talk_id, self.person_id, token=token, report_id=uuid4().hex, now=now)
                else:
                    return  # thinks about it, perhaps until the offer is gone
        except TooLate:
            return
        if what >= 0.15:  # else their browser died between the yes and the ring
            self.leg = self.house.exchange.ring(
                APPLICATION, softphone("4a5b", APPLICATION, (("offer", token),)), listens_at_once=False
            )
        self.talked = 0

    def _talk(self, talk_id: str) -> None:
        self.talked += 1
        what = self.chance.random()
        if what < 0.03 and self.leg is not None and not self.leg.ended:
            self.leg.hang_up()  # their network is gone
        elif what < 0.08:
            self.met.append(talk_id)
            with self.house.database.write() as connection:
                conduct.finish(connection, talk_id, self.person_id, conduct.FINISHED, now=self.house.clock.now())
        elif what < 0.12:
            with self.house.database.write() as connection:
                conduct.ask_aside(connection, talk_id, self.person_id, "silent_danger", now=self.house.clock.now())


@dataclass
class Crowd:
    """All of them."""

    house: House
    chance: random.Random
    people: list[Answering]
    callers: list[SimulatedCall] = field(default_factory=list)
    gone: Counter[str] = field(default_factory=Counter)

    def live_a_second(self) -> None:
        self.house.later(seconds=1)
        if len(self.callers) < CALLERS:
            self.callers.append(self.house.ring(listens_at_once=False))
        for caller in self.callers:
            if not caller.ended:
                self._do_something(caller)
        for person in self.people:
            person.live_a_second()
        for lane in (*LIVE, (CALLS,)):
            rounds.run_round(self.house.place, lane, NEVER)
        self.house.exchange.tick()

    def _do_something(self, caller: SimulatedCall) -> None:
        what = self.chance.random()
        if caller.step == "main_menu":
            caller.press("1")
        elif caller.step == "silent_danger":
            caller.press(self.chance.choice("12"))
        elif caller.step in ("nobody_on_duty", "consent", "choose_keys", "closed_now"):
            self.gone["came to the recorder"] += 1
            caller.hang_up()
        elif caller.step == "waiting" and what < 0.002:
            caller.press("1")
        elif caller.waiting_for in ("key", "conference") and what < 0.003:
            self.gone["hung up"] += 1
            caller.hang_up()

    def nobody_is_with_two(self) -> None:
        with self.house.database.read() as connection:
            sitting = connection.execute(
                select(seats.c.talk_id, seats.c.person_id).where(seats.c.state == "joined", seats.c.role == "talk")
            ).all()
        for column in (0, 1):
            assert max(Counter(row[column] for row in sitting).values(), default=0) <= 1
        for room in self.house.exchange.conferences.rooms:
            legs = [self.house.exchange.calls[sid] for sid in room.participants]
            outside = [leg for leg in legs if leg.caller.number.startswith("+")]
            assert len(outside) <= 1
            assert len(legs) - len(outside) <= 2  # whoever was lost may not have been told yet


@pytest.fixture
def crowd(tmp_path: Path, database_url: str) -> Iterator[Crowd]:
    with make_house(tmp_path, database_url, more_settings={"TWILIO_APP_SID": APPLICATION}) as house:
        settings = NumberSettings(f"{BASE}/softphone", status_callback=f"{BASE}/ended")
        house.exchange.applications = {APPLICATION: settings}
        chance = random.Random(20261126)
        people = [Answering(house, chance) for _ in range(HANDLERS)]
        for person in people:
            person.begin()
        yield Crowd(house, chance, people)


def test_everybody_who_rings_ends_with_a_person_or_at_the_recorder(crowd: Crowd) -> None:
    for _ in range(MOST_SECONDS):
        crowd.live_a_second()
        crowd.nobody_is_with_two()
        if len(crowd.callers) == CALLERS and all(caller.ended for caller in crowd.callers):
            break
    assert [caller.step for caller in crowd.callers if not caller.ended] == []
    assert crowd.house.exchange.notices == []
    told = counted(crowd.house.database)
    never_asked = CALLERS - told["joined"]  # they hung up before
    assert never_asked <= crowd.gone["hung up"]
    assert sum(number for name, number in told.items() if name != "joined") == told["joined"]
    met = [talk_id for person in crowd.people for talk_id in person.met]
    assert len(met) == len(set(met))  # nobody's talk was ended by two
    assert len(met) >= CALLERS // 2
    for _ in range(30):  # and everybody is free again
        crowd.live_a_second()
    with crowd.house.database.read() as connection:
        assert connection.execute(select(talks.c.talk_id).where(talks.c.state != "over")).all() == []
        assert not [one for one in shifts.all_shifts(connection) if one.state == shifts.ON_CALL]
    assert [room.name for room in crowd.house.exchange.conferences.rooms if not room.ended_because] == []
