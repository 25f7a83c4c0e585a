"""The door of the browser's phone: what it serves and to whom, what it refuses, and a call over its WebSocket."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from simple_websocket import Client, ConnectionClosed
from werkzeug.wrappers import Response

from ivr.simulator import sounds
from ivr.simulator.clocks import RealClock
from ivr.simulator.control import HEADER, Control
from ivr.simulator.exchange import Exchange
from ivr.simulator.frames import FRAME_BYTES, framed
from ivr.simulator.lines import CALLER_IDS, NumberSettings, caller_of
from ivr.simulator.live_call import Ground
from ivr.simulator.phone_door import FOLDER, MAX_PHONES, SOUND, PhoneDoor, is_loopback
from ivr.simulator.serving import Served
from ivr.simulator.tones import tone
from ivr.simulator.transport import WsgiTransport
from ivr.simulator.voices import NobodySpeaks
from tests.simulator.service import BASE, LINE, Page, Service

SECOND_LINE = "+448081570193"
PAGES: dict[str, Page] = {
    "/call": '<Gather numDigits="1" timeout="60" action="/call/story/2"><Say language="en-GB">Press 1.</Say></Gather>',
    "/call/story/2": '<Record action="/end" timeout="60" finishOnKey="#"/>',
    "/end": "<Play>/a</Play><Hangup/>",
    "/a": Response(sounds.write_wav(tone(0.1, 500.0)), mimetype="audio/wav"),
}


def voice(words: str, language: str) -> bytes:
    if words == "unspeakable":
        raise NobodySpeaks(language)
    return tone(0.1, 500.0)


@pytest.fixture
def service() -> Service:
    return Service(dict(PAGES))


@pytest.fixture
def exchange(service: Service) -> Exchange:
    settings = NumberSettings(BASE + "/call", status_callback=BASE + "/ended")
    numbers = {LINE: settings, SECOND_LINE: settings}
    return Exchange(service=WsgiTransport(service), numbers=numbers, clock=RealClock())


@pytest.fixture
def address(exchange: Exchange) -> Iterator[str]:
    ground = Ground(exchange=exchange, voice=voice, speaks=True, rings_seconds=0.05)
    with Served(PhoneDoor(ground, Control(exchange))) as served:
        yield served.address


class EagerClient(Client):  # type: ignore[misc]
    """A client that does not overlook what came in one piece with the answer to its handshake."""

    def handshake(self) -> None:
        super().handshake()
        self.connected = self._handle_events()


class Pretender:
    """What a page in a browser does at the WebSocket."""

    def __init__(self, address: str, path: str = "/phone") -> None:
        url = address.replace("http", "ws") + path
        self.socket = EagerClient(url, headers={"Origin": "http://127.0.0.1"})  # this client names no port in its Host
        self.told: list[dict[str, Any]] = []
        self.sound: list[bytes] = []

    def send(self, **what: object) -> None:
        self.socket.send(json.dumps(what))

    def until(self, event: str) -> dict[str, Any]:
        """Wait for an event of a kind that has not been waited for, and return it."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            message = self.socket.receive(timeout=5)
            if isinstance(message, bytes):
                self.sound.append(message)
            elif message is not None:
                self.told.append(json.loads(message))
                if self.told[-1]["event"] == event:
                    return self.told[-1]
        raise AssertionError(f"{event} was not told, but {self.told}")

    def must_be_put_out(self) -> None:
        """Expect that the connection ends and nothing else is told."""
        with pytest.raises(ConnectionClosed):
            self.socket.receive(timeout=10)


@contextmanager
def opened(address: str) -> Iterator[Pretender]:
    page = Pretender(address)
    try:
        yield page
    finally:
        if page.socket.connected:
            page.socket.close()


# ---- who may ------------------------------------------------------------------------------------------------------


def refused(address: str, path: str = "/phone", **headers: str) -> int:
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **headers,
    }
    with requests.Session() as session:
        session.trust_env = False
        return session.get(address + path, headers=asked, timeout=10).status_code


@pytest.mark.parametrize(
    "origin", ["https://chris.example", "http://127.0.0.1:1", "null", "", "http://localhost.chris.example"]
)
def test_a_page_of_another_site_gets_no_phone(address: str, origin: str, exchange: Exchange) -> None:
    assert refused(address, Origin=origin) == 403
    assert exchange.calls == {}


