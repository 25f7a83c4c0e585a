"""What auditors see: every event, no text, and whether anybody touched the chain."""

from __future__ import annotations

from tests.desk.staff import House, Story, browser_of, tell


def test_the_auditor_sees_who_did_what_and_never_what_was_said(house: House) -> None:
    told = tell(house, Story(clips=(("story", "a sentence that must stay sealed"),)))
    browser_of(house, "Amina").get(f"/reports/{told.report_id}")
    page = browser_of(house, "Otto").get("/audit").text
    assert "Report opened" in page
    assert told.report_id in page
    assert "Amina" in page
    assert "The chain is whole" in page
    assert "must stay sealed" not in page


def test_a_touched_entry_is_told_loudly(house: House) -> None:
    for name in ("Amina", "Ben"):
        browser_of(house, name)
    with house.database.write() as connection:
        connection.exec_driver_sql("UPDATE audit SET action = 'nothing' WHERE sequence = 1")
    page = browser_of(house, "Otto").get("/audit").text
    assert "The chain is broken at entry 1" in page


def test_older_entries_stand_on_further_pages(house: House) -> None:
    told = tell(house)
    amina = browser_of(house, "Amina")
    for _ in range(55):
        amina.get(f"/reports/{told.report_id}")
    otto = browser_of(house, "Otto")
    first = otto.get("/audit").text
    assert first.count("<tr") == 51
    assert "Older entries" in first
    assert "Signed in" in otto.get("/audit?before=8").text


def test_the_administrator_sees_health_and_no_report(house: House) -> None:
    told = tell(house, Story(urgent="yes", urgent_due=house.clock.now()))
    page = browser_of(house, "Ada").get("/health").text
    assert "Nothing has done a round yet" in page
    assert told.case_number not in page
