"""The board: what it tells of those who wait and work, to whom, and what it never tells."""

from __future__ import annotations

import re
from html import unescape

from sqlalchemy import Engine, event, insert

from storage.clock import iso_week
from storage.live.board import look
from storage.models import blocks, skills, switches
from tests.desk.staff import House, Story, browser_of, id_of, tell
from tests.desk.waiting import let_wait, let_work

WEEK = 7 * 86_400


def words(page: str) -> str:
    """Return what a page says, as one sentence."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def told(house: House, name: str = "Amina") -> str:
    """Return what somebody reads on the board after the second in which it is looked at once."""
    house.clock.forward(1)
    answer = browser_of(house, name).get("/board/state")
    assert answer.json is not None
    return words(answer.json["page"])


def test_it_counts_who_waits_by_language_with_the_longest_wait_and_who_could_take_them(house: House) -> None:
    browser_of(house, "Amina")
    let_wait(house, for_seconds=95)
    let_wait(house)
    let_wait(house, "pl", for_seconds=301, urgent=True)
    let_work(house, "Ben", speaks=("en", "cy"))
    said = told(house)
    assert re.search(r"Waiting 3 longest 5:\d\d", said)
    assert re.search(r"Polish 1 urgent 1 5:\d\d nobody", said)
    assert re.search(r"English 2 [12]:\d\d 1 ", said)
    assert "Welsh 0 nobody waits 1" in said


def test_callers_of_a_practice_and_those_who_talk_do_not_wait(house: House) -> None:
    let_wait(house, practice=True)
    let_wait(house, state="talking")
    assert "Waiting 0 nobody in the queue Available 0 1 call goes on" in told(house)


def test_people_stand_by_what_they_do_with_the_time_and_never_with_a_number_of_calls(house: House) -> None:
    let_work(house, "Amina", "on_call")
    let_work(house, "Ben", "break")
    said = told(house)
    assert re.search(r"On a call 1 Amina \d min On a break 1 Ben \d min", said)


def test_whose_page_is_gone_is_away_and_after_an_hour_nowhere(house: House) -> None:
    let_work(house, "Amina")
    house.clock.forward(3600 + 20)
    browser = browser_of(house, "Ben")
    assert "Away 1 Amina" in words(browser.get("/board").text)
    house.clock.forward(3600)
    assert "Amina" not in words(browser_of(house, "Ben").get("/board").text).partition("Who is at work")[2]


def test_a_language_whose_speaker_s_training_has_ended_is_nobody_s(house: House) -> None:
    let_wait(house, "so")
    let_work(house, "Amina", speaks=())
    person = id_of(house, "Amina")
    with house.database.write() as connection:
        connection.execute(insert(skills), {"person_id": person, "skill": "interpreter", "until": "2020-01"})
    assert re.search(r"Somali 1 \d:\d\d nobody", told(house))
    with house.database.write() as connection:
        connection.execute(insert(skills), {"person_id": person, "skill": "language:so", "until": "2099-01"})
    assert re.search(r"Somali 1 \d:\d\d 1 ", told(house))


def test_it_tells_unread_voice_the_oldest_week_and_urgent_reports_that_stand(house: House) -> None:
    now = house.clock.now()
    old = iso_week(now - 5 * WEEK)
    tell(house, Story())
    tell(house, Story(channel="keys"))
    tell(house, Story(week=old, state="read", urgent="yes", urgent_due=now - 60))
    tell(house, Story(week=iso_week(now - 9 * WEEK), state="confirmed"))
    said = told(house)
    assert "Urgent 1 Overdue: acknowledge now 1 min late Voice, unread 1 " in said
    assert f"Oldest to do: week {int(old[6:])} " in said


def test_no_number_tells_somebody_of_a_report_that_is_closed_to_them(house: House) -> None:
    now = house.clock.now()
    hers = tell(house, Story(week=iso_week(now - 8 * WEEK), urgent="yes", urgent_due=now - 60, claimed=""))
    row = {"person_id": id_of(house, "Amina"), "report_id": hers.report_id, "item_id": "0" * 32}
    with house.database.write() as connection:
        connection.execute(insert(blocks), row)
    assert "Urgent 0 none stands Voice, unread 0 all were opened Oldest to do: week 0 nothing is to do" in told(house)
    assert "Urgent 1 Overdue: acknowledge now 2 min late Voice, unread 1 " in told(house, "Ben")


def test_it_says_whether_the_line_is_open_and_what_is_switched_on(house: House) -> None:
    now = house.clock.now()
    row = {"name": "closed", "until": now + 7200, "set_by": "Ben", "set_at": now}
    with house.database.write() as connection:
        connection.execute(insert(switches), row)
    assert "The line Closed The line is closed: nobody answers, reports are taken" in told(house)


def test_what_has_not_changed_is_sent_once(house: House) -> None:
    let_wait(house)
    amina = browser_of(house, "Amina")
    first = amina.get("/board/state")
    house.clock.forward(30)
    again = amina.get("/board/state", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.text) == (304, "")
    let_wait(house)
    house.clock.forward(1)
    changed = amina.get("/board/state", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert changed.headers["Cache-Control"] == "no-store"


def test_many_desks_cost_one_look_a_second(house: House) -> None:
    let_wait(house)
    people = [browser_of(house, name) for name in ("Amina", "Ben") * 2]
    house.clock.forward(1)
    looks: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        looks.extend([statement] if "FROM talks" in statement else [])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for person in people:
            assert person.get("/board/state").status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(looks) == 2, "the waiting and the talking, for all four"


def test_it_calls_for_what_somebody_must_do_in_words_that_name_no_report(house: House) -> None:
    amina = browser_of(house, "Amina")
    answer = amina.get("/board/state").json
    assert answer is not None
    assert (answer["call"], answer["urgent"], answer["news"]) == ("", False, "Nobody waits, 0 available.")
    told_ = tell(house, Story(urgent="yes", urgent_due=house.clock.now() + 600))
    let_wait(house, "so")
    house.clock.forward(1)
    answer = amina.get("/board/state").json
    assert answer is not None
    assert answer["call"] == "Acknowledge 1 urgent report; Nobody can take a call in Somali"
    assert answer["urgent"]
    assert told_.case_number not in str(answer)


def test_looking_at_the_board_by_itself_keeps_nobody_signed_in(house: House) -> None:
    amina = browser_of(house, "Amina")
    answers = []
    for _ in range(20):
        house.clock.forward(60)
        answers.append(amina.get("/board/state").status_code)
    assert (answers[0], answers[-1]) == (200, 401)


def test_only_pages_that_keep_time_may_start_a_worker(house: House) -> None:
    amina = browser_of(house, "Amina")
    for path, allowed in (("/board", "'self'"), ("/live", "'self'"), ("/reports", "'none'"), ("/x", "'none'")):
        assert f"worker-src {allowed}" in amina.get(path).headers["Content-Security-Policy"], path


def test_rows_that_something_else_wrote_close_nothing(house: House) -> None:
    let_wait(house)
    let_work(house, "Amina")
    tell(house, Story(urgent="yes", urgent_due=5))
    if house.database.is_sqlite:
        with house.database.write() as connection:
            connection.exec_driver_sql("UPDATE reports SET urgent_due = 'x', week = 'y'")
    assert browser_of(house, "Ben").get("/board").status_code == 200


def test_every_statement_of_the_look_finds_its_rows_by_an_index(house: House) -> None:
    if not house.database.is_sqlite:
        return  # PostgreSQL plans by what stands in the table, and here that is nothing
    said: list[tuple[str, tuple[object, ...]]] = []

    def note(_c: object, _cursor: object, statement: str, asked: tuple[object, ...], *_more: object) -> None:
        said.append((statement, asked))

    with house.database.read() as connection:
        event.listen(Engine, "before_cursor_execute", note)
        try:
            look(connection, now=house.clock.now())
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        plans = [
            row[3]
            for statement, asked in said
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", asked)
        ]
    large = [plan for plan in plans if "reports" in plan or "talks" in plan]
    assert large
    assert [plan for plan in large if plan.startswith("SCAN")] == []
