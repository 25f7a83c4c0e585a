"""Help in a call: a colleague is asked, comes or not, is handed caller and form; an interpreter is rung."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from storage import writing
from storage.clock import TurnedClock
from storage.database import Database
from storage.live import queue, rooms, wishes
from storage.live.offers import ASK_SECONDS
from tests.desk.callers import LEG, lose, open_live_house, ring_and_offer, sit_down, train, work
from tests.desk.live_calls import JSON, OTHER_LEG, seats_of, talk_of, talking, told
from tests.desk.staff import Browser, Hired, House, Keys, audited, browser_of, id_of
from tests.desk.test_overseeing import close_to


@pytest.fixture
def live_house(keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[House]:
    with open_live_house(keys, hired, database, clock, tmp_path) as opened:
        yield opened


def ask(house: House, amina: Browser, talk: str, name: str = "Ben") -> TestResponse:
    return amina.post(f"/live/call/{talk}/asked", {"person": id_of(house, name)}, seen="/live", **JSON)


def come(house: House, ben: Browser, talk: str) -> None:
    answer = ben.post(f"/live/beside/{talk}/seat", {"part": "consult"}, seen="/live")
    assert answer.status_code == 200, answer.text
    sit_down(house, told(answer)["seat"], OTHER_LEG)


def both(house: House) -> tuple[Browser, Browser, str]:
    """Bring Amina and a caller together, with Ben free: signing in takes half a minute."""
    ben = browser_of(house, "Ben")
    amina, talk = talking(house)
    work(house, "Ben")
    return amina, ben, talk


def hand(house: House, amina: Browser, talk: str, name: str = "Ben") -> TestResponse:
    return amina.post(f"/live/call/{talk}/handed-over", {"person": id_of(house, name)}, seen="/live", **JSON)


def writer_of(house: House, report_id: str) -> str:
    with house.database.read() as connection:
        found = writing.draft(connection, report_id)
    return found.person if found else ""


def help_of(amina: Browser, talk: str) -> str:
    return amina.get(f"/live/call/{talk}/help").text


def test_a_colleague_who_is_asked_sees_it_comes_and_gets_the_caller_with_the_form(live_house: House) -> None:
    amina, ben, talk = both(live_house)
    assert f'value="{id_of(live_house, "Ben")}"' in help_of(amina, talk)
    said = ask(live_house, amina, talk)
    assert told(said)["said"].startswith("Ben is asked.")
    assert talk_of(live_house, talk).held
    shown = told(ben.get("/live/state"))["asked"]
    assert shown["talk"] == talk
    assert "Amina asks you into a call" in shown["html"]
    assert "Amina asks you into a call" in ben.get("/live/calls").text
    come(live_house, ben, talk)
    assert "Hand the caller over to Ben" in help_of(amina, talk)
    report_id = talk_of(live_house, talk).report_id
    assert hand(live_house, amina, talk).status_code == 200
    assert writer_of(live_house, report_id) == id_of(live_house, "Ben")
    now = talk_of(live_house, talk)
    assert (now.person_id, now.state, now.held) == (id_of(live_house, "Ben"), queue.TALKING, False)
    assert told(ben.get(f"/live/beside/{talk}/state"))["mine"] is True
    assert ben.get(f"/reports/{report_id}/form").status_code == 200
    assert told(amina.get(f"/live/state?talk={talk}"))["call"]["stage"] == "elsewhere"
    lose(live_house, LEG)  # Amina's page lets go of the sound
    assert talk_of(live_house, talk).state == queue.TALKING
    deeds = ["consult-asked", "call-accompanied", "call-handed-over"]
    assert [action for action, subject in audited(live_house) if subject == talk and action in deeds] == deeds


def test_a_colleague_says_no_and_the_caller_stays_with_their_handler(live_house: House) -> None:
    amina, ben, talk = both(live_house)
    ask(live_house, amina, talk)
    assert ben.post(f"/live/beside/{talk}/declined", seen="/live").status_code == 303
    assert told(ben.get("/live/state"))["asked"] is None
    assert "is asked to come" not in help_of(amina, talk)
    over = amina.post(f"/live/call/{talk}/asked/over", seen="/live", **JSON)
    assert over.status_code == 200
    assert not talk_of(live_house, talk).held
    assert ("consult-declined", talk) in audited(live_house)


def test_who_does_not_answer_is_asked_no_longer(live_house: House) -> None:
    amina, ben, talk = both(live_house)
    ask(live_house, amina, talk)
    live_house.clock.forward(ASK_SECONDS)
    assert told(ben.get("/live/state"))["asked"] is None
    late = ben.post(f"/live/beside/{talk}/seat", {"part": "consult"}, seen="/live")
    assert (late.status_code, told(late)["said"]) == (409, "Your colleague asks no longer, or the call is over.")


def test_the_end_of_a_consultation_keeps_the_caller(live_house: House) -> None:
    ben = browser_of(live_house, "Ben")
    amina, talk = talking(live_house)
    ask(live_house, amina, talk)  # a supervisor can be asked wherever they are
    come(live_house, ben, talk)
    amina.post(f"/live/call/{talk}/asked/over", seen="/live", **JSON)
    assert seats_of(live_house, talk) == {id_of(live_house, "Amina"): (rooms.TALK_ROLE, rooms.JOINED)}
    assert talk_of(live_house, talk).person_id == id_of(live_house, "Amina")


def test_whoever_is_busy_or_nobody_cannot_be_asked_and_the_caller_is_not_held(live_house: House) -> None:
    amina, talk = talking(live_house)
    ring_and_offer(live_house, "Ben", call_key="bob")
    for person in (id_of(live_house, "Ben"), id_of(live_house, "Amina"), "", "f" * 32):
        answer = amina.post(f"/live/call/{talk}/asked", {"person": person}, seen="/live", **JSON)
        assert answer.status_code == 422
    assert not talk_of(live_house, talk).held
    assert "Nobody is free" in help_of(amina, talk)


def test_to_whom_the_report_is_closed_is_not_asked_and_gets_nothing(live_house: House) -> None:
    amina, ben, talk = both(live_house)
    report_id = talk_of(live_house, talk).report_id
    ask(live_house, amina, talk)
    close_to(live_house, "Ben", report_id)  # after they were asked
    assert ben.post(f"/live/beside/{talk}/seat", {"part": "consult"}, seen="/live").status_code == 409
    assert f'value="{id_of(live_house, "Ben")}"' not in help_of(amina, talk)
    assert ask(live_house, amina, talk).status_code == 422
    assert hand(live_house, amina, talk).status_code == 422
    assert writer_of(live_house, report_id) == id_of(live_house, "Amina")


def test_nothing_is_handed_over_to_who_is_not_there(live_house: House) -> None:
    amina, ben, talk = both(live_house)
    answer = hand(live_house, amina, talk)
    assert (answer.status_code, told(answer)["said"][:23]) == (422, "Nothing was handed over")
    ask(live_house, amina, talk)
    come(live_house, ben, talk)
    lose(live_house, OTHER_LEG)
    assert hand(live_house, amina, talk).status_code == 422
    now = talk_of(live_house, talk)
    assert (now.person_id, now.state) == (id_of(live_house, "Amina"), queue.TALKING)
    assert writer_of(live_house, now.report_id) == id_of(live_house, "Amina")


def test_who_gets_a_call_because_its_handler_was_lost_gets_the_form_as_well(live_house: House) -> None:
    amina, ben, talk = both(live_house)
    report_id = talk_of(live_house, talk).report_id
    ask(live_house, amina, talk)
    come(live_house, ben, talk)
    lose(live_house, LEG)
    with live_house.database.write() as connection:
        assert wishes.promote(connection, talk, now=live_house.clock.now())
    assert talk_of(live_house, talk).person_id == id_of(live_house, "Ben")
    assert "It is kept as you type" in ben.get(f"/live/call/{talk}").text
    assert writer_of(live_house, report_id) == id_of(live_house, "Ben")
    assert ("live-form-taken-over", report_id) in audited(live_house)


def test_whoever_merely_sits_in_a_call_gets_no_form(live_house: House) -> None:
    amina, ben, talk = both(live_house)
    ask(live_house, amina, talk)
    come(live_house, ben, talk)
    assert ben.get(f"/live/call/{talk}").status_code == 303
    assert writer_of(live_house, talk_of(live_house, talk).report_id) == id_of(live_house, "Amina")


@pytest.mark.parametrize("address", ["asked", "asked/over", "handed-over", "interpreter", "interpreter/over"])
def test_only_whoever_has_the_caller_asks_for_help(live_house: House, address: str) -> None:
    _, talk = talking(live_house)
    form = {"person": id_of(live_house, "Ben"), "interpreter": "polish-1"}
    answer = browser_of(live_house, "Ben").post(f"/live/call/{talk}/{address}", form, seen="/live", **JSON)
    assert answer.status_code == 409
    assert list(seats_of(live_house, talk)) == [id_of(live_house, "Amina")]
    assert browser_of(live_house, "Ben").get(f"/live/call/{talk}/help").text == ""


def test_an_interpreter_is_rung_from_the_line_s_list_and_no_number_reaches_a_page(live_house: House) -> None:
    amina, talk = talking(live_house)
    listed = live_house.desk.line.interpreters
    assert listed, "the example line needs an interpreter for this"
    shown = help_of(amina, talk)
    assert listed[0].name in shown
    answer = amina.post(f"/live/call/{talk}/interpreter", {"interpreter": listed[0].id}, seen="/live", **JSON)
    assert answer.status_code == 200
    assert seats_of(live_house, talk)[listed[0].id] == (rooms.INTERPRETER, rooms.INVITED)
    shown += help_of(amina, talk) + answer.text + amina.get(f"/live/state?talk={talk}").text
    digits = re.sub("[^0-9]", "", listed[0].number)
    assert digits not in re.sub("[ -]", "", shown)
    assert digits[-9:] not in re.sub("[ -]", "", shown)
    assert f"Let {listed[0].name} go" in shown
    amina.post(f"/live/call/{talk}/interpreter/over", {"interpreter": listed[0].id}, seen="/live", **JSON)
    assert listed[0].id not in seats_of(live_house, talk)
    assert [action for action, subject in audited(live_house) if subject == talk][-2:] == [
        "interpreter-rung",
        "interpreter-let-go",
    ]


@pytest.mark.parametrize("interpreter", ["+48 22 000 00 00", "nobody", ""])
def test_nobody_outside_the_list_is_rung(live_house: House, interpreter: str) -> None:
    amina, talk = talking(live_house)
    answer = amina.post(f"/live/call/{talk}/interpreter", {"interpreter": interpreter}, seen="/live", **JSON)
    assert answer.status_code == 422
    assert list(seats_of(live_house, talk)) == [id_of(live_house, "Amina")]


def test_interpreters_of_the_caller_s_language_come_first(live_house: House) -> None:
    train(live_house, "Amina", "language:pl")
    amina, talk = talking(live_house, language="pl")
    offered = help_of(amina, talk).partition('id="interpreter"')[2]
    first = re.findall(r'<option value="([a-z][a-z0-9-]*)">([^<]*)<', offered)
    assert first
    assert "Polish" in first[0][1]
