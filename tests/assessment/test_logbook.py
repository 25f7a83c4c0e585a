"""A lead's page of the audit: the team's own deeds, and whether the chain of all is whole."""

from __future__ import annotations

from tests.assessment.handing import hand
from tests.assessment.staff import AssessmentHouse, browser_of


def test_a_lead_sees_what_their_team_did_and_what_was_done_to_it(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    release = hand(house.database, house.teams.north)
    browser_of(house, "Dev").get(f"/releases/{release.release}")
    browser_of(house, "Sean").get(f"/releases/{release.release}")
    page = browser_of(house, "Lena").get("/audit").text
    assert "Dev" in page
    assert release.release in page
    assert "Sean" not in page
    assert browser_of(house, "Dev").get("/audit").status_code == 403
    assert release.release in browser_of(house, "Sofia").get("/audit").text  # Sean asked for it, in vain


def test_a_changed_entry_is_told_also_where_it_is_another_team_s(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    browser_of(house, "Sean").get("/account")
    browser_of(house, "Sean").post("/account/elsewhere", seen="/account")
    lena = browser_of(house, "Lena")
    assert "The whole chain was checked just now" in lena.post("/audit/checked", seen="/audit").text
    with house.own.write() as connection:
        connection.exec_driver_sql("UPDATE audit SET action = 'nothing' WHERE sequence = 1")
    assert "The audit was changed" in lena.post("/audit/checked", seen="/audit").text
