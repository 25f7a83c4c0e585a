"""The call log as a file: two people, exactly what was allowed, once, within the hour, each step written down."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from storage import audit, call_log, exports, models
from storage.call_log import FinishedCall
from storage.clock import iso_week
from storage.keys import read_pepper
from storage.people import add_person, admit
from storage.traces import Trace
from tests.desk.staff import PASSWORD, Browser, House, audited, browser_of

WEEK = 7 * 86_400
HERE = "/calls/exports"
VOICE = Trace("en", "end", "voice", "report")
SOMALI = Trace("so", "end", "voice", "report")


@pytest.fixture(autouse=True)
def cora(house: House) -> None:
    """Add a second supervisor."""
    pepper = read_pepper(house.keys.folder / "pepper")
    with house.database.write() as connection:
        new = add_person(connection, name="Cora", alias="Cora", role="supervisor", password=PASSWORD, pepper=pepper)
        cora = new.person
        admit(connection, member=cora.person_id, public_key=cora.public_key, group=house.keys.desk)
    house.totp["Cora"] = new.totp_secret.decode()


def log(house: House, *traces: Trace, weeks_ago: int = 1) -> str:
    at = house.clock.now() - weeks_ago * WEEK
    with house.database.write() as connection:
        for trace in traces:
            call_log.keep(connection, FinishedCall(trace, at, 240), ZoneInfo("Europe/London"))
    return iso_week(at)


def ask(person: Browser, week: str, by: str = "", last: str = "") -> str:
    """Ask for a file and return its id."""
    answer = person.post(HERE, {"from": week, "to": last or week, "by": by}, seen=HERE)
    assert answer.status_code == 303, answer.text
    with person.house.database.read() as connection:
        newest = select(models.exports.c.export_id).order_by(models.exports.c.asked_at.desc()).limit(1)
        return str(connection.scalar(newest))


def decide(person: Browser, export: str, decision: str = "allow") -> int:
    seen = HERE if person.name in ("Ben", "Cora") else "/reports"
    return person.post(f"{HERE}/decided", {"export": export, "decision": decision}, seen=seen).status_code


def fetch(person: Browser, export: str) -> tuple[int, str]:
    answer = person.post(f"{HERE}/file", {"export": export}, seen=HERE, buffered=True)
    return answer.status_code, answer.text


def steps(house: House) -> list[str]:
    return [action for action, _ in audited(house) if action.startswith("calls-export")]


def two(house: House) -> Iterator[Browser]:
    return (browser_of(house, name) for name in ("Ben", "Cora"))


def test_one_asks_another_allows_and_the_first_fetches_it_once(house: House) -> None:
    week = log(house, *[VOICE] * 6, Trace("pl", "menu"))
    ben, cora = two(house)
    export = ask(ben, week)
    assert "7 calls, asked for by" in " ".join(cora.get(HERE).text.split())
    assert decide(cora, export) == 303
    status, text = fetch(ben, export)
    assert status == 200
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 7
    assert set(rows[0]) == {"Week", "Path", "Stage", "Outcome", "Language", "Hours", "Length", "Wait", "Answered"}
    assert not re.search(r"[0-9a-f]{32}", text)
    assert fetch(ben, export)[0] == 409
    assert steps(house) == ["calls-export-asked", "calls-export-allowed", "calls-export-fetched"]


def test_the_audit_has_who_which_weeks_how_many_and_the_digest_at_each_step(house: House) -> None:
    week = log(house, *[VOICE] * 6, Trace("pl", "menu"))
    ben, cora = two(house)
    export = ask(ben, week, by="outcome:report")
    decide(cora, export)
    fetch(ben, export)
    with house.database.read() as connection:
        entries = [entry for entry in audit.page(connection, below=None, size=50).entries if entry.subject == export]
    told = {entry.detail for entry in entries}
    assert len(told) == 1
    assert re.fullmatch(rf"{week} to {week}, outcome report: 6 rows, sha256 [0-9a-f]{{64}}", told.pop())
    assert len({entry.person for entry in entries}) == 2


def test_nobody_allows_their_own(house: House) -> None:
    ben, _ = two(house)
    export = ask(ben, log(house, VOICE))
    assert decide(ben, export) == 409
    assert fetch(ben, export)[0] == 409
    assert steps(house) == ["calls-export-asked"]


def test_who_did_not_ask_fetches_nothing(house: House) -> None:
    ben, cora = two(house)
    export = ask(ben, log(house, VOICE))
    decide(cora, export)
    assert fetch(cora, export)[0] == 409
    assert fetch(ben, export)[0] == 200


def test_a_refused_one_is_not_fetched_and_not_allowed_any_more(house: House) -> None:
    ben, cora = two(house)
    export = ask(ben, log(house, VOICE))
    assert decide(cora, export, "refuse") == 303
    assert decide(cora, export) == 409
    assert fetch(ben, export)[0] == 409
    assert steps(house) == ["calls-export-asked", "calls-export-refused"]


@pytest.mark.parametrize(("minutes", "works"), [(59, True), (60, False), (-61, False)])
def test_an_asking_lapses_after_an_hour(house: House, minutes: int, *, works: bool) -> None:
    export = ask(browser_of(house, "Ben"), log(house, VOICE))
    house.clock.forward(minutes * 60 - 30)
    assert (decide(browser_of(house, "Cora"), export) == 303) is works


@pytest.mark.parametrize(("minutes", "works"), [(59, True), (60, False)])
def test_what_was_allowed_lapses_after_an_hour(house: House, minutes: int, *, works: bool) -> None:
    ben, cora = two(house)
    export = ask(ben, log(house, VOICE))
    decide(cora, export)
    house.clock.forward(minutes * 60 - 30)
    assert (fetch(browser_of(house, "Ben"), export)[0] == 200) is works


def test_a_call_that_is_logged_meanwhile_lets_nothing_out(house: House) -> None:
    week = log(house, VOICE)
    ben, cora = two(house)
    before, after = ask(ben, week), ""
    log(house, Trace("pl", "menu"))
    assert decide(cora, before) == 409
    house.clock.forward(1)
    after = ask(ben, week)
    decide(cora, after)
    log(house, Trace("pl", "menu"))
    status, page = fetch(ben, after)
    assert status == 409
    assert "hold other calls now" in page


@pytest.mark.parametrize(
    "touched",
    [
        {"from_week": "2026-W40"},
        {"narrowed": "", "value": ""},
        {"number": 2},
        {"digest": "0" * 64},
        {"asked_by": "cora"},
    ],
)
def test_filters_that_were_changed_in_the_row_let_nothing_out(house: House, touched: dict[str, object]) -> None:
    week = log(house, VOICE, Trace("pl", "menu"))
    log(house, VOICE, weeks_ago=7)
    ben, cora = two(house)
    export = ask(ben, week, by="path:voice")
    decide(cora, export)
    if touched.get("asked_by"):
        with house.database.read() as connection:
            of = models.people.c.alias == "Cora"
            touched = {"asked_by": connection.scalar(select(models.people.c.person_id).where(of))}
    with house.database.write() as connection:
        connection.execute(update(models.exports).values(touched))
    assert [fetch(person, export)[0] for person in (ben, cora)] == [409, 409]


def test_a_row_that_says_allowed_although_nobody_did_lets_nothing_out(house: House) -> None:
    ben, _ = two(house)
    export = ask(ben, log(house, VOICE))
    forged = {"state": "allowed", "decided_by": "f" * 32, "decided_at": house.clock.now()}
    with house.database.write() as connection:
        connection.execute(update(models.exports).values(forged))
    assert fetch(ben, export)[0] == 409
    assert steps(house) == ["calls-export-asked"]


def test_a_language_that_few_share_is_left_out_of_the_file_and_stands_on_the_page(house: House) -> None:
    week = log(house, *[VOICE] * 5, SOMALI)
    ben, cora = two(house)
    export = ask(ben, week)
    decide(cora, export)
    languages = sorted(row["Language"] for row in csv.DictReader(io.StringIO(fetch(ben, export)[1], newline="")))
    assert languages == ["English"] * 5 + ["Fewer than five alike"]
    assert "Somali" in ben.get("/calls").text


def test_rows_are_read_page_after_page_and_none_is_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first, last = log(house, *[VOICE] * 11, weeks_ago=2), log(house, *[VOICE] * 7)
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 3)
    ben, cora = two(house)
    export = ask(ben, first, last=last)
    decide(cora, export)
    assert len(fetch(ben, export)[1].splitlines()) == 1 + 18


def test_what_another_program_wrote_into_the_log_is_no_formula(house: House) -> None:
    week = log(house)
    row = {
        "week": week,
        "band": "=1",
        "path": "@x",
        "stage": "+1",
        "length": "",
        "outcome": "-1",
        "wait": "=9",
        "answered_by": "=",
    }
    rows = [{"log_id": f"{number:032x}", "language": "=2+3", **row} for number in range(5)]
    with house.database.write() as connection:
        connection.execute(insert(models.call_log), rows)
    ben, cora = two(house)
    export = ask(ben, week)
    decide(cora, export)
    lines = fetch(ben, export)[1].splitlines()[1:]
    assert (
        lines == [f'"{week}","Not known","Not known","Not known","\'=2+3","Not kept","Not kept","Not kept","Yes"'] * 5
    )


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"from": "2026-W46", "to": "2026-W40"},
        {"from": "2026-W47", "to": "2026-W47"},  # not over yet
        {"from": "2026-W46", "to": "2030-W01"},
        {"from": "2026-W46", "to": "2026-W46", "by": "language:so"},
        {"from": "'; --", "to": "2026-W46"},
    ],
)
def test_weeks_that_are_not_over_and_filters_that_are_none_are_told_and_kept_nowhere(
    house: House, form: dict[str, str]
) -> None:
    ben = browser_of(house, "Ben")
    assert iso_week(house.clock.now()) == "2026-W47"
    answer = ben.post(HERE, form, seen=HERE)
    assert answer.status_code == 422
    assert answer.text.count("There is a problem") == 1
    assert steps(house) == []


def test_more_calls_than_one_file_takes_are_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 3)
    week = log(house, *[VOICE] * 4)
    answer = browser_of(house, "Ben").post(HERE, {"from": week, "to": week}, seen=HERE)
    assert answer.status_code == 422
    assert "choose fewer weeks" in answer.text


@pytest.mark.parametrize("name", ["Amina", "Ada", "Otto", None])
def test_nobody_but_supervisors_asks_allows_or_fetches(house: House, name: str | None) -> None:
    export = ask(browser_of(house, "Ben"), log(house, VOICE))
    person = browser_of(house, name)
    seen = {"Amina": "/reports", "Ada": "/health", "Otto": "/audit", None: "/sign-in"}[name]
    for path in (HERE, f"{HERE}/decided", f"{HERE}/file"):
        answer = person.post(path, {"export": export, "decision": "allow"}, seen=seen)
        assert answer.status_code == (403 if name else 303)
    assert steps(house) == ["calls-export-asked"]


def test_askings_of_the_day_before_are_forgotten(house: House) -> None:
    week = log(house, VOICE)
    ask(browser_of(house, "Ben"), week)
    house.clock.forward(86_400)
    ask(browser_of(house, "Ben"), week)
    with house.database.read() as connection:
        assert len(connection.execute(select(models.exports)).all()) == 1
