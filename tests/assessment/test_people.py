"""The people of a team: invited by a lead, admitted by two or by the only one there is, let go at once."""

from __future__ import annotations

import re

import pyotp
import pytest
from sqlalchemy import delete, select

from storage import models
from tests.assessment.handing import hand
from tests.assessment.staff import PEOPLE, AssessmentHouse, Browser, browser_of
from tests.desk.staff import token_of
from tests.desk.test_inviting import code_on, fingerprint_on, found

EVE = {"name": "eve", "alias": "Eve", "role": "assessor"}
OWN = "walnut thunder pelican socket"


def joined(house: AssessmentHouse, lead: str = "Lena", who: dict[str, str] = EVE) -> tuple[Browser, list[str]]:
    """Let a lead invite somebody who accepts and signs in; return their browser and what they read out."""
    page = browser_of(house, lead).post("/people/invite", who, seen="/people/invite").text
    chris = browser_of(house)
    page = chris.post("/invited", {"code": code_on(page)}, seen="/invited").text
    secret = found(r'id="totp-secret">([A-Z2-7 ]+)<', page).replace(" ", "")
    form = {name: found(rf'name="{name}"[^>]* value="([^"]+)"', page) for name in ("invitation", "drawing")}
    digits = pyotp.TOTP(secret).at(house.clock.now())
    form |= {"csrf_token": token_of(page), "password": OWN, "again": OWN, "digits": digits}
    page = chris.bare_post("/invited/accepted", form).text
    heard = fingerprint_on(page).split("-")
    house.clock.forward(30)
    name = f"{who['name']}@{PEOPLE[lead][1]}"
    code = pyotp.TOTP(secret).at(house.clock.now())
    answer = chris.post("/sign-in", {"name": name, "password": OWN, "code": code})
    assert answer.location == "/releases", answer.text
    return chris, heard


def approve(house: AssessmentHouse, by: str, name: str, heard: list[str]) -> str:
    """Let somebody type what they heard, and return what they are told."""
    person, whose = browser_of(house, by), house.id_of(name)
    page = person.get("/admissions").text
    own = page.partition(f'id="person-{whose}"')[2].partition("</section>")[0]
    first, second = (int(number) - 1 for number in re.findall(r"Group (\d)</label>", own))
    form = {"first": heard[first], "second": heard[second]}
    answer = person.post(f"/admissions/{whose}/approved", form, seen="/admissions")
    return person.get("/admissions").text if answer.status_code == 303 else answer.text


