"""Practice calls: rung at one handler, marked everywhere, played from a script; nothing of them is kept anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from storage.clock import TurnedClock
from storage.database import Database
from storage.live import queue, wishes
from storage.live.wishes import PRACTICE_OVER_SECONDS
from storage.models import call_log, counts, items, reports, talks
from tests.desk.callers import open_live_house, ring_and_offer, sit_down, token_of_seat, work
from tests.desk.live_calls import JSON, OTHER_LEG, seats_of, talk_of, told
from tests.desk.staff import Browser, Hired, House, Keys, audited, browser_of, id_of

KEPT = (reports, items, counts, call_log)


@pytest.fixture
def live_house(keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[House]:
    with open_live_house(keys, hired, database, clock, tmp_path) as opened:
        yield opened


@dataclass(frozen=True)
class Pair:
    """Amina, who practises, and Ben, who plays; signed in before, since that takes half a minute of the clock."""

    house: House
    amina: Browser
    ben: Browser

    def ring(self, name: str = "Amina", script: str = "own-name") -> TestResponse:
        form = {"script": script, "person": id_of(self.house, name)}
        return self.ben.post("/practice/rung", form, seen="/practice", **JSON)


@pytest.fixture
def pair(live_house: House) -> Pair:
    return Pair(live_house, browser_of(live_house, "Amina"), browser_of(live_house, "Ben"))


def playing(pair: Pair, script: str = "own-name") -> str:
    """Let Ben play a caller whom Amina answers; return the talk."""
    house, amina = pair.house, pair.amina
    work(house, "Amina")
    rung = pair.ring(script=script)
    assert rung.status_code == 200, rung.text
    talk = str(told(rung)["talk"])
    sit_down(house, told(rung)["seat"], OTHER_LEG)
    page = amina.post(f"/live/call/{talk}/accepted", seen="/live", follow_redirects=True).text
    assert "Practice call" in page
    sit_down(house, token_of_seat(page))
    return talk


def kept(house: House) -> list[int]:
    with house.database.read() as connection:
        return [int(connection.scalar(select(func.count()).select_from(one)) or 0) for one in KEPT]


def test_a_supervisor_chooses_a_script_and_a_handler_and_sees_the_script(live_house: House) -> None:
    ben = browser_of(live_house, "Ben")
    page = ben.get("/practice").text
    assert "She gives her own name" in page
    assert "Nobody is available now" in page
    work(live_house, "Amina")
    assert f'value="{id_of(live_house, "Amina")}"' in ben.get("/practice").text
    shown = ben.get(f"/practice/play?script=own-name&person={id_of(live_house, 'Amina')}").text
    assert "Marisol" in shown
    assert "Ring Amina" in shown
    assert "Writes neither the name nor the café into the form" in shown


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", "Choose a caller to play"),
        ("script=nobody", "Choose a caller to play"),
        ("script=own-name&person=x", "They are not available at this moment"),
    ],
)
def test_what_is_not_chosen_is_told(live_house: House, asked: str, told: str) -> None:
    answer = browser_of(live_house, "Ben").get(f"/practice/play?{asked}")
    assert answer.status_code == 422
    assert told in answer.text


def test_a_script_can_be_read_without_ringing_anybody(live_house: House) -> None:
    page = browser_of(live_house, "Ben").get("/practice/play?script=own-name&person=")
    assert page.status_code == 200
    assert "Marisol" in page.text
    assert "data-ring" not in page.text


def test_a_whole_practice_call_is_marked_everywhere_and_leaves_nothing_but_that_it_was(pair: Pair) -> None:
    before = kept(pair.house)
    talk = playing(pair)
    assert "You hear each other" in told(pair.ben.get(f"/practice/{talk}/state"))["words"]
    assert "Practice" in pair.ben.get("/live/calls").text
    assert talk_of(pair.house, talk).report_id == ""
    assert (
        pair.amina.post(f"/live/call/{talk}/finished", {"reason": "finished"}, seen="/live", **JSON).status_code == 200
    )
    assert told(pair.ben.get(f"/practice/{talk}/state"))["over"] is True
    assert kept(pair.house) == before
    with pair.house.database.write() as connection:
        wishes.clear(connection, talk, now=pair.house.clock.now())
        wishes.forget_the_over(connection, now=pair.house.clock.now() + PRACTICE_OVER_SECONDS)
        assert connection.execute(select(talks.c.talk_id)).all() == []
    assert pair.ben.get("/figures").status_code == 200
    assert [action for action, subject in audited(pair.house) if subject == talk] == [
        "practice-rung",
        "call-accepted",
        "call-finished",
    ]


def test_the_offer_says_that_it_is_practice(pair: Pair) -> None:
    work(pair.house, "Amina")
    pair.ring()
    assert "A colleague plays the caller" in pair.amina.get("/live").text
    assert "A colleague plays the caller" in told(pair.amina.get("/live/state"))["offer"]["html"]


def test_who_declines_practice_is_told_nothing_else_and_it_goes_to_nobody(pair: Pair) -> None:
    work(pair.house, "Amina")
    talk = told(pair.ring())["talk"]
    pair.amina.post(f"/live/call/{talk}/declined", {"reason": "busy"}, seen="/live")
    shown = told(pair.ben.get(f"/practice/{talk}/state"))
    assert (shown["over"], "gave it back" in shown["words"]) == (True, True)


def test_only_an_available_handler_is_rung_and_nobody_while_one_is_busy(pair: Pair) -> None:
    assert pair.ring().status_code == 409
    work(pair.house, "Amina")
    assert pair.ring(script="nobody").status_code == 422
    ring_and_offer(pair.house, "Amina")
    assert pair.ring().status_code == 409
    work(pair.house, "Ben")
    assert pair.ring("Ben").status_code == 409
    with pair.house.database.read() as connection:
        assert connection.execute(select(talks.c.talk_id).where(talks.c.practice)).all() == []


def test_what_the_handler_lets_the_line_ask_is_answered_by_who_plays_the_caller(pair: Pair) -> None:
    talk = playing(pair, "silence")
    asked = pair.amina.post(f"/live/call/{talk}/aside", {"asked": "silent_danger"}, seen="/live", **JSON)
    assert asked.status_code == 200
    shown = told(pair.ben.get(f"/practice/{talk}/state"))
    assert (shown["asks"], "Are you in danger now?" in shown["words"]) == (True, True)
    assert pair.ben.post(f"/practice/{talk}/answered", {"answer": "no"}, seen="/practice").status_code == 200
    assert (talk_of(pair.house, talk).state, talk_of(pair.house, talk).answer) == (queue.TALKING, "no")
    for wrong in ("perhaps", ""):
        assert pair.ben.post(f"/practice/{talk}/answered", {"answer": wrong}, seen="/practice").status_code == 409


def test_in_practice_no_interpreter_is_rung_and_no_supervisor_alerted(pair: Pair) -> None:
    talk = playing(pair)
    interpreter = pair.house.desk.line.interpreters[0].id
    rung = pair.amina.post(f"/live/call/{talk}/interpreter", {"interpreter": interpreter}, seen="/live", **JSON)
    assert (rung.status_code, "nobody outside is rung" in told(rung)["said"]) == (422, True)
    alerted = pair.amina.post(f"/live/call/{talk}/alerted", seen="/live", **JSON)
    assert "In practice nobody is alerted" in told(alerted)["said"]
    assert interpreter not in seats_of(pair.house, talk)


def test_who_plays_the_caller_hangs_up(pair: Pair) -> None:
    talk = playing(pair)
    for _ in range(2):
        assert pair.ben.post(f"/practice/{talk}/over", seen="/practice").status_code == 303
    assert talk_of(pair.house, talk).state == queue.OVER
    assert audited(pair.house).count(("practice-ended", talk)) == 1


@pytest.mark.parametrize("name", ["Amina", "Ada", "Otto", None])
def test_nobody_but_a_supervisor_plays(live_house: House, name: str | None) -> None:
    stranger = browser_of(live_house, name)
    assert stranger.get("/practice").status_code == (403 if name else 303)
    assert stranger.get("/practice/play").status_code == (403 if name else 303)


def test_who_plays_no_caller_learns_nothing_of_a_call_and_ends_none(live_house: House) -> None:
    work(live_house, "Amina")
    real = ring_and_offer(live_house, "Amina")
    ben = browser_of(live_house, "Ben")
    unknown = told(ben.get(f"/practice/{'f' * 32}/state"))
    assert told(ben.get(f"/practice/{real}/state")) == unknown
    ben.post(f"/practice/{real}/over", seen="/practice")
    assert ben.post(f"/practice/{real}/answered", {"answer": "yes"}, seen="/practice").status_code == 409
    assert talk_of(live_house, real).state == queue.OFFERED
