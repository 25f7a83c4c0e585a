"""Callers, handlers and the carrier's news in any order, twice, late or never: every wait ends, and ends once."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from ivr.simulator.documents import read
from ivr.simulator.verbs import Dial, Hangup
from storage.live import offers, queue, shifts
from storage.live.conduct import ASIDES, ENDINGS, NotTheirs
from storage.live.offers import TooLate
from tests.house import House
from tests.ivr.answering import Handler, clear, counted, talk_of
from tests.ivr.by_hand import HandMadeCall, address_of

SEEDS, ACTS = 12, 60
KEYS = ("", "", "", "", "1", "2", "3", "0", "*", "9", "#", "8", "7")
TO_A_PERSON = ("", "", "1")


@dataclass
class Scene:
    """One caller, one handler, and a carrier that tells what it likes."""

    house: House
    chance: random.Random
    call: HandMadeCall
    amina: Handler
    told: list[tuple[str, str]] = field(default_factory=list)  # what was heard at which address
    is_over: bool = False

    @property
    def talk_id(self) -> str:
        return str(talk_of(self.house.database, self.call.row().call_key).talk_id)

    def obeys(self, document: str) -> None:
        """Go on with a document, as the carrier does, and look whether it can."""
        found = read(document.encode())
        assert found.faults == ()
        assert found.verbs
        self.is_over = self.is_over or found.verbs[-1] == Hangup()
        for verb in found.verbs:
            if isinstance(verb, Dial):
                assert verb.conference.name == talk_of(self.house.database, self.call.row().call_key).room
        self.call.document = document

    # ---- what can happen ----

    def hears(self) -> None:
        keys = self.chance.choice(KEYS)
        self.told.append((self.call.address, keys))
        self.obeys(self.call.ask(self.call.address, Digits=keys))

    def is_moved(self) -> None:
        self.obeys(self.call.ask("/call/now"))

    def repeats(self) -> None:
        address, keys = self.chance.choice(self.told)
        document = self.call.ask(address, Digits=keys)
        assert read(document.encode()).faults == ()

    def is_accepted(self) -> None:
        self.amina.token, self.amina.leg = uuid4().hex, HandMadeCall(self.house)
        with suppress(TooLate), self.amina.database.write() as connection:
            if offers.offer(connection, self.talk_id, self.amina.person_id, now=self.amina.now):
                token, now = self.amina.token, self.amina.now
                offers.accept(connection, self.talk_id, self.amina.person_id, token=token, report_id="", now=now)

    def sits_down(self) -> None:
        document = self.amina.leg.ask("/softphone", offer=self.amina.token or "0" * 32)
        assert read(document.encode()).faults == ()

    def tells(self) -> None:
        whose = self.chance.choice((self.call, self.amina.leg))
        event = self.chance.choice(("participant-join", "participant-join", "participant-leave"))
        assert whose.post("/room", StatusCallbackEvent=event).status == 204

    def leg_ends(self) -> None:
        if self.chance.random() < 0.3:
            self.amina.leg.post("/ended", CallStatus="completed")

    def asks(self) -> None:
        with suppress(NotTheirs):
            self.amina.asks(self.talk_id, self.chance.choice(ASIDES))

    def finishes(self) -> None:
        if self.chance.random() < 0.2:
            with suppress(NotTheirs):
                self.amina.finishes(self.talk_id, self.chance.choice(ENDINGS))

    def changes_shift(self) -> None:
        state = shifts.AVAILABLE if self.chance.random() < 0.7 else shifts.AWAY
        with self.amina.database.write() as connection:
            shifts.free(connection, now=self.amina.now)
            shifts.choose(connection, self.amina.person_id, state, now=self.amina.now)
            shifts.note_seen(connection, self.amina.person_id, now=self.amina.now)

    def time_passes(self) -> None:
        self.house.clock.forward(self.chance.randint(1, 15))


def scene(house: House, seed: int) -> Scene:
    amina = Handler(house, house.database).works()
    call = HandMadeCall(house).ring()
    for keys in TO_A_PERSON:
        call.hear(Digits=keys)
    assert call.step == "waiting"
    return Scene(house, random.Random(seed), call, amina, [(address_of(call.document), "")])


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_comes_in_whatever_order_every_wait_ends_once(house: House, seed: int) -> None:
    clear(house.database)
    one = scene(house, seed)
    acts: list[Callable[[], None]] = [
        *(one.hears,) * 4,
        *(one.is_moved, one.repeats, one.is_accepted, one.sits_down, one.tells) * 2,
        *(one.leg_ends, one.asks, one.finishes, one.changes_shift, one.time_passes),
    ]
    for _ in range(ACTS):
        if one.is_over:
            break
        one.chance.choice(acts)()
        row = talk_of(house.database, one.call.row().call_key)
        assert (row.state == queue.OVER) <= (row.ending != ""), "nothing ends without a reason"
    for _ in range(2):
        one.call.post("/ended", CallStatus="completed")
        one.amina.leg.post("/ended", CallStatus="completed")
    row = talk_of(house.database, one.call.row().call_key)
    assert row.state == queue.OVER
    counts = counted(house.database)
    assert counts.pop("joined") == sum(counts.values()), counts
    clear(house.database)
