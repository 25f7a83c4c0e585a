"""Admission to the desk's key: two supervisors, each of whom typed what the new person read to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from werkzeug.test import TestResponse

from handlers.desk.ground import lay
from storage import people, signing_in
from storage.admissions import LAPSE_SECONDS, Approver, asked_of, who_waits
from storage.jobs import standing_alarms
from storage.keys import new_private_key, public_half, read_pepper
from storage.models import admissions, memberships, reports
from storage.models import people as staff
from storage.opening import GroupKey, ring
from tests.desk.staff import PASSWORD, Browser, House, Story, audited, browser_of, tell


@dataclass
class Office:
    """A desk with two admitted supervisors, Ben and Carla, and Dev, a handler who waits."""

    house: House
    ids: dict[str, str]

    def groups_read_by(self, name: str) -> list[str]:
        """Return the eight groups as the person's own screen shows them, from the key in their hands."""
        desk = lay(self.house.settings, self.house.clock)
        cookie = self.browser(name).client.get_cookie("__Host-desk", domain="desk.example")
        assert cookie is not None
        try:
            found = signing_in.person_of_session(
                self.house.database, desk.sessions, cookie_value=cookie.value, clock=self.house.clock
            )
        finally:
            desk.close()
        return found.fingerprint.split("-")

    def browser(self, name: str) -> Browser:
        return browser_of(self.house, name)

    def asked(self, by: Browser, name: str) -> list[int]:
        """Return which groups the page asks for, counted from nought."""
        page = by.get("/admissions").text
        own = page.partition(f'id="person-{self.ids[name]}"')[2].partition("</section>")[0]
        return [int(number) - 1 for number in re.findall(r"Group (\d)</label>", own)]

    def approve(self, by: Browser, name: str, heard: list[str]) -> TestResponse:
        first, second = self.asked(by, name)
        form = {"first": heard[first], "second": heard[second]}
        return by.post(f"/admissions/{self.ids[name]}/approved", form, seen="/admissions")

    def held(self, name: str) -> list[int]:
        with self.house.database.read() as connection:
            query = select(memberships.c.epoch).where(memberships.c.member == self.ids[name])
            return sorted(connection.scalars(query))

    def alarms(self) -> dict[str, str]:
        with self.house.database.read() as connection:
            return standing_alarms(connection)

    def actions(self, name: str) -> list[str]:
        done = [action for action, subject in audited(self.house) if subject == self.ids[name]]
        return [action for action in done if action != "signed-in"]


@pytest.fixture
def office(house: House) -> Iterator[Office]:
    pepper = read_pepper(house.keys.folder / "pepper")
    with house.database.write() as connection:
        for name, role in (("Carla", "supervisor"), ("Dev", "handler")):
            new = people.add_person(connection, name=name, alias=name, role=role, password=PASSWORD, pepper=pepper)
            house.totp[name] = new.totp_secret.decode()
            if name == "Carla":
                key = new.person.public_key
                people.admit(connection, member=new.person.person_id, public_key=key, group=house.keys.desk)
        ids = {person.alias: person.person_id for person in people.list_people(connection)}
    yield Office(house, ids)
    for name in ("Carla", "Dev", "Eve"):
        house.totp.pop(name, None)


def test_two_supervisors_who_typed_what_they_heard_admit_a_person(office: Office) -> None:
    heard = office.groups_read_by("Dev")
    told = tell(office.house, Story(answers=(("who", ()),), clips=(("story", "he sells what he sees"),)))
    with office.house.database.write() as connection:
        connection.execute(update(reports).values(claimed_by=office.ids["Dev"]))  # a handler reads what is theirs
    assert "he sells" not in office.browser("Dev").get(f"/reports/{told.report_id}").text
    assert office.approve(office.browser("Ben"), "Dev", heard).status_code == 303
    assert office.held("Dev") == []
    assert office.approve(office.browser("Carla"), "Dev", heard).status_code == 303
    assert office.held("Dev") == [1]
    assert "he sells" in office.browser("Dev").get(f"/reports/{told.report_id}").text
    assert office.actions("Dev") == ["admission-approved", "person.admitted"]
    assert "Nobody waits" in office.browser("Ben").get("/admissions").text


