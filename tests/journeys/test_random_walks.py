"""Hundreds of callers who do anything at any step, on both databases, while everything goes wrong that can."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ivr.simulator.lines import NumberSettings
from ivr.twiml import OVERRIDES
from tests.house import BASE, make_house, tell_all
from tests.journeys.walking import Walk, Watched

WALKS, ACTS = 120, 14  # on each database


@pytest.mark.timeout(600)
def test_any_walk_ends_well_and_loses_nothing(tmp_path: Path, database_url: str) -> None:
    number = NumberSettings(f"{BASE}/call{OVERRIDES}", status_callback=f"{BASE}/ended{OVERRIDES}")
    with make_house(tmp_path, database_url, number=number, encrypted=False) as house:
        first = house.ring()
        reference = tell_all(house, first, {"main_menu": "2", "allegation": "4"})
        assert len(reference) == 16
        for _ in range(3):
            house.work()
            house.later(minutes=16)
        watched = Watched(house, reference)
        watched.forget()
        chosen = settings(
            max_examples=WALKS,
            stateful_step_count=ACTS,
            deadline=None,
            phases=(Phase.generate,),  # shrinking walks through one house for minutes: the printed walk is short enough
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(partial(Walk, watched), settings=chosen)  # type: ignore[arg-type]
