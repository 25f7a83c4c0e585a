"""What auditors see: every event, no text, and whether anybody touched the chain."""

from __future__ import annotations

import re
from html import unescape

import pytest

from ivr.worker.timetable import LANES
from storage import audit
from storage.jobs import beat, raise_alarm
from storage.people import aliases
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


def found(page: str) -> list[list[str]]:
    """Return the cells of each entry on a page."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page[page.index("<tbody") :], re.DOTALL)
    return [
        [words(re.sub(r"<[^>]+>", " ", cell)) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)] for row in rows
    ]


def test_entries_are_found_by_person_by_action_by_subject_and_by_two_of_them(house: House) -> None:
    first, second = tell(house), tell(house)
    for name, told in (("Amina", first), ("Ben", first), ("Ben", second)):
        browser_of(house, name).get(f"/reports/{told.report_id}")
    otto = browser_of(house, "Otto")
    ben = next(one for one, alias in aliases_of(house).items() if alias == "Ben")
    for query, number in (
        (f"by=person:{ben}", 4),
        ("by=action:report-opened", 3),
        (f"on={first.report_id}", 2),
        (f"by=person:{ben}&on={first.report_id}", 1),
        ("by=action:nothing", 0),
        ("on=nothing", 0),
    ):
        page = otto.get(f"/audit?{query}").text
        assert ("Nothing of this stands in the audit." in page) is (number == 0), query
        assert len([row for row in found(page) if len(row) == 4]) == number, query
    every = otto.get("/audit?by=nonsense&on=&before=x").text
    assert "Checked: entries" in every


def test_a_selection_goes_on_over_pages_and_shows_each_entry_once(house: House) -> None:
    told = tell(house)
    amina = browser_of(house, "Amina")
    for _ in range(117):
        amina.get(f"/reports/{told.report_id}")
    otto, address, seen = browser_of(house, "Otto"), "/audit?by=action:report-opened", 0
    while address:
        page = otto.get(address).text
        seen += len(found(page))
        onward = re.search(r'id="page-next"\s+href="([^"]+)"', page)
        address = unescape(onward[1]) if onward else ""
    assert seen == 117


def test_a_changed_entry_shows_in_a_selection_too(house: House) -> None:
    told = tell(house)
    browser_of(house, "Amina").get(f"/reports/{told.report_id}")
    with house.database.write() as connection:
        connection.exec_driver_sql("UPDATE audit SET detail = 'x' WHERE action = 'report-opened'")
    page = browser_of(house, "Otto").get("/audit?by=action:report-opened").text
    assert "Changed behind the desk: 2" in page


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (audit.Wanted("person", "x"), "ix_audit_person"),
        (audit.Wanted("action", "x"), "ix_audit_action"),
        (audit.Wanted(subject="x"), "ix_audit_subject"),
        (audit.Wanted("person", "y", "x"), "ix_audit_"),
    ],
)
def test_each_selection_is_answered_from_an_index_in_its_order(house: House, wanted: audit.Wanted, index: str) -> None:
    if not house.database.is_sqlite:
        return  # PostgreSQL plans by what stands in the table, and here that is nothing
    with house.database.read() as connection:
        query = audit.found_query(wanted, 99, 51)
        text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
        plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
    assert index in plan
    assert "TEMP B-TREE" not in plan


def aliases_of(house: House) -> dict[str, str]:
    with house.database.read() as connection:
        return aliases(connection)
