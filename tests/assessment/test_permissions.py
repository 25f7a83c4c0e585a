"""Who gets past the door of the assessment application: every page against every role and a stranger."""

from __future__ import annotations

import re
import secrets

import pytest

from handlers.assessment.app import PAGES
from handlers.assessment.permissions import STRANGER, TABLE, Action, Role, may
from tests.assessment.staff import PEOPLE, AssessmentHouse, browser_of


def test_every_action_is_decided_and_a_stranger_only_comes_to_the_door() -> None:
    assert set(TABLE) == set(Action)
    assert {Action.SIGN_IN} == STRANGER
    assert [action for action in Action if may(None, action)] == [Action.SIGN_IN]


def test_only_a_lead_changes_people_or_keys_gives_tokens_and_sees_the_audit() -> None:
    own = {Action.CHANGE_PEOPLE, Action.RENEW_KEY, Action.GIVE_TOKENS, Action.SEE_AUDIT}
    assert {action for action in Action if not may(Role.ASSESSOR, action)} == own


def test_every_address_is_a_page_with_an_action(assessment_house: AssessmentHouse) -> None:
    named = {rule.endpoint for rule in assessment_house.app.url_map.iter_rules()}
    assert named == {page.name for page in PAGES} | {"static"}


@pytest.mark.parametrize("name", [None, "Lena", "Dev"])
def test_each_page_answers_those_who_may_and_refuses_the_others(
    assessment_house: AssessmentHouse, name: str | None
) -> None:
    role = Role(PEOPLE[name][0]) if name else None
    person, asked = browser_of(assessment_house, name), 0
    for page in PAGES:
        if page.action is Action.SIGN_IN:
            continue
        path = re.sub("<hex32:[a-z_]+>", secrets.token_hex(16), page.rule)
        for method in page.methods:
            seen = "/releases" if name else "/sign-in"
            answer = person.get(path) if method == "GET" else person.post(path, {}, seen=seen)
            asked += 1
            if role is None:
                assert answer.status_code == (401 if page.quiet else 303), path
                assert "/sign-in" in answer.headers.get("Location", "/sign-in")
            elif may(role, page.action):
                assert answer.status_code in (200, 204, 303, 400, 404, 409, 422), path
            else:
                assert answer.status_code == 403, path
    assert asked == sum(len(page.methods) for page in PAGES if page.action is not Action.SIGN_IN) >= 10
