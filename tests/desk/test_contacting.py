"""Contact details: only where they were offered, sealed apart, opened with a reason, and on no other page."""

from __future__ import annotations

from sqlalchemy import select

from storage.models import audit, items, wraps
from storage.releases import released
from tests.desk.staff import House, Story, audited, browser_of, person_id, tell

MAIL = "heron.meadow@post.example, weekdays, say you are the library"


def kept(house: House, report_id: str, *, text: str = MAIL, by: str = "Ben") -> str:
    person, here = browser_of(house, by), f"/reports/{report_id}/contact"
    assert person.post(here, {"text": text, "offered": "yes", "was": ""}, seen=here).status_code == 303
    with house.database.read() as connection:
        return str(connection.scalar(select(items.c.item_id).where(items.c.kind == "contact")))


def opened(house: House, report_id: str, reason: str = "asked") -> str:
    ben, here = browser_of(house, "Ben"), f"/reports/{report_id}/contact/opened"
    ben.prove()
    return ben.post(here, {"reason": reason}, seen=here).text


def test_it_is_kept_only_when_it_was_offered(house: House) -> None:
    told = tell(house)
    amina, here = browser_of(house, "Amina"), f"/reports/{told.report_id}/contact"
    answer = amina.post(here, {"text": MAIL, "was": ""}, seen=here)
    assert answer.status_code == 422
    assert "Say that they offered it themselves" in answer.text
    assert MAIL in answer.text
    assert "Write how they may be reached" in amina.post(here, {"offered": "yes"}, seen=here).text
    assert "Shorten it" in amina.post(here, {"offered": "yes", "text": "x" * 1001}, seen=here).text
    with house.database.read() as connection:
        assert connection.scalar(select(items.c.item_id).where(items.c.kind == "contact")) is None


def test_it_is_sealed_to_the_desk_alone_and_stands_on_no_other_page(house: House) -> None:
    told = tell(house)
    item_id = kept(house, told.report_id)
    with house.database.read() as connection:
        item = connection.execute(select(items).where(items.c.item_id == item_id)).one()
        to = connection.execute(select(wraps.c.audience).where(wraps.c.item_id == item_id)).scalars()
        assert set(to) == {"desk"}
        assert released(connection, told.report_id) == ()
    assert b"heron" not in item.sealed
    ben = browser_of(house, "Ben")
    here = f"/reports/{told.report_id}"
    for path in (here, f"{here}/contact", f"{here}/handover", "/reports", "/search", "/retention"):
        page = ben.get(path).text
        assert "heron" not in page, path
    found = ben.post("/search", {"name": "heron meadow"}, seen="/search", follow_redirects=True)
    assert told.case_number not in found.text


def test_a_supervisor_opens_it_with_a_reason_and_each_time_is_audited(house: House) -> None:
    told = tell(house)
    kept(house, told.report_id)
    assert MAIL in opened(house, told.report_id)
    assert "Choose why it is opened" in opened(house, told.report_id, "curiosity")
    assert MAIL in opened(house, told.report_id, "danger")
    with house.database.read() as connection:
        which = select(audit.c.detail, audit.c.person).where(audit.c.action == "contact-opened")
        found = connection.execute(which.order_by(audit.c.sequence)).all()
    assert [tuple(row) for row in found] == [("asked", person_id(house, "Ben")), ("danger", person_id(house, "Ben"))]


def test_who_did_not_show_again_who_they_are_opens_nothing_and_no_handler_does(house: House) -> None:
    told = tell(house)
    kept(house, told.report_id)
    here = f"/reports/{told.report_id}/contact/opened"
    house.clock.forward(601)
    ben = browser_of(house, "Ben")
    house.clock.forward(700)
    answer = ben.post(here, {"reason": "asked"}, seen="/reports")
    assert answer.status_code == 303
    assert "/prove" in answer.headers["Location"]
    amina = browser_of(house, "Amina")
    assert amina.get(here).status_code == 403
    assert "A supervisor opens it." in amina.get(f"/reports/{told.report_id}/contact").text
    assert "contact-opened" not in [action for action, _ in audited(house)]


def test_what_is_kept_anew_destroys_what_was_there_and_two_at_once_overwrite_nothing(house: House) -> None:
    told = tell(house)
    first = kept(house, told.report_id)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/contact"
    late = ben.post(here, {"text": "another", "offered": "yes", "was": ""}, seen=here)
    assert late.status_code == 409
    assert "another" in late.text
    assert ben.post(here, {"text": "another", "offered": "yes", "was": first}, seen=here).status_code == 303
    with house.database.read() as connection:
        left = connection.execute(select(items.c.item_id).where(items.c.kind == "contact")).scalars().all()
        assert connection.execute(select(wraps).where(wraps.c.item_id == first)).all() == []
    assert len(left) == 1
    assert first not in left
    assert "another" in opened(house, told.report_id)


def test_it_can_be_destroyed_and_the_audit_says_so(house: House) -> None:
    told = tell(house)
    was = kept(house, told.report_id)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/contact"
    assert ben.post(f"{here}/removed", {"was": "0" * 32}, seen=here).status_code == 409
    assert ben.post(f"{here}/removed", {"was": was}, seen=here).status_code == 303
    assert "Nothing is kept" in ben.get(here).text
    assert [action for action, _ in audited(house) if action.startswith("contact-")] == [
        "contact-kept",
        "contact-removed",
    ]


def test_a_report_that_is_no_more_keeps_none(house: House) -> None:
    told = tell(house, Story(state="not_a_report"))
    assert browser_of(house, "Ben").get(f"/reports/{told.report_id}/contact").status_code == 404