def test_the_two_groups_that_are_asked_stand_nowhere_on_the_page_however_often_it_is_loaded(office: Office) -> None:
    heard, ben = office.groups_read_by("Dev"), office.browser("Ben")
    for _ in range(3):
        page = ben.get("/admissions").text
        asked = office.asked(ben, "Dev")
        assert len(set(asked)) == 2
        shown = [place for place, group in enumerate(heard) if f"<li>{group}</li>" in re.sub(r"\s+", "", page)]
        assert shown == [place for place in range(8) if place not in asked]


def test_a_wrong_group_is_refused_in_words_and_written_down_and_the_third_raises_an_alarm(office: Office) -> None:
    ben, wrong = office.browser("Ben"), ["0000"] * 8
    for times in (1, 2, 3):
        answer = office.approve(ben, "Dev", wrong)
        assert answer.status_code == 422
        assert "is not what stands here" in answer.text
        assert 'value="0000"' in answer.text
        assert ("admission" in office.alarms()) is (times == 3)
    assert office.actions("Dev") == ["admission-differs"] * 3
    with office.house.database.read() as connection:
        assert not connection.execute(select(admissions)).all()


def test_the_same_supervisor_in_two_browsers_is_one_person(office: Office) -> None:
    heard, one, other = office.groups_read_by("Dev"), office.browser("Ben"), office.browser("Ben")
    first, second = office.asked(one, "Dev")
    assert office.approve(one, "Dev", heard).status_code == 303
    form = {"first": heard[first], "second": heard[second]}
    answer = other.post(f"/admissions/{office.ids['Dev']}/approved", form, seen="/admissions")
    assert answer.status_code == 409
    assert "another supervisor compares as well" in answer.text
    assert office.held("Dev") == []


def test_a_supervisor_who_waits_themselves_admits_nobody(office: Office) -> None:
    with office.house.database.write() as connection:
        connection.execute(delete(memberships).where(memberships.c.member == office.ids["Carla"]))
    carla = office.browser("Carla")
    answer = carla.get("/admissions")
    assert answer.status_code == 403
    assert "Read this fingerprint to two supervisors" in answer.text
    for name in ("Carla", "Dev"):
        answer = carla.post(f"/admissions/{office.ids[name]}/approved", {"first": "", "second": ""}, seen="/admissions")
        assert answer.status_code == 403
    with office.house.database.read() as connection:
        assert not connection.execute(select(admissions)).all()


def test_an_approval_can_be_withdrawn_and_the_next_one_is_a_first_again(office: Office) -> None:
    heard, ben, carla = office.groups_read_by("Dev"), office.browser("Ben"), office.browser("Carla")
    office.approve(ben, "Dev", heard)
    assert ben.post(f"/admissions/{office.ids['Dev']}/withdrawn", {}, seen="/admissions").status_code == 303
    assert office.approve(carla, "Dev", heard).status_code == 303
    assert office.held("Dev") == []
    assert office.actions("Dev") == ["admission-approved", "admission-withdrawn", "admission-approved"]


def test_an_approval_lapses_after_seven_days(office: Office) -> None:
    heard = office.groups_read_by("Dev")
    office.approve(office.browser("Ben"), "Dev", heard)
    office.house.clock.forward(LAPSE_SECONDS)
    carla = office.browser("Carla")
    assert "1 of 2" not in carla.get("/admissions").text
    assert office.approve(carla, "Dev", heard).status_code == 303
    assert office.held("Dev") == []
    assert office.approve(office.browser("Ben"), "Dev", heard).status_code == 303
    assert office.held("Dev") == [1]


