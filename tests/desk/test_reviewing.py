"""The review queue as supervisors see it: who has what, what is next, and what is said to who comes second."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from storage import models
from storage.clock import TurnedClock
from storage.database import Database
from tests.desk.beside import close_to, entries
from tests.desk.releases import Stage, give_back, stage_on, supervisors
from tests.desk.reviews import confirmed, standing, take, taken
from tests.desk.staff import Hired, House, Keys, Story, Told, audited, browser_of, id_of, tell

__all__ = ["supervisors"]
WEEK = 7 * 86_400


@pytest.fixture
def stage(keys: Keys, supervisors: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[Stage]:
    with stage_on(keys, supervisors, database, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
def house(stage: Stage) -> House:
    return stage.house


def put(house: House, told: Told, **values: object) -> None:
    with house.database.write() as connection:
        here = models.reviews.c.report_id == told.report_id
        connection.execute(update(models.reviews).where(here).values(**values))


def test_the_queue_says_how_long_each_waits_and_takes_who_takes_one_to_its_text(house: House) -> None:
    told = confirmed(house)
    house.clock.forward(3 * WEEK)
    ben = browser_of(house, "Ben")
    page = ben.get("/review").text
    assert told.case_number in page
    assert "Waits for 3 weeks" in page
    assert '<span class="govuk-visually-hidden">, waiting for you: </span>1' in ben.get("/reports").text
    answer = take(ben, told)
    assert answer.headers["Location"] == f"/reports/{told.report_id}/clean"
    assert ("review-claimed", told.report_id) in audited(house)
    assert "You have it" in ben.get("/review?show=mine").text
    assert "waiting for you" not in ben.get("/reports").text


def test_who_comes_second_is_told_who_was_first_and_changes_nothing(house: House) -> None:
    told, ben, carla = confirmed(house), browser_of(house, "Ben"), browser_of(house, "Carla")
    taken(house, ben, told)
    answer = take(carla, told)
    assert answer.status_code == 409
    assert "Nothing was changed: Ben has it by now." in answer.text
    assert standing(house, told).reviewer == id_of(house, "Ben")
    assert len(entries(house, "review-claimed")) == 1
    assert take(ben, told).status_code == 303, "pressed twice"


def test_an_urgent_report_is_marked_and_stands_first_though_it_is_not_confirmed(house: House) -> None:
    plain, urgent = confirmed(house), tell(house, Story(claimed=""))
    house.clock.forward(WEEK)
    ben = browser_of(house, "Ben")
    ben.post(f"/reports/{urgent.report_id}/alerted", seen=f"/reports/{urgent.report_id}")
    page = ben.get("/review").text
    assert page.index(urgent.case_number) < page.index(plain.case_number)
    assert "Not confirmed yet" in page
    assert "somebody may be in danger" in ben.get(f"/reports/{urgent.report_id}/review").text
    taken(house, ben, urgent)


def test_what_is_closed_to_somebody_is_in_no_queue_of_theirs(house: House) -> None:
    told, ben, carla = confirmed(house), browser_of(house, "Ben"), browser_of(house, "Carla")
    close_to(ben, told, "Carla")
    assert told.case_number not in carla.get("/review").text
    assert carla.get(f"/reports/{told.report_id}/review").status_code == 404
    assert take(carla, told).status_code == 404
    assert told.case_number in ben.get("/review").text


def test_a_review_whose_proposal_falls_with_a_block_is_free_for_others(stage: Stage) -> None:
    told, house = stage.ready(), stage.house
    stage.proposed(told)
    close_to(stage.browser("Carla"), told, "Ben")
    assert (standing(house, told).state, standing(house, told).reviewer) == ("waiting", "")


def test_giving_back_frees_it_once_and_only_for_who_has_it(house: House) -> None:
    told, ben, carla = confirmed(house), browser_of(house, "Ben"), browser_of(house, "Carla")
    taken(house, ben, told)
    path = f"/reports/{told.report_id}/review/given-back"
    refused = carla.post(path, seen="/review")
    assert refused.status_code == 409
    assert "You do not have it any more" in refused.text
    assert ben.post(path, seen="/review").status_code == 303
    assert standing(house, told).reviewer == ""
    assert len(entries(house, "review-given-back")) == 1


def test_taking_over_asks_for_a_reason_which_stands_in_the_notes_and_in_no_table(house: House) -> None:
    told, ben, carla = confirmed(house), browser_of(house, "Ben"), browser_of(house, "Carla")
    taken(house, ben, told)
    path = f"/reports/{told.report_id}/review/take-over"
    assert "Ben has it." in carla.get(path).text
    for reason, words in (("", "Write why you take it over"), ("x" * 501, "Shorten the reason")):
        answer = carla.post(path, {"reason": reason, "was": id_of(house, "Ben")}, seen=path)
        assert answer.status_code == 422
        assert answer.text.count(words) == 2
    answer = carla.post(path, {"reason": "he fell ill", "was": id_of(house, "Ben")}, seen=path)
    assert answer.status_code == 303
    assert standing(house, told).reviewer == id_of(house, "Carla")
    assert "Taken over for review: he fell ill" in carla.get(f"/reports/{told.report_id}").text
    (entry,) = entries(house, "review-taken-over")
    assert "ill" not in entry.detail
    assert entry.detail.endswith(id_of(house, "Ben"))


def test_who_takes_over_what_went_elsewhere_is_told_and_keeps_what_they_wrote(house: House) -> None:
    told, ben, carla = confirmed(house), browser_of(house, "Ben"), browser_of(house, "Carla")
    taken(house, ben, told)
    put(house, told, reviewer=id_of(house, "Dora"))
    path = f"/reports/{told.report_id}/review/take-over"
    answer = carla.post(path, {"reason": "he fell ill", "was": id_of(house, "Ben")}, seen="/review")
    assert answer.status_code == 409
    assert "Dora has it by now" in answer.text
    assert "he fell ill" in answer.text
    assert not entries(house, "review-taken-over")
    put(house, told, reviewer=id_of(house, "Carla"))
    assert carla.get(path).status_code == 409, "one's own"


def test_what_cannot_be_sanitised_is_stopped_with_a_reason_counted_and_taken_up_again(house: House) -> None:
    told, ben, carla = confirmed(house), browser_of(house, "Ben"), browser_of(house, "Carla")
    path = f"/reports/{told.report_id}/review/stop"
    assert ben.get(path).status_code == 409, "nobody has it"
    taken(house, ben, told)
    assert carla.post(path, {"reason": "two people could know it"}, seen="/review").status_code == 409
    assert "Write what would point at the caller" in ben.post(path, seen=path).text
    assert ben.post(path, {"reason": "two people could know it"}, seen=path).status_code == 303
    assert ("review-stopped", told.report_id) in audited(house)
    assert told.case_number in ben.get("/review?show=stopped").text
    assert told.case_number not in ben.get("/review").text
    page = ben.get(f"/reports/{told.report_id}").text
    assert "Cannot be sanitised: two people could know it" in page
    assert "he sells what the computer knows" in page, "its content stays"
    for status in (303, 409):
        assert carla.post(f"/reports/{told.report_id}/review/resumed", seen="/review").status_code == status
    assert told.case_number in ben.get("/review?show=waiting").text


def test_what_a_second_person_sent_back_says_so_to_its_author(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    ben, carla = stage.browser("Ben"), stage.browser("Carla")
    assert f"/releases/{proposal.release_id}/approve" in carla.get("/review?show=proposed").text
    assert f"/releases/{proposal.release_id}/approve" not in ben.get("/review?show=proposed").text
    assert take(carla, told).status_code == 409
    assert give_back(carla, proposal).status_code == 303
    assert "Sent back" in ben.get("/review").text
    assert "A second person sent it back" in ben.get(f"/reports/{told.report_id}/review").text
    assert "waiting for you" in ben.get("/reports").text


def test_filters_by_team_show_what_is_meant_for_it_and_say_what_an_empty_list_means(stage: Stage) -> None:
    told, house = stage.ready(), stage.house
    ben = browser_of(house, "Ben")
    assert told.case_number in ben.get("/review?team=standards").text
    assert "None of these is meant for this team" in ben.get("/review?team=counter-corruption").text
    assert told.case_number in ben.get("/review?team=nonsense&show=nonsense&after=nonsense").text
    empty = {
        "mine": "You have none",
        "waiting": "Somebody works on each of them",
        "proposed": "Nothing waits for a second person",
        "returned": "Nothing was sent back",
        "released": "Nothing was released yet",
        "stopped": "Nothing was stopped",
    }
    carla = browser_of(house, "Carla")
    for show, words in empty.items():
        assert words in carla.get(f"/review?show={show}").text, show


def test_a_page_of_the_queue_leads_to_the_next(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.desk.reviewing.REVIEWS_ON_A_PAGE", 2)
    told = [tell(house, Story(clips=(), state="read")) for _ in range(3)]
    ben = browser_of(house, "Ben")
    for one in told:
        ben.post(f"/reports/{one.report_id}/confirmed", seen=f"/reports/{one.report_id}")
    first = ben.get("/review").text
    following = first.partition('id="page-next"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = ben.get(following).text
    seen = [page.count(one.case_number) > 0 for page in (first, second) for one in told]
    assert sum(seen) == len(told)


def test_a_report_that_is_not_on_its_way_says_what_brings_it_there(house: House) -> None:
    told, ben = tell(house), browser_of(house, "Ben")
    assert "It is not on its way to a team yet" in ben.get(f"/reports/{told.report_id}/review").text
    for deed in ("claimed", "take-over", "stop", "resumed"):
        answer = ben.post(f"/reports/{told.report_id}/review/{deed}", {"reason": "x"}, seen="/review")
        assert answer.status_code == 409, deed
        assert "It is not on its way to a team yet" in answer.text
    assert ben.get(f"/reports/{'0' * 32}/review").status_code == 404


def test_handlers_and_strangers_see_no_queue(house: House) -> None:
    told = confirmed(house)
    for path in ("/review", f"/reports/{told.report_id}/review"):
        assert browser_of(house, "Amina").get(path).status_code == 403
        assert browser_of(house, None).get(path).status_code == 303
    assert "/review" not in browser_of(house, "Amina").get("/reports").text
