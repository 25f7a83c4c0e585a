"""The list: by week, what is urgent on top, page after page without a number of all."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert

from storage.intake import Listed, ListedReport, PageKey, report_page
from storage.models import beats, metadata, reports
from tests.desk.staff import House, Story, browser_of, tell

ROW = {"line": "example", "state": "new", "language": "en", "channel": "voice"}


def many(house: House, number: int) -> set[str]:
    """Put many bare reports into three weeks."""
    rows = [
        {"report_id": f"{n:032x}", "case_number": f"K{n:06}", "week": f"2026-W{40 + n % 3}", "urgent": "", **ROW}
        for n in range(number)
    ]
    with house.database.write() as connection:
        connection.execute(insert(reports), rows)
    return {str(row["report_id"]) for row in rows}


def test_pages_show_each_report_once_newest_week_first(house: House) -> None:
    wanted, after = many(house, 23), None
    seen: list[ListedReport] = []
    while True:
        with house.database.read() as connection:
            page = report_page(connection, Listed.OPEN, after, 5)
        seen += page.reports
        after = page.following
        if after is None:
            break
    assert len(seen) == len(wanted)
    assert {report.report_id for report in seen} == wanted
    weeks = [report.week for report in seen]
    assert weeks == sorted(weeks, reverse=True)


def test_the_next_page_is_a_link(house: House) -> None:
    many(house, 60)
    ben = browser_of(house, "Ben")
    shown, address = [], "/reports?show=new"
    while address:
        page = ben.get(address).text
        shown += re.findall(r'id="case-([0-9a-f]{32})"', page)
        found = re.search(r'id="page-next"\s+href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert len(shown) == len(set(shown)) == 60


def test_the_list_tells_no_total(house: House) -> None:
    many(house, 37)
    assert "37" not in re.sub(
        r'[0-9a-f]{32}|K[0-9]{6}|value="[^"]*"', "", browser_of(house, "Ben").get("/reports").text
    )


@pytest.mark.parametrize("listed", list(Listed))
def test_each_filter_shows_its_own(house: House, listed: Listed) -> None:
    shown = {
        Listed.OPEN: {"arriving", "new", "read", "urgent"},
        Listed.URGENT: {"urgent"},
        Listed.NEW: {"new", "urgent"},
        Listed.ARRIVING: {"arriving"},
        Listed.READ: {"read"},
        Listed.CONFIRMED: {"confirmed", "held"},
        Listed.RELEASED: {"released"},
        Listed.NOT_A_REPORT: {"not_a_report"},
        Listed.HELD: {"held"},
        Listed.MINE: {"ben's", "ben's confirmed"},
        Listed.UNCLAIMED: {"free"},
    }[listed]
    told = {
        state: tell(house, Story(state=state))
        for state in ("arriving", "new", "read", "confirmed", "released", "not_a_report")
    }
    told["urgent"] = tell(house, Story(urgent="unsure"))
    told["held"] = tell(house, Story(state="confirmed", held="court"))
    if listed in (Listed.MINE, Listed.UNCLAIMED):
        told["ben's"] = tell(house, Story(claimed="Ben"))
        told["ben's confirmed"] = tell(house, Story(claimed="Ben", state="confirmed"))
        told["free"] = tell(house, Story(claimed=""))
        told["free but confirmed"] = tell(house, Story(claimed="", state="confirmed"))
    page = browser_of(house, "Ben").get(f"/reports?show={listed}").text
    assert {name for name, one in told.items() if one.case_number in page} == shown


def test_an_urgent_report_waits_on_top_in_words_with_its_time(house: House) -> None:
    tell(house)
    told = tell(house, Story(urgent="yes", urgent_due=house.clock.now() + 600))
    for path in ("/reports", "/reports/listing"):
        assert "Somebody may be in danger: acknowledge now" in browser_of(house, "Ben").get(path).text
    page = browser_of(house, "Amina").get("/reports").text
    assert "Somebody may be in danger: open it, and alert a supervisor" in page
    assert "Acknowledge by" in page
    assert page.index(told.case_number) < page.index("Week ")
    assert page.count(f">{told.case_number}") + page.count(f"</span> {told.case_number}") <= 1


def test_language_channel_and_what_is_missing_are_said(house: House) -> None:
    tell(house, Story(language="pl", channel="keys", partial=True, added_to=True))
    page = browser_of(house, "Amina").get("/reports").text
    for words in ("Polish, keys only", "Broken off", "Caller added to it"):
        assert words in page


def test_an_address_that_was_tampered_with_shows_the_first_page(house: House) -> None:
    told = tell(house)
    ben = browser_of(house, "Ben")
    for after in ("x", "2026-W48", "2026-W48.' OR 1=1", "9999-W99.zz"):
        assert told.case_number in ben.get("/reports", query_string={"after": after, "show": "everything"}).text


def test_a_page_s_key_reads_back_what_it_wrote() -> None:
    key = PageKey("2026-W48", "a" * 32)
    assert PageKey.read(str(key)) == key


def test_every_filter_is_answered_from_an_index(house: House) -> None:
    if not house.database.is_sqlite:
        assert {index.name for index in metadata.tables["reports"].indexes} >= {
            "ix_reports_state",
            "ix_reports_urgent",
            "ix_reports_claimed_by",
        }
        return
    plans = []
    with house.database.read() as connection:
        for where in (
            "state = 'new'",
            "urgent = 'yes'",
            "claimed_by = 'a' AND state = 'new'",
            "claimed_by = '' AND state = 'new'",
        ):
            query = f"SELECT * FROM reports WHERE {where} AND (week, report_id) < ('w', 'r')"
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query} ORDER BY week DESC, report_id DESC LIMIT 25")
            plans += [row[-1] for row in plan]
    assert all("USING INDEX ix_reports_" in plan and "TEMP B-TREE" not in plan for plan in plans)


def test_alarms_stand_above_a_supervisor_s_pages_and_no_handler_s(house: House) -> None:
    with house.database.write() as connection:
        connection.execute(
            insert(beats), {"name": "alarm:backlog", "seen_at": house.clock.now(), "note": "Clips wait."}
        )
    assert "1 alarm:" in browser_of(house, "Ben").get("/reports").text
    assert "alarm" not in browser_of(house, "Amina").get("/reports").text
    assert "Clips wait." in browser_of(house, "Ada").get("/health").text
