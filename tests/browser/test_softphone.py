"""The desk's softphone at the practice exchange: two browsers with microphones, each heard at the other's end."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from ivr.simulator import sounds
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.clocks import RealClock
from ivr.simulator.conferences import Change
from ivr.simulator.control import Control
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import NumberSettings
from ivr.simulator.live_call import Ground
from ivr.simulator.phone_door import PhoneDoor
from ivr.simulator.serving import Served
from ivr.simulator.transport import WsgiTransport
from tests.browser.ears import LISTEN, heard
from tests.browser.practice import launch_with_microphone, likeness, melody, short_voice
from tests.browser.stage import Stage, launch, serve_house, sign_in
from tests.browser.test_accessibility import assert_accessible
from tests.desk.staff import Told
from tests.simulator.service import BASE, LINE, Service
from tests.simulator.service import Page as Document

APPLICATION, REFUSING = "AP" + "7" * 32, "AP" + "8" * 32
PAGES: dict[str, Document] = {
    "/call": "<Dial><Conference>r4nd0m</Conference></Dial>",
    "/desk": '<Gather numDigits="1" timeout="60" action="/room"/>',
    "/room": '<Dial><Conference endConferenceOnExit="false">r4nd0m</Conference></Dial>',
    "/nobody": "<Reject/>",
}
CALLERS, HANDLERS = melody(), melody(90)
OPEN = """async ([address, kind]) => {
  const { openSoftphone } = await import('/static/softphone.js')
  window.phone = openSoftphone(kind, address)
  window.told = []
  window.levels = []
  for (const event of ['connected', 'reconnecting', 'reconnected', 'ended', 'failed', 'expiring']) {
    phone.addEventListener(event, ({ detail }) => told.push(detail?.reason ? `${event}: ${detail.reason}` : event))
  }
  phone.addEventListener('level', ({ detail }) => levels.push(detail))
}"""


@dataclass(frozen=True)
class Floor:
    """A desk and an exchange, and the door that phones come to."""

    stage: Stage
    exchange: Exchange
    service: Service
    door: PhoneDoor
    address: str

    def token(self, application: str = APPLICATION, seconds: int = 600, secret: str = "") -> str:
        exchange = self.exchange
        made = AccessToken(
            exchange.account_sid, exchange.api_key, secret or exchange.api_secret, identity="amina", ttl=seconds
        )
        made.add_grant(VoiceGrant(outgoing_application_sid=application, incoming_allow=False))
        return str(made.to_jwt())

    def newest(self) -> SimulatedCall:
        return list(self.exchange.calls.values())[-1]


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    service = Service(dict(PAGES))
    numbers = {LINE: NumberSettings(BASE + "/call", status_callback=BASE + "/ended")}
    exchange = Exchange(service=WsgiTransport(service), numbers=numbers, clock=RealClock())
    exchange.applications = {
        APPLICATION: NumberSettings(BASE + "/desk", status_callback=BASE + "/ended"),
        REFUSING: NumberSettings(BASE + "/nobody"),
    }
    door = PhoneDoor(Ground(exchange=exchange, voice=short_voice, speaks=True, rings_seconds=0.1), Control(exchange))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Served(door) as served:
        address = served.address.replace("http", "ws")
        folder = tmp_path_factory.mktemp("floor")
        with serve_house(folder, port, softphone="exchange", softphone_address=address) as house:
            stage = Stage(house, house.settings.desk_base, Told("", "", ()))
            yield Floor(stage, exchange, service, door, served.address)


@pytest.fixture(scope="module")
def browsers(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Browser]]:
    folder = tmp_path_factory.mktemp("microphones")
    with sync_playwright() as playwright:
        opened = {}
        for who, sound in (("caller", CALLERS), ("handler", HANDLERS)):
            (folder / f"{who}.wav").write_bytes(sound)
            opened[who] = launch_with_microphone(playwright, chromium_path, folder / f"{who}.wav")
        opened["deaf"] = launch(playwright, chromium_path)
        yield opened
        for browser in opened.values():
            browser.close()


@pytest.fixture(scope="module")
def state(browsers: dict[str, Browser], floor: Floor) -> Any:
    """Sign Amina in once, and give what her browser keeps of it."""
    page = browsers["handler"].new_page()
    sign_in(page, floor.stage, "Amina")
    kept = page.context.storage_state()
    page.context.close()
    return kept


Open = Callable[..., Page]


@pytest.fixture
def desk(browsers: dict[str, Browser], floor: Floor, state: Any) -> Iterator[Open]:
    """Open pages of the desk with a softphone, under the desk's own policy; none may complain of anything."""
    pages: list[Page] = []
    complaints: list[str] = []

    def open_one(who: str = "handler") -> Page:
        page = browsers[who].new_context(storage_state=state).new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.add_init_script(LISTEN)
        page.goto(floor.stage.address("/live/sound"))
        page.evaluate(OPEN, [floor.address.replace("http", "ws"), "exchange"])
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.context.close()
    # A browser writes down every connection that it could not make: that is what some tests are about.
    assert [one for one in complaints if "WebSocket connection to" not in one] == []


