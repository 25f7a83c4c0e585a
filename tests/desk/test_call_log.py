"""The call log's page: for supervisors alone, coarse, page after page, and nothing in it that leads anywhere."""

from __future__ import annotations

import re
from html import unescape
from zoneinfo import ZoneInfo

import pytest

from handlers.desk.words import CALL_BANDS, CALL_LENGTHS, CALL_OUTCOMES, CALL_PATHS, CALL_STAGES, CALL_WAITS
from storage import call_log
from storage.call_log import FinishedCall
from storage.clock import iso_week
from storage.traces import BANDS, LENGTH_BANDS, OUTCOMES, PATHS, STAGES, WAIT_BANDS, Trace
from tests.desk.staff import House, audited, browser_of, id_of, tell

ROW = re.compile(r'<li class="desk-call">(.*?)</li>', re.DOTALL)


def log(house: House, *traces: Trace, weeks_ago: int = 0, waited: int | None = None, by: str = "") -> None:
    at = house.clock.now() - weeks_ago * 7 * 86_400
    with house.database.write() as connection:
        for trace in traces:
            call_log.keep(connection, FinishedCall(trace, at, 240, waited, by), ZoneInfo("Europe/London"))


def rows(page: str) -> list[str]:
    """Return each row of the page as one sentence."""
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in ROW.findall(page)]


def test_every_word_of_the_log_can_be_said() -> None:
    assert list(CALL_PATHS) == list(PATHS)
    assert list(CALL_OUTCOMES) == list(OUTCOMES)
    assert list(CALL_STAGES) == list(STAGES)
    assert (list(CALL_BANDS), list(CALL_LENGTHS)) == (list(BANDS), list(LENGTH_BANDS))
    assert list(CALL_WAITS) == list(WAIT_BANDS)


def test_a_row_says_path_outcome_stage_language_and_what_may_be_said_of_its_time(house: House) -> None:
    log(house, Trace("en", "menu", "information"), Trace("pl", "questions", "voice", "partial"))
    shown = rows(browser_of(house, "Ben").get("/calls").text)
    assert sorted(shown) == [
        "Information only No report Left at the menu English, morning, 3 to 10 minutes",
        "Report by voice Partial report Left at the questions Polish, hours and length not kept",
    ]


def test_a_row_says_who_answered_and_how_long_the_wait_was_where_that_may_be_said(house: House) -> None:
    log(house, Trace("en", "end", "person"), waited=100, by=id_of(house, "Amina"))
    log(house, Trace("cy", "queue", "person"), waited=1000)
    log(house, Trace("so", "end", "person", "report"), waited=10, by="a" * 32)
    assert sorted(rows(browser_of(house, "Ben").get("/calls").text)) == [
        (
            "Asked for a person No report Came to the end Amina answered "
            "English, morning, 3 to 10 minutes, waited 1 to 3 minutes"
        ),
        (
            "Asked for a person No report Left while waiting for a person Nobody answered "
            "Welsh, morning, 3 to 10 minutes, waited over 10 minutes"
        ),
        "Asked for a person Report Came to the end A former colleague answered Somali, hours and length not kept",
    ]


def test_no_filter_asks_for_the_calls_that_somebody_answered(house: House) -> None:
    amina = id_of(house, "Amina")
    log(house, Trace("en", "end", "person"), waited=100, by=amina)
    log(house, Trace("en", "menu"))
    page = browser_of(house, "Ben").get(f"/calls?by=answered_by:{amina}").text
    assert len(rows(page)) == 2
    assert f'value="answered_by:{amina}"' not in page


def test_no_id_and_no_report_stands_on_the_page(house: House) -> None:
    told = tell(house)
    log(house, Trace("en", "end", "voice", "report"))
    page = browser_of(house, "Ben").get("/calls").text
    main = page[page.index("<main") : page.index("</main>")]
    assert told.case_number not in page
    assert not re.search(r"[0-9a-f]{32}", main)


@pytest.mark.parametrize(
    ("address", "languages"),
    [
        ("/calls", {"English", "Polish", "Welsh"}),
        ("/calls?by=language:pl", {"Polish"}),
        ("/calls?by=path:keys", {"Welsh"}),
        ("/calls?by=outcome:report", {"English", "Welsh"}),
        ("/calls?by=stage:menu", {"Polish"}),
        ("/calls?by=wait:none", {"Polish"}),
        ("/calls?by=nothing:such&week=2026-W99", {"English", "Polish", "Welsh"}),
        ("/calls?by=log_id:x&week=%27&after=%00", {"English", "Polish", "Welsh"}),
    ],
)
def test_filters_show_their_own_and_what_is_none_shows_all(house: House, address: str, languages: set[str]) -> None:
    log(house, Trace("en", "end", "voice", "report"), Trace("pl", "menu"), Trace("cy", "end", "keys", "report"))
    shown = " ".join(rows(browser_of(house, "Ben").get(address).text))
    assert {name for name in ("English", "Polish", "Welsh") if name in shown} == languages


def test_one_week_is_shown_with_its_own_calls(house: House) -> None:
    log(house, Trace("en", "menu"))
    log(house, Trace("pl", "menu"), weeks_ago=1)
    week = iso_week(house.clock.now() - 7 * 86_400)
    (row,) = rows(browser_of(house, "Ben").get(f"/calls?week={week}").text)
    assert "Polish" in row


def test_older_calls_stand_on_further_pages_under_the_same_filter_and_no_total_is_told(house: House) -> None:
    log(house, *[Trace("en", "menu")] * 117, *[Trace("pl", "menu")] * 9)
    ben, shown, address = browser_of(house, "Ben"), 0, "/calls?by=language:en"
    while address:
        page = ben.get(address).text
        assert "117" not in page
        assert "Polish" not in " ".join(rows(page))
        shown += len(rows(page))
        found = re.search(r'id="page-next"\s+href="([^"]+)"', page)
        address = unescape(found[1]) if found else ""
    assert shown == 117


def test_an_empty_log_says_when_calls_appear(house: House) -> None:
    page = " ".join(browser_of(house, "Ben").get("/calls").text.split())
    assert "No call is logged yet. A call appears here once it is over" in page
    assert "Choose another week, or all calls" in browser_of(house, "Ben").get("/calls?by=path:silent").text


def test_a_row_that_something_else_wrote_closes_nothing(house: House) -> None:
    log(house, Trace("en", "menu"))
    with house.database.write() as connection:
        connection.exec_driver_sql("UPDATE call_log SET week = 'x', band = 'x', path = 'x', stage = 'x', outcome = 'x'")
    assert "Not known" in browser_of(house, "Ben").get("/calls").text


def test_looking_at_the_log_is_no_reading_of_a_report_and_the_audit_says_nothing_of_it(house: House) -> None:
    ben = browser_of(house, "Ben")
    before = audited(house)
    ben.get("/calls")
    assert audited(house) == before
