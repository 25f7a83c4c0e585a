"""The exchange's door for softphones: tokens, what a page is told, keys, and a call whose page was lost."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from simple_websocket import ConnectionClosed
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from ivr.simulator.clocks import RealClock
from ivr.simulator.control import Control
from ivr.simulator.exchange import Exchange
from ivr.simulator.frames import FRAME_BYTES
from ivr.simulator.lines import NumberSettings
from ivr.simulator.live_call import Ground
from ivr.simulator.phone_door import PhoneDoor
from ivr.simulator.serving import Served
from ivr.simulator.softphones import CALL_GONE, NO_APPLICATION, TOKEN_REFUSED
from ivr.simulator.transport import WsgiTransport
from tests.simulator.service import BASE, LINE, Page, Service
from tests.simulator.test_phone_door import Pretender, refused, voice

APPLICATION = "AP" + "7" * 32
PAGES: dict[str, Page] = {
    "/desk": '<Gather numDigits="1" timeout="60" action="/room"/>',
    "/room": "<Dial><Conference>r4nd0m</Conference></Dial>",
}


@dataclass(frozen=True)
class Floor:
    exchange: Exchange
    service: Service
    door: PhoneDoor
    address: str

    def token(self, application: str = APPLICATION, seconds: int = 600) -> str:
        exchange = self.exchange
        made = AccessToken(exchange.account_sid, exchange.api_key, exchange.api_secret, identity="amina", ttl=seconds)
        made.add_grant(VoiceGrant(outgoing_application_sid=application, incoming_allow=False))
        return str(made.to_jwt())

    def first(self, **first: object) -> Pretender:
        page = Pretender(self.address, "/softphone")
        page.send(**first)
        return page

    def begin(self) -> tuple[Pretender, str]:
        """Begin a call, and return its page and the key to it."""
        page = self.first(token=self.token(), params={"offer": "0ffer"})
        return page, page.until("begun")["resume"]


@pytest.fixture
def floor() -> Iterator[Floor]:
    service = Service(dict(PAGES))
    numbers = {LINE: NumberSettings(BASE + "/call")}
    exchange = Exchange(service=WsgiTransport(service), numbers=numbers, clock=RealClock())
    exchange.applications = {APPLICATION: NumberSettings(BASE + "/desk", status_callback=BASE + "/ended")}
    door = PhoneDoor(Ground(exchange=exchange, voice=voice, speaks=True), Control(exchange))
    with Served(door) as served:
        yield Floor(exchange, service, door, served.address)


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def put_out_with(page: Pretender) -> int:
    page.must_be_put_out()
    return int(page.socket.close_reason)


def test_a_page_is_told_that_it_was_answered_and_ended_and_no_name_of_a_call(floor: Floor) -> None:
    page, _ = floor.begin()
    page.until("answered")
    [call] = floor.exchange.calls.values()
    page.socket.send(bytes(FRAME_BYTES))
    page.send(do="press", key="1")
    until(lambda: call.waiting_for == "conference")
    page.send(do="hang up")
    assert page.until("ended") == {"event": "ended"}
    assert [one["event"] for one in page.told] == ["begun", "answered", "ended"]
    assert call.sid not in json.dumps(page.told)
    assert page.sound
    assert floor.service.last("/desk").form["offer"] == "0ffer"
    assert "/ended" in floor.service.paths
    assert floor.door.softphones.legs == {}


def test_whoever_may_not_ring_is_put_out_with_a_number_that_says_why(floor: Floor) -> None:
    for token, code in (
        ("nonsense", TOKEN_REFUSED),
        (floor.token(seconds=-5), TOKEN_REFUSED),
        (floor.token("AP" + "9" * 32), NO_APPLICATION),
    ):
        assert put_out_with(floor.first(token=token, params={"offer": "0ffer"})) == code
    assert put_out_with(floor.first(resume="a key of nobody")) == CALL_GONE
    assert floor.exchange.calls == {}


@pytest.mark.parametrize(
    "params",
    [{}, {"offer": ""}, {"offer": "x" * 501}, {"offer": 1}, {"offer": "x", "to": "+447700900123"}, {"To": "+44"}, "x"],
)
def test_nothing_but_an_offer_is_passed_on(floor: Floor, params: object) -> None:
    floor.first(token=floor.token(), params=params).must_be_put_out()
    assert floor.service.asked == []


@pytest.mark.parametrize("message", ["nonsense", '{"do": "press", "key": "12"}', '{"do": "ring"}', b"short"])
def test_what_no_page_of_ours_sends_ends_the_call(floor: Floor, message: str | bytes) -> None:
    page, _ = floor.begin()
    page.until("answered")
    page.socket.send(message)
    until(lambda: "/ended" in floor.service.paths)


def test_a_lost_page_takes_its_call_up_again_and_is_told_how_it_stands(floor: Floor) -> None:
    page, key = floor.begin()
    page.until("answered")
    page.socket.sock.shutdown(socket.SHUT_RDWR)
    again = floor.first(resume=key)
    assert again.until("answered") == {"event": "answered"}
    again.send(do="press", key="1")
    [call] = floor.exchange.calls.values()
    until(lambda: call.waiting_for == "conference")
    again.send(do="hang up")
    again.until("ended")


def test_a_page_that_came_back_cuts_off_what_was_there_before(floor: Floor) -> None:
    page, key = floor.begin()
    again = floor.first(resume=key)
    again.until("begun")
    with pytest.raises(ConnectionClosed):
        page.until("anything more than sound")
    again.until("answered")
    assert not next(iter(floor.exchange.calls.values())).ended


def test_a_page_that_does_not_come_back_has_hung_up(floor: Floor) -> None:
    floor.door.softphones.keep_seconds = 0.1
    page, key = floor.begin()
    page.until("answered")
    page.socket.sock.shutdown(socket.SHUT_RDWR)
    until(lambda: "/ended" in floor.service.paths)
    assert put_out_with(floor.first(resume=key)) == CALL_GONE


@pytest.mark.parametrize("origin", ["https://chris.example", "null", "", "http://localhost.chris.example", "file://"])
def test_a_page_of_another_machine_gets_no_softphone(floor: Floor, origin: str) -> None:
    assert refused(floor.address, "/softphone", Origin=origin) == 403


def test_a_page_of_this_machine_at_any_port_gets_one(floor: Floor) -> None:
    wrong = {"Sec-WebSocket-Version": "1"}  # asked without taking a place
    for origin in ("http://127.0.0.1:8001", "http://localhost:1", "https://localhost"):
        assert refused(floor.address, "/softphone", Origin=origin, **wrong) == 400
