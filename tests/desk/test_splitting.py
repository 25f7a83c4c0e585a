"""One report becomes two: each part where it was put, still known by who wrote it, and closed to the same people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from handlers.desk.akin import is_withdrawn
from storage import models
from storage.clock import TurnedClock
from storage.contents import Given, Transcript
from storage.database import Database
from storage.replies import note_withdrawn
from tests.desk.beside import add_subject, close_to, entries, find, forge, rows
from tests.desk.releases import Stage, stage_on, supervisors
from tests.desk.reviews import (
    confirmed,
    hidden,
    naming_both,
    other_than,
    split,
    standing,
    taken,
    typed,
    with_mailbox,
    words_of,
)
from tests.desk.staff import Hired, House, Keys, Told, browser_of, id_of

__all__ = ["supervisors"]
COMPUTER, VAN, WREN = "he sells what the computer knows", "and the van", "Sergeant Wren of Millbrook"


def chosen_to_go(page: str) -> int:
    return len(re.findall(r'value="goes"\s+checked', page))


@pytest.fixture
def stage(keys: Keys, supervisors: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[Stage]:
    with stage_on(keys, supervisors, database, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
def house(stage: Stage) -> House:
    return stage.house


@pytest.fixture
def told(house: House) -> Told:
    """Tell of a report that Ben has for review."""
    return taken(house, browser_of(house, "Ben"), confirmed(house))


def test_each_part_stands_where_it_was_put_and_is_still_who_confirmed_it(house: House, told: Told) -> None:
    ben = browser_of(house, "Ben")
    lookup_id = with_mailbox(house, told)
    assert split(ben, told, {VAN: "goes", WREN: "both"}).status_code == 303
    part = other_than(house, told)
    here, there = words_of(ben, told.report_id), words_of(ben, part)
    assert [words in here for words in (COMPUTER, VAN, WREN)] == [True, False, True]
    assert [words in there for words in (COMPUTER, VAN, WREN)] == [False, True, True]
    for page in (here, there):
        assert "Confirmed by Amina" in page
        assert "forged" not in page
        assert "Two parts of what one caller told" in page
        assert "two matters" in page
    (kept,) = rows(house, models.mailboxes, lookup_id=lookup_id)
    assert kept.report_id == told.report_id
    (row,) = rows(house, models.reports, report_id=part)
    assert (row.state, row.claimed_by, row.channel, row.reference_heard) == ("confirmed", "", "staff", False)
    assert row.case_number != told.case_number
    assert standing(house, replace(told, report_id=part)).state == "waiting"
    assert standing(house, told).reviewer == id_of(house, "Ben")
    assert [one.subject for one in entries(house, "report-split")] == [told.report_id]
    assert naming_both(house, told.report_id, part) == []


def test_what_protects_the_caller_stands_in_both_whatever_was_sent(house: House, told: Told) -> None:
    ben = browser_of(house, "Ben")
    (page,) = [ben.get(f"/reports/{told.report_id}/split").text]
    assert 'name="k--leave_out"' not in page
    split(ben, told, {VAN: "goes"}, **{"k--leave_out": "stays", "k--urgent": "goes"})
    part = other_than(house, told)
    for report_id in (told.report_id, part):
        assert words_of(ben, report_id).count("this never leaves the desk") == 1, report_id


def test_a_part_that_is_split_off_can_be_split_again_and_still_says_who_confirmed_it(house: House, told: Told) -> None:
    ben = browser_of(house, "Ben")
    split(ben, told, {VAN: "goes", WREN: "goes"})
    part = Told(other_than(house, told), "", ())
    taken(house, ben, part)
    assert split(ben, part, {WREN: "goes"}).status_code == 303
    third = other_than(house, told, part)
    assert WREN in words_of(ben, third)
    assert "Confirmed by Amina" in words_of(ben, third)


def test_typed_answers_go_one_by_one_and_are_still_typed_by_who_typed_them(house: House) -> None:
    ben = browser_of(house, "Ben")
    given = (Given("story", text="the raid"), Given("who", text="Wren"), Given("place", text="the yard"))
    told = taken(house, ben, typed(house, *given))
    assert split(ben, told, {"the raid": "goes", "Wren": "both"}).status_code == 303
    part = other_than(house, told)
    here, there = words_of(ben, told.report_id), words_of(ben, part)
    assert [one in here for one in ("the raid", "Wren", "the yard")] == [False, True, True]
    assert [one in there for one in ("the raid", "Wren", "the yard")] == [True, True, False]
    for page in (here, there):
        assert "Typed by" in page
        assert "Amina" in page
        assert "forged" not in page


def test_subjects_go_with_their_part_and_are_found_there(house: House, told: Told) -> None:
    ben = browser_of(house, "Ben")
    add_subject(ben, told, name="Tom Wren", number="4471")
    add_subject(ben, told, "vehicle", registration="AB12 CDE")
    split(ben, told, {VAN: "goes", "AB12": "goes", "Tom Wren": "both"})
    part = other_than(house, told)
    (row,) = rows(house, models.reports, report_id=part)
    assert row.case_number in find(ben, registration="AB12CDE")
    assert told.case_number not in find(ben, registration="AB12CDE")
    page = find(ben, name="Wren")
    assert row.case_number in page
    assert told.case_number in page


def test_to_whom_one_is_closed_both_are_closed(house: House, told: Told) -> None:
    ben = browser_of(house, "Ben")
    close_to(ben, told, "Carla")
    split(ben, told, {VAN: "goes"})
    part = other_than(house, told)
    assert browser_of(house, "Carla").get(f"/reports/{part}").status_code == 404
    assert "they share a house" in ben.get(f"/reports/{part}/closed").text


def test_to_whom_one_is_closed_afterwards_the_other_is_closed_too(house: House, told: Told) -> None:
    ben, carla = browser_of(house, "Ben"), browser_of(house, "Carla")
    split(ben, told, {VAN: "goes"})
    part = other_than(house, told)
    assert carla.get(f"/reports/{part}").status_code == 200
    close_to(ben, told, "Carla")
    for one in (told.report_id, part):
        assert carla.get(f"/reports/{one}").status_code == 404
    assert "they share a house" in ben.get(f"/reports/{part}/closed").text
    here = f"/reports/{part}/recuse"
    dora = browser_of(house, "Dora")
    assert dora.post(here, {"reason": ""}, seen=here).status_code == 303
    assert dora.get(f"/reports/{told.report_id}").status_code == 404
    assert naming_both(house, told.report_id, part) == []


def test_whom_somebody_is_connected_to_in_one_closes_the_other_too(house: House, told: Told) -> None:
    ben, amina = browser_of(house, "Ben"), id_of(house, "Amina")
    split(ben, told, {VAN: "goes"})
    form = {"person": amina, "name": "Tom Wren"}
    assert ben.post("/conflicts", form, seen="/conflicts").status_code == 303
    add_subject(ben, told, name="Tom Wren")
    closed = {row.report_id for row in rows(house, models.blocks, person_id=amina)}
    assert closed == {told.report_id, other_than(house, told)}


def test_what_its_caller_withdraws_afterwards_leaves_with_no_part_though_the_first_holds_nothing(
    house: House, told: Told
) -> None:
    ben = browser_of(house, "Ben")
    split(ben, told, {VAN: "goes"})
    part = other_than(house, told)
    here = f"/reports/{told.report_id}"
    ben.post(f"{here}/not-a-report/sure", {"reason": "test"}, seen=here)
    assert told.case_number in words_of(ben, part)
    with house.database.write() as connection:
        assert not is_withdrawn(connection, house.keys.desk, part)
        note_withdrawn(connection, told.report_id, now=house.clock.now())
        assert is_withdrawn(connection, house.keys.desk, part)


def test_what_its_caller_withdraws_leaves_with_no_part_of_a_part_either_though_what_was_between_is_gone(
    house: House, told: Told
) -> None:
    ben = browser_of(house, "Ben")
    split(ben, told, {VAN: "goes", COMPUTER: "goes"})
    between = replace(told, report_id=other_than(house, told))
    split(ben, taken(house, ben, between), {VAN: "goes"})
    part = other_than(house, told, between)
    here = f"/reports/{between.report_id}"
    assert ben.post(f"{here}/not-a-report/sure", {"reason": "test"}, seen=here).status_code == 303
    with house.database.write() as connection:
        assert not is_withdrawn(connection, house.keys.desk, part)
        note_withdrawn(connection, told.report_id, now=house.clock.now())
        assert is_withdrawn(connection, house.keys.desk, part)
    assert naming_both(house, told.report_id, part) == []


def test_urgency_goes_along(house: House) -> None:
    ben = browser_of(house, "Ben")
    told = taken(house, ben, confirmed(house, urgent="yes"))
    split(ben, told, {VAN: "goes"})
    part = replace(told, report_id=other_than(house, told))
    (row,) = rows(house, models.reports, report_id=part.report_id)
    assert (standing(house, part).urgent, row.urgent) == (True, "yes")


@pytest.mark.parametrize(
    ("going", "reason", "words"),
    [
        ({}, "two matters", "Choose at least one answer that goes"),
        ({VAN: "nowhere"}, "two matters", "Choose at least one answer that goes"),
        (
            {VAN: "goes", COMPUTER: "goes", WREN: "goes", "favours": "goes"},
            "two matters",
            "Leave at least one answer here",
        ),
        ({VAN: "goes"}, "", "Write why it is two reports"),
        ({VAN: "goes"}, "x" * 501, "Shorten the reason"),
    ],
)
def test_what_is_wrong_is_said_keeps_what_was_chosen_and_changes_nothing(
    house: House, told: Told, going: dict[str, str], reason: str, words: str
) -> None:
    answer = split(browser_of(house, "Ben"), told, going, reason)
    assert answer.status_code == 422
    assert answer.text.count(words) == 2
    assert chosen_to_go(answer.text) == list(going.values()).count("goes")
    assert len(rows(house, models.reports)) == 1


def test_what_somebody_added_meanwhile_is_looked_at_first(house: House, told: Told) -> None:
    ben = browser_of(house, "Ben")
    path = f"/reports/{told.report_id}/split"
    seen = hidden(ben.get(path).text, "seen")
    add_subject(browser_of(house, "Carla"), told, name="Tom Wren")
    answer = split(ben, told, {VAN: "goes"}, seen=seen)
    assert answer.status_code == 409
    assert "Something was added or taken away while you chose" in answer.text
    assert "Tom Wren" in answer.text
    assert chosen_to_go(answer.text) == 1
    assert len(rows(house, models.reports)) == 1


def test_pressed_twice_at_once_it_is_split_once(house: House, told: Told) -> None:
    def press(_: int) -> int:
        return split(browser_of(house, "Ben"), told, {VAN: "goes"}).status_code

    with ThreadPoolExecutor(2) as both:
        assert 303 in list(both.map(press, range(2)))
    pages = [words_of(browser_of(house, "Ben"), row.report_id) for row in rows(house, models.reports)]
    assert sum(VAN in page for page in pages) == 1


def test_only_who_has_it_splits_it_and_only_whole(house: House, told: Told) -> None:
    ben, carla = browser_of(house, "Ben"), browser_of(house, "Carla")
    path = f"/reports/{told.report_id}/split"
    assert carla.get(path).status_code == 409
    assert "Take it for review first" in carla.post(path, {"seen": "x"}, seen="/review").text
    for values, words in (
        ({"held": "court"}, "legal hold"),
        ({"held": "", "state": "read"}, "Confirm each clip first"),
    ):
        with house.database.write() as connection:
            connection.execute(update(models.reports).values(**values))
        answer = ben.get(path)
        assert answer.status_code == 409
        assert words in answer.text
    assert ben.get(f"/reports/{'0' * 32}/split").status_code == 404


def test_a_forged_transcript_is_never_sealed_anew(house: House, told: Told) -> None:
    ben = browser_of(house, "Ben")
    forge(house, told, "transcript", Transcript("c" * 32, "story", 9, "en", "he is innocent", id_of(house, "Amina"), 1))
    page = ben.get(f"/reports/{told.report_id}/split").text
    assert "he is innocent" not in page
    assert "1 part cannot be opened, or nobody here vouches for it" in " ".join(page.split())
    split(ben, told, {VAN: "goes"})
    assert "he is innocent" not in words_of(ben, other_than(house, told))
    assert "he is innocent" in words_of(ben, told.report_id)


def test_a_draft_of_the_whole_text_is_destroyed_after_it_was_said(stage: Stage) -> None:
    house, ben = stage.house, browser_of(stage.house, "Ben")
    told = taken(house, ben, confirmed(house))
    stage.save(told)
    assert "it is destroyed" in " ".join(ben.get(f"/reports/{told.report_id}/split").text.split())
    assert split(ben, told, {VAN: "goes"}).status_code == 303
    with house.database.read() as connection:
        kinds = list(connection.scalars(select(models.items.c.kind).where(models.items.c.kind == "clean")))
    assert kinds == []
    assert standing(house, told).item_id == ""
