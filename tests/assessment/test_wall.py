"""The wall between two teams: no page, no wrap and no row that somebody wrote leads from one to the other."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from handlers.assessment.app import PAGES
from handlers.assessment.permissions import Action
from storage import models
from storage.keys import Damaged
from storage.models import people as persons
from storage.opening import GroupKey, open_item
from storage.people import NotAMember, admit, member_key_ring
from storage.sealing import Wrap
from tests.assessment.handing import hand
from tests.assessment.staff import AssessmentHouse, Browser, browser_of, group_of
from tests.desk.staff import Keys, hire, open_house
from tests.desk.staff import browser_of as desk_browser


def pages_of(person: Browser, **ids: str) -> list[tuple[str, int, str]]:
    """Ask for every page with these ids, in every way it is asked for; return addresses, statuses and texts."""
    answers = []
    for page in PAGES:
        if page.action is Action.SIGN_IN:
            continue
        path = re.sub("<hex32:([a-z_]+)>", lambda name: ids[name[1]], page.rule)
        for method in page.methods:
            answer = person.get(path) if method == "GET" else person.post(path, {}, seen="/people")
            answers.append((path, answer.status_code, answer.text))
    return answers


def test_no_page_shows_a_lead_of_the_south_anything_of_the_north(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    release = hand(house.database, house.teams.north)
    dev = browser_of(house, "Dev")
    dev.get(f"/releases/{release.release}")
    invited = browser_of(house, "Lena").post(
        "/people/invite", {"name": "eve", "alias": "Zoraida", "role": "assessor"}, seen="/people/invite"
    )
    assert invited.status_code == 200
    with house.own.read() as connection:
        invitation = connection.scalar(select(models.invitations.c.invitation_id)) or ""
    ids = {"release_id": release.release, "person_id": house.id_of("Dev"), "invitation_id": invitation}
    ids["token_id"] = "0" * 32
    before = house.audited()
    for path, status, text in pages_of(browser_of(house, "Sofia"), **ids):
        for word in ("Dev", "Lena", "Zoraida", "dev@north", "Sergeant Wren", house.id_of("Dev"), "Northshire"):
            assert word not in text.replace(path, ""), (path, word)  # the page names its own address
        if release.release in path or house.id_of("Dev") in path:
            assert status in (303, 404, 409), path
    assert house.id_of("Dev") != ""  # still there, and so is the invitation
    with house.own.read() as connection:
        assert connection.scalar(select(models.invitations.c.invitation_id)) == invitation
        mine = select(persons.c.state).where(persons.c.alias == "Dev")
        assert connection.scalar(mine) == "active"
    assert [entry for entry in house.audited()[len(before) :] if entry[1] == house.id_of("Dev")] == []


def test_the_keys_of_the_south_open_no_wrap_of_the_north(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    release = hand(house.database, house.teams.north)
    with house.database.read() as connection:
        item = connection.execute(select(models.team_items)).one()
        wrap = connection.execute(select(models.team_wraps)).one()
    place = {"item_id": item.item_id, "report_id": release.release, "kind": "release"}
    wraps = [Wrap(wrap.audience, wrap.epoch, wrap.wrapped)]
    assert open_item(item.sealed, **place, wraps_of_item=wraps, group=group_of(house.teams.north))
    south = group_of(house.teams.south)
    for group, held in (
        (south, wraps),
        (GroupKey("team:north", 1, south.private), wraps),
        (south, [Wrap("team:south", 1, wrap.wrapped)]),
        (house.keys.desk, [Wrap("desk", 1, wrap.wrapped)]),
    ):
        with pytest.raises(Damaged):
            open_item(item.sealed, **place, wraps_of_item=held, group=group)


def test_who_is_moved_to_another_team_in_the_database_sees_nothing_of_it(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    release = hand(house.database, house.teams.north)
    with house.own.write() as connection:
        connection.execute(update(persons).where(persons.c.alias == "Sean").values(team="north", role="lead"))
    sean = browser_of(house, "Sean")
    for path in ("/releases", f"/releases/{release.release}", "/people", "/audit", "/people/invite"):
        answer = sean.get(path)
        assert answer.status_code == 403, path
        assert "You are not admitted yet" in answer.text


def test_a_membership_copied_to_somebody_of_another_team_opens_nothing(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    with house.own.write() as connection:
        rows = models.memberships.c
        own = connection.execute(select(models.memberships).where(rows.member == house.id_of("Dev"))).one()
        theirs = update(models.memberships).where(rows.member == house.id_of("Sean"))
        connection.execute(theirs.values(audience=own.audience, wrapped=own.wrapped, vouched=own.vouched))
        connection.execute(update(persons).where(persons.c.alias == "Sean").values(team="north"))
    sean = browser_of(house, "Sean")
    assert sean.get("/releases").status_code == 403


def test_a_key_of_somebody_s_own_making_is_not_the_team_s(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    own = group_of(house.teams.south)
    forged = GroupKey("team:north", 1, own.private)
    with house.own.read() as connection:
        epochs = [group_of(house.teams.north).audience]
        with pytest.raises(NotAMember):
            member_key_ring(connection, house.id_of("Sean"), own.private, epochs)
    with house.own.write() as connection:
        row = connection.execute(select(persons).where(persons.c.alias == "Sean")).one()
        admit(connection, member=row.person_id, public_key=row.public_key, group=forged)
        connection.execute(update(persons).where(persons.c.alias == "Sean").values(team="north"))
    assert browser_of(house, "Sean").get("/releases").status_code == 403


def test_a_session_of_the_desk_is_nothing_here_and_the_other_way_round(
    assessment_house: AssessmentHouse, assessment_keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> None:
    house = assessment_house
    folder = tmp_path_factory.mktemp("desk")
    hired, base = hire(assessment_keys, folder), house.settings.base
    with open_house(assessment_keys, hired, house.database, house.clock, folder, base) as desk:
        ben, dev = desk_browser(desk, "Ben"), browser_of(house, "Dev")
        assert ben.get("/reports").status_code == 200
        for cookie in ("__Host-desk", "__Host-assessment"):
            at_desk = ben.client.get_cookie("__Host-desk", domain="assessment.example")
            here = dev.client.get_cookie("__Host-assessment", domain="assessment.example")
            assert at_desk
            assert here
            stranger, outsider = browser_of(house), desk_browser(desk)
            stranger.client.set_cookie(cookie, at_desk.value, domain="assessment.example", secure=True)
            outsider.client.set_cookie(cookie, here.value, domain="assessment.example", secure=True)
            assert stranger.get("/releases").status_code == 303
            assert outsider.get("/reports").status_code == 303


def test_a_person_of_the_desk_s_kind_is_nobody_here(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    with house.own.write() as connection:
        connection.execute(update(persons).where(persons.c.alias == "Dev").values(team=""))
    assert browser_of(house, "Dev").get("/releases").status_code == 303
