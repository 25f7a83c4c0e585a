"""Who gets past the door: every page against every role and a stranger."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert

from handlers.desk.app import PAGES
from handlers.permissions import STRANGER, Action, Role, may, needs_key
from storage import models, releases
from tests.desk.staff import STAFF, House, Story, Told, audited, browser_of, person_id, tell

CONTENT = {
    Action.LIST_REPORTS,
    Action.READ_REPORT,
    Action.PLAY_CLIP,
    Action.CONFIRM,
    Action.DISMISS,
    Action.HOLD,
    Action.ACKNOWLEDGE,
    Action.NAME_SUBJECTS,
    Action.LINK,
    Action.SEARCH,
    Action.BUILD_INDEX,
    Action.RECUSE,
    Action.BLOCK,
    Action.SEE_INTERESTS,
    Action.CLAIM,
    Action.GIVE_BACK,
    Action.GIVE_ON,
    Action.ADD_NOTE,
    Action.ALERT,
    Action.ASK_FOR_WORD,
    Action.TALK,
    Action.BEGIN_WRITING,
    Action.WRITE,
    Action.SAVE_WRITING,
    Action.TAKE_CALLS,
    Action.TAKE_OVER,
    Action.PROPOSE,
    Action.APPROVE,
    Action.SEE_RELEASES,
    Action.HAND_OVER,
    Action.KEEP_CONTACT,
    Action.OPEN_CONTACT,
}


def void_release(house: House, told: Told) -> str:
    """Return the id of something that was proposed for a report and is void."""
    row = (
        "f" + told.report_id[1:],
        told.report_id,
        "standards",
        "full",
        "d" * 64,
        "e" * 32,
        "",
        "",
        "2026-W48",
        "void",
    )
    with house.database.write() as connection:
        known = releases.find(connection, told.report_id, row[0])
        if known is None:
            connection.execute(insert(models.releases), vars(releases.Proposal(*row)))
    return row[0]


def test_administrators_and_auditors_have_no_action_that_touches_a_report() -> None:
    assert not [action for action in CONTENT if may(Role.ADMINISTRATOR, action) or may(Role.AUDITOR, action)]


def test_only_supervisors_destroy_hold_or_acknowledge() -> None:
    assert [role for role in Role if may(role, Action.DISMISS)] == [Role.SUPERVISOR]
    assert [role for role in Role if may(role, Action.HOLD)] == [Role.SUPERVISOR]
    assert [role for role in Role if may(role, Action.ACKNOWLEDGE)] == [Role.SUPERVISOR]


def test_a_stranger_may_only_come_to_the_door() -> None:
    assert {Action.SIGN_IN} == STRANGER
    assert [action for action in Action if may(None, action)] == [Action.SIGN_IN]


def test_every_address_but_the_looks_is_a_page_with_an_action(house: House) -> None:
    named = {rule.endpoint for rule in house.app.url_map.iter_rules()}
    assert named == {page.name for page in PAGES} | {"static"}


@pytest.mark.parametrize("name", [None, *STAFF])
def test_each_page_answers_those_who_may_and_refuses_the_others(house: House, name: str | None) -> None:
    role = Role(STAFF[name]) if name else None
    person, asked = browser_of(house, name), 0
    otto, amina = person_id(house, "Otto"), person_id(house, "Amina")
    for page in PAGES:
        if page.action is Action.SIGN_IN:
            continue
        told = tell(house, Story(claimed=name or ""))
        path = page.rule.replace("<hex32:report_id>", told.report_id).replace("<hex32:clip>", told.clips[0])
        path = path.replace("<hex32:person_id>", otto).replace("<hex32:invitation_id>", "0" * 32)
        path = path.replace("<hex32:member>", amina)
        path = path.replace("<hex32:release>", void_release(house, told) if "release>" in path else "")
        path = re.sub("<hex32:[a-z]+>", told.clips[0], path)
        for method in page.methods:
            here = "/reports" if role in (Role.HANDLER, Role.SUPERVISOR) else "/health" if name == "Ada" else "/audit"
            answer = person.get(path) if method == "GET" else person.post(path, {}, seen=here if name else "/sign-in")
            asked += 1
            if role is None:
                assert answer.status_code == (401 if page.quiet else 303), path
                assert "/sign-in" in answer.headers.get("Location", "/sign-in")
            elif may(role, page.action):
                assert answer.status_code in (200, 204, 303, 400, 409, 422), path
            else:
                assert answer.status_code == 403, path
                assert told.case_number not in answer.text
    assert asked == sum(len(page.methods) for page in PAGES if page.action is not Action.SIGN_IN) >= 20


def test_who_was_never_admitted_reads_nothing_even_with_a_reader_s_role(house: House) -> None:
    told = tell(house, Story(clips=(("story", "a sentence that must stay sealed"),)))
    with house.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM memberships")
    for name in ("Amina", "Ben"):
        answer = browser_of(house, name).get(f"/reports/{told.report_id}")
        assert answer.status_code == 403
        assert "You are not admitted yet" in answer.text
        assert "must stay sealed" not in answer.text
        assert told.case_number not in answer.text


def test_a_role_alone_destroys_and_shows_nothing(house: House) -> None:
    told = tell(house, Story(urgent="yes", urgent_due=1))
    ben = browser_of(house, "Ben")
    with house.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM memberships")
    report = f"/reports/{told.report_id}"
    for path in (f"{report}/acknowledged", f"{report}/not-a-report/sure", f"{report}/hold/sure"):
        answer = ben.post(path, {"reason": "test"}, seen="/health")
        assert answer.status_code == 403, path
    for path in ("/reports", "/calls", f"{report}/clips/{told.clips[0]}"):
        assert ben.get(path).status_code == 403, path
    assert ben.get("/reports/listing").text == ""
    assert [action for action, _ in audited(house) if action.startswith("report")] == []
    assert ben.get("/health").status_code == 200


def test_whatever_touches_a_report_needs_the_desk_s_key() -> None:
    assert [action for action in CONTENT if not needs_key(action)] == []
    assert not needs_key(Action.SEE_PEOPLE)
