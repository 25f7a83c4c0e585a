"""Twilio's REST API by the official client, against a real HTTP server that answers as Twilio documents."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from ivr.worker.carrier import CarrierFailed, NotYet, TwilioCarrier, checked
from ivr.worker.commands import hush_libraries

ACCOUNT, CALL, RECORDING = "AC" + "a" * 32, "CA" + "b" * 32, "RE" + "c" * 32
ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"
DESCRIBED = {
    "sid": RECORDING,
    "call_sid": CALL,
    "status": "completed",
    "duration": "12",
    "start_time": "Tue, 24 Nov 2026 01:00:00 +0000",
    "encryption_details": {"encryption_public_key_sid": "CR1", "encryption_cek": "eA==", "iv": "eQ=="},
}


class Exchange(ThreadingHTTPServer):
    """Answers from a list of what to say to `METHOD path`, the last of them again and again."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers: dict[str, list[tuple[int, dict[str, str], bytes]]] = {}
        self.asked: list[tuple[str, dict[str, list[str]], str]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def says(self, line: str, status: int, body: object = b"", **headers: str) -> None:
        packed = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.setdefault(line, []).append((status, headers, packed))


class Answering(BaseHTTPRequestHandler):
    server: Exchange

    def do_GET(self) -> None:
        self.answer()

    def do_DELETE(self) -> None:
        self.answer()

    def answer(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append((f"{self.command} {parts.path}", parse_qs(parts.query), self.headers["Authorization"]))
        waiting = self.server.answers.get(f"{self.command} {parts.path}", [(404, {}, b'{"code": 20404}')])
        status, headers, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        pass


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    server = Exchange()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def carrier(exchange: Exchange) -> TwilioCarrier:
    return TwilioCarrier(account_sid=ACCOUNT, api_key="SK" + "d" * 32, api_secret="hush", base=exchange.base)


def test_recordings_of_a_call_are_listed_over_all_pages(exchange: Exchange, carrier: TwilioCarrier) -> None:
    second = {**DESCRIBED, "sid": "RE" + "d" * 32, "status": "absent", "encryption_details": None}
    deleted = {**DESCRIBED, "sid": "RE" + "e" * 32, "status": "deleted"}
    page = {"page": 0, "next_page_uri": f"{ROOT}/Recordings.json?Page=1&CallSid={CALL}"}
    exchange.says(f"GET {ROOT}/Recordings.json", 200, {**page, "recordings": [DESCRIBED]})
    exchange.says(f"GET {ROOT}/Recordings.json", 200, {"next_page_uri": None, "recordings": [second, deleted]})
    one, two = carrier.recordings_of(CALL)
    assert (one.sid, one.status, one.started, one.seconds) == (RECORDING, "completed", 1_795_482_000, 12.0)
    assert json.loads(one.encryption) == DESCRIBED["encryption_details"]
    assert (two.sid, two.status, two.encryption) == ("RE" + "d" * 32, "absent", "")
    assert exchange.asked[0][1]["CallSid"] == [CALL]


def test_the_worker_shows_its_api_key_and_nothing_else(exchange: Exchange, carrier: TwilioCarrier) -> None:
    carrier.call_status(CALL)
    shown = exchange.asked[0][2]
    assert base64.b64decode(shown.removeprefix("Basic ")) == b"SK" + b"d" * 32 + b":hush"


def test_sound_is_fetched_by_its_checked_sid(exchange: Exchange, carrier: TwilioCarrier) -> None:
    exchange.says(f"GET {ROOT}/Recordings/{RECORDING}.wav", 200, b"RIFF....")
    assert carrier.sound(RECORDING) == b"RIFF...."
    assert carrier.sound("RE" + "0" * 32) is None


def test_a_redirect_of_sound_carries_no_credential_to_another_host(exchange: Exchange, carrier: TwilioCarrier) -> None:
    elsewhere = exchange.base.replace("127.0.0.1", "localhost")
    exchange.says(f"GET {ROOT}/Recordings/{RECORDING}.wav", 307, Location=f"{elsewhere}/media")
    exchange.says("GET /media", 200, b"RIFF")
    assert carrier.sound(RECORDING) == b"RIFF"
    assert exchange.asked[1][2] is None


def test_redirects_without_end_are_a_failure(exchange: Exchange, carrier: TwilioCarrier) -> None:
    exchange.says(f"GET {ROOT}/Recordings/{RECORDING}.wav", 302, Location=f"{ROOT}/Recordings/{RECORDING}.wav")
    with pytest.raises(CarrierFailed):
        carrier.sound(RECORDING)


def test_sound_that_breaks_off_is_a_failure_and_not_a_short_answer(exchange: Exchange, carrier: TwilioCarrier) -> None:
    exchange.says(f"GET {ROOT}/Recordings/{RECORDING}.wav", 200, b"RIFF", Content_Length="4000")
    with pytest.raises(CarrierFailed):
        carrier.sound(RECORDING)


@pytest.mark.parametrize("odd", ["", "RE" + "C" * 32, "RE" + "c" * 31, "../" + RECORDING, RECORDING + "/x", CALL])
def test_what_is_no_sid_never_becomes_an_address(exchange: Exchange, carrier: TwilioCarrier, odd: str) -> None:
    with pytest.raises(CarrierFailed):
        carrier.sound(odd)
    with pytest.raises(CarrierFailed):
        carrier.delete_recording(odd)
    assert exchange.asked == []
    assert checked(RECORDING, "RE") == RECORDING


def test_deleting_what_is_gone_is_well(exchange: Exchange, carrier: TwilioCarrier) -> None:
    exchange.says(f"DELETE {ROOT}/Calls/{CALL}.json", 204)
    carrier.delete_recording(RECORDING)
    carrier.delete_call(CALL)
    assert [line for line, _, _ in exchange.asked] == [
        f"DELETE {ROOT}/Recordings/{RECORDING}.json",
        f"DELETE {ROOT}/Calls/{CALL}.json",
    ]


def test_deleting_a_call_too_early_is_asked_again_later(exchange: Exchange, carrier: TwilioCarrier) -> None:
    exchange.says(f"DELETE {ROOT}/Calls/{CALL}.json", 409, {"code": 20009, "message": "not complete", "status": 409})
    with pytest.raises(NotYet):
        carrier.delete_call(CALL)


def test_too_many_requests_are_repeated_after_the_pause_asked_for(exchange: Exchange, carrier: TwilioCarrier) -> None:
    line = f"GET {ROOT}/Calls/{CALL}.json"
    exchange.says(line, 429, {"code": 20429}, Retry_After="0")
    exchange.says(line, 503, b"")
    exchange.says(line, 200, {"sid": CALL, "status": "completed"})
    assert carrier.call_status(CALL) == "completed"
    assert len(exchange.asked) == 3


def test_a_carrier_that_stays_down_is_a_failure_without_identifiers(exchange: Exchange, carrier: TwilioCarrier) -> None:
    exchange.says(f"GET {ROOT}/Calls/{CALL}.json", 500, b"oops", Retry_After="0")
    with pytest.raises(CarrierFailed) as told:
        carrier.call_status(CALL)
    assert CALL not in repr(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__


def test_the_legs_of_a_call_are_found(exchange: Exchange, carrier: TwilioCarrier) -> None:
    leg = "CA" + "e" * 32
    exchange.says(f"GET {ROOT}/Calls.json", 200, {"next_page_uri": None, "calls": [{"sid": leg}]})
    assert carrier.child_calls(CALL) == (leg,)
    assert exchange.asked[0][1]["ParentCallSid"] == [CALL]


def test_no_identifier_reaches_a_log(
    exchange: Exchange, carrier: TwilioCarrier, caplog: pytest.LogCaptureFixture
) -> None:
    hush_libraries()
    caplog.set_level(logging.DEBUG)
    exchange.says(f"GET {ROOT}/Calls/{CALL}.json", 429, {"code": 20429}, Retry_After="0")
    exchange.says(f"GET {ROOT}/Calls/{CALL}.json", 200, {"sid": CALL, "status": "completed"})
    carrier.call_status(CALL)
    carrier.delete_recording(RECORDING)
    carrier.sound(RECORDING)
    assert CALL not in caplog.text
    assert RECORDING not in caplog.text
