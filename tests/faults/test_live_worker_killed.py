"""kill -9 of the worker at any commit or call out loses no caller and no handler, and rings nobody twice."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import uuid4

import pytest
from sqlalchemy import delete

from ivr.simulator.calls import SimulatedCall
from storage.clock import TurnedClock
from storage.database import Database
from storage.live import conduct, offers, queue, rooms
from storage.models import beats, calls, jobs, seats, skills, talks
from storage.models import shifts as shift_rows
from tests.faults.killed_live_worker import work_until_killed
from tests.faults.killed_worker import without_syncing
from tests.worker.live_stage import AMINA, BEN, CARLA, Stage, stage_on

DEV, EVE = "d" * 32, "e" * 32
PEOPLE = (AMINA, BEN, CARLA, DEV, EVE)


def clean(stage: Stage) -> None:
    """Forget everything of the run before."""
    for call in list(stage.exchange.calls.values()):
        call.hang_up()
    with stage.line.database.write() as connection:
        for table in (seats, talks, calls, jobs, beats, shift_rows, skills):
            connection.execute(delete(table))
    stage.exchange.calls.clear()
    stage.api.asked.clear()


@dataclass(frozen=True)
class Act:
    """What is asked of the worker all at once."""

    waiting: SimulatedCall
    accepted: SimulatedCall
    token: str
    finished: SimulatedCall
    lost: SimulatedCall
    interpreted: SimulatedCall


def everything_at_once(stage: Stage) -> Act:
    """Accept a call, finish one, lose the handler of one, ask for an interpreter in one; one more caller waits."""
    finished, _ = stage.talking(BEN)
    lost, leg_of_lost = stage.talking(CARLA)
    interpreted, _ = stage.talking(DEV)
    accepted = stage.caller()
    stage.works(AMINA)
    stage.work()
    token = stage.accepts(AMINA, accepted)
    waiting = stage.caller()
    finished_id, interpreted_id = stage.talk(finished).talk_id, stage.talk(interpreted).talk_id
    stage.do(lambda c: conduct.finish(c, finished_id, BEN, conduct.FINISHED, now=stage.now))
    seat = uuid4().hex
    stage.do(lambda c: offers.add_seat(c, interpreted_id, "bridge", rooms.INTERPRETER, token=seat, now=stage.now))
    leg_of_lost.hang_up()
    stage.works(EVE)
    return Act(waiting, accepted, token, finished, lost, interpreted)


@pytest.mark.timeout(600)
def test_a_worker_killed_anywhere_leaves_nobody_alone(database: Database, clock: TurnedClock) -> None:
    without_syncing(database)
    with stage_on(database, clock) as stage:
        # The databases take turns (in CI daily), and so do four times two days: CI stays short, all places are tried.
        day = int(time.time()) // 86_400 // 2 % 4
        killed_at, lived = day - (7 if database.is_sqlite else 3), False
        while not lived:
            killed_at += 8
            clean(stage)
            act = everything_at_once(stage)
            lived = work_until_killed(stage, killed_at)
            leg = stage.sits_down(act.token)  # their page knows nothing of the worker
            stage.later(14, seen=PEOPLE)
            must_be_well(stage, act, leg, f"killed at {killed_at}")
    assert killed_at > 20  # else the fuse was never near the end of the work


def must_be_well(stage: Stage, act: Act, leg: SimulatedCall, told: str) -> None:
    """Nobody is alone, nobody is forgotten, and nobody was rung twice."""
    assert stage.in_room(act.accepted, leg), told
    assert act.finished.ended, told
    assert act.finished.words.endswith("Goodbye."), told
    assert (stage.talk(act.lost).state, stage.talk(act.lost).person_id) == (queue.OFFERED, EVE), told
    assert act.lost.words.count("Lost.") == 1, told
    assert act.lost.waiting_for == "key", told
    assert stage.talk(act.waiting).state == queue.WAITING, told
    assert stage.talk(act.interpreted).state == queue.TALKING, told
    assert len(stage.outside()) <= 1, told
    assert [stage.shift(one) for one in PEOPLE] == ["on_call", "wrap_up", "wrap_up", "on_call", "available"], told
