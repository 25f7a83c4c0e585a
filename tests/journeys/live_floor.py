"""A line with all its processes and three people with browsers and microphones: a caller, a handler, a supervisor."""

from __future__ import annotations

import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import requests
from playwright.sync_api import Page, expect, sync_playwright

from ivr.canary import Canary
from ivr.demo.house import ACCOUNT, API_KEY, EXAMPLE_LINE, House, make_house
from ivr.demo.parts import Parts
from ivr.demo.running import start_exchange, start_line
from ivr.demo.tour import code_now
from ivr.simulator.lines import caller_of
from prompts.line import read_line
from storage.clock import SystemClock
from tests.browser.ears import LISTEN, Voice, heard_at_once, voices_in
from tests.browser.practice import launch_with_microphone
from tests.cheaper import full_price
from tests.journeys.received import CONTROL, Received

QUICK_VOICE = (sys.executable, str(Path(__file__).with_name("quick_voice.py")))
VOICES = {"caller": Voice(0, 1), "amina": Voice(90, 7), "ben": Voice(35, 11)}
CALLER = "forwarded"  # two numbers come with this call
TOGETHER = "You and the caller hear each other."
LISTENING_SECONDS, SETTLED_SECONDS = 1.8, 15


@dataclass(frozen=True)
class Floor:
    """Everybody's page, and what was taken down of it."""

    house: House
    pages: dict[str, Page]
    received: dict[str, Received]

    @property
    def caller(self) -> Page:
        return self.pages["caller"]

    @property
    def amina(self) -> Page:
        return self.pages["amina"]

    @property
    def ben(self) -> Page:
        return self.pages["ben"]

    def desk(self, path: str) -> str:
        return self.house.address("desk") + path

    def ask(self, query: str) -> list[tuple[object, ...]]:
        database = sqlite3.connect(self.house.folder / "hotline.db", timeout=10)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()

    def canaries(self) -> list[Canary]:
        """Return every number that a call has to do with, and the names of its legs, room and rows."""
        told = caller_of(CALLER)
        assert told is not None
        rooms = [str(value) for row in self.ask("SELECT room, call_key FROM talks") for value in row]
        return [
            Canary("number", told.number),
            Canary("number", told.forwarded_from),
            Canary("name", told.name),
            Canary("city", told.zip),
            *(Canary("number", _dialled(one.number)) for one in read_line(self.house.line_file).interpreters),
            *(Canary("call_sid", sid) for sid in self._sids()),
            *(Canary("phrase", one) for one in rooms),
        ]

    def _sids(self) -> list[str]:
        account = f"{self.house.address('carrier')}/2010-04-01/Accounts/{ACCOUNT}"
        key = (API_KEY, self.house.secret("api-secret"))
        addresses = (f"{account}/{what}.json" for what in ("Calls", "Conferences"))
        listed = "".join(requests.get(one, auth=key, timeout=10).text for one in addresses)
        return sorted(set(re.findall(r"\b(?:CA|CF)[0-9a-f]{32}\b", listed)))


def _dialled(number: str) -> str:
    return "+" + re.sub(r"\D", "", number)


@contextmanager
def open_floor(folder: Path, chromium: str) -> Iterator[Floor]:
    """Start everything, sign the two in, and stop everything at the end."""
    with ExitStack() as stack:
        stack.enter_context(full_price())  # the processes stretch passwords as production does
        line = folder / "line.toml"
        line.write_text(_day_and_night(EXAMPLE_LINE.read_text(encoding="utf-8")), encoding="utf-8")
        house = make_house(folder / "house", lambda part: None, line)
        parts, stop = stack.enter_context(Parts(house.settings, house.logs)), Event()
        start_line(parts, house, stop)
        start_exchange(parts, house, stop, QUICK_VOICE)
        playwright = stack.enter_context(sync_playwright())
        pages, received = {}, {name: Received(folder / "received" / name) for name in VOICES}
        for name, voice in VOICES.items():
            microphone = folder / f"{name}.wav"
            microphone.write_bytes(voice.wav())
            browser = launch_with_microphone(playwright, chromium, microphone)
            stack.callback(browser.close)
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.add_init_script(LISTEN)
            received[name].watch(context)
            pages[name] = context.new_page()
        floor = Floor(house, pages, received)
        floor.caller.goto(house.address("phone"))
        for name in ("amina", "ben"):
            _sign_in(floor, name)
        yield floor


def _day_and_night(line: str) -> str:
    """Return a line's file whose handlers answer on every day at every hour, whenever a test runs."""
    always = re.sub(r'\["\d\d:\d\d-\d\d:\d\d"\]', '["00:00-24:00"]', line)
    without_holidays = re.sub(r"\[\[holidays\]\]\n(?:.+\n)+", "", always)
    return re.sub(r"(?m)^region = .*$", "", without_holidays)


def _sign_in(floor: Floor, name: str) -> None:
    staff = next(one for one in floor.house.staff() if one.name == name)
    page = floor.pages[name]
    page.goto(floor.desk("/sign-in"))
    page.get_by_label("Name").fill(CONTROL.text)  # a mistake, with which the desk's answer holds what is typed
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value(CONTROL.text)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(staff.password)
    page.get_by_label("Code from your authenticator").fill(code_now(staff, SystemClock()))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


# ---- what people do --------------------------------------------------------------------------------------------------


def be_ready(floor: Floor) -> None:
    """Let Amina be available, and Ben look at the calls that go on."""
    floor.amina.goto(floor.desk("/live"))
    checked = floor.amina.get_by_label("checked my headset")
    if checked.count():
        checked.check()
    floor.amina.get_by_role("button", name="I am available").click()
    expect(floor.amina.get_by_role("heading", name="Available")).to_be_visible()
    floor.ben.goto(floor.desk("/live/calls"))


def ring(floor: Floor) -> None:
    """Let the caller ring, and ask for a person."""
    phone = floor.caller
    phone.locator("#caller").select_option(CALLER)
    phone.get_by_role("button", name="Call").click()
    hears_words(floor, "For a trained handler")
    phone.keyboard.press("1")


def answer(floor: Floor) -> None:
    """Let Amina take the caller whom she is offered."""
    floor.amina.get_by_role("button", name="Accept").click(timeout=15_000)
    floor.amina.wait_for_url("**/live/call/*")
    expect(floor.amina.locator("[data-words]")).to_have_text(TOGETHER, timeout=15_000)


def hang_up(floor: Floor) -> None:
    """Let the caller have ended their call, however it went."""
    if floor.caller.locator("#hang-up").is_visible():
        floor.caller.locator("#hang-up").click()
    expect(floor.caller.locator("#state")).to_have_text("The call is over")


# ---- what is heard ---------------------------------------------------------------------------------------------------


def hears_words(floor: Floor, words: str, seconds: float = 20) -> None:
    """Wait until the line says these words to the caller."""
    expect(floor.caller.locator("#entries")).to_contain_text(words, timeout=seconds * 1000)


def hear(floor: Floor, **expected: set[str]) -> None:
    """Wait until everybody named hears exactly these voices, all at the same time."""
    end, wanted = time.monotonic() + SETTLED_SECONDS, {name: frozenset(heard) for name, heard in expected.items()}
    while True:
        sounds = heard_at_once([floor.pages[name] for name in wanted], LISTENING_SECONDS)
        are_heard = {name: voices_in(pcm, VOICES) for name, pcm in zip(wanted, sounds, strict=True)}
        if are_heard == wanted:
            return
        assert time.monotonic() < end, f"heard was {are_heard}"
