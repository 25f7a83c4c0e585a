"""kill -9 of the public door at any commit of a call: the call goes on, nothing is lost, nothing is doubled."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.simulator.clocks import VirtualClock
from ivr.simulator.lines import NumberSettings
from ivr.simulator.moments import Spoken
from ivr.twiml import OVERRIDES
from ivr.worker.identifiers import open_notice
from storage.models import intents, items, mailboxes, reports
from tests.faults.ivr.mortal_door import Moment, MortalDoor
from tests.house import BASE, House, make_house, say, speech
from tests.ivr.by_hand import answers_of

NUMBER = NumberSettings(f"{BASE}/call{OVERRIDES}", status_callback=f"{BASE}/ended{OVERRIDES}")
KEYS = {
    "main_menu": "2",
    "consent": "1",
    "urgent": "1",
    "at_risk": "1",
    "allegation": "4",
    "reference": "1",
    "when": "2",
}
MOST_ACTS = 80


@dataclass(frozen=True)
class Left:
    """What one call has left behind."""

    answers: tuple[tuple[str, tuple[str, ...]], ...]
    questions: Counter[str]  # of the recordings that were named
    kinds: Counter[str]
    state: tuple[str, bool, bool, str]
    mailboxes: int
    words: tuple[str, ...]


def play(house: House, door: MortalDoor) -> tuple[str, str]:
    """Play one call: keyed answers, two clips, a reference that is keyed back; return the call and what was said."""
    house.exchange._board.webhooks.transport = door
    call = house.ring()
    for _ in range(MOST_ACTS):
        if call.ended:
            break
        if call.step in KEYS and call.waiting_for == "key":
            call.press(KEYS[call.step])
        elif call.step == "reference_tail":
            call.press(house.reference_heard(call)[-4:] or "0000")  # who could not hear it is told again
        elif call.step in ("who", "story") and "<Record" in call.document:
            say(call, speech(1.0, seed=len(call.step)))
        elif call.waiting_for == "key":
            call.press("#")
        else:
            call.silence()
    assert call.ended
    last = [item.text for item in call.heard if isinstance(item, Spoken)][-1]
    return call.sid, last


def left_by(house: House, sid: str, last: str) -> Left:
    report_id = house.door.hotline.where(sid).memory.report_id
    with house.database.read() as connection:
        of_call = intents.c.call_key.in_(house.door.hotline.live.call_keys(sid))
        named = connection.execute(select(intents).where(of_call, intents.c.recording_for_worker.is_not(None))).all()
        kinds = Counter(connection.scalars(select(items.c.kind).where(items.c.report_id == report_id)))
        found = connection.execute(select(reports).where(reports.c.report_id == report_id)).one()
        boxes = connection.execute(select(mailboxes).where(mailboxes.c.report_id == report_id)).all()
    told = [open_notice(house.place, row.recording_for_worker, row.intent_id).sid for row in named]
    assert len(told) == len(set(told)), "no recording is named twice"
    assert set(told) == {one.sid for one in house.exchange.recordings.values() if one.call_sid == sid}
    return Left(
        tuple((said.question, said.values) for said in answers_of(house, report_id)),
        Counter(row.question for row in named),
        kinds,
        (found.state, found.partial, found.substance, found.urgent),
        len(boxes),
        (last,),
    )


def killed_at(house: House, commits: int, moment: Moment) -> tuple[Left, int]:
    door = MortalDoor(house.settings, commits, moment)
    try:
        sid, last = play(house, door)
    finally:
        door.close()
    return left_by(house, sid, last), door.deaths


@pytest.mark.timeout(600)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_door_that_is_killed_at_any_commit_loses_and_doubles_nothing(
    tmp_path: Path, database_url: str, moment: Moment
) -> None:
    clock = VirtualClock(int(time.time()))  # by which the other process lives
    with make_house(tmp_path, database_url, number=NUMBER, clock=clock) as house:
        undisturbed, deaths = killed_at(house, -1, moment)
        assert deaths == 0
        assert undisturbed.questions == {"who": 1, "story": 1}
        assert undisturbed.mailboxes == 1
        # After one commit is before the next: by turns of moments and days, so that all are tried and CI stays short.
        # In CI the databases take turns daily: each has both halves within four days.
        step, day = 4, int(time.time()) // 86_400
        commits = (1 if moment == "before" else 2) + 2 * (day // 2 % 2)
        while True:
            left, deaths = killed_at(house, commits, moment)
            if deaths == 0:
                break
            assert left == undisturbed, f"killed {moment} commit {commits}"
            told = [notice for notice in house.exchange.notices if notice.params]  # a sound is fetched without any
            assert told == []
            commits += step
        assert commits > 20, "the whole call was tried"