def test_eve_reads_once_two_of_her_team_compared_her_fingerprint(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    release = hand(house.database, house.teams.north)
    eve, heard = joined(house)
    waits = eve.get("/releases")
    assert waits.status_code == 403
    assert fingerprint_on(waits.text) == "-".join(heard)
    assert eve.get(f"/releases/{release.release}").status_code == 403
    assert "Another one of the team must compare as well" in approve(house, "Lena", "Eve", heard)
    assert eve.get("/releases").status_code == 403
    assert "Eve is admitted" in approve(house, "Dev", "Eve", heard)
    assert eve.get(f"/releases/{release.release}").status_code == 200
    assert [action for action, subject in house.audited() if subject == house.id_of("Eve")] == [
        "person.invited",
        "person.joined",
        "signed-in",
        "admission-approved",
        "person.admitted",
    ]


def test_the_only_one_of_a_team_admits_the_second(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    lena = browser_of(house, "Lena")
    assert lena.post(f"/people/{house.id_of('Dev')}/leave", seen="/people").location == "/people"
    eve, heard = joined(house)
    assert "Eve is admitted" in approve(house, "Lena", "Eve", heard)
    assert eve.get("/releases").status_code == 200


def test_a_wrong_fingerprint_admits_nobody(assessment_house: AssessmentHouse) -> None:
    eve, _ = joined(assessment_house)
    assert "is not what stands here" in approve(assessment_house, "Lena", "Eve", ["0000"] * 8)
    assert eve.get("/releases").status_code == 403


def test_who_leaves_is_signed_out_at_once_and_holds_no_key(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    dev, whose = browser_of(house, "Dev"), house.id_of("Dev")
    assert dev.get("/releases").status_code == 200
    lena = browser_of(house, "Lena")
    assert "At once, and for good" in lena.get(f"/people/{whose}/leave").text
    lena.post(f"/people/{whose}/leave", seen="/people")
    assert "renew it as soon as you can" in lena.get("/people").text
    assert dev.get("/releases").location == "/expired"
    with house.own.read() as connection:
        held = select(models.memberships).where(models.memberships.c.member == whose)
        assert connection.execute(held).first() is None
    assert ("person.left", whose) in house.audited()


def test_nobody_lets_themselves_go_and_an_assessor_nobody(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    lena, dev = browser_of(house, "Lena"), browser_of(house, "Dev")
    assert lena.post(f"/people/{house.id_of('Lena')}/leave", seen="/people").status_code == 403
    assert dev.post(f"/people/{house.id_of('Lena')}/leave", seen="/people").status_code == 403
    assert dev.get("/people/invite").status_code == 403


def test_a_lead_made_an_assessor_is_signed_out_and_admitted_anew(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    dev, whose = browser_of(house, "Dev"), house.id_of("Dev")
    form = {"role": "lead", "before": "assessor", "sure": "yes"}
    assert browser_of(house, "Lena").post(f"/people/{whose}/role", form, seen="/people").location == "/people"
    assert dev.get("/releases").location == "/expired"
    assert browser_of(house, "Dev").get("/people/invite").status_code == 403


@pytest.mark.parametrize("name", ["lena", "Lena"])
def test_a_name_or_alias_of_one_s_own_team_is_taken_and_of_another_is_not(
    assessment_house: AssessmentHouse, name: str
) -> None:
    lena, sofia = browser_of(assessment_house, "Lena"), browser_of(assessment_house, "Sofia")
    who = {"name": name, "alias": "Lena", "role": "assessor"}
    refused = lena.post("/people/invite", who, seen="/people/invite")
    assert refused.status_code == 422
    assert f'value="{name}"' in refused.text
    assert sofia.post("/people/invite", who, seen="/people/invite").status_code == 200


@pytest.mark.parametrize("name", ["dev@south", "", "a" * 78])
def test_a_name_that_cannot_be_is_told(assessment_house: AssessmentHouse, name: str) -> None:
    who = {"name": name, "alias": "Dora", "role": "assessor"}
    answer = browser_of(assessment_house, "Lena").post("/people/invite", who, seen="/people/invite")
    assert answer.status_code == 422
    assert "Enter a sign-in name" in answer.text


def test_a_new_key_is_for_those_who_stayed_and_what_was_released_before_still_opens(
    assessment_house: AssessmentHouse,
) -> None:
    house = assessment_house
    release = hand(house.database, house.teams.north)
    lena = browser_of(house, "Lena")
    assert "Make the new key" in lena.get("/people/key").text
    page = lena.post("/people/key", {"epoch": "1"}, seen="/people/key").text
    key = found(r"group_key = &#34;([0-9a-f]{64})&#34;", page)
    assert "epoch = 2" in page
    assert house.teams.north.team.group_key in found(r"earlier_keys = (.*)</p>", page)
    assert ("team-key-made", "team:north") in house.audited()
    assert lena.get(f"/releases/{release.release}").status_code == 200  # not pinned yet: all goes on as before
    waiting = lena.post("/people/key", {"epoch": "1"}, seen="/people/key")
    assert (waiting.status_code, "was made and waits" in waiting.text) == (409, True)

    team = house.teams.north.team
    renewed = team.model_copy(update={"group_key": key, "epoch": 2, "earlier_keys": (team.group_key,)})
    line = house.ground.line.model_copy(update={"teams": (renewed, house.teams.south.team)})
    object.__setattr__(house.ground, "line", line)  # the line's file names it now
    for name in ("Lena", "Dev"):
        assert browser_of(house, name).get(f"/releases/{release.release}").status_code == 200
    later = hand(house.database, type(house.teams.north)(renewed, house.teams.north.identity, house.teams.north.group))
    assert browser_of(house, "Dev").get(f"/releases/{later.release}").status_code == 200
    with house.own.write() as connection:
        mine = (models.memberships.c.member == house.id_of("Dev"), models.memberships.c.epoch == 2)
        connection.execute(delete(models.memberships).where(*mine))
    assert browser_of(house, "Dev").get(f"/releases/{later.release}").status_code == 403
