"""Legal hold: a supervisor sets it with a reason and a second question, and it keeps the report, never the voice."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from handlers.desk.words import HOLD_REASONS
from storage import audit
from storage.holds import Hold, holds_of
from storage.models import items, reports
from storage.people import aliases
from tests.desk.staff import House, Story, audited, browser_of, tell


def held(house: House, report_id: str) -> str | None:
    with house.database.read() as connection:
        return connection.scalar(select(reports.c.held).where(reports.c.report_id == report_id))


def hold(house: House, report_id: str, reason: str = "court") -> None:
    with house.database.write() as connection:
        connection.execute(update(reports).where(reports.c.report_id == report_id).values(held=reason))


def test_a_hold_needs_a_reason_then_a_second_question_that_tells_of_the_sound(house: House) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/hold"
    answer = ben.post(here, {}, seen=here)
    assert answer.status_code == 422
    assert answer.text.count("Choose why it is held") == 2
    assert all(f'id="reason-{reason.name}"' in answer.text for reason in HOLD_REASONS)
    asked = ben.post(here, {"reason": "court"}, seen=here)
    assert "Sound is not held" in asked.text
    assert held(house, told.report_id) == ""


def test_a_hold_stands_on_list_and_report_with_its_reason_and_in_the_audit(house: House) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}"
    assert ben.post(f"{here}/hold/sure", {"reason": "investigation"}, seen=f"{here}/hold").status_code == 303
    assert held(house, told.report_id) == "investigation"
    page, rows = ben.get(here).text, ben.get("/reports").text
    assert "An investigation. It does not expire; its sound does." in page
    assert ">Held</span>" in page
    assert ">Held</span>" in rows
    assert f"{here}/hold/lift" in page
    assert "By Ben since November 2026. Look at it again in May 2027." in " ".join(page.split())
    with house.database.read() as connection:
        entries = audit.page(connection, below=None, size=50).entries
    assert [(e.subject, e.detail) for e in entries if e.action == "report-held"] == [
        (told.report_id, "investigation, review 2027-05")
    ]


def test_a_hold_is_lifted_after_a_question_and_once(house: House) -> None:
    told = tell(house)
    hold(house, told.report_id)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/hold/lift"
    assert "Lift the hold on" in ben.get(here).text
    assert held(house, told.report_id) == "court"
    for _ in range(2):
        assert ben.post(here, {}, seen="/reports").status_code == 303
    assert held(house, told.report_id) == ""
    assert audited(house).count(("hold-lifted", told.report_id)) == 1
    assert ben.get(here).status_code == 303


@pytest.mark.parametrize("name", ["Amina", "Ada", "Otto", None])
def test_nobody_but_a_supervisor_holds_or_lifts(house: House, name: str | None) -> None:
    free, kept = tell(house), tell(house)
    hold(house, kept.report_id)
    person = browser_of(house, name)
    seen = {"Amina": "/reports", "Ada": "/health", "Otto": "/audit", None: "/sign-in"}[name]
    answers = [
        person.post(f"/reports/{free.report_id}/hold/sure", {"reason": "court"}, seen=seen),
        person.post(f"/reports/{kept.report_id}/hold/lift", {}, seen=seen),
    ]
    assert [answer.status_code for answer in answers] == ([403, 403] if name else [303, 303])
    assert (held(house, free.report_id), held(house, kept.report_id)) == ("", "court")
    assert not {"report-held", "hold-lifted"} & {action for action, _ in audited(house)}


def test_a_handler_sees_that_it_is_held_and_no_way_to_change_it(house: House) -> None:
    told = tell(house)
    hold(house, told.report_id)
    page = browser_of(house, "Amina").get(f"/reports/{told.report_id}").text
    assert ">Held</span>" in page
    assert "/hold" not in page


@pytest.mark.parametrize("state", ["arriving", "not_a_report"])
def test_what_arrives_or_is_gone_cannot_be_held(house: House, state: str) -> None:
    told = tell(house, Story(state=state))
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}"
    answer = ben.post(f"{here}/hold/sure", {"reason": "court"}, seen="/reports")
    assert answer.status_code == 409
    assert "It cannot be held" in answer.text
    assert held(house, told.report_id) == ""


def test_a_second_hold_does_not_change_the_first_reason(house: House) -> None:
    told = tell(house)
    hold(house, told.report_id)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}"
    assert ben.post(f"{here}/hold/sure", {"reason": "safety"}, seen="/reports").status_code == 409
    assert held(house, told.report_id) == "court"


@pytest.mark.parametrize("reason", ["", "because", "<b>"])
def test_free_text_is_no_reason(house: House, reason: str) -> None:
    told = tell(house)
    here = f"/reports/{told.report_id}/hold"
    assert browser_of(house, "Ben").post(f"{here}/sure", {"reason": reason}, seen=here).status_code == 400
    assert held(house, told.report_id) == ""


def test_a_held_report_cannot_be_marked_as_not_a_report(house: House) -> None:
    told = tell(house)
    hold(house, told.report_id)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/not-a-report"
    for path in (here, f"{here}/sure"):
        answer = ben.post(path, {"reason": "test"}, seen="/reports")
        assert answer.status_code == 409
        assert "lift the hold first" in answer.text
    with house.database.read() as connection:
        assert connection.scalars(select(items.c.item_id).where(items.c.report_id == told.report_id)).all()


def beside(house: House, report_id: str) -> Hold | None:
    with house.database.read() as connection:
        return holds_of(connection, [report_id]).get(report_id)


def test_the_month_of_the_review_is_chosen_and_one_that_is_not_offered_changes_nothing(house: House) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/hold"
    asked = ben.post(here, {"reason": "court", "review": "2027-02"}, seen=here)
    assert "Look at it again in <strong>February 2027</strong>" in asked.text
    for wrong in ("2026-11", "2099-01", "soon"):
        assert ben.post(f"{here}/sure", {"reason": "court", "review": wrong}, seen=here).status_code == 400
    assert held(house, told.report_id) == ""
    ben.post(f"{here}/sure", {"reason": "court", "review": "2027-02"}, seen=here)
    assert beside(house, told.report_id) == Hold(id_of(house, "Ben"), "2026-11", "2027-02")


def test_the_filter_shows_held_reports_alone_with_the_month_of_their_review(house: House) -> None:
    kept, other = tell(house, Story(state="confirmed")), tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{kept.report_id}/hold"
    assert "No report is held" in ben.get("/reports?show=held").text
    ben.post(f"{here}/sure", {"reason": "court", "review": "2026-12"}, seen=here)
    page = ben.get("/reports?show=held").text
    assert kept.case_number in page
    assert other.case_number not in page
    assert "Look again in December 2026" in page
    house.clock.forward(40 * 86_400)
    assert "Look at the hold now" in browser_of(house, "Amina").get("/reports?show=held").text


def test_a_hold_that_is_still_needed_is_kept_with_another_month_once(house: House) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/hold"
    ben.post(f"{here}/sure", {"reason": "court", "review": "2026-12"}, seen=here)
    form = {"seen": "2026-12", "review": "2027-08"}
    assert ben.post(f"{here}/review", form, seen=f"{here}/lift").status_code == 303
    again = ben.post(f"{here}/review", form, seen=f"{here}/lift")
    assert again.status_code == 409
    assert "somebody else looked at the hold" in again.text
    assert beside(house, told.report_id) == Hold(id_of(house, "Ben"), "2026-11", "2027-08")
    assert audited(house).count(("hold-reviewed", told.report_id)) == 1


def test_what_stood_beside_a_hold_goes_with_it(house: House) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/hold"
    ben.post(f"{here}/sure", {"reason": "court"}, seen=here)
    ben.post(f"{here}/lift", {}, seen=f"{here}/lift")
    assert beside(house, told.report_id) is None


def test_the_filter_is_answered_from_an_index_that_holds_only_held_reports(house: House) -> None:
    if not house.database.is_sqlite:
        return  # PostgreSQL plans by what stands in the table, and here that is nothing
    text = "SELECT report_id FROM reports WHERE held <> '' ORDER BY week DESC, report_id DESC LIMIT 26"
    with house.database.read() as connection:
        plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
    assert "ix_reports_held" in plan
    assert "TEMP B-TREE" not in plan


def id_of(house: House, name: str) -> str:
    with house.database.read() as connection:
        return next(one for one, alias in aliases(connection).items() if alias == name)
