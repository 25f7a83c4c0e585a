"""Supervisors see what will be deleted while they can still hold it; auditors see how much was, and nothing else."""

from __future__ import annotations

import re

from sqlalchemy import delete, insert, update

from handlers.desk.retaining import ERASED_WORDS, erased_words
from handlers.desk.words import REASON_WORDS
from storage.clock import iso_week
from storage.models import counts, items, reports
from storage.retention import Keeping
from tests.desk.staff import House, Story, Told, browser_of, tell

WEEK = 7 * 86_400
KEPT = Keeping().confirmed_weeks


def old(house: House, weeks: int, state: str = "confirmed", held: str = "") -> Told:
    return tell(house, Story(state=state, week=iso_week(house.clock.now() - weeks * WEEK), held=held, clips=()))


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_confirmed_reports_of_the_next_four_weeks_stand_by_the_week_in_which_they_go(house: House) -> None:
    now, next_one, last = old(house, KEPT + 3), old(house, KEPT), old(house, KEPT - 3)
    later, held, new = old(house, KEPT - 4), old(house, KEPT + 3, held="court"), old(house, KEPT + 3, "read")
    page = browser_of(house, "Ben").get("/retention").text
    cases = re.findall(r"Report</span>\s*(\S+?)</a>", page)
    assert cases == [now.case_number, next_one.case_number, last.case_number]
    assert not [one for one in (later, held, new) if one.case_number in page]
    assert "Will be deleted in week 47: 16 to 22 November 2026" in words(page)
    assert "Will be deleted in week 48: 23 to 29 November 2026" in words(page)
    assert "Will be deleted in week 51: 14 to 20 December 2026" in words(page)


def test_what_is_shown_to_go_goes_in_that_week_and_not_before(house: House) -> None:
    from storage.retention import expire_reports

    old(house, KEPT)  # said above to go in week 48; now is week 47
    with house.database.write() as connection:
        assert expire_reports(connection, Keeping(), now=house.clock.now(), most=9, person="worker") == 0
        assert expire_reports(connection, Keeping(), now=house.clock.now() + WEEK, most=9, person="worker") == 1


def test_more_than_a_page_is_walked_once(house: House) -> None:
    told = {old(house, KEPT + number % 3).case_number for number in range(60)}
    ben, address, seen = browser_of(house, "Ben"), "/retention", []
    while address:
        page = ben.get(address).text
        seen += re.findall(r"Report</span>\s*(\S+?)</a>", page)
        found = re.search(r'id="page-next"\s+href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == 60
    assert set(seen) == told


def test_supervisors_are_reminded_above_the_list_and_on_health_and_others_are_not(house: House) -> None:
    old(house, KEPT)
    for address in ("/reports", "/health"):
        assert "Reports will be deleted within four weeks" in browser_of(house, "Ben").get(address).text
    assert "Reports will be deleted" not in browser_of(house, "Amina").get("/reports").text
    assert "Reports will be deleted" not in browser_of(house, "Ada").get("/health").text


def test_without_anything_to_look_at_there_is_no_reminder(house: House) -> None:
    tell(house)
    assert "reminders-title" not in browser_of(house, "Ben").get("/reports").text


def test_a_hold_whose_review_is_due_is_a_reminder_that_leads_to_it(house: House) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/hold"
    ben.post(f"{here}/sure", {"reason": "court", "review": "2026-12"}, seen=here)
    assert "look at it again since" not in ben.get("/reports").text
    house.clock.forward(20 * 86_400)
    page = browser_of(house, "Ben").get("/reports").text
    assert f"{told.case_number} is held: look at it again since December 2026" in page
    assert f'href="{here}/lift"' in page


def test_the_record_says_kind_week_and_number_and_neither_report_nor_content(house: House) -> None:
    told = tell(house)
    rows = [
        {"week": "2026-W47", "name": "expired.confirmed", "number": 3},
        {"week": "2026-W46", "name": "not_a_report.silent", "number": 2},
        {"week": "2026-W46", "name": "expired.new_kind", "number": 1},
        {"week": "2026-W46", "name": "sign_in.refused", "number": 77},
    ]
    with house.database.write() as connection:
        connection.execute(insert(counts), rows)
    page = browser_of(house, "Otto").get("/erasures").text
    said = words(page)
    assert "Week 47: 16 to 22 November 2026 Confirmed reports, by their time 3" in said
    assert "Content of what was no report: silent 2" in said
    assert "Something else, by its time 1" in said
    assert "77" not in said
    assert told.case_number not in page
    main = page[page.index("<main") : page.index("</main>")]
    assert not re.search(r"[0-9a-f]{32}", main)


def test_older_weeks_of_the_record_stand_on_further_pages(house: House) -> None:
    now = house.clock.now()
    rows = [{"week": iso_week(now - ago * WEEK), "name": "expired.sound", "number": 1} for ago in range(60)]
    with house.database.write() as connection:
        connection.execute(insert(counts), rows)
    otto, address, seen = browser_of(house, "Otto"), "/erasures", 0
    while address:
        page = otto.get(address).text
        seen += page.count("<tr") - 1
        found = re.search(r'href="(/erasures\?before=[^"]+)"', page)
        address = found[1] if found else ""
    assert seen == 60


def test_every_kind_has_words() -> None:
    assert {erased_words(name) for name in ERASED_WORDS} == set(ERASED_WORDS.values())
    assert all(erased_words(f"not_a_report.{reason}").endswith(said.lower()) for reason, said in REASON_WORDS.items())
    assert erased_words("not_a_report.too_little") == "Content of what was no report: too little was said"


def test_released_reports_stand_apart_by_when_their_raw_text_goes_and_can_be_held(house: House) -> None:
    keeping, now = Keeping(), house.clock.now()
    raw, rest = (tell(house, Story(state="released", clips=())) for _ in range(2))
    for told, weeks in ((raw, keeping.raw_weeks), (rest, keeping.released_weeks)):
        with house.database.write() as connection:
            week = iso_week(now - weeks * WEEK)
            connection.execute(update(reports).where(reports.c.report_id == told.report_id).values(released=week))
    with house.database.write() as connection:
        connection.execute(delete(items).where(items.c.report_id == rest.report_id))
    ben = browser_of(house, "Ben")
    pages = {show: ben.get(f"/retention?show={show}").text for show in ("raw", "released", "confirmed")}
    cases = {show: re.findall(r"Report</span>\s*(\S+?)</a>", page) for show, page in pages.items()}
    assert cases == {"raw": [raw.case_number], "released": [rest.case_number], "confirmed": []}
    assert "Will lose its raw text in week" in words(pages["raw"])
    here = f"/reports/{raw.report_id}/hold"
    assert ben.post(f"{here}/sure", {"reason": "court"}, seen=here).status_code == 303
    ben.get("/reports")  # shows that it is held
    assert raw.case_number not in ben.get("/retention?show=raw").text
    assert "What the caller gave is destroyed" in ben.get(f"/reports/{rest.report_id}").text