def test_a_request_without_an_origin_gets_no_phone(address: str) -> None:
    assert refused(address) == 403


@pytest.mark.parametrize("path", ["/", "/phone.js", "/phone", "/lines", "/calls/CA0/script"])
def test_a_foreign_name_that_points_at_this_machine_is_refused(address: str, path: str) -> None:
    port = urlsplit(address).port
    headers = {"Host": f"chris.example:{port}", "Origin": f"http://chris.example:{port}", HEADER: "x"}
    assert requests.get(address + path, headers=headers, timeout=5).status_code == 403


def test_only_names_of_the_loopback_are_its_names() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.0.0.1:8480", "localhost:8480", "[::1]:8480")))
    strangers = ("", "chris.example", "127.0.0.1.chris.example", "localhost;x", "127.0.0.1:80 x", "127.0.0.10", "::1")
    assert not any(map(is_loopback, strangers))


def test_a_handshake_that_is_none_is_refused(address: str) -> None:
    assert refused(address, Origin=address, Upgrade="no") == 403
    assert refused(address, **{"Origin": address, "Sec-WebSocket-Version": "1"}) == 400


def test_one_phone_too_many_is_refused_and_a_closed_one_makes_room(address: str) -> None:
    pages = [Pretender(address) for _ in range(MAX_PHONES)]
    for page in pages:
        page.until("hello")
    assert refused(address, Origin=address) == 503
    pages[0].socket.close()
    end = time.monotonic() + 10
    while refused(address, Origin=address, **{"Sec-WebSocket-Version": "1"}) == 503:  # asked without taking a place
        assert time.monotonic() < end
        time.sleep(0.02)
    for page in pages[1:]:
        page.socket.close()


@pytest.mark.parametrize(
    "message",
    [
        "nonsense",
        "[]",
        '{"do": "dance"}',
        '{"do": "ring", "to": "+448081570199", "caller": "mobile"}',
        '{"do": "ring", "to": "+448081570192", "caller": "+447700900001"}',
        '{"do": "press", "key": "12"}',
        '{"do": "press", "key": "A"}',
        '{"do": "say", "words": " "}',
        json.dumps({"do": "say", "words": "x" * 1001}),
        b"short",
        bytes(FRAME_BYTES + 1),
        "x" * 9000,
        "[" * 8000,
    ],
)
def test_what_no_page_of_ours_sends_ends_the_connection(address: str, message: str | bytes, exchange: Exchange) -> None:
    page = Pretender(address)
    page.until("hello")
    page.socket.send(message)
    page.must_be_put_out()
    assert exchange.calls == {}


# ---- what is served -----------------------------------------------------------------------------------------------


def test_every_file_of_the_page_is_served_with_a_strict_policy(address: str) -> None:
    shared = [f"sound/{file.name}" for file in SOUND.glob("*.js")]
    for name in (*(file.name for file in FOLDER.iterdir()), *shared):
        answer = requests.get(f"{address}/{name}", timeout=5)
        assert answer.status_code == 200, name
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "microphone=(self)" in answer.headers["Permissions-Policy"]
    assert requests.get(address, timeout=5).content == (FOLDER / "index.html").read_bytes()


def test_the_page_names_no_other_host_and_holds_no_script_or_style_of_its_own() -> None:
    for file in (*FOLDER.iterdir(), *SOUND.glob("*.js")):
        text = file.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "http://" not in text, file
        assert "https://" not in text, file
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert page.count("<script") == page.count('<script type="module" src=') == 1
    assert "style=" not in page
    assert " on" not in {word[:3] for word in page.split('"')}


@pytest.mark.parametrize(
    "path",
    [
        "/../phone_door.py",
        "/..%2fphone_door.py",
        "/%2e%2e/phone_door.py",
        "/favicon.ico",
        "/sound/../desk.js",
        "/sound/..%2fdesk.js",
        "/sound//etc/passwd",
        "/sound/",
    ],
)
def test_nothing_else_of_the_machine_is_served(address: str, path: str) -> None:
    assert requests.get(address + path, timeout=5).status_code in (403, 404)


def test_a_page_is_only_looked_at(address: str) -> None:
    assert requests.post(address + "/", timeout=5).status_code == 404


