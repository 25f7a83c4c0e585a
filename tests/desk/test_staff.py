"""Movers, leavers and those who forgot: what an administrator changes of somebody, and what goes with it at once."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from storage import models, people, roster
from storage.key_state import leavers_since
from storage.keys import read_pepper
from tests.desk.staff import PASSWORD, Browser, House, Story, audited, browser_of, person_id, tell
from tests.desk.test_inviting import EVE, Joining, code_on, invited, opened


def second_administrator(house: House) -> str:
    """Add Abel, who administers beside Ada, and return his id."""
    with house.database.write() as connection:
        pepper = read_pepper(house.settings.pepper_file)
        new = people.add_person(
            connection, name="Abel", alias="Abel", role="administrator", password=PASSWORD, pepper=pepper
        )
    house.totp["Abel"] = new.totp_secret.decode()
    return new.person.person_id


def memberships(house: House, whose: str) -> int:
    with house.database.read() as connection:
        return len(connection.execute(select(models.memberships).where(models.memberships.c.member == whose)).all())


def change_role(browser: Browser, whose: str, before: str, role: str) -> int:
    form = {"role": role, "before": before, "sure": "yes"}
    return browser.post(f"/people/{whose}/role", form, seen="/health").status_code


def test_an_administrator_sees_everyone_with_what_they_are_and_nothing_private(house: House) -> None:
    whose = person_id(house, "Amina")
    with house.database.write() as connection:
        connection.exec_driver_sql(f"DELETE FROM memberships WHERE member = '{person_id(house, 'Ben')}'")
    page = browser_of(house, "Ada").get("/people").text
    rows = page.split('<li class="desk-person">')[1:]
    shown = {name: row for row in rows for name in ("Amina", "Ben", "Ada", "Otto") if f">{name}</a>" in row}
    assert "Admitted" in shown["Amina"]
    assert "Waits for admission" in shown["Ben"]
    assert "Reads no reports" in shown["Ada"]
    assert ">you<" in shown["Ada"]
    assert ">you<" not in shown["Otto"]
    assert "Second factor set" in shown["Otto"]
    assert "No invitation stands" in page
    with house.database.read() as connection:
        row = connection.execute(select(models.people).where(models.people.c.person_id == whose)).one()
    assert row.public_key.hex() not in page
    assert house.totp["Amina"] not in page


def test_a_supervisor_sees_who_waits_but_no_sign_in_name_and_no_button(house: House) -> None:
    invited(house)
    page = browser_of(house, "Ben").get("/people").text
    assert "Eve" in page
    assert "eve.h" not in page
    assert "signs in as" not in page
    assert "Withdraw" not in page
    assert "/people/invite" not in page


@pytest.mark.parametrize("name", ["Amina", "Otto"])
def test_handlers_and_auditors_do_not_see_the_people(house: House, name: str) -> None:
    assert browser_of(house, name).get("/people").status_code == 403


@pytest.mark.parametrize("way", ["alias", "role", "invite", "leave"])
@pytest.mark.parametrize("name", ["Amina", "Ben", "Otto"])
def test_nobody_but_an_administrator_changes_anybody(house: House, name: str, way: str) -> None:
    here = {"Amina": "/reports", "Ben": "/people", "Otto": "/audit"}[name]
    whose = person_id(house, "Ada")
    form = {"alias": "X", "role": "handler", "before": "administrator", "sure": "yes"}
    before = len(audited(house))
    assert browser_of(house, name).post(f"/people/{whose}/{way}", form, seen=here).status_code == 403
    assert len(audited(house)) == before + 1  # the sign-in


def test_another_alias_is_shown_everywhere_at_once(house: House) -> None:
    whose, ada = person_id(house, "Amina"), browser_of(house, "Ada")
    amina = browser_of(house, "Amina")
    answer = ada.post(f"/people/{whose}/alias", {"alias": "Heron", "before": "Amina"}, seen="/people")
    assert answer.status_code == 303
    assert "Heron, handler" in amina.get("/reports").text
    assert ("person.alias", whose) in audited(house)
    with house.database.read() as connection:
        assert "Heron" not in str(connection.execute(select(models.audit)).all())


@pytest.mark.parametrize(
    ("alias", "before", "status", "words"),
    [
        ("", "Amina", 422, "Enter an alias"),
        ("Heron\u0007", "Amina", 422, "Enter an alias"),
        ("ben", "Amina", 422, "A colleague is called so already"),
        ("Heron", "Wren", 409, "Somebody gave them another alias"),
    ],
)
def test_an_alias_that_cannot_be_is_told_and_stays_typed(
    house: House, alias: str, before: str, status: int, words: str
) -> None:
    whose = person_id(house, "Amina")
    form = {"alias": alias, "before": before}
    answer = browser_of(house, "Ada").post(f"/people/{whose}/alias", form, seen="/people")
    assert answer.status_code == status
    assert answer.text.count(words) == 2
    assert f'value="{alias.strip()}"' in answer.text
    assert [action for action, _ in audited(house) if action.startswith("person")] == []


def test_a_role_is_changed_after_a_question_and_ends_sessions_and_admission(house: House) -> None:
    whose, told = person_id(house, "Amina"), tell(house, Story())
    with house.database.write() as connection:
        connection.execute(models.reports.update().values(claimed_by=whose))
    amina, ada = browser_of(house, "Amina"), browser_of(house, "Ada")
    form = {"role": "auditor", "before": "handler"}
    page = ada.post(f"/people/{whose}/role", form, seen="/people")
    assert "Make Amina an auditor?" in page.text
    assert "Renew it soon" in page.text
    assert amina.get("/reports").status_code == 200
    assert memberships(house, whose) == 1
    assert change_role(ada, whose, "handler", "auditor") == 303
    assert amina.get("/reports").location == "/expired"
    assert memberships(house, whose) == 0
    with house.database.read() as connection:
        claimed = select(models.reports.c.claimed_by).where(models.reports.c.report_id == told.report_id)
        assert connection.scalar(claimed) == ""
        details = select(models.audit.c.detail).where(models.audit.c.action == "person.role")
        assert connection.scalar(details) == "handler to auditor"
    amina = browser_of(house, "Amina")
    assert amina.get("/audit").status_code == 200
    assert amina.get("/reports").status_code == 403


def test_a_handler_who_becomes_a_supervisor_is_admitted_anew(house: House) -> None:
    whose, told = person_id(house, "Amina"), tell(house, Story())
    assert change_role(browser_of(house, "Ada"), whose, "handler", "supervisor") == 303
    amina = browser_of(house, "Amina")
    answer = amina.post(f"/reports/{told.report_id}/not-a-report/sure", {"reason": "test"}, seen="/health")
    assert answer.status_code == 403
    assert "You are not admitted yet" in answer.text


def test_a_first_approval_ends_with_the_role_it_was_given_for(house: House) -> None:
    whose = person_id(house, "Amina")
    row = {"member": whose, "audience": "desk", "epoch": 1, "approval_id": "a", "approver": "b", "approved_at": 1}
    with house.database.write() as connection:
        connection.execute(models.admissions.insert(), {**row, "mark": b""})
    assert change_role(browser_of(house, "Ada"), whose, "handler", "supervisor") == 303
    with house.database.read() as connection:
        assert connection.execute(select(models.admissions)).first() is None


def test_who_held_the_key_and_reads_no_more_counts_until_it_is_renewed(house: House) -> None:
    whose, ada, desk = person_id(house, "Amina"), browser_of(house, "Ada"), house.keys.public.desk
    with house.database.read() as connection:
        assert leavers_since(connection, desk) == 0
    assert change_role(ada, whose, "handler", "auditor") == 303
    with house.database.read() as connection:
        assert leavers_since(connection, desk) == 1
        assert leavers_since(connection, replace(desk, epoch=desk.epoch + 1)) == 0


def test_a_session_does_not_come_back_with_the_old_role(house: House) -> None:
    whose, amina, ada = person_id(house, "Amina"), browser_of(house, "Amina"), browser_of(house, "Ada")
    assert change_role(ada, whose, "handler", "auditor") == 303
    assert change_role(ada, whose, "auditor", "handler") == 303
    assert amina.get("/reports").location == "/expired"


def test_of_two_changes_of_a_role_the_second_is_told_of_the_first(house: House) -> None:
    whose, ada = person_id(house, "Amina"), browser_of(house, "Ada")
    assert change_role(ada, whose, "handler", "auditor") == 303
    form = {"role": "supervisor", "before": "handler", "sure": "yes"}
    answer = ada.post(f"/people/{whose}/role", form, seen="/people")
    assert answer.status_code == 409
    assert "Somebody gave them another role" in answer.text
    with house.database.read() as connection:
        assert roster.member(connection, whose, house.keys.public.desk).role == "auditor"


@pytest.mark.parametrize("role", ["", "root", "handler"])
def test_a_role_that_is_none_or_the_same_is_told(house: House, role: str) -> None:
    form = {"role": role, "before": "handler", "sure": "yes"}
    answer = browser_of(house, "Ada").post(f"/people/{person_id(house, 'Amina')}/role", form, seen="/people")
    assert answer.status_code == 422


@pytest.mark.parametrize("way", ["alias", "role", "invite", "leave"])
def test_nobody_does_to_themselves_what_another_administrator_must(house: House, way: str) -> None:
    own, ada = person_id(house, "Ada"), browser_of(house, "Ada")
    form = {"alias": "Eva", "role": "auditor", "before": "administrator", "sure": "yes"}
    answer = ada.post(f"/people/{own}/{way}", form, seen="/people")
    assert answer.status_code == 403
    assert "Not your own" in answer.text
    assert ada.get("/people").status_code == 200
    assert "This is you" in ada.get(f"/people/{own}").text


def test_the_store_refuses_it_too_whoever_asks(house: House) -> None:
    own = person_id(house, "Ada")
    with pytest.raises(roster.OwnRow), house.database.write() as connection:
        roster.dismiss_person(connection, actor=own, person_id=own, now=1)
    with pytest.raises(roster.OwnRow), house.database.write() as connection:
        roster.change_role(connection, actor=own, person_id=own, before="administrator", role="auditor", now=1)
    with pytest.raises(roster.NotAnAdministrator), house.database.write() as connection:
        roster.dismiss_person(connection, actor=person_id(house, "Ben"), person_id=own, now=1)


def test_who_leaves_is_out_at_once_and_their_reports_are_free(house: House) -> None:
    whose, told = person_id(house, "Ben"), tell(house, Story())
    with house.database.write() as connection:
        connection.execute(models.reports.update().values(claimed_by=whose))
    ben, ada = browser_of(house, "Ben"), browser_of(house, "Ada")
    page = ada.get(f"/people/{whose}/leave").text
    assert "Let Ben go?" in page
    assert "Renew the desk" in page
    assert ben.get("/reports").status_code == 200
    assert ada.post(f"/people/{whose}/leave", {}, seen="/people").status_code == 303
    assert ben.get("/reports").location == "/expired"
    assert memberships(house, whose) == 0
    with house.database.read() as connection:
        row = connection.execute(select(models.people).where(models.people.c.person_id == whose)).one()
        claimed = select(models.reports.c.claimed_by).where(models.reports.c.report_id == told.report_id)
        assert connection.scalar(claimed) == ""
    assert (row.state, row.wrapped_key, row.totp_sealed, row.salt) == ("left", b"", b"", b"")
    assert ("person.left", whose) in audited(house)
    assert ada.post(f"/people/{whose}/leave", {}, seen="/people").status_code == 404
    assert ada.get(f"/people/{whose}").status_code == 404


@pytest.mark.parametrize("both", ["leave", "role"])
def test_two_administrators_who_end_each_other_at_once_leave_one(house: House, both: str) -> None:
    ids = {"Abel": second_administrator(house), "Ada": person_id(house, "Ada")}
    pairs = [(browser_of(house, "Ada"), ids["Abel"]), (browser_of(house, "Abel"), ids["Ada"])]
    answers: list[int] = []
    start = threading.Barrier(2)
    form = {"role": "auditor", "before": "administrator", "sure": "yes"}
    sends = []
    for browser, whose in pairs:
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/people").text)
        assert token

        def send(browser: Browser = browser, whose: str = whose, token: str = token[1]) -> None:
            start.wait()
            answers.append(browser.bare_post(f"/people/{whose}/{both}", {**form, "csrf_token": token}).status_code)

        sends.append(threading.Thread(target=send))
    for thread in sends:
        thread.start()
    for thread in sends:
        thread.join()
    with house.database.read() as connection:
        left = [one.name for one in people.list_people(connection) if one.role == "administrator"]
    assert len(left) == 1
    assert answers.count(303) >= 1


def test_who_forgot_keeps_everything_until_they_accept_and_then_begins_anew(house: House) -> None:
    whose, ada, ben = person_id(house, "Ben"), browser_of(house, "Ada"), browser_of(house, "Ben")
    assert "A new beginning for Ben?" in ada.get(f"/people/{whose}/invite").text
    code = code_on(ada.post(f"/people/{whose}/invite", {}, seen="/people").text)
    assert ben.get("/reports").status_code == 200, "nobody is locked out by an invitation"
    assert memberships(house, whose) == 1
    assert "begins anew" in ada.get("/people").text
    joining = opened(house, code)
    assert "You begin anew" in joining.page
    assert joining.finish()[0] == 200
    assert memberships(house, whose) == 0
    assert ben.get("/reports").location == "/expired"
    assert browser_of(house).sign_in("Ben").status_code == 422, "neither the old password nor the old codes"
    house.totp = {**house.totp, "Ben": joining.secret}
    again = browser_of(house)
    assert again.sign_in("Ben", "walnut thunder pelican socket").status_code == 303
    assert again.get("/reports").status_code == 403
    assert person_id(house, "Ben") == whose
    assert [action for action, subject in audited(house) if subject == whose and action.startswith("person")] == [
        "person.invited-again",
        "person.joined",
    ]


def test_a_second_invitation_for_somebody_makes_the_first_worthless(house: House) -> None:
    whose, ada = person_id(house, "Ben"), browser_of(house, "Ada")
    first = code_on(ada.post(f"/people/{whose}/invite", {}, seen="/people").text)
    second = code_on(ada.post(f"/people/{whose}/invite", {}, seen="/people").text)
    answer = browser_of(house).post("/invited", {"code": first}, seen="/invited")
    assert answer.status_code == 422
    assert "Welcome, Ben" in opened(house, second).page


def test_whoever_leaves_while_invited_again_stays_gone(house: House) -> None:
    whose, ada = person_id(house, "Ben"), browser_of(house, "Ada")
    joining: Joining = opened(house, code_on(ada.post(f"/people/{whose}/invite", {}, seen="/people").text))
    assert ada.post(f"/people/{whose}/leave", {}, seen="/people").status_code == 303
    assert joining.finish()[0] == 422
    with house.database.read() as connection:
        assert whose not in {one.person_id for one in people.list_people(connection)}


def test_a_role_given_while_an_invitation_stands_is_the_one_they_come_back_to(house: House) -> None:
    whose, ada = person_id(house, "Amina"), browser_of(house, "Ada")
    joining = opened(house, code_on(ada.post(f"/people/{whose}/invite", {}, seen="/people").text))
    assert change_role(ada, whose, "handler", "auditor") == 303
    assert joining.finish()[0] == 200
    with house.database.read() as connection:
        assert roster.member(connection, whose, house.keys.public.desk).role == "auditor"


def test_an_invitation_ended_by_somebody_else_is_said_to_be_over(house: House) -> None:
    ada = browser_of(house, "Ada")
    ada.post("/people/invite", EVE, seen="/people/invite")
    address = re.search(r'action="(/people/invitations/[0-9a-f]{32})/withdrawn"', ada.get("/people").text)
    assert address
    for _ in range(2):
        assert ada.post(f"{address[1]}/withdrawn", {}, seen="/people").status_code == 303
    assert "over already" in ada.get("/people").text
    assert ada.post(f"{address[1]}/anew", {}, seen="/people").status_code == 303


@pytest.mark.parametrize("way", ["leave", "role"])
def test_an_invitation_ends_with_the_work_of_who_gave_it(house: House, way: str) -> None:
    whose = person_id(house, "Ada")
    second_administrator(house)
    code, abel = invited(house), browser_of(house, "Abel")
    assert "Welcome" in opened(house, code).page
    if way == "leave":
        assert abel.post(f"/people/{whose}/leave", {}, seen="/people").status_code == 303
    else:
        assert change_role(abel, whose, "administrator", "auditor") == 303
    with house.database.read() as connection:
        assert connection.execute(select(models.invitations)).all() == []
