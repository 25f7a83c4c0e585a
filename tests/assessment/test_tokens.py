"""A lead makes a token, sees it once, and revokes it; with it the team's own system reaches the API and no page."""

from __future__ import annotations

import re

from tests.assessment.handing import hand
from tests.assessment.staff import AssessmentHouse, Browser, browser_of

API = "/api/v1"


def made(lena: Browser, label: str = "Case system") -> str:
    page = lena.post("/tokens", {"label": label, "months": "3"}, seen="/tokens").text
    (token,) = re.findall(r'id="token"[^>]*>(hotline_[A-Za-z0-9_-]{43})<', page)
    return str(token)


def lead(house: AssessmentHouse, name: str = "Lena") -> Browser:
    opened = browser_of(house, name)
    opened.prove()
    return opened


def test_a_token_is_shown_once_works_until_it_is_revoked_and_is_audited(assessment_house: AssessmentHouse) -> None:
    house, lena = assessment_house, lead(assessment_house)
    release = hand(house.database, house.teams.north).release
    token = made(lena)
    page = lena.get("/tokens").text
    assert token not in page
    assert "Case system" in page
    assert "Until the end of February 2027, made by Lena" in page
    system = Browser(house, house.app.test_client())
    bearer = {"headers": {"Authorization": f"Bearer {token}"}}
    listed = system.get(f"{API}/releases", **bearer)
    assert [one["release"] for one in (listed.json or {})["releases"]] == [release]
    assert system.get("/releases", **bearer).status_code == 303
    (address,) = re.findall(r'action="(/tokens/[0-9a-f]{32}/revoked)"', page)
    assert lena.post(address, seen="/tokens").status_code == 303
    assert system.get(f"{API}/releases", **bearer).status_code == 401
    assert lena.post(address, seen="/tokens").status_code == 303
    assert "revoked already" in lena.get("/tokens").text
    actions = [action for action, _ in house.audited()]
    assert [actions.count(one) for one in ("token-made", "token-revoked", "releases-listed")] == [1, 2, 1]


def test_another_teams_token_is_not_seen_and_not_revoked(assessment_house: AssessmentHouse) -> None:
    house, lena, sofia = assessment_house, lead(assessment_house), lead(assessment_house, "Sofia")
    token = made(lena)
    (address,) = re.findall(r'action="(/tokens/[0-9a-f]{32}/revoked)"', lena.get("/tokens").text)
    assert "Case system" not in sofia.get("/tokens").text
    assert sofia.post(address, seen="/tokens").status_code == 303
    system = Browser(house, house.app.test_client())
    assert system.get(f"{API}/releases", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_mistakes_are_told_and_no_team_has_more_than_ten(assessment_house: AssessmentHouse) -> None:
    lena = lead(assessment_house)
    for typed, why in (
        ({"label": "", "months": "3"}, "Enter what the token is for"),
        ({"label": "x"}, "Choose how long"),
    ):
        answer = lena.post("/tokens", typed, seen="/tokens")
        assert (answer.status_code, why in answer.text) == (422, True)
    for number in range(10):
        made(lena, f"System {number}")
    answer = lena.post("/tokens", {"label": "One more", "months": "3"}, seen="/tokens")
    assert (answer.status_code, "revoke one first" in answer.text) == (409, True)


def test_a_session_opens_no_door_of_the_api_and_its_document_is_for_everybody(
    assessment_house: AssessmentHouse,
) -> None:
    dev = browser_of(assessment_house, "Dev")
    assert dev.get(f"{API}/releases").status_code == 401
    assert dev.get(f"{API}/openapi.json").status_code == 200
    assert "Set-Cookie" not in dev.get(f"{API}/openapi.json").headers
