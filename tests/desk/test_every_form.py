"""Every form of every page, filled in and sent by everybody who sees it: what changes something leaves an entry."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from handlers.desk.app import PAGES
from handlers.permissions import Action, Role, may
from storage.audit import head
from storage.clock import TurnedClock
from storage.database import Database
from storage.holds import Hold, note_hold
from storage.models import metadata, shifts, talks
from tests.desk.callers import lose, open_live_house, ring_and_offer, sit_down, token_of_seat
from tests.desk.staff import STAFF, Browser, Hired, House, Keys, Story, browser_of, tell

# What changes something that is nobody's deed, or that is written down nowhere on purpose.
# A shift says what somebody does now, and nothing of it is kept; a word is asked for without a record.
UNAUDITED_PAGES = {"stay", "sign-out", "looks", "autosave", "choose-shift", "live-word"}
pytestmark = pytest.mark.timeout(480)  # it sends some hundreds of forms and compares all tables around each
UNAUDITED_TABLES = {"audit", "beats", "jobs"}
SOME_TEXT = "words that somebody typed"
# Shown by other tests to need two people, or a file that no walk has at hand.
CHANGES_KNOWN = {
    "acknowledge",
    "confirm",
    "dismiss",
    "edit-training",
    "exports",
    "lift-hold",
    "review-hold",
    "set-hold",
}
CHANGES_KNOWN |= {"switch-on", "switch-off"}
STORIES = (
    Story(clips=(("story", ""),)),
    Story(clips=(), urgent="yes", urgent_due=1_795_000_000),
    Story(held="court", state="confirmed", clips=()),
)


class Forms(HTMLParser):
    """The forms of a page that are sent, each with what a person would fill in who takes the last of everything."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._open: dict[str, str] | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form" and told.get("method", "").lower() == "post":
            self._open = {}
            self.found.append((told.get("action", ""), self._open))
        elif self._open is None:
            return
        elif tag == "option" and self._select:
            self._open[self._select] = told.get("value", "")
        elif name := told.get("name"):
            self._fill(tag, name, told)

    def _fill(self, tag: str, name: str, told: dict[str, str]) -> None:
        assert self._open is not None
        if tag == "select":
            self._select, self._open[name] = name, ""
        elif tag == "textarea":
            self._open[name] = SOME_TEXT
        elif tag == "button" or told.get("type") in ("radio", "checkbox", "hidden"):
            self._open.setdefault(name, told.get("value", ""))
        else:
            self._open[name] = told.get("value") or SOME_TEXT

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""


LIVE_DEEDS = {"accept-call", "decline-call", "take-up-call", "lead-aside", "finish-call", "alert-from-call"}
BY_THE_WAY = {"hold-call", "save-form"}  # as autosaves: an entry for each would say more of a call than it is worth


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_form_of_a_call_changes_anything_without_an_entry_but_hold_and_save(
    keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path
) -> None:
    changed: set[str] = set()
    with open_live_house(keys, hired, database, clock, tmp_path) as house:
        amina = browser_of(house, "Amina")
        for what in ("decline", "talk", "lost"):
            for number in range(12):
                page = _live_page(house, amina, what, f"{what}-{number}")
                shown = [one for one in forms(amina.get(page).text) if endpoint_of(house, one[0]) not in BY_THE_WAY]
                if number < len(shown):
                    send(amina, *shown[number], changed)
                _over(house)
    assert changed >= LIVE_DEEDS, f"this walk did not reach {sorted(LIVE_DEEDS - changed)}"


def _live_page(house: House, amina: Browser, what: str, call_key: str) -> str:
    """Bring a caller to Amina, and return the page on which she sees them."""
    talk = ring_and_offer(house, "Amina", call_key=call_key)
    if what == "decline":
        return "/live"
    amina.post(f"/live/call/{talk}/accepted", {}, seen="/live")
    sit_down(house, token_of_seat(amina.get(f"/live/call/{talk}").text), f"leg-{call_key}")
    if what == "lost":
        lose(house, f"leg-{call_key}")
    return f"/live/call/{talk}"


def _over(house: House) -> None:
    with house.database.write() as connection:
        connection.execute(delete(talks))
        connection.execute(delete(shifts))


def forms(page: str) -> list[tuple[str, dict[str, str]]]:
    read = Forms()
    read.feed(page)
    return read.found


def stored(house: House) -> dict[str, Any]:
    with house.database.read() as connection:
        return {
            table.name: sorted(map(str, connection.execute(select(table)).all()))
            for table in metadata.sorted_tables
            if table.name not in UNAUDITED_TABLES
        }


def endpoint_of(house: House, action: str) -> str:
    endpoint, _values = house.app.url_map.bind("desk.example").match(action.partition("?")[0], method="POST")
    return str(endpoint)


def entries(house: House) -> int:
    with house.database.read() as connection:
        return head(connection).sequence


def send(person: Browser, action: str, form: dict[str, str], changed: set[str]) -> None:
    """Send a form, and the one that its answer asks for, and look whether what it changed was written down."""
    house = person.house
    for _ in range(4):
        if (endpoint := endpoint_of(house, action)) in UNAUDITED_PAGES:
            return
        before, written = stored(house), entries(house)
        answer = person.bare_post(action, form)
        assert answer.status_code < 500, (action, answer.status_code)
        if stored(house) != before:
            changed.add(endpoint)
            assert entries(house) > written, f"{endpoint} changed something and left no entry"
        onward = [one for one in forms(answer.text) if endpoint_of(house, one[0]) not in UNAUDITED_PAGES]
        if answer.status_code != 200 or not onward:
            return
        action, form = onward[-1]


def fresh_report(house: House, story: Story) -> str:
    """Return a report that no form was tried on: one form may destroy what another needs."""
    told = tell(house, story)
    if story.held:
        with house.database.write() as connection:
            note_hold(connection, told.report_id, Hold("0" * 32, "2026-10", "2026-11"))
    return told.report_id


def paths(person: Browser, story: Story) -> list[str]:
    """Return every page that this person may ask for, each of a fresh report, with what those lead to."""
    found = []
    role = Role(STAFF[person.name])
    for page in PAGES:
        if "GET" in page.methods and not page.quiet and page.action is not Action.SIGN_IN and may(role, page.action):
            fresh = fresh_report(person.house, story) if "<hex32:report_id>" in page.rule else ""
            found.append(page.rule.replace("<hex32:report_id>", fresh))
    linked = {
        unescape(address)
        for path in found
        if "/reports" not in path
        for address in re.findall(r'href="(/[^"#]*\?[^"]*)"', person.get(path).text)
        if "/audit" not in address and "/calls?" not in address
    }
    return [path for path in (*found, *sorted(linked)) if "<" not in path]  # a clip is sound


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # forms are the same on each kind, and many
def test_no_form_changes_anything_without_an_entry_in_the_audit(house: House) -> None:
    changed: set[str] = set()
    for name in STAFF:
        for story in STORIES:
            person = browser_of(house, name)
            for path in paths(person, story):
                for number in range(len(forms(person.get(path).text))):
                    shown = forms(person.get(path).text)  # as it is now: the form before may have changed it
                    if number < len(shown):
                        send(person, *shown[number], changed)
    assert changed >= CHANGES_KNOWN, f"this walk did not reach {sorted(CHANGES_KNOWN - changed)}"