def test_a_first_approval_of_somebody_who_left_counts_no_more(office: Office) -> None:
    heard = office.groups_read_by("Dev")
    office.approve(office.browser("Ben"), "Dev", heard)
    with office.house.database.write() as connection:
        people.leave(connection, "Ben", now=office.house.clock.now())
    assert office.approve(office.browser("Carla"), "Dev", heard).status_code == 303
    assert office.held("Dev") == []


def test_with_one_supervisor_the_page_says_that_the_recovery_key_admits(house: House) -> None:
    ben = browser_of(house, "Ben")
    page = ben.get("/admissions").text
    assert "Only one supervisor holds the key" in page
    assert "hotline keys recover --admit" in page


def test_handlers_administrators_auditors_and_strangers_neither_see_nor_do_it(office: Office) -> None:
    address = f"/admissions/{office.ids['Dev']}/approved"
    for name in ("Amina", "Ada", "Otto"):
        person = office.browser(name)
        seen = {"Amina": "/reports", "Ada": "/health", "Otto": "/audit"}[name]
        assert person.get("/admissions").status_code == 403
        assert person.post(address, {"first": "", "second": ""}, seen=seen).status_code == 403
    assert browser_of(office.house).get("/admissions").status_code == 303


def test_whoever_runs_the_line_is_told_to_renew_the_key_when_a_reader_left(office: Office) -> None:
    ada = office.browser("Ada")
    assert "Renew the desk" not in ada.get("/health").text
    with office.house.database.write() as connection:
        people.leave(connection, "Amina", now=office.house.clock.now())
    page = ada.get("/health").text
    assert "Renew the desk" in page
    assert "hotline keys new-epoch --reason leaver" in page


# ---- somebody who writes into the database --------------------------------------------------------------------------


def test_a_key_exchanged_before_the_first_approval_differs_from_what_the_person_reads(office: Office) -> None:
    heard = office.groups_read_by("Dev")
    exchange_key(office, "Dev")
    assert office.approve(office.browser("Ben"), "Dev", heard).status_code == 422
    assert office.held("Dev") == []


def test_a_key_exchanged_between_the_approvals_is_refused_even_when_the_second_types_what_the_page_wants(
    office: Office,
) -> None:
    office.approve(office.browser("Ben"), "Dev", office.groups_read_by("Dev"))
    exchange_key(office, "Dev")
    careless = as_the_page_wants(office, "Carla", "Dev")
    answer = careless_approval(office, "Carla", "Dev", careless)
    assert answer.status_code == 409
    assert "does not hold" in answer.text
    assert office.held("Dev") == []
    assert "admission" in office.alarms()
    assert office.actions("Dev")[-1] == "admission-forged"


def test_a_forged_first_approval_is_refused_with_an_alarm(office: Office) -> None:
    heard = office.groups_read_by("Dev")
    plant(office, office.ids["Dev"], approval_id="a" * 32, mark=b"\x00" * 32)
    answer = office.approve(office.browser("Carla"), "Dev", heard)
    assert answer.status_code == 409
    assert office.held("Dev") == []
    assert "admission" in office.alarms()


@pytest.mark.parametrize("change", ["member", "epoch", "approver", "approved_at"])
def test_a_true_approval_is_worth_nothing_for_another_person_epoch_approver_or_time(
    office: Office, change: str
) -> None:
    office.approve(office.browser("Ben"), "Dev", office.groups_read_by("Dev"))
    with office.house.database.read() as connection:
        true = dict(connection.execute(select(admissions)).one()._mapping)
    moves: dict[str, Any] = {"epoch": 2, "approver": office.ids["Carla"], "approved_at": true["approved_at"] + 60}
    moved = moves[change] if change != "member" else new_reader(office, "Eve")
    with office.house.database.write() as connection:
        connection.execute(delete(admissions))
        connection.execute(insert(admissions), {**true, change: moved})
    name = "Eve" if change == "member" else "Dev"
    second = "Ben" if change == "approver" else "Carla"
    answer = office.approve(office.browser(second), name, office.groups_read_by(name))
    assert office.held(name) == []
    # A row of another epoch is not seen at all: what Carla says is a first approval then.
    assert answer.status_code == (303 if change == "epoch" else 409)


