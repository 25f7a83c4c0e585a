"""Two reports become one: its parts still known by who wrote them, blocks united, each reference its own caller's."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, update

from handlers.desk.akin import akin, is_withdrawn
from storage import models
from storage.clock import TurnedClock
from storage.contents import Contact, Given, Transcript
from storage.database import Database
from storage.replies import note_withdrawn
from storage.sealing import seal_item
from tests.desk.beside import add_subject, close_to, entries, find, forge, link, rows
from tests.desk.releases import Stage, approve, stage_on, supervisors
from tests.desk.reviews import (
    confirmed,
    hidden,
    look_at_merging,
    merge,
    naming_both,
    other_than,
    split,
    standing,
    take,
    taken,
    typed,
    with_mailbox,
    words_of,
)
from tests.desk.staff import Browser, Hired, House, Keys, Story, Told, browser_of, id_of, tell

__all__ = ["supervisors"]
MINE = (("story", "he sells what the computer knows"),)
THEIRS = (("story", "a sergeant sold my address"),)


@pytest.fixture
def stage(keys: Keys, supervisors: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[Stage]:
    with stage_on(keys, supervisors, database, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
def house(stage: Stage) -> House:
    return stage.house


@pytest.fixture
def ben(house: House) -> Browser:
    return browser_of(house, "Ben")


@pytest.fixture
def told(house: House, ben: Browser) -> Told:
    """Tell of a report that Ben has for review."""
    return taken(house, ben, confirmed(house, MINE))


@pytest.fixture
def other(house: House) -> Told:
    return confirmed(house, THEIRS)


def withdraw(house: House, told: Told) -> None:
    """Withdraw a report, as its caller does with its reference."""
    with house.database.write() as connection:
        note_withdrawn(connection, told.report_id, now=house.clock.now())


def note(person: Browser, told: Told, words: str) -> None:
    here = f"/reports/{told.report_id}"
    assert person.post(f"{here}/notes", {"note": words}, seen=here).status_code == 200


def test_everything_of_the_other_stands_in_the_one_and_is_still_who_wrote_it(
    house: House, ben: Browser, told: Told, other: Told
) -> None:
    add_subject(ben, other, name="Tom Wren", number="4471")
    note(ben, other, "she rang from a payphone shelter")
    page = " ".join(look_at_merging(ben, told, other).text.split())
    for words in ("3 keyed answers", "1 transcript", "1 subject", "1 note"):
        assert words in page
    assert merge(ben, told, other).status_code == 303
    page = words_of(ben, told.report_id)
    for words in ("he sells what", "a sergeant sold my address", "Tom Wren", "the same night"):
        assert words in page, words
    assert f"Note of {other.case_number} by Ben: she rang" in page
    assert page.count("Confirmed by Amina") == 2
    assert "forged" not in page
    assert "First answered" not in page, "what one caller keyed did not change what the other did"
    assert told.case_number in find(ben, name="Wren")
    assert other.case_number not in find(ben, name="Wren")
    assert [one.subject for one in entries(house, "report-merged")] == [other.report_id]
    assert naming_both(house, told.report_id, other.report_id) == []


def test_the_other_says_where_its_content_stands_and_holds_nothing_any_more(
    house: House, ben: Browser, told: Told, other: Told
) -> None:
    merge(ben, told, other)
    page = words_of(ben, other.report_id)
    assert "Its content became part of another report" in page
    assert told.case_number in page
    assert "Became part of another report" in ben.get("/reports?show=not_a_report").text
    assert "a sergeant sold" not in page
    kinds = [row.kind for row in rows(house, models.items, report_id=other.report_id)]
    assert kinds == ["link"]
    assert (standing(house, other).state, standing(house, other).reviewer) == ("stopped", "")
    with house.database.read() as connection:
        counted = connection.execute(select(models.counts.c.name, models.counts.c.number)).all()
    assert ("not_a_report.merged", 1) in [tuple(row) for row in counted]
    assert "Its content became part of the other" in words_of(ben, told.report_id)
    assert ben.get(f"/reports/{other.report_id}/review").text.count("became part of another report") == 1


def test_each_reference_stays_its_own_and_what_its_caller_adds_comes_back_to_the_desk(
    house: House, ben: Browser, told: Told, other: Told
) -> None:
    lookup_id = with_mailbox(house, other)
    with house.database.write() as connection:
        here = models.reports.c.report_id == told.report_id
        connection.execute(update(models.reports).where(here).values(status="assessing"))
    merge(ben, told, other)
    (box,) = rows(house, models.mailboxes, lookup_id=lookup_id)
    assert box.report_id == other.report_id
    (row,) = rows(house, models.reports, report_id=other.report_id)
    assert row.status == "assessing", "its caller hears how the one stands"
    with house.database.write() as connection:  # as the worker does with a clip that is added
        late = models.reports.c.report_id == other.report_id
        connection.execute(update(models.reports).where(late).values(added_to=True, state="new", reason=""))
    page = words_of(ben, other.report_id)
    assert "Its content became part of the other" in page
    assert told.case_number in page


def test_what_either_caller_withdraws_afterwards_leaves_from_neither(stage: Stage) -> None:
    house, told = stage.house, stage.ready()
    ben, other = browser_of(house, "Ben"), tell(house, Story((("crowd", ("few",)),), clips=(), state="read"))
    ben.post(f"/reports/{other.report_id}/confirmed", seen=f"/reports/{other.report_id}")
    assert merge(ben, told, other).status_code == 303
    proposal = stage.proposed(told)
    withdraw(house, other)
    answer = approve(stage.browser("Carla"), proposal)
    assert answer.status_code == 409
    assert "The caller has withdrawn the report" in " ".join(answer.text.split())
    assert (stage.state(told), stage.state(told, proposal), stage.handed()) == ("confirmed", "void", [])
    third = confirmed(house, THEIRS)
    assert "withdrawn by its caller" in look_at_merging(ben, told, third).text


@pytest.mark.parametrize("which", ["stays", "ends"])
def test_what_was_withdrawn_while_the_page_stood_there_becomes_part_of_nothing(
    house: House, ben: Browser, told: Told, other: Told, which: str
) -> None:
    seen = hidden(look_at_merging(ben, told, other).text, "seen")
    gone = told if which == "stays" else other
    withdraw(house, gone)
    form = {"case": other.case_number, "reason": "the same night", "seen": seen}
    answer = ben.post(f"/reports/{told.report_id}/merge/sure", form, seen="/review")
    assert answer.status_code == 409
    assert "withdrawn by its caller" in answer.text
    assert not entries(house, "report-merged")
    with house.database.read() as connection:
        assert is_withdrawn(connection, house.keys.desk, gone.report_id)


def test_callers_of_both_hear_how_the_one_stands_by_their_own_references(
    house: House, ben: Browser, told: Told, other: Told
) -> None:
    merge(ben, told, other)
    page = f"/reports/{told.report_id}/answers"
    (row,) = rows(house, models.reports, report_id=told.report_id)
    answer = ben.post(f"{page}/status", {"status": "outside_remit", "was": row.status}, seen=page)
    assert answer.status_code == 303
    assert {row.status for row in rows(house, models.reports)} == {"outside_remit"}


def test_the_link_between_the_two_is_taken_away_by_nobody(house: House, ben: Browser, told: Told, other: Told) -> None:
    merge(ben, told, other)
    (item,) = [row.item_id for row in rows(house, models.items, kind="link", report_id=told.report_id)]
    path = f"/reports/{told.report_id}/links/{item}/remove"
    assert path not in ben.get(f"/reports/{told.report_id}").text
    assert ben.post(path, seen="/review").status_code == 303
    assert len(rows(house, models.items, kind="link")) == 2


def test_what_was_merged_before_goes_on_to_belong_to_where_its_content_stands(
    house: House, ben: Browser, told: Told, other: Told
) -> None:
    first = confirmed(house, THEIRS)
    taken(house, ben, other)
    merge(ben, other, first)
    merge(ben, told, other)
    withdraw(house, first)
    with house.database.read() as connection:
        assert akin(connection, house.keys.desk, told.report_id) == {told.report_id, other.report_id, first.report_id}
        assert is_withdrawn(connection, house.keys.desk, told.report_id)


def test_keyed_answers_of_both_callers_stand_side_by_side_and_what_protects_either_is_kept(
    house: House, ben: Browser
) -> None:
    told = tell(house, Story(answers=(("crowd", ("few",)), ("leave_out", ("yes",))), clips=(), state="read"))
    other = tell(house, Story(answers=(("crowd", ("many",)), ("leave_out", ())), clips=(), state="read"))
    for one in (told, other):
        ben.post(f"/reports/{one.report_id}/confirmed", seen=f"/reports/{one.report_id}")
    before = words_of(ben, told.report_id)
    taken(house, ben, told)
    merge(ben, told, other)
    page = words_of(ben, told.report_id)
    assert page.count("this never leaves the desk") == before.count("this never leaves the desk") == 2
    assert "First answered" not in page


def test_a_typed_report_becomes_part_of_another_and_is_parted_from_it_again(house: House, ben: Browser) -> None:
    told = taken(house, ben, typed(house, Given("story", text="the raid")))
    other = typed(house, Given("story", text="the van"))
    merge(ben, told, other)
    page = words_of(ben, told.report_id)
    assert "the raid" in page
    assert "the van" in page
    assert "forged" not in page
    assert split(ben, told, {"the van": "goes"}).status_code == 303
    assert "the van" not in words_of(ben, told.report_id)
    part = other_than(house, told, other)
    assert "the van" in words_of(ben, part)
    assert "forged" not in words_of(ben, part)


def test_blocks_are_united_and_links_to_third_reports_move_along(
    house: House, ben: Browser, told: Told, other: Told
) -> None:
    third = confirmed(house, THEIRS)
    close_to(ben, other, "Carla")
    close_to(ben, told, "Dora", "they were at school together")
    link(ben, other, third, reason="the same van")
    link(ben, told, other)
    merge(ben, told, other)
    for one in (told, other):
        for name in ("Carla", "Dora"):
            assert browser_of(house, name).get(f"/reports/{one.report_id}").status_code == 404
    page = ben.get(f"/reports/{told.report_id}/closed").text
    assert "they share a house" in page
    assert "they were at school together" in page
    assert "the same van" in words_of(ben, told.report_id)
    page = words_of(ben, third.report_id)
    assert told.case_number in page
    assert other.case_number not in page


def test_urgency_is_the_greater_of_both(house: House, ben: Browser, told: Told) -> None:
    due = house.clock.now() + 60
    merge(ben, told, confirmed(house, THEIRS, urgent="yes", urgent_due=due))
    (row,) = rows(house, models.reports, report_id=told.report_id)
    assert (row.urgent, row.urgent_due) == ("yes", due)
    assert standing(house, told).urgent


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"case": ""}, "No report that you can read has this case number"),
        ({"case": "ZZZ-0000"}, "No report that you can read has this case number"),
        ({"case": "itself"}, "this very report"),
        ({"reason": " "}, "Write why it is one report"),
        ({"reason": "x" * 501}, "Shorten the reason"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_merged(
    house: House, ben: Browser, told: Told, other: Told, changed: dict[str, str], words: str
) -> None:
    form = {"case": other.case_number, "reason": "the same night", **changed}
    form["case"] = told.case_number if form["case"] == "itself" else form["case"]
    for path in ("merge", "merge/sure"):
        answer = ben.post(f"/reports/{told.report_id}/{path}", form, seen="/review")
        assert answer.status_code == 422
        assert answer.text.count(words) == 2
    assert not entries(house, "report-merged")


def test_what_cannot_be_merged_is_linked_instead(house: House, ben: Browser, told: Told, other: Told) -> None:
    waiting = tell(house)
    assert "is not confirmed yet" in look_at_merging(ben, told, waiting).text
    forged = confirmed(house, THEIRS)
    forge(house, forged, "transcript", Transcript("c" * 32, "story", 9, "en", "lies", id_of(house, "Amina"), 1))
    assert "nobody here vouches for it" in look_at_merging(ben, told, forged).text
    apart = confirmed(house, THEIRS)
    packed = Contact("a letter box", id_of(house, "Amina")).packed()
    item = seal_item(packed, report_id=apart.report_id, kind="contact", audiences=(house.keys.public.desk,))
    with house.database.write() as connection:
        models_row = {"item_id": item.item_id, "report_id": item.report_id, "kind": item.kind, "sealed": item.sealed}
        connection.execute(models.items.insert(), models_row)
    assert "holds what stays with its own caller" in look_at_merging(ben, told, apart).text
    with house.database.write() as connection:
        connection.execute(
            update(models.reports).where(models.reports.c.report_id == other.report_id).values(held="court")
        )
    answer = look_at_merging(ben, told, other)
    assert answer.status_code == 409
    assert "is on legal hold" in answer.text


def test_what_is_closed_to_somebody_is_to_them_as_if_it_were_not_there(
    house: House, ben: Browser, told: Told, other: Told
) -> None:
    close_to(browser_of(house, "Carla"), other, "Ben")
    assert "No report that you can read" in look_at_merging(ben, told, other).text


def test_a_colleague_who_has_one_of_the_two_is_told_of(house: House, ben: Browser, told: Told, other: Told) -> None:
    assert take(browser_of(house, "Carla"), other).status_code == 303
    answer = merge(ben, told, other)
    assert answer.status_code == 409
    assert "Carla has it by now" in answer.text
    path = f"/reports/{told.report_id}/merge"
    assert browser_of(house, "Carla").get(path).status_code == 409
    with house.database.write() as connection:
        here = models.reviews.c.report_id == told.report_id
        connection.execute(update(models.reviews).where(here).values(state="proposed"))
    assert ben.get(path).status_code == 409
    assert not entries(house, "report-merged")


def test_what_changed_meanwhile_in_either_is_looked_at_once_more(
    house: House, ben: Browser, told: Told, other: Told
) -> None:
    carla = browser_of(house, "Carla")
    for one in (told, other):
        seen = hidden(look_at_merging(ben, told, other).text, "seen")
        add_subject(carla, one, name="Tom Wren")
        form = {"case": other.case_number, "reason": "the same night", "seen": seen}
        answer = ben.post(f"/reports/{told.report_id}/merge/sure", form, seen="/review")
        assert answer.status_code == 409
        assert "One of the two changed while you looked" in answer.text
    assert not entries(house, "report-merged")
    assert merge(ben, told, other).status_code == 303


def test_two_who_make_each_other_s_report_part_of_their_own_at_once_end_with_one(house: House, told: Told) -> None:
    """Both hold one and merge the other's: whoever is first wins, and nothing stands in neither."""
    other = taken(house, browser_of(house, "Ben"), confirmed(house, THEIRS))

    def press(pair: tuple[Told, Told]) -> int:
        return merge(browser_of(house, "Ben"), *pair).status_code

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(press, ((told, other), (other, told))))
    assert sorted(answers)[0] == 303
    living = [row.report_id for row in rows(house, models.reports, state="confirmed")]
    assert len(living) == 1
    page = words_of(browser_of(house, "Ben"), living[0])
    assert "he sells what" in page
    assert "a sergeant sold" in page
