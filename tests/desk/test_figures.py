"""The figures: numbers of thirteen weeks as bars and as a table, out of counts that lead to nobody."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update

from handlers.desk.figures import BAR_HEIGHT, rows_of
from storage import call_log
from storage.call_log import FinishedCall
from storage.clock import iso_week
from storage.figures import Counted, count_released, reasons_by_week
from storage.jobs import count_more, count_up
from storage.models import counts, reports
from storage.traces import Trace
from tests.desk.staff import House, Story, browser_of, tell

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


def outside(page: str, title: str) -> dict[str, str]:
    """Return the rows of one table of what may be passed on."""
    table = page.partition('id="outside-title"')[2].partition(f">{title}</caption>")[2].partition("</table>")[0]
    rows = re.findall(r'scope="row">([^<]*)</th> <td[^>]*>([^<]*)</td>', " ".join(table.split()))
    return {name: number.strip() for name, number in rows}


def count(house: House, week: str, **numbers: int) -> None:
    """Count so many of several things; two underscores stand for the point of a name."""
    with house.database.write() as connection:
        for name, number in numbers.items():
            count_more(connection, name.replace("__", "."), number, week=week)


def test_the_funnel_leads_from_a_ring_to_a_deed_with_each_steps_part_of_the_one_before(house: House) -> None:
    numbers = {"funnel__rang": 40, "funnel__engaged": 30, "funnel__in_scope": 15, "reported__en": 9, "reported__pl": 3}
    count(house, iso_week(house.clock.now()), **numbers, released__full=6, released__safeguarding=2, funnel__acted=3)
    page = " ".join(browser_of(house, "Ben").get("/figures").text.split())
    steps = re.findall(r'desk-bars__words">([^<]*)</span>.{0,700}?desk-bars__total">(\d+)</span>', page)[:6]
    assert [number for _, number in steps] == ["40", "30", "15", "12", "6", "3"]
    assert page.count("50% of the step before") == 3
    assert re.search(r"Polish</th>( <td[^>]*>0</td>){12} <td[^>]*>3</td>", page)


def test_what_may_be_passed_on_is_of_the_last_whole_quarter_and_withholds_what_is_small(house: House) -> None:
    house.clock.seconds = 1_795_600_000  # in week 48 of 2026
    numbers = {"funnel__rang": 400, "funnel__engaged": 300, "funnel__in_scope": 150}
    count(house, "2026-W30", **numbers, reported__en=60, reported__pl=8, reported__cy=2, released__full=66)
    count(house, "2026-W45", reported__cy=500)
    page = browser_of(house, "Ben").get("/figures").text
    assert "The last quarter that is over, 2026-Q3" in " ".join(page.split())
    steps = outside(page, "From a ring to a deed")
    assert list(steps.values()) == ["400", "300", "150", "70", "withheld", "withheld"]
    told = outside(page, "Reports by language")
    assert told["English"] == "60"
    assert told["Together"] == "70"
    assert "Polish" not in told, "or Welsh would be what is left"
    assert "Welsh" not in told
    assert outside(page, "From report to release")["Together"] == "withheld", "it is the sum that the step withholds"


def test_what_teams_decided_is_passed_on_as_a_whole_or_not_at_all(house: House) -> None:
    house.clock.seconds = 1_795_600_000
    count(house, "2026-W30", reported__en=90, released__full=60, funnel__acted=30)
    count(
        house, "2026-W30", outcome__investigate=28, outcome__safeguard=2, outcome__record=20, outcome__outside_remit=9
    )
    page = browser_of(house, "Ben").get("/figures").text
    whole = {"A team acts": "30", "Keeps it for the future": "20", "Outside its remit": "9"}
    assert whole.items() <= outside(page, "What teams decided").items()
    count(house, "2026-W31", outcome__outside_remit=-5)
    page = browser_of(house, "Ben").get("/figures").text
    assert set(outside(page, "What teams decided").values()) == {"withheld"}


def test_a_confirmed_report_is_counted_by_its_language_and_stays_counted_when_it_is_gone(house: House) -> None:
    told, amina = tell(house, Story(clips=(), language="pl", state="read")), browser_of(house, "Amina")
    here = f"/reports/{told.report_id}"
    assert amina.post(f"{here}/confirmed", {}, seen=here).status_code == 200
    with house.database.write() as connection:
        connection.execute(delete(reports))
    page = " ".join(browser_of(house, "Ben").get("/figures").text.split())
    assert re.search(r"Polish</th>( <td[^>]*>0</td>){12} <td[^>]*>1</td>", page)


def test_a_release_is_counted_by_weeks_and_its_categories_by_quarter_alone(house: House) -> None:
    told = tell(house, Story(week="2026-W40"))
    with house.database.write() as connection:
        count_released(connection, told.report_id, ["drugs", "theft"], week="2026-W45")
        connection.execute(update(reports).values(week="damaged"))
        count_released(connection, told.report_id, ["drugs"], week="2026-W45")
        found = {(row.week, row.name): row.number for row in connection.execute(select(counts))}
    assert found == {
        ("2026-W45", "to_release.5_to_8"): 1,
        ("2026-Q4", "category.drugs"): 2,
        ("2026-Q4", "category.theft"): 1,
    }


def test_a_call_counts_as_far_as_it_came() -> None:
    steps = {
        "none": ["rang"],
        "silent": ["rang"],
        "information": ["rang", "engaged"],
        "voice": ["rang", "engaged", "in_scope"],
        "unheard": [],
    }
    for path, came in steps.items():
        assert [step.removeprefix("funnel.") for step in call_log._steps(Trace(path=path))] == came
    assert "funnel.in_scope" in call_log._steps(Trace(path="person", outcome="report"))