# ---- calls --------------------------------------------------------------------------------------------------------


def test_a_whole_call_over_the_socket(address: str, exchange: Exchange, service: Service) -> None:
    with opened(address) as page:
        hello = page.until("hello")
        assert hello["lines"] == [LINE, SECOND_LINE]
        assert [one["name"] for one in hello["callers"]] == [one.name for one in CALLER_IDS]
        page.send(do="ring", to=SECOND_LINE, caller="withheld-digits")
        assert page.until("says") == {"event": "says", "words": "Press 1.", "language": "en-GB"}
        page.send(do="press", key="1")
        assert page.until("pressed") == {"event": "pressed", "key": "1", "heard": True}
        page.until("recording")
        for frame in framed(tone(1, 500.0)):
            page.socket.send(frame)
            time.sleep(0.01)
        time.sleep(0.7)
        page.send(do="press", key="#")
        recorded = page.until("recorded")
        assert (recorded["why"], recorded["has_voice"]) == ("#", True)
        assert page.until("plays")["seconds"] == 0.1
        ended = page.until("ended")
    assert ended["status"] == "completed"
    assert service.asked[0].form["From"] == "+266696687"
    assert service.asked[0].form["To"] == SECOND_LINE
    (recording,) = exchange.recordings.values()
    assert sounds.seconds_of(sounds.read_wav(recording.sound)) == pytest.approx(1, abs=0.15)
    assert any(map(sounds.is_loud, page.sound))
    kept = requests.get(f"{address}/calls/{ended['call']}/kept.zip", headers={HEADER: "page"}, timeout=5)
    with zipfile.ZipFile(io.BytesIO(kept.content)) as archive:
        assert archive.namelist() == ["call.txt", "answer-1.wav"]
        assert "> plays answer-1.wav\n> presses #" in archive.read("call.txt").decode()
        assert archive.read("answer-1.wav") == recording.sound


def test_typed_words_are_spoken_in_the_language_of_the_line(address: str, exchange: Exchange) -> None:
    with opened(address) as page:
        page.send(do="ring", to=LINE, caller="mobile")
        page.until("says")
        page.send(do="say", words="Too early.")
        assert page.until("refused")["reason"] == "NotRecording"
        page.send(do="press", key="1")
        page.until("recording")
        page.send(do="say", words="unspeakable")
        assert page.until("refused")["reason"] == "NobodySpeaks"
        page.send(do="say", words="  It happened\n on a Tuesday. ")
        assert page.until("said")["words"] == "It happened on a Tuesday."
        time.sleep(0.4)
        page.send(do="press", key="#")
        call = page.until("ended")["call"]
    script = requests.get(f"{address}/calls/{call}/script", headers={HEADER: "page"}, timeout=5).text
    assert '> says "It happened on a Tuesday."' in script


def test_whoever_hangs_up_while_it_rings_was_never_on_the_line(exchange: Exchange, service: Service) -> None:
    ground = Ground(exchange=exchange, voice=voice, speaks=True, rings_seconds=30)
    with Served(PhoneDoor(ground, Control(exchange))) as served, opened(served.address) as page:
        page.send(do="ring", to=LINE, caller="mobile")
        page.until("ringing")
        page.send(do="press", key="1")
        assert page.until("pressed")["heard"] is False
        page.send(do="hang up")
        assert page.until("ended")["call"] == ""
    assert service.asked == []


def test_whoever_closes_the_page_has_hung_up(address: str, service: Service) -> None:
    with opened(address) as page:
        page.send(do="ring", to=LINE, caller="mobile")
        page.until("says")
    end = time.monotonic() + 10
    while "/ended" not in service.paths:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_phone_makes_one_call_after_another_and_one_at_a_time(address: str, exchange: Exchange) -> None:
    with opened(address) as page:
        for _ in range(2):
            page.send(do="ring", to=LINE, caller="mobile")
            page.send(do="ring", to=LINE, caller="mobile")
            page.until("says")
            page.send(do="hang up")
            page.send(do="hang up")
            page.until("ended")
    assert len(exchange.calls) == 2
    assert threading.active_count() < 30


def test_every_caller_id_has_its_own_name() -> None:
    assert len({one.name for one in CALLER_IDS}) == len(CALLER_IDS)
    assert caller_of("nobody") is None
