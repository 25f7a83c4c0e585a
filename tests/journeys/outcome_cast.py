"""All processes of a line, a caller with sound, and four who work in browsers: three at the desk, one for the team."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from playwright.sync_api import Browser, Page, expect, sync_playwright

from ivr.canary import Canary
from ivr.demo.call import CALLER, SECONDS_UNTIL_DELETABLE, make_exchange, serve_carrier
from ivr.demo.house import LINE, House, Staff, make_house
from ivr.demo.parts import Parts
from ivr.demo.post import Mailbox, mail_host
from ivr.demo.running import start_line
from ivr.demo.tour import code_now
from ivr.simulator.ears import DigitEars
from ivr.simulator.exchange import Exchange
from ivr.simulator.script import ScriptedCaller
from ivr.worker.speech import OwnVoice
from storage.clock import SystemClock
from tests.browser.stage import launch
from tests.cheaper import full_price
from tests.journeys.received import CONTROL, Received

PATIENCE = 20_000  # ms for one step of somebody's work
AGAIN = 0.3  # seconds until a page is loaded anew that does not show yet what is waited for
AT_WORK = ("Amina", "Ben", "Carla", "Lena")


@dataclass
class Cast:
    """Everybody's page, what was taken down of it, and the telephone network that the caller rings through."""

    house: House
    exchange: Exchange
    mailbox: Mailbox
    pages: dict[str, Page] = field(default_factory=dict)
    received: dict[str, Received] = field(default_factory=dict)

    def desk(self, path: str) -> str:
        """Return the address of a page of the desk."""
        return self.house.address("desk") + path

    def rings(self, script: str, reference: str = "") -> ScriptedCaller:
        """Let the caller ring as a script says, in a voice that can be heard, and hang up; give the line its time."""
        call = self.exchange.ring(LINE, CALLER)
        caller = ScriptedCaller(call, OwnVoice().speak, DigitEars(self.house.digits), reference=reference)
        caller.follow(script)
        self.exchange.advance(SECONDS_UNTIL_DELETABLE)
        return caller

    def of_the_caller(self, reference: str) -> list[Canary]:
        """Return what leads to the caller: their number, names, calls, and the reference that they alone know."""
        calls = [Canary("call_sid", sid) for sid in self.exchange.calls]
        names = [Canary("name", CALLER.name), Canary("city", CALLER.city)]
        return [Canary("number", CALLER.number), *names, *calls, Canary("reference", reference)]


@contextmanager
def open_cast(folder: Path, chromium: str) -> Iterator[Cast]:
    """Start everything, sign the four in, and stop everything at the end."""
    with ExitStack() as stack:
        stack.enter_context(full_price())  # the processes stretch passwords as production does
        house = make_house(folder / "house", lambda part: None)
        mailbox = Mailbox(house.mail)
        mail = mail_host(mailbox, house.ports["mail"])
        mail.start()
        stack.callback(mail.stop)
        parts, stop = stack.enter_context(Parts(house.settings, house.logs)), Event()
        start_line(parts, house, stop)
        exchange = make_exchange(house)
        serve_carrier(stack, house, exchange)
        browser = launch(stack.enter_context(sync_playwright()), chromium)
        stack.callback(browser.close)
        cast = Cast(house, exchange, mailbox)
        for staff in (*house.staff(), *house.teams()):
            if staff.alias in AT_WORK:
                _come_in(cast, browser, staff, folder / "received" / staff.alias)
        yield cast


def _come_in(cast: Cast, browser: Browser, staff: Staff, folder: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    cast.received[staff.alias] = Received(folder)
    cast.received[staff.alias].watch(context)
    page = cast.pages[staff.alias] = context.new_page()
    page.goto(cast.house.address("assessment" if "@" in staff.name else "desk") + "/sign-in")
    page.get_by_label("Name").fill(CONTROL.text)  # a mistake, with which the answer holds what is typed
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("Name").fill(staff.name)
    page.get_by_label("Password").fill(staff.password)
    page.get_by_label("Code from your authenticator").fill(code_now(staff, SystemClock()))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


def appears(page: Page, address: str, words: str) -> None:
    """Load a page until it says something: what other processes do comes when it comes."""
    for _ in range(int(PATIENCE / 1000 / AGAIN)):
        page.goto(address)
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(AGAIN * 1000)
    raise AssertionError(f"{words!r} never came")
