"""A report that is closed to somebody is not there for them, whatever their role, on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, select, update

from handlers.desk.app import PAGES
from handlers.permissions import Role, Standing, may, may_on
from storage import models
from storage.contents import BlockReason
from storage.jobs import standing_alarms
from storage.people import admit
from tests.desk.beside import (
    add_subject,
    close_to,
    entries,
    find,
    forge,
    hers,
    link,
    look_for,
    recuse,
    rows,
    subject_ids,
)
from tests.desk.staff import STAFF, Browser, House, Story, browser_of, id_of


def flat(page: str) -> str:
    return " ".join(page.split())


@contextmanager
def as_supervisor(house: House, name: str) -> Iterator[None]:
    """Let somebody supervise as well, admitted as that."""
    mine = models.people.c.sign_in_name == name
    with house.database.write() as connection:
        connection.execute(update(models.people).where(mine).values(role="supervisor"))
        row = connection.execute(select(models.people).where(mine)).one()
        admit(connection, member=row.person_id, public_key=row.public_key, group=house.keys.desk)
    yield


def alarms(house: House) -> set[str]:
    with house.database.read() as connection:
        return set(standing_alarms(connection))


def test_a_block_wins_over_every_scope() -> None:
    for page in PAGES:
        for role in Role:
            assert not may_on(role, page.action, Standing(is_own=True, is_blocked=True))


@pytest.mark.parametrize("name", ["Amina", "Ben"])
def test_every_page_answers_a_closed_report_exactly_as_one_that_is_not_there(house: House, name: str) -> None:
    role, seen = Role(STAFF[name]), "/reports"
    told = hers(house, Story(clips=(("story", "the draft of a clip"),)))
    person = browser_of(house, name)
    forge(house, told, "block", BlockReason(id_of(house, name), "blocked", "x", "y"))
    with house.database.write() as connection:
        row = {"person_id": id_of(house, name), "report_id": told.report_id, "item_id": "0" * 32}
        connection.execute(models.blocks.insert(), row)
    asked = 0
    for page in PAGES:
        if "<hex32:report_id>" not in page.rule or not may(role, page.action):
            continue
        paths = [page.rule.replace("<hex32:report_id>", report_id) for report_id in (told.report_id, "f" * 32)]
        closed, nowhere = (re.sub("<hex32:[a-z]+>", told.clips[0], path) for path in paths)
        form = {
            "clip": told.clips[0],
            f"text-{told.clips[0]}": "words",
            "reason": "test",
            "what": "officer",
            "name": "x",
        }
        for method in page.methods:
            one, other = (
                person.get(path) if method == "GET" else person.post(path, form, seen=seen)
                for path in (closed, nowhere)
            )
            asked += 1
            assert one.status_code == other.status_code == 404, closed
            assert one.text.replace(told.report_id, "f" * 32) == other.text, "but for the address that was typed"
            assert dict(one.headers) == dict(other.headers)
    assert asked >= (14 if name == "Amina" else 20)


def test_who_knows_somebody_closes_the_report_to_themselves_everywhere(house: House) -> None:
    told, other = hers(house), hers(house)
    amina, ben = browser_of(house, "Amina"), browser_of(house, "Ben")
    add_subject(amina, told, name="Tom Wren", number="1234")
    add_subject(amina, other, number="1234")
    link(amina, told, other)
    assert told.case_number in amina.get("/reports").text
    assert recuse(amina, told, "an old friend").status_code == 303
    everywhere = [
        amina.get("/reports").text,
        amina.get("/reports?show=read").text,
        amina.get("/reports/listing").text,
        amina.get(f"/reports/{other.report_id}").text,
        find(amina, number="1234"),
        look_for(amina, "computer knows"),
    ]
    # Said once, as the answer to the form; then nowhere.
    assert [told.case_number in page for page in everywhere] == [True, False, False, False, False, False]
    assert other.case_number in everywhere[4]
    assert ben.get(f"/reports/{told.report_id}").status_code == 200
    assert told.case_number in ben.get("/reports").text
    (entry,) = entries(house, "report-closed")
    assert entry.detail == f"report {told.report_id}, person {id_of(house, 'Amina')}, recused"
    assert "old friend" not in str(entries(house, "report-closed"))


def test_an_urgent_report_that_is_closed_to_them_waits_for_others(house: House) -> None:
    told = hers(house, Story(urgent="yes", urgent_due=house.clock.now() + 900))
    ben = browser_of(house, "Ben")
    recuse(ben, told)
    assert told.case_number in ben.get("/reports").text  # what they just did
    assert told.case_number not in ben.get("/reports").text
    assert told.case_number in browser_of(house, "Amina").get("/reports").text


def test_a_supervisor_sees_why_and_opens_it_again(house: House) -> None:
    told, amina, ben = hers(house), browser_of(house, "Amina"), browser_of(house, "Ben")
    recuse(amina, told, "an old friend")
    path = f"/reports/{told.report_id}/closed"
    page = flat(ben.get(path).text)
    assert "They know somebody in it. </strong> an old friend" in page.replace(".</strong>", ". </strong>")
    answer = ben.post(f"{path}/open", {"person": id_of(house, "Amina")}, seen=path)
    assert answer.status_code == 303
    # Closing it took it from her, so that somebody else could work on it.
    assert amina.post(f"/reports/{told.report_id}/claimed", {}, seen="/reports").status_code == 303
    assert amina.get(f"/reports/{told.report_id}").status_code == 200
    assert not rows(house, models.items, kind="block")
    assert len(entries(house, "report-opened-again")) == 1
    ben.post(f"{path}/open", {"person": id_of(house, "Amina")}, seen=path)
    assert len(entries(house, "report-opened-again")) == 1


def test_a_handler_neither_sees_to_whom_it_is_closed_nor_opens_it(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    page = amina.get(f"/reports/{told.report_id}").text
    assert "I know somebody in this" in page
    assert "Close it to a colleague" not in page
    for path in ("closed", "closed/open"):
        form = {"person": id_of(house, "Ben"), "reason": "x"}
        assert amina.post(f"/reports/{told.report_id}/{path}", form, seen="/reports").status_code == 403
    assert not rows(house, models.blocks)


def test_a_supervisor_closes_a_report_to_a_colleague_with_a_sealed_reason(house: House) -> None:
    told, ben = hers(house), browser_of(house, "Ben")
    assert close_to(ben, told, "Amina", "they share a house").status_code == 303
    assert browser_of(house, "Amina").get(f"/reports/{told.report_id}").status_code == 404
    (item,) = rows(house, models.items, kind="block")
    assert b"house" not in item.sealed
    assert "they share a house" in ben.get(f"/reports/{told.report_id}/closed").text
    assert close_to(ben, told, "Amina").status_code == 409
    assert len(rows(house, models.blocks)) == 1


@pytest.mark.parametrize(
    ("person", "reason", "words"),
    [
        ("Ada", "x", "Choose a colleague"),
        ("Ben", "x", "This is you"),
        ("Amina", "", "Write why, in a sentence"),
        ("Amina", "x" * 501, "Shorten the reason"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_closed(house: House, person: str, reason: str, words: str) -> None:
    told, ben = hers(house), browser_of(house, "Ben")
    answer = close_to(ben, told, person, reason)
    assert answer.status_code == 422
    assert words in answer.text
    assert not rows(house, models.blocks)


def test_a_supervisor_to_whom_it_is_closed_does_not_open_it_for_themselves(house: House) -> None:
    told, ben = hers(house), browser_of(house, "Ben")
    recuse(ben, told)
    for path in ("closed", "closed/open"):
        form = {"person": id_of(house, "Ben"), "reason": "x"}
        assert ben.post(f"/reports/{told.report_id}/{path}", form, seen="/reports").status_code == 404
    assert len(rows(house, models.blocks)) == 1
    with as_supervisor(house, "Amina"):
        path = f"/reports/{told.report_id}/closed"
        amina = browser_of(house, "Amina")
        amina.post(f"{path}/open", {"person": id_of(house, "Ben")}, seen=path)
    assert ben.get(f"/reports/{told.report_id}").status_code == 200


def test_the_last_supervisor_is_warned_and_an_alarm_stands(house: House) -> None:
    told, ben = hers(house), browser_of(house, "Ben")
    assert "You are the last supervisor who can read it" in ben.get(f"/reports/{told.report_id}/recuse").text
    recuse(ben, told)
    assert "closed_to_all" in alarms(house)


def test_while_another_supervisor_can_read_it_there_is_no_alarm(house: House) -> None:
    with as_supervisor(house, "Amina"):
        told, ben = hers(house), browser_of(house, "Ben")
        assert "the last supervisor" not in ben.get(f"/reports/{told.report_id}/recuse").text
        recuse(ben, told)
        assert "closed_to_all" not in alarms(house)


def declare(person: Browser, colleague: str, **fields: str) -> None:
    form = {"person": id_of(person.house, colleague), **fields}
    assert person.post("/conflicts", form, seen="/conflicts").status_code == 303


def test_what_was_written_down_closes_a_report_the_moment_its_subject_is_confirmed(house: House) -> None:
    told, amina, ben = hers(house), browser_of(house, "Amina"), browser_of(house, "Ben")
    declare(ben, "Amina", name="Tom Wren")
    add_subject(ben, told, name="Tim Marsh")
    assert amina.get(f"/reports/{told.report_id}").status_code == 200
    add_subject(ben, told, name="Sgt Tom Renn")
    assert amina.get(f"/reports/{told.report_id}").status_code == 404
    assert "conflict" in alarms(house)
    page = flat(ben.get("/conflicts").text)
    assert told.case_number in page
    assert "closed to Amina" in page
    assert "somebody or something they are connected to" in ben.get(f"/reports/{told.report_id}/closed").text
    assert told.case_number not in ben.get("/conflicts").text, "a supervisor has looked"


def test_what_was_confirmed_before_is_closed_when_the_connection_is_written_down(house: House) -> None:
    told, other, amina, ben = hers(house), hers(house), browser_of(house, "Amina"), browser_of(house, "Ben")
    add_subject(amina, told, name="Sgt Tom Renn")
    add_subject(amina, other, name="Tim Marsh")
    declare(ben, "Amina", name="Tom Wren", unit="Hackney")
    assert amina.get(f"/reports/{told.report_id}").status_code == 404
    assert amina.get(f"/reports/{other.report_id}").status_code == 200


def test_who_confirms_what_they_are_connected_to_is_closed_out_and_not_told_why(house: House) -> None:
    told, amina, ben = hers(house), browser_of(house, "Amina"), browser_of(house, "Ben")
    declare(ben, "Amina", registration="BD51 SMR")
    answer = add_subject(amina, told, "vehicle", registration="bd5i smr")
    assert answer.status_code == 303
    page = amina.get(f"/reports/{told.report_id}")
    assert page.status_code == 404
    assert "connected" not in page.text


def test_what_is_written_down_is_locked_seen_by_other_supervisors_alone_and_removed(house: House) -> None:
    ben = browser_of(house, "Ben")
    declare(ben, "Amina", name="Ptarmigan")
    (row,) = rows(house, models.interests)
    assert b"Ptarmigan" not in row.locked
    assert "Ptarmigan" in ben.get("/conflicts").text
    assert browser_of(house, "Amina").get("/conflicts").status_code == 403
    with as_supervisor(house, "Amina"):
        amina = browser_of(house, "Amina")
        assert "Ptarmigan" not in amina.get("/conflicts").text
        path = f"/conflicts/{row.interest_id}/remove"
        assert amina.post(path, {}, seen="/conflicts").status_code == 404
    assert rows(house, models.interests)
    assert ben.post(path, {}, seen="/conflicts").status_code == 303
    assert not rows(house, models.interests)
    assert [entry.action for entry in entries(house, "interest-removed")] == ["interest-removed"]


@pytest.mark.parametrize(
    ("person", "name", "words"),
    [("Ben", "x", "Choose a colleague"), ("Amina", "", "Fill in at least one"), ("Amina", "x" * 81, "80 characters")],
)
def test_what_cannot_be_written_down_is_said(house: House, person: str, name: str, words: str) -> None:
    ben = browser_of(house, "Ben")
    answer = ben.post("/conflicts", {"person": id_of(house, person), "name": name}, seen="/conflicts")
    assert answer.status_code == 422
    assert words in answer.text
    assert not rows(house, models.interests)


def test_blocks_and_their_reasons_go_with_the_report(house: House) -> None:
    told, ben = hers(house), browser_of(house, "Ben")
    close_to(ben, told, "Amina")
    add_subject(ben, told, name="Tom Wren")
    assert subject_ids(ben, told)
    with house.database.write() as connection:
        connection.execute(delete(models.reports).where(models.reports.c.report_id == told.report_id))
    assert not rows(house, models.blocks)
    assert not rows(house, models.search_tokens)
    assert not rows(house, models.items, report_id=told.report_id)


def test_a_report_that_is_none_stays_closed_until_its_row_goes(house: House) -> None:
    told, ben, amina = hers(house), browser_of(house, "Ben"), browser_of(house, "Amina")
    close_to(ben, told, "Amina")
    sure = f"/reports/{told.report_id}/not-a-report"
    ben.post(f"{sure}/sure", {"reason": "test"}, seen=sure)
    assert told.case_number not in amina.get("/reports?show=not_a_report").text
    assert told.case_number in ben.get("/reports?show=not_a_report").text
    assert not rows(house, models.items, report_id=told.report_id)


def test_a_closed_report_cannot_be_reached_by_its_clips(house: House) -> None:
    told, ben, amina = hers(house), browser_of(house, "Ben"), browser_of(house, "Amina")
    assert amina.get(f"/reports/{told.report_id}/clips/{told.clips[0]}").status_code == 200
    close_to(ben, told, "Amina")
    assert amina.get(f"/reports/{told.report_id}/clips/{told.clips[0]}").status_code == 404
