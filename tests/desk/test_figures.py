"""The figures: numbers of thirteen weeks as bars and as a table, out of counts that lead to nobody."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from handlers.desk.figures import BAR_HEIGHT, rows_of
from storage import call_log
from storage.call_log import FinishedCall
from storage.clock import iso_week
from storage.figures import Counted, reasons_by_week
from storage.jobs import count_up
from storage.models import counts
from storage.traces import Trace
from tests.desk.staff import House, browser_of, tell

WEEK = 7 * 86_400


def test_a_contact_that_is_no_report_counts_in_the_week_in_which_it_came(house: House) -> None:
    told, ben = tell(house), browser_of(house, "Ben")
    here = f"/reports/{told.report_id}"
    ben.post(f"{here}/not-a-report/sure", {"reason": "silent"}, seen=here)
    page = " ".join(ben.get("/figures").text.split())
    assert re.search(r"Silent</th>( <td[^>]*>0</td>){12} <td[^>]*>1</td> </tr>", page)
    assert page.count("<rect") == 2, "a ground and one bar"


def test_only_the_last_thirteen_weeks_are_shown(house: House) -> None:
    now = house.clock.now()
    weeks = [iso_week(now - ago * WEEK) for ago in range(15)]
    with house.database.write() as connection:
        for week in weeks:
            count_up(connection, "not_a_report.test", week=week)
        count_up(connection, "calls.began", week=weeks[0])
    with house.database.read() as connection:
        (found,) = reasons_by_week(connection, weeks[:13])
    assert (found.name, found.by_week, found.total) == ("test", (1,) * 13, 13)


def test_bars_of_all_rows_have_one_scale_and_the_smallest_number_can_be_seen() -> None:
    silent, test = rows_of([Counted("test", (0, 1)), Counted("silent", (50, 25))], {"silent": "Silent", "test": "Test"})
    assert [bar.height for bar in silent.bars] == [BAR_HEIGHT, BAR_HEIGHT / 2]
    assert [bar.height for bar in test.bars] == [0, 2]
    assert all(bar.top + bar.height == BAR_HEIGHT for bar in (*silent.bars, *test.bars))


def test_a_reason_that_is_new_here_is_shown_last_and_a_script_in_its_name_is_text(house: House) -> None:
    row = {"week": iso_week(house.clock.now()), "name": "not_a_report.<script>x", "number": 3}
    with house.database.write() as connection:
        connection.execute(insert(counts), row)
    page = browser_of(house, "Ben").get("/figures").text
    assert "&lt;script&gt;x" in page
    assert "<script>x" not in page


def test_with_nothing_counted_the_page_says_so(house: House) -> None:
    page = browser_of(house, "Ben").get("/figures").text
    assert "Nothing was marked as not a report in these weeks." in page
    assert "No call has finished in these weeks." in page
    assert "Nobody has waited in vain in these weeks." in page


def test_waits_stages_and_what_became_of_those_who_asked_are_rows_in_the_order_of_their_words(house: House) -> None:
    now = house.clock.now()
    with house.database.write() as connection:
        for waited, by, stage in ((30, "a" * 32, "end"), (200, "", "queue"), (30, "", "queue")):
            call = FinishedCall(Trace("en", stage, "person"), now, 300, waited, by)
            call_log.keep(connection, call, ZoneInfo("Europe/London"))
        for name in ("joined", "hung_up", "answered"):
            count_up(connection, f"queue.{name}", week=iso_week(now))
    page = " ".join(browser_of(house, "Ben").get("/figures").text.split())
    shown = {
        title: re.findall(r'<span class="desk-bars__words">([^<]+)</span>', section)
        for section in page.split('<section class="desk-figures"')[1:]
        for title in re.findall(r"<h2[^>]*>([^<]+)<", section)
    }
    assert shown["Calls by where they were left"] == ["Left while waiting for a person", "Came to the end"]
    assert shown["Callers who asked for a person"] == [
        "Asked for a person",
        "Spoke with a person",
        "Hung up while waiting",
    ]
    assert shown["Waits until somebody answered"] == ["Waited under 1 minute"]
    assert shown["Waits that nobody answered"] == ["Waited under 1 minute", "Waited 3 to 10 minutes"]
