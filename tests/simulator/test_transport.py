"""The way to the service: raw bytes over the loopback, or straight into an application."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.wrappers import Request as Incoming

from ivr.simulator.clocks import VirtualClock
from ivr.simulator.exchange import Exchange
from ivr.simulator.fetching import APOLOGY
from ivr.simulator.lines import NumberSettings
from ivr.simulator.serving import Served, is_free
from ivr.simulator.transport import HttpTransport, NotAnswered, NotConnected, Request, Transport, WsgiTransport
from tests.simulator.service import BASE, LINE, Service

ODD_TARGET = "/call/%C3%BC%2c/1?a=%28%29&b=%7E&c=%3A%2F&d=%5B%27"


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture(params=["http", "wsgi", "wsgi behind a proxy"])
def transport(request: pytest.FixtureRequest, service: Service) -> Iterator[Transport]:
    if request.param == "http":
        with Served(service) as served:
            yield HttpTransport(served.address)
    else:
        yield WsgiTransport(service, "http://127.0.0.1:8000" if "proxy" in request.param else "")


def test_the_target_arrives_byte_for_byte(service: Service, transport: Transport) -> None:
    answer = transport.send(Request("POST", BASE + ODD_TARGET, {"X-Test": "1"}, b"a=%2B1"))
    (asked,) = service.asked
    assert answer.status == 200
    assert answer.content_type == "text/xml"
    assert asked.environ["RAW_URI"] == ODD_TARGET
    assert asked.get_data() == b"a=%2B1"
    assert asked.headers["Host"] == "line.example"
    assert asked.headers["X-Test"] == "1"


def test_a_call_over_http_is_signed_over_the_raw_target(service: Service) -> None:
    with Served(service) as served:
        exchange = Exchange(
            service=HttpTransport(served.address),
            numbers={LINE: NumberSettings(BASE + ODD_TARGET)},
            clock=VirtualClock(),
        )
        exchange.ring(LINE)
    (asked,) = service.asked
    signed = asked.headers["X-Twilio-Signature"]
    assert RequestValidator(exchange.auth_token).validate(BASE + asked.environ["RAW_URI"], asked.form, signed)


def test_nobody_there_is_told_apart_from_no_answer() -> None:
    with Served(Service()) as gone:
        pass
    with pytest.raises(NotConnected):
        HttpTransport(gone.address).send(Request("POST", BASE + "/call"))
    done = threading.Event()

    def slow(_: Incoming) -> str:
        done.wait(5)
        return ""

    with Served(Service({"/call": slow})) as served, pytest.raises(NotAnswered):
        HttpTransport(served.address).send(Request("POST", BASE + "/call", read_seconds=0.1))
    done.set()


def test_a_service_that_is_away_leaves_twilios_apology() -> None:
    with Served(Service()) as gone:
        pass
    numbers = {LINE: NumberSettings(BASE + "/call")}
    exchange = Exchange(service=HttpTransport(gone.address), numbers=numbers, clock=VirtualClock())
    assert exchange.ring(LINE).words == APOLOGY
    assert [notice.code for notice in exchange.notices] == [11205]
    assert [sent.status for sent in exchange.requests] == [None, None]


def test_a_port_in_use_is_not_free() -> None:
    with Served(Service()) as served:
        assert not is_free(served.port)
    assert is_free(served.port)
