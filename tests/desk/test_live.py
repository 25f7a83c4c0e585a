"""The page of live calls: who is available, what is offered, who takes it, and who is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.clock import TurnedClock
from storage.database import Database
from tests.desk.callers import open_live_house, ring_and_offer
from tests.desk.staff import Hired, House, Keys, browser_of


@pytest.fixture
def live_house(keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[House]:
    with open_live_house(keys, hired, database, clock, tmp_path) as opened:
        yield opened


def test_an_offer_appears_with_what_is_needed_to_say_yes(live_house: House) -> None:
    amina = browser_of(live_house, "Amina")
    assert amina.get("/live/state").json["offer"] is None
    talk = ring_and_offer(live_house, waits=170, urgent=True)
    state = amina.get("/live/state").json
    assert (state["offer"]["talk"], state["offer"]["left"]) == (talk, 20)
    page = amina.get("/live").text
    assert "Somebody may be hurt soon" in page
    assert "about 3 minutes" in page
    assert "English" in page
