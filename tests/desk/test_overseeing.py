"""Supervisors in live calls: what they see, how they listen, whisper and join, and what is closed to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from storage import audit, blocks
from storage.blocks import AlreadyBlocked
from storage.clock import TurnedClock
from storage.database import Database
from storage.live import rooms
from storage.sealing import seal_item
from tests.desk.callers import lose, open_live_house, ring, sit_down
from tests.desk.live_calls import OTHER_LEG, seats_of, talk_of, talking, told
from tests.desk.staff import Hired, House, Keys, audited, browser_of, id_of, tell

BAND = 6 * 3600


@pytest.fixture
def live_house(keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[House]:
    with open_live_house(keys, hired, database, clock, tmp_path) as opened:
        yield opened


def close_to(house: House, name: str, report_id: str) -> None:
    """Close a report to somebody, as a colleague or the desk does."""
    reason = seal_item(b"{}", report_id=report_id, kind="block", audiences=(house.keys.public.desk,))
    with house.database.write() as connection:
        blocks.block(connection, id_of(house, name), reason, now=house.clock.now())


def sit(house: House, talk: str, part: str = "listen", name: str = "Ben") -> TestResponse:
    browser = browser_of(house, name)
    answer = browser.post(f"/live/beside/{talk}/seat", {"part": part}, seen="/live")
    if answer.status_code == 200:
        sit_down(house, told(answer)["seat"], OTHER_LEG)
    return answer


def test_a_supervisor_sees_every_call_with_its_handler_and_time_in_bands_and_nothing_of_who_calls(
    live_house: House,
) -> None:
    _, talk = talking(live_house, urgent=True)
    ring(live_house, "bob", language="pl", waits=400)
    ben = browser_of(live_house, "Ben")
    live_house.clock.forward(420)
    page = ben.get("/live/calls").text
    listed = page[page.index("talking-title") :]
    assert "Amina" in listed
    assert "5 to 15 minutes" in listed
    assert "Urgent" in listed
    assert "Polish" in listed[listed.index("waiting-title") :]
    assert f'href="/live/beside/{talk}"' in listed
    for hidden in ("ada", "bob", talk_room(live_house, talk), "call_key"):
        assert hidden not in page
    assert not re.search(r"[0-9]{1,2}:[0-9]{2}", listed)


def talk_room(house: House, talk: str) -> str:
    with house.database.read() as connection:
        return str(connection.exec_driver_sql(f"SELECT room FROM talks WHERE talk_id = '{talk}'").scalar())


def test_a_supervisor_listens_whispers_joins_and_leaves_and_each_is_in_the_audit_without_the_second(
    live_house: House,
) -> None:
    amina, talk = talking(live_house)
    ben = browser_of(live_house, "Ben")
    assert "Listen" in ben.get(f"/live/beside/{talk}").text
    seat = ben.post(f"/live/beside/{talk}/seat", {"part": "listen"}, seen="/live/calls")
    sit_down(live_house, told(seat)["seat"], OTHER_LEG)
    assert seats_of(live_house, talk)[id_of(live_house, "Ben")] == ("listen", "joined")
    for part in ("whisper", "join", "listen"):
        answer = ben.post(f"/live/beside/{talk}/part", {"part": part}, seen="/live/calls")
        assert answer.status_code == 200
        assert seats_of(live_house, talk)[id_of(live_house, "Ben")][0] == part
        shown = told(amina.get(f"/live/state?talk={talk}"))["call"]["others"]
        assert [(one["name"], one["role"]) for one in shown] == [("Ben", part)]  # the handler always sees it
    ben.post(f"/live/beside/{talk}/left", seen="/live/calls")
    assert id_of(live_house, "Ben") not in seats_of(live_house, talk)
    (shown,) = told(amina.get(f"/live/state?talk={talk}"))["call"]["others"]
    assert (shown["name"], shown["words"].partition(",")[0]) == ("Ben", "is leaving"), "their leg is in the room still"
    lose(live_house, OTHER_LEG)
    assert told(amina.get(f"/live/state?talk={talk}"))["call"]["others"] == []
    deeds = [("call-accompanied", talk), *[("call-role-changed", talk)] * 3, ("call-left", talk)]
    assert [one for one in audited(live_house) if one in deeds] == deeds
    with live_house.database.read() as connection:
        entries = audit.page(connection, below=None, size=50).entries
    assert all(one.at % BAND == 0 for one in entries if one.subject == talk)


def test_the_page_beside_a_call_is_told_how_it_stands(live_house: House) -> None:
    _, talk = talking(live_house)
    sit(live_house, talk, "whisper")
    shown = told(browser_of(live_house, "Ben").get(f"/live/beside/{talk}/state"))
    assert (shown["there"], shown["part"], shown["mine"], shown["words"]) == (True, "whisper", False, "Talking")
    assert shown["others"] == [{"name": "Amina", "words": "talks with the caller", "state": "joined"}]


def test_a_second_seat_anywhere_is_refused(live_house: House) -> None:
    _, talk = talking(live_house)
    sit(live_house, talk)
    again = sit(live_house, talk)
    assert again.status_code == 409
    assert len(seats_of(live_house, talk)) == 2


@pytest.mark.parametrize("part", ["talk", "caller", "interpreter", "consult", "", "everything"])
def test_no_other_part_can_be_had(live_house: House, part: str) -> None:
    _, talk = talking(live_house)
    assert sit(live_house, talk, part).status_code == 409
    assert list(seats_of(live_house, talk)) == [id_of(live_house, "Amina")]


def test_nobody_listens_to_a_caller_who_waits_or_to_their_own_call(live_house: House) -> None:
    waiting = ring(live_house)
    assert sit(live_house, waiting).status_code == 409
    ben, own = talking(live_house, "Ben", call_key="bob")
    assert sit(live_house, own).status_code == 409
    assert f"/live/beside/{own}" not in ben.get("/live/calls").text
    assert f"/live/call/{own}" in ben.get("/live/calls").text


def test_to_whom_the_report_is_closed_the_call_is_not_there(live_house: House) -> None:
    _, talk = talking(live_house)
    close_to(live_house, "Ben", talk_of(live_house, talk).report_id)
    ben = browser_of(live_house, "Ben")
    assert talk not in ben.get("/live/calls").text
    assert "Amina" not in ben.get("/live/calls").text
    assert ben.get(f"/live/beside/{talk}").status_code == 303
    assert told(ben.get(f"/live/beside/{talk}/state"))["there"] is False
    assert sit(live_house, talk).status_code == 409


def test_what_the_caller_left_before_can_close_the_call_as_well(live_house: House) -> None:
    before = tell(live_house)
    _, talk = talking(live_house, begun_report=before.report_id)
    close_to(live_house, "Ben", before.report_id)
    assert talk not in browser_of(live_house, "Ben").get("/live/calls").text
    assert sit(live_house, talk).status_code == 409


def test_a_report_that_is_closed_meanwhile_ends_the_listening_at_once(live_house: House) -> None:
    _, talk = talking(live_house)
    sit(live_house, talk)
    close_to(live_house, "Ben", talk_of(live_house, talk).report_id)
    assert list(seats_of(live_house, talk)) == [id_of(live_house, "Amina")]
    assert told(browser_of(live_house, "Ben").get(f"/live/beside/{talk}/state"))["there"] is False
    with pytest.raises(AlreadyBlocked):
        close_to(live_house, "Ben", talk_of(live_house, talk).report_id)


@pytest.mark.parametrize(("name", "status"), [("Amina", 403), ("Ada", 403), ("Otto", 403), (None, 303)])
def test_nobody_else_sees_or_listens(live_house: House, name: str | None, status: int) -> None:
    _, talk = talking(live_house)
    stranger = browser_of(live_house, name)
    assert stranger.get("/live/calls").status_code == status
    assert stranger.get("/live/calls/listing").status_code == (status if name else 401)
    seen = {"Ada": "/health", "Otto": "/audit", "Amina": "/live", None: "/sign-in"}[name]
    answer = stranger.post(f"/live/beside/{talk}/seat", {"part": rooms.LISTEN}, seen=seen)
    assert answer.status_code == (409 if name == "Amina" else status)
    assert list(seats_of(live_house, talk)) == [id_of(live_house, "Amina")]


def test_a_handler_who_was_not_asked_finds_no_place_beside_a_call(live_house: House) -> None:
    _, talk = talking(live_house, "Ben")
    amina = browser_of(live_house, "Amina")
    assert amina.get(f"/live/beside/{talk}").status_code == 303
    assert told(amina.get(f"/live/beside/{talk}/state"))["there"] is False
    assert amina.post(f"/live/beside/{talk}/part", {"part": "join"}, seen="/live").status_code == 403
    amina.post(f"/live/beside/{talk}/left", seen="/live")
    assert list(seats_of(live_house, talk)) == [id_of(live_house, "Ben")]


def test_the_list_says_when_there_is_nothing(live_house: House) -> None:
    page = browser_of(live_house, "Ben").get("/live/calls").text
    assert "Nobody talks with a caller now" in page
    assert "Nobody waits" in page


@pytest.mark.parametrize("deed", ["leave", "role"])
@pytest.mark.parametrize("who", ["Amina", "Ben"])
def test_who_is_let_go_or_moved_is_out_of_the_call_at_once(live_house: House, who: str, deed: str) -> None:
    amina, talk = talking(live_house)
    sit(live_house, talk)
    whose, before = id_of(live_house, who), "handler" if who == "Amina" else "supervisor"
    form = {"before": before, "role": "auditor", "sure": "yes"} if deed == "role" else {}
    assert browser_of(live_house, "Ada").post(f"/people/{whose}/{deed}", form, seen="/health").status_code == 303
    assert whose not in seats_of(live_house, talk)
    stands = talk_of(live_house, talk)
    assert (stands.state, stands.first) == (("waiting", True) if who == "Amina" else ("talking", False))
    if who == "Ben":
        assert told(amina.get(f"/live/state?talk={talk}"))["call"]["stage"] == "talking"