@pytest.fixture
def caller(browsers: dict[str, Browser], floor: Floor) -> Iterator[Page]:
    """Let somebody ring the line from the practice phone, and stand in the room."""
    page = browsers["caller"].new_page()
    page.add_init_script(LISTEN)
    page.goto(floor.address)
    page.get_by_role("button", name="Call").click()
    expect(page.locator("#state")).to_have_text("On the line", timeout=10_000)
    yield page
    page.close()


def connect(page: Page, floor: Floor, token: str = "", offer: str = "0ffer") -> bool:
    return bool(page.evaluate("([token, offer]) => phone.connect(token, offer)", [token or floor.token(), offer]))


def join(page: Page, floor: Floor) -> None:
    """Connect, and press the key that leads into the room."""
    assert connect(page, floor)
    page.evaluate("phone.press('1')")
    until(page, lambda: floor.newest().waiting_for == "conference", "the room")


def until(page: Page, is_so: Callable[[], bool], what: str, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, what
        page.wait_for_timeout(20)


def told(page: Page) -> list[str]:
    return list(page.evaluate("told"))


def until_told(page: Page, event: str) -> None:
    page.wait_for_function("event => told.includes(event)", arg=event, timeout=12_000)


def hears(page: Page, played: bytes) -> bool:
    """Say whether a melody comes to the ear; three quiet seconds are silence."""
    ends = time.monotonic() + 6
    best = 0.0
    while time.monotonic() < ends and best < 0.5:
        best = max(best, likeness(heard(page), sounds.read_wav(played)))
    return best >= 0.5


def becomes_quiet(page: Page) -> bool:
    """Wait until nothing is heard for 0.6 s: what was said before is heard first, and later on a busy machine."""
    for _ in range(8):
        page.wait_for_timeout(700)
        if np.abs(np.frombuffer(heard(page, 0.6), dtype="<i2")).max() < 200:
            return True
    return False


def test_a_caller_and_a_handler_hear_each_other_in_both_directions(desk: Open, caller: Page, floor: Floor) -> None:
    page = desk()
    join(page, floor)
    assert hears(page, CALLERS)
    assert hears(caller, HANDLERS)
    levels = page.evaluate("levels")
    assert max(one["mine"] for one in levels) > 0.3
    assert max(one["theirs"] for one in levels) > 0.3
    form = floor.service.last("/desk").form
    assert (form["From"], form["offer"]) == ("client:amina", "0ffer")

    page.evaluate("phone.mute(true)")
    assert becomes_quiet(caller)
    page.evaluate("phone.mute(false)")
    assert hears(caller, HANDLERS)

    room = floor.exchange.conferences.room("r4nd0m")
    [guest] = [sid for sid, call in floor.exchange.calls.items() if not call.ended and call.caller.number[0] == "+"]
    floor.exchange.conferences.change(room.sid, guest, Change(held=True))
    assert becomes_quiet(page)
    floor.exchange.conferences.change(room.sid, guest, Change(held=False))
    page.evaluate("phone.hangUp()")
    until(page, lambda: floor.newest().ended, "the end")
    assert told(page) == ["connected", "ended: hung-up"]


def test_a_broken_connection_is_taken_up_again_with_the_same_call(desk: Open, caller: Page, floor: Floor) -> None:
    page = desk()
    join(page, floor)
    mine = floor.newest()
    cut(floor)
    until_told(page, "reconnecting")
    until_told(page, "reconnected")
    assert floor.newest() is mine
    assert not mine.ended
    assert hears(page, CALLERS)
    assert hears(caller, HANDLERS)
    page.evaluate("phone.hangUp()")
    assert told(page) == ["connected", "reconnecting", "reconnected", "ended: hung-up"]


def cut(floor: Floor) -> None:
    """Break the connection of the only softphone, without a word to either side."""
    [leg] = floor.door.softphones.legs.values()
    leg._wire.cut()  # type: ignore[union-attr]  # as a network does


def test_a_page_that_does_not_come_back_in_time_has_hung_up(desk: Open, floor: Floor) -> None:
    floor.door.softphones.keep_seconds = 0.3
    try:
        page = desk()
        assert connect(page, floor)
        page.evaluate(
            """() => {
                const Real = window.WebSocket
                window.WebSocket = class extends Real {
                    constructor (url) { super(window.way ? url : url + '/nowhere') }
                }
                window.WebSocket.OPEN = Real.OPEN
            }"""
        )
        cut(floor)
        until_told(page, "reconnecting")
        until(page, lambda: floor.newest().ended, "the end")
        page.evaluate("window.way = true")
        until_told(page, "ended: lost")
    finally:
        floor.door.softphones.keep_seconds = 10


def test_a_page_that_is_left_has_hung_up(desk: Open, floor: Floor) -> None:
    page = desk()
    assert connect(page, floor)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    until(page, lambda: floor.newest().ended, "the end", seconds=3)


def test_the_line_ends_a_call_and_the_page_may_ring_again(desk: Open, floor: Floor) -> None:
    page = desk()
    assert connect(page, floor)
    floor.newest().hang_up()
    until_told(page, "ended: other-side")
    assert connect(page, floor)
    page.evaluate("phone.hangUp(); phone.hangUp()")
    assert told(page) == ["connected", "ended: other-side", "connected", "ended: hung-up"]


def test_what_does_not_let_a_page_ring_is_told_by_its_reason(desk: Open, floor: Floor) -> None:
    page, before = desk(), len(floor.exchange.calls)
    with_other_secret = floor.token(secret="of another account, long enough for HS256")
    for token in ("nonsense", floor.token(seconds=-5), with_other_secret):
        assert not connect(page, floor, token)
    assert not connect(page, floor, floor.token("AP" + "9" * 32))
    assert len(floor.exchange.calls) == before
    assert not connect(page, floor, floor.token(REFUSING))
    assert told(page) == [*["failed: token"] * 3, *["failed: no-line"] * 2]


def test_an_exchange_that_is_not_there_is_told(desk: Open, floor: Floor) -> None:
    page = desk()
    page.evaluate(OPEN, [floor.address.replace("http", "ws") + "/nowhere", "exchange"])
    assert not connect(page, floor)
    assert told(page) == ["failed: unreachable"]


def test_without_a_microphone_nobody_is_rung(desk: Open, floor: Floor) -> None:
    page, before = desk("deaf"), len(floor.exchange.calls)
    for name, reason in (("NotAllowedError", "denied"), ("NotReadableError", "busy"), ("NotFoundError", "missing")):
        page.evaluate(
            "name => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', name) } }", name
        )
        assert not connect(page, floor)
        assert told(page)[-1] == f"failed: microphone-{reason}"
    assert len(floor.exchange.calls) == before


def test_devices_can_be_chosen_and_are_remembered_by_id(desk: Open, floor: Floor) -> None:
    page = desk()
    assert connect(page, floor)
    found = page.evaluate("phone.devices()")
    assert {"microphones", "speakers"} == set(found)
    assert all(one["label"] for one in found["microphones"])
    other = found["microphones"][-1]["id"]
    page.evaluate("id => phone.useMicrophone(id)", other)
    page.evaluate("id => phone.useSpeaker(id)", "")
    assert page.evaluate("({ ...localStorage })") == {"softphone-microphone": other}
    page.evaluate("phone.hangUp()")


def test_the_headset_is_checked_without_anything_leaving_the_browser(desk: Open, floor: Floor) -> None:
    page = desk()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Use my microphone").click()
    expect(page.get_by_label("Microphone")).to_be_focused()
    expect(page.get_by_text("You can be heard.")).to_be_visible()
    page.wait_for_function("() => Number(document.getElementById('level').ariaValueNow) > 35")
    page.get_by_role("button", name="Play a test sound").click()
    expect(page.get_by_text("Did you hear four rising tones?")).to_be_visible()
    page.get_by_role("button", name="Record three seconds").click()
    expect(page.get_by_text("This is how you sound.")).to_be_visible()
    assert hears(page, HANDLERS)
    expect(page.get_by_text("Over. It was kept nowhere.")).to_be_visible()
    page.get_by_label("Microphone").select_option(index=1)
    chosen = page.get_by_label("Microphone").input_value()
    page.wait_for_function("id => localStorage.getItem('softphone-microphone') === id", arg=chosen)
    assert all("/static/" in url for url in asked)


def test_a_refused_microphone_is_told_in_words(desk: Open) -> None:
    page = desk("deaf")
    page.get_by_role("button", name="Use my microphone").click()
    expect(page.get_by_role("alert")).to_contain_text("then try again")
    expect(page.get_by_label("Microphone")).to_be_hidden()


def test_without_javascript_the_page_says_what_a_call_needs(
    browsers: dict[str, Browser], floor: Floor, state: Any
) -> None:
    page = browsers["handler"].new_context(storage_state=state, java_script_enabled=False).new_page()
    page.goto(floor.stage.address("/live/sound"))
    expect(page.get_by_text("A call needs JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Use my microphone")).to_be_hidden()
    page.context.close()


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_on_the_check_of_a_headset(desk: Open, width: int) -> None:
    page = desk()
    page.set_viewport_size({"width": width, "height": 844})
    assert_accessible(page)
    page.get_by_role("button", name="Use my microphone").click()
    expect(page.get_by_text("You can be heard.")).to_be_visible()
    assert_accessible(page)
