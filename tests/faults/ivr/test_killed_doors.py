"""kill -9 of the real public door under many calls: they go on, and what was answered with 200 is there."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.simulator.clocks import VirtualClock
from ivr.simulator.lines import NumberSettings
from ivr.twiml import OVERRIDES
from ivr.worker.identifiers import open_notice
from prompts.questionnaire import read_questionnaire
from storage.database import Database
from storage.models import intents
from tests.faults.ivr.real_door import RealDoor
from tests.house import BASE, House, make_house, say, speech
from tests.ivr.by_hand import answers_of
from tests.journeys.walking import acknowledged

pytestmark = pytest.mark.usefixtures("full_price")  # its doors are the real command, which stretches at that price

NUMBER = NumberSettings(f"{BASE}/call{OVERRIDES}", status_callback=f"{BASE}/ended{OVERRIDES}")
CALLERS, CALLS_EACH = 4, 6
MOST_ACTS = 90
ANSWERS_BETWEEN_KILLS = 3 * CALLERS


def settings_file(house: House, port: int) -> Path:
    path = house.folder / "config.env"
    told = house.environment | {"IVR_LISTEN": f"127.0.0.1:{port}", "IVR_PROCESSES": "2"}
    path.write_text("".join(f"{name}={value}\n" for name, value in told.items()), encoding="utf-8")
    return path


def caller(house: House, seed: int) -> list[str]:
    """Make some calls one after the other, each by chance; return their names."""
    chance, made = random.Random(seed), []
    for number in range(CALLS_EACH):
        call = house.ring()
        made.append(call.sid)
        keys = {"main_menu": "2", "consent": chance.choice("12"), "reference": "1"}
        for _ in range(MOST_ACTS):
            if call.ended:
                break
            if call.step in keys and call.waiting_for == "key":
                call.press(keys[call.step])
            elif call.step == "reference_tail":
                call.press(house.reference_heard(call)[-4:] or "0000")
            elif "<Record" in call.document and chance.random() < 0.3:
                say(call, speech(1.0, seed=seed * 100 + number))
            elif call.waiting_for == "key":
                call.press(chance.choice("1112#"))
            else:
                call.silence()
        assert call.ended
        assert call.status == "completed"
        assert "<Hangup" in call.document
    return made


def killer(door: RealDoor, done: threading.Event, kills: int) -> None:
    chance = random.Random(kills)
    for _ in range(kills):
        time.sleep(chance.uniform(0.2, 0.9))
        while door.answered < ANSWERS_BETWEEN_KILLS and not done.is_set():
            time.sleep(0.02)  # or a busy machine would kill the same webhook until its carrier gives up
        if done.is_set():
            return
        door.kill()
        door.open()


@pytest.mark.timeout(300)
def test_doors_that_are_killed_under_many_calls_lose_nothing(tmp_path: Path, database_url: str, free_port: int) -> None:
    clock = VirtualClock(int(time.time()))  # by which the other processes live
    with make_house(tmp_path, database_url, number=NUMBER, clock=clock) as house:
        is_sqlite = house.database.is_sqlite
        door = RealDoor(settings_file(house, free_port), free_port, tmp_path / "door.log")
        house.exchange._board.webhooks.transport = door
        door.open()
        done = threading.Event()
        try:
            with ThreadPoolExecutor(CALLERS + 1) as pool:
                killing = pool.submit(killer, door, done, 5 if is_sqlite else 1)
                sids = [sid for made in pool.map(lambda seed: caller(house, seed), range(CALLERS)) for sid in made]
                done.set()
                killing.result()
        finally:
            door.kill()
        assert [notice for notice in house.exchange.notices if notice.params] == []
        must_hold_all(house, sids)


def must_hold_all(house: House, sids: list[str]) -> None:
    kept = set()
    for sid in sids:
        report_id = house.door.hotline.where(sid).memory.report_id
        found = [(said.question, said.values) for said in answers_of(house, report_id)]
        assert len(found) == len(set(found)), "an answer is kept twice"
        kept |= {(sid, question, value) for question, values in found for value in values}
    expected = acknowledged(house.exchange.requests, read_questionnaire())
    assert len(expected) > 5 * len(sids)
    assert expected <= kept
    named = names_of(house, house.database)
    assert len(named) == len(set(named)), "a recording is named twice"
    assert set(named) == set(house.exchange.recordings)


def names_of(house: House, database: Database) -> list[str]:
    with database.read() as connection:
        rows = connection.execute(intents.select().where(intents.c.recording_for_worker.is_not(None))).all()
    return [open_notice(house.place, row.recording_for_worker, row.intent_id).sid for row in rows]