def test_a_withdrawn_approval_that_is_put_back_counts_no_more(office: Office) -> None:
    heard, ben = office.groups_read_by("Dev"), office.browser("Ben")
    office.approve(ben, "Dev", heard)
    with office.house.database.read() as connection:
        true = dict(connection.execute(select(admissions)).one()._mapping)
    ben.post(f"/admissions/{office.ids['Dev']}/withdrawn", {}, seen="/admissions")
    with office.house.database.write() as connection:
        connection.execute(insert(admissions), true)
    assert office.approve(office.browser("Carla"), "Dev", heard).status_code == 409
    assert office.held("Dev") == []


def test_a_person_whose_key_was_exchanged_after_admission_waits_again(office: Office) -> None:
    assert "Amina" not in office.browser("Ben").get("/admissions").text
    exchange_key(office, "Amina")
    assert f'id="person-{office.ids["Amina"]}"' in office.browser("Ben").get("/admissions").text


def test_a_handler_whom_a_database_writer_calls_a_supervisor_can_approve_of_nobody(office: Office) -> None:
    heard = office.groups_read_by("Dev")
    with office.house.database.write() as connection:
        connection.execute(update(staff).where(staff.c.person_id == office.ids["Amina"]).values(role="supervisor"))
    amina = office.browser("Amina")
    form = {"first": heard[0], "second": heard[1]}
    answer = amina.post(f"/admissions/{office.ids['Dev']}/approved", form, seen="/admissions")
    assert answer.status_code == 403
    assert "You are not admitted yet" in answer.text
    with office.house.database.read() as connection:
        assert not connection.execute(select(admissions)).all()


def test_a_role_that_changed_between_the_approvals_makes_the_first_worth_nothing(office: Office) -> None:
    heard = office.groups_read_by("Dev")
    office.approve(office.browser("Ben"), "Dev", heard)
    with office.house.database.write() as connection:
        connection.execute(update(staff).where(staff.c.person_id == office.ids["Dev"]).values(role="supervisor"))
    assert office.approve(office.browser("Carla"), "Dev", heard).status_code == 409
    assert office.held("Dev") == []


def exchange_key(office: Office, name: str) -> None:
    """Put a key of a stranger's own making into a person's row."""
    with office.house.database.write() as connection:
        own = (staff.c.person_id == office.ids[name],)
        connection.execute(update(staff).where(*own).values(public_key=public_half(new_private_key())))


def plant(office: Office, member: str, *, approval_id: str, mark: bytes) -> None:
    row = {"member": member, "audience": "desk", "epoch": 1, "approval_id": approval_id}
    more = {"approver": office.ids["Ben"], "approved_at": office.house.clock.now(), "mark": mark}
    with office.house.database.write() as connection:
        connection.execute(insert(admissions), {**row, **more})


def new_reader(office: Office, name: str) -> str:
    pepper = read_pepper(office.house.keys.folder / "pepper")
    with office.house.database.write() as connection:
        new = people.add_person(connection, name=name, alias=name, role="handler", password=PASSWORD, pepper=pepper)
    office.house.totp[name] = new.totp_secret.decode()
    office.ids[name] = new.person.person_id
    return new.person.person_id


def as_the_page_wants(office: Office, by: str, name: str) -> tuple[str, str]:
    """Return what would be right by the database: what a supervisor types who copies instead of listening."""
    keys = ring([GroupKey("desk", 1, office.house.keys.desk.private)])
    with office.house.database.read() as connection:
        one = who_waits(connection, keys, office.ids[name], office.house.clock.now())
    first, second = asked_of(Approver(office.ids[by], keys, office.house.clock.now()), one)
    return one.groups[first], one.groups[second]


def careless_approval(office: Office, by: str, name: str, typed: tuple[str, str]) -> TestResponse:
    form = {"first": typed[0], "second": typed[1]}
    return office.browser(by).post(f"/admissions/{office.ids[name]}/approved", form, seen="/admissions")
