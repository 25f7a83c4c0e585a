"""Where what was built apart meets: whom a report is closed to, who is not admitted, and an index that is not whole."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, update

from storage import claims, models
from storage.clips import add_items
from storage.clock import iso_week
from storage.contents import Given, Note, Written
from storage.jobs import standing_alarms
from storage.retention import Keeping
from storage.sealing import seal_item
from storage.sessions import PROOF_SECONDS
from tests.desk.beside import add_subject, hers, look_for, rows
from tests.desk.staff import House, Story, Told, audited, browser_of, id_of, tell
from tests.desk.test_recusal import declare

WEEK = 7 * 86_400


def close_now(house: House, name: str, report_id: str) -> None:
    row = {"person_id": id_of(house, name), "report_id": report_id, "item_id": "0" * 32}
    with house.database.write() as connection:
        connection.execute(insert(models.blocks), row)


def held_and_due(house: House) -> Told:
    told, ben = tell(house), browser_of(house, "Ben")
    here = f"/reports/{told.report_id}/hold"
    ben.post(f"{here}/sure", {"reason": "court", "review": "2026-12"}, seen=here)
    house.clock.forward(20 * 86_400)
    return told


def test_what_is_closed_to_a_supervisor_is_not_in_the_list_of_what_goes(house: House) -> None:
    week = iso_week(house.clock.now() - Keeping().confirmed_weeks * WEEK)
    told = tell(house, Story(state="confirmed", week=week, clips=()))
    ben = browser_of(house, "Ben")
    assert told.case_number in ben.get("/retention").text
    close_now(house, "Ben", told.report_id)
    assert told.case_number not in ben.get("/retention").text
    assert "Reports will be deleted" not in ben.get("/reports").text


def test_nobody_is_reminded_of_a_held_report_that_is_closed_to_them(house: House) -> None:
    told = held_and_due(house)
    close_now(house, "Ben", told.report_id)
    ben = browser_of(house, "Ben")
    for page in ("/reports", "/health"):
        assert told.case_number not in ben.get(page).text


def test_a_supervisor_s_role_alone_is_reminded_of_no_report(house: House) -> None:
    told, ben = held_and_due(house), browser_of(house, "Ben")
    assert told.case_number in ben.get("/health").text
    with house.database.write() as connection:
        connection.execute(delete(models.memberships))
    page = ben.get("/health")
    assert page.status_code == 200
    assert told.case_number not in page.text
    assert told.report_id not in page.text


def test_a_form_that_is_closed_to_a_supervisor_is_not_among_those_being_written(house: House) -> None:
    amina, ben = browser_of(house, "Amina"), browser_of(house, "Ben")
    begun = amina.post("/writing/new", {"way": "letter", "language": "en"}, seen="/writing/new")
    report_id = str(begun.location).split("/")[2]
    assert report_id in ben.get("/writing").text
    close_now(house, "Ben", report_id)
    assert report_id not in ben.get("/writing").text


def test_a_connection_closes_reports_also_while_the_index_is_not_whole(house: House) -> None:
    told, ben, amina = hers(house), browser_of(house, "Ben"), browser_of(house, "Amina")
    add_subject(ben, told, name="Karel Novak")
    with house.database.write() as connection:  # as it stands when somebody stops the building of it
        connection.execute(delete(models.search_tokens))
        search = models.desk_secrets.c.name == "search"
        connection.execute(update(models.desk_secrets).where(search).values(ready=False))
    declare(ben, "Amina", name="Karel Novak")
    assert amina.get(f"/reports/{told.report_id}").status_code == 404


@pytest.mark.parametrize("way", ["invite", "role", "leave", "alias", "new"])
def test_a_screen_left_open_lets_nobody_in_and_nobody_go(house: House, way: str) -> None:
    ada, whose = browser_of(house, "Ada"), id_of(house, "Ben")
    house.clock.forward(PROOF_SECONDS)
    path = "/people/invite" if way == "new" else f"/people/{whose}/{way}"
    form = {"name": "mallory", "alias": "Mal", "role": "auditor", "before": "supervisor", "sure": "yes"}
    before = audited(house)
    answer = ada.post(path, form, seen="/people")
    assert (answer.status_code, str(answer.location)[:6]) == (303, "/prove")
    assert audited(house) == before


def test_a_search_says_of_what_nobody_here_wrote_that_nobody_did(house: House) -> None:
    told, ben, now = hers(house), browser_of(house, "Ben"), house.clock.now()
    report = f"/reports/{told.report_id}"
    ben.post(f"{report}/notes", {"note": "an honest okapi"}, seen=report)
    whose = id_of(house, "Ben")
    forms = (Given("story", (), "a forged okapi typed"),)
    forged = {"note": Note("a forged okapi", whose, now).packed(), "written": Written(forms, "en", whose, now).packed()}
    to = (house.keys.public.desk,)
    sealed = [seal_item(packed, report_id=told.report_id, kind=kind, audiences=to) for kind, packed in forged.items()]
    with house.database.write() as connection:
        add_items(connection, sealed)
    page = look_for(ben, "okapi")
    assert page.count("Note that nobody here wrote") == 1
    assert page.count("Typed report that nobody here wrote") == 1
    assert " ".join(page.split()).count("Note, ") == 1


def test_nobody_claims_what_is_closed_to_them_since_the_door_looked(house: House) -> None:
    told, whose = tell(house, Story(claimed="")), id_of(house, "Amina")
    close_now(house, "Amina", told.report_id)
    with house.database.write() as connection, pytest.raises(claims.NothingToClaim):
        claims.claim(connection, told.report_id, whose)


def test_a_connection_that_does_not_open_any_more_is_told(house: House) -> None:
    ben, told = browser_of(house, "Ben"), hers(house)
    declare(ben, "Amina", name="Karel Novak")
    with house.database.write() as connection:
        lost = models.desk_secrets.c.name == "interests"
        connection.execute(delete(models.desk_secrets).where(lost))
    add_subject(ben, told, name="Karel Novak")
    with house.database.read() as connection:
        assert "storage" in str(standing_alarms(connection))


def test_a_discarded_form_leaves_nothing_in_the_index(house: House) -> None:
    amina = browser_of(house, "Amina")
    begun = amina.post("/writing/new", {"way": "letter", "language": "en"}, seen="/writing/new")
    report_id = str(begun.location).split("/")[2]
    add_subject(amina, Told(report_id, "", ()), name="Karel Novak")
    assert rows(house, models.search_tokens, report_id=report_id)
    discard = f"/reports/{report_id}/form/discard"
    assert amina.post(discard, {}, seen=discard).status_code == 303
    assert not rows(house, models.search_tokens, report_id=report_id)


def test_a_role_that_only_stands_in_the_database_reads_and_allows_nothing(house: House) -> None:
    told, amina = tell(house, Story(claimed="")), browser_of(house, "Amina")
    assert amina.get("/reports").status_code == 200
    with house.database.write() as connection:
        hers = models.people.c.person_id == id_of(house, "Amina")
        connection.execute(update(models.people).where(hers).values(role="supervisor"))
    for path in (f"/reports/{told.report_id}", "/calls/exports", "/search", "/retention"):
        answer = amina.get(path)
        assert answer.status_code == 403, path
        assert told.case_number not in answer.text
