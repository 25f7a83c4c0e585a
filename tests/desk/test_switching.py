"""The switches at the desk: a supervisor sets one with an end, everybody sees it, and the audit has who."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from handlers.desk.switching import PROMPTS, TITLES
from handlers.desk.words import SWITCH_WORDS
from prompts.wording import read_wording_file
from storage import audit
from storage.models import switches
from storage.switches import SWITCHES, all_switches, set_switch
from tests.desk.staff import House, audited, browser_of

HERE = "/switches"


def on(house: House) -> dict[str, int]:
    now = house.clock.now()
    with house.database.read() as connection:
        return {one.name: one.until - now for one in all_switches(connection, now=now)}


def words(page: str) -> str:
    return " ".join(page.split())


def test_every_switch_has_its_words() -> None:
    assert set(SWITCHES) == set(PROMPTS) == set(TITLES) == set(SWITCH_WORDS)


def test_a_supervisor_switches_on_until_a_time_and_the_audit_has_it(house: House) -> None:
    ben = browser_of(house, "Ben")
    assert ben.post(f"{HERE}/on", {"name": "closed", "hours": "4", "seen": ""}, seen=HERE).status_code == 303
    assert on(house) == {"closed": 4 * 3600}
    page = words(ben.get(HERE).text)
    assert "Set by Ben" in page
    with house.database.read() as connection:
        entry = next(e for e in audit.page(connection, below=None, size=9).entries if e.action == "switch.set")
    assert entry.subject == "closed"
    assert entry.person != "command"
    assert entry.detail.startswith("by Ben, until ")


def test_the_page_says_what_callers_hear(house: House) -> None:
    page = words(browser_of(house, "Ben").get(HERE).text)
    said = read_wording_file("en").texts()
    assert [prompt for prompt in PROMPTS.values() if words(said[prompt]) not in page.replace("&#39;", "'")] == []


@pytest.mark.parametrize("name", ["Amina", "Ben", "Ada", "Otto"])
def test_everybody_sees_on_every_page_what_is_switched_on_and_until_when(house: House, name: str) -> None:
    start = {"Amina": "/reports", "Ben": "/calls", "Ada": "/health", "Otto": "/audit"}[name]
    person = browser_of(house, name)
    assert SWITCH_WORDS["outage"] not in person.get(start).text
    now = house.clock.now()
    with house.database.write() as connection:
        set_switch(connection, "outage", until=now + 600, by="Ben", person="command", now=now)
    page = words(person.get(start).text)
    assert f"{SWITCH_WORDS['outage']}</strong> until " in page
    assert ("Change it" in page) is (name == "Ben")
    house.clock.forward(601)
    assert SWITCH_WORDS["outage"] not in person.get(start).text


def test_a_switch_is_given_another_end_and_ended(house: House) -> None:
    ben = browser_of(house, "Ben")
    ben.post(f"{HERE}/on", {"name": "surge", "hours": "1", "seen": ""}, seen=HERE)
    until = house.clock.now() + 3600
    ben.post(f"{HERE}/on", {"name": "surge", "hours": "24", "seen": str(until)}, seen=HERE)
    assert on(house) == {"surge": 86_400}
    until = house.clock.now() + 86_400
    assert ben.post(f"{HERE}/off", {"name": "surge", "seen": str(until)}, seen=HERE).status_code == 303
    assert on(house) == {}
    assert [action for action, _ in audited(house) if "switch" in action] == [
        "switch.set",
        "switch.set",
        "switch.ended",
    ]


@pytest.mark.parametrize("path", ["on", "off"])
def test_what_somebody_else_changed_meanwhile_is_not_overwritten(house: House, path: str) -> None:
    ben, now = browser_of(house, "Ben"), house.clock.now()
    with house.database.write() as connection:
        set_switch(connection, "closed", until=now + 900, by="Ben", person="command", now=now)
    seen = "" if path == "on" else str(now + 60)
    answer = ben.post(f"{HERE}/{path}", {"name": "closed", "hours": "72", "seen": seen}, seen=HERE)
    assert answer.status_code == 409
    assert "somebody else set or ended it" in answer.text
    assert on(house) == {"closed": 900}


@pytest.mark.parametrize(
    "form", [{"name": "closed", "hours": ""}, {"name": "closed", "hours": "9999"}, {"name": "x"}, {}]
)
def test_no_end_and_no_such_switch_are_told_and_change_nothing(house: House, form: dict[str, str]) -> None:
    answer = browser_of(house, "Ben").post(f"{HERE}/on", {"seen": "", **form}, seen=HERE)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert on(house) == {}


@pytest.mark.parametrize("name", ["Amina", "Ada", "Otto", None])
def test_nobody_but_a_supervisor_sets_or_ends(house: House, name: str | None) -> None:
    person = browser_of(house, name)
    seen = {"Amina": "/reports", "Ada": "/health", "Otto": "/audit", None: "/sign-in"}[name]
    for path in ("on", "off"):
        form = {"name": "closed", "hours": "1", "seen": ""}
        assert person.post(f"{HERE}/{path}", form, seen=seen).status_code == (403 if name else 303)
    assert on(house) == {}


def test_a_row_that_is_none_of_ours_closes_no_page(house: House) -> None:
    now = house.clock.now()
    with house.database.write() as connection:
        connection.execute(insert(switches), {"name": "open", "until": now + 60, "set_by": "x", "set_at": now})
    assert browser_of(house, "Ben").get(HERE).status_code == 200
