"""What auditors see: every event, no text, and whether anybody touched the chain."""

from __future__ import annotations

from ivr.worker.timetable import LANES
from storage import audit
from storage.jobs import beat, raise_alarm
from tests.desk.staff import House, Story, browser_of, tell
from tests.test_docs import alarms_in_the_code


def test_the_auditor_sees_who_did_what_and_never_what_was_said(house: House) -> None:
    told = tell(house, Story(clips=(("story", "a sentence that must stay sealed"),)))
    browser_of(house, "Amina").get(f"/reports/{told.report_id}")
    page = browser_of(house, "Otto").get("/audit").text
    assert "Report opened" in page
    assert told.report_id in page
    assert "Amina" in page
    assert "Checked: entries 1 to 3, those of this page." in page
    assert "back to the first" in page
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


def test_a_page_says_up_to_where_it_checked_and_the_whole_chain_is_checked_when_asked(house: House) -> None:
    told = tell(house)
    amina = browser_of(house, "Amina")
    for _ in range(60):
        amina.get(f"/reports/{told.report_id}")
    otto = browser_of(house, "Otto")
    kept_outside = head_of(house)
    with house.database.write() as connection:
        connection.exec_driver_sql("UPDATE audit SET action = 'nothing' WHERE sequence = 3")
    page = words(otto.get("/audit").text)
    assert "Checked: entries 13 to 62, those of this page." in page
    assert "Older entries were not checked" in page
    assert "broken" not in page
    assert "The chain is broken at entry 3" in otto.get("/audit?before=13").text
    for head in ("", kept_outside):
        assert "The chain is broken at entry 3" in otto.post("/audit/checked", {"head": head}, seen="/audit").text


def test_a_head_that_was_kept_outside_is_compared(house: House) -> None:
    otto = browser_of(house, "Otto")
    kept_outside = head_of(house)
    browser_of(house, "Amina")
    said = words(otto.post("/audit/checked", {"head": f" {kept_outside} "}, seen="/audit").text)
    assert "The whole chain was checked just now." in said
    assert "Its 2 entries" in said
    assert "The head that was kept outside stands in it." in said
    without = words(otto.post("/audit/checked", {"head": ""}, seen="/audit").text)
    assert "Only a head that was kept outside would show a cut end" in without
    other = "1:" + "0" * 64
    assert "The chain is broken at entry 1" in otto.post("/audit/checked", {"head": other}, seen="/audit").text
    refused = otto.post("/audit/checked", {"head": "1:xyz"}, seen="/audit")
    assert refused.status_code == 422
    assert refused.text.count("Enter a head as") == 2


def words(page: str) -> str:
    return " ".join(page.split())


def head_of(house: House) -> str:
    with house.database.read() as connection:
        return str(audit.head(connection))


def test_the_administrator_sees_health_and_no_report(house: House) -> None:
    told = tell(house, Story(urgent="yes", urgent_due=house.clock.now()))
    page = browser_of(house, "Ada").get("/health").text
    assert "Nothing has done a round yet" in page
    assert told.case_number not in page


def test_health_says_in_plain_words_what_each_part_did_and_what_each_alarm_is_about(house: House) -> None:
    now = house.clock.now()
    with house.database.write() as connection:
        for name in ("worker", *(f"turn:{job.name}" for job in LANES[-1]), "turn:untangled", "turn:new_and_unknown"):
            beat(connection, name, now=now)
        for name in alarms_in_the_code():
            raise_alarm(connection, name, "a note", now=now)
    page = browser_of(house, "Ada").get("/health").text
    main = page[page.index("<main") :]
    assert "The worker is up" in main
    assert "E-mail alerts do not leave" in main
    assert [name for name in ("turn:", "Turn:", "alarm:", "alert_path", "Alert path", "unknown") if name in main] == []


def test_the_banner_on_other_pages_names_alarms_in_plain_words_too(house: House) -> None:
    with house.database.write() as connection:
        raise_alarm(connection, "alert_path", "a note", now=house.clock.now())
    page = browser_of(house, "Ben").get("/reports").text
    assert "E-mail alerts do not leave" in page
    assert "Alert path" not in page
