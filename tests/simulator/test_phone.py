"""A phone in another process: the control interface, the terminal, and both commands."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from rich.console import Console
from werkzeug.wrappers import Response

from ivr.simulator.clocks import RealClock
from ivr.simulator.commands import _misbehaviour, phone
from ivr.simulator.control import HEADER, Control
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import CALLER_IDS, CallerId, NumberSettings
from ivr.simulator.misbehaviour import Misbehaviour, switches
from ivr.simulator.phone import NoExchange, RemoteCall, TerminalPhone
from ivr.simulator.serving import Served
from ivr.simulator.transport import HttpTransport, WsgiTransport
from tests.simulator.service import BASE, LINE, Page, Service, tone

PAGES: dict[str, Page] = {
    "/call": '<Gather numDigits="1" timeout="60" action="/call/story/2"><Play>/a</Play><Say>Press 1 [now].</Say>'
    "</Gather>",
    "/call/story/2": '<Record action="/end" timeout="60" finishOnKey="#"/>',
    "/end": "<Hangup/>",
    "/a": Response(tone(1), mimetype="audio/wav"),
}


@pytest.fixture
def service() -> Service:
    return Service(dict(PAGES))


@pytest.fixture
def exchange(service: Service) -> Exchange:
    numbers = {LINE: NumberSettings(BASE + "/call", status_callback=BASE + "/ended")}
    return Exchange(service=WsgiTransport(service), numbers=numbers, clock=RealClock())


@pytest.fixture
def address(exchange: Exchange) -> Iterator[str]:
    with Served(Control(exchange)) as served:
        yield served.address


def until(call: RemoteCall, waiting_for: str) -> None:
    end = time.monotonic() + 10
    while call.look(0)["waiting_for"] != waiting_for:
        assert time.monotonic() < end
        time.sleep(0.01)


def rung(address: str) -> RemoteCall:
    call = RemoteCall(address)
    call.ring(LINE, "+447700900789", withheld=False)
    until(call, "key")
    return call


def handset(call: RemoteCall, speaker: str = "") -> tuple[TerminalPhone, io.StringIO]:
    printed = io.StringIO()
    return TerminalPhone(call, Console(file=printed, width=200, highlight=False), speaker), printed


def test_a_call_from_another_process_is_heard_pressed_and_spoken(address: str, service: Service) -> None:
    call = rung(address)
    assert [item.get("words", "sound") for item in call.look(0)["heard"]] == ["sound", "Press 1 [now]."]
    assert call.sound(0) == tone(1)
    assert call.speak(tone(1)) == "NotRecording"
    assert call.press("1") == ""
    assert call.speak(b"noise") == "NotTelephoneSound"
    assert call.speak(tone(2), words="It happened.") == ""
    call.hang_up()
    assert call.press("1") == "CallIsOver"
    assert service.asked[0].form["From"] == "+447700900789"
    assert call.script() == '> rings\n< hears story\n> presses 1\n> says "It happened."\n> hangs up\n< ends\n'


def test_no_page_of_a_browser_can_ring(address: str) -> None:
    assert requests.post(address + "/calls", json={}, timeout=5).status_code == 403
    assert requests.get(address + "/lines", timeout=5).status_code == 403
    assert requests.get(address + "/lines", headers={HEADER: "x"}, timeout=5).json()["lines"] == [LINE]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/calls", {"to": "+448081570193"}, 404), ("/calls", ["x"], 400), ("/calls/CA0/keys", {}, 404), ("/x", {}, 404)],
)
def test_what_is_not_understood_is_refused_with_a_reason(address: str, path: str, body: object, status: int) -> None:
    answer = requests.post(address + path, json=body, headers={HEADER: "x"}, timeout=5)
    assert answer.status_code == status
    assert answer.json()["reason"]


def test_misbehaviour_is_set_and_taken_back_while_the_exchange_runs(address: str, exchange: Exchange) -> None:
    def put(body: object) -> int:
        return requests.put(address + "/misbehaviour", json=body, headers={HEADER: "x"}, timeout=5).status_code

    assert put({"duplicate_webhooks": True}) == 200
    assert exchange.misbehaviour == Misbehaviour(duplicate_webhooks=True)
    assert put({"nonsense": 1}) == 400
    assert put({}) == 200
    assert exchange.misbehaviour == Misbehaviour()


def test_a_person_types_keys_words_and_files(address: str, exchange: Exchange, tmp_path: Path) -> None:
    (tmp_path / "voice.wav").write_bytes(tone(2))
    phone_, printed = handset(rung(address), f"{sys.executable} -c 'print(1)'")
    phone_.obey(["help", f"sound 0 {tmp_path / 'heard.wav'}", "1", "say hello", "play nowhere.wav"])
    phone_.obey([f"play {tmp_path / 'voice.wav'}", "script", "hang up", "5"])
    text = printed.getvalue()
    assert "keys: 0-9 * #" in text
    assert "8 kHz" in text
    assert "no such file" in text
    assert f"> plays {tmp_path / 'voice.wav'}" in text
    assert (tmp_path / "heard.wav").read_bytes() == tone(1)
    assert [recording.seconds for recording in exchange.recordings.values()] == [2]


def test_words_typed_are_spoken_by_the_program_named(address: str, exchange: Exchange, tmp_path: Path) -> None:
    program = tmp_path / "speaker.py"
    program.write_text(
        "import sys, wave\n"
        "words = sys.stdin.read()\n"
        "with wave.open(sys.stdout.buffer, 'wb') as file:\n"
        "    file.setnchannels(1), file.setsampwidth(2), file.setframerate(8000)\n"
        "    file.writeframes(b'\\x00\\x40' * 800 * len(words))\n"
    )
    call = rung(address)
    phone_, printed = handset(call, f"{sys.executable} {program}")
    phone_.obey(["1", "say twenty letters long...", "hang up"])
    assert [recording.seconds for recording in exchange.recordings.values()] == [2]
    assert '> says "twenty letters long..."' in call.script()
    assert printed.getvalue() == ""


def test_without_a_voice_saying_words_tells_what_would_help(address: str) -> None:
    phone_, printed = handset(rung(address))
    phone_.obey(["say hello"])
    assert "--speaker" in printed.getvalue()


def test_the_phone_prints_what_is_heard_and_what_it_waits_for(address: str) -> None:
    call = rung(address)
    phone_, printed = handset(call)
    listening = threading.Thread(target=phone_.listen)
    listening.start()
    call.press("1")
    until(call, "recording")
    call.hang_up()
    listening.join(10)
    assert "Press 1 [now]." in printed.getvalue()
    assert "(sound 0, 1.0 s)" in printed.getvalue()
    assert "the call is over" in printed.getvalue()


def run_phone(*options: str) -> int:
    """Run the command in this process, and put the signals back that it takes over."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        return phone(list(options))
    finally:
        for number, action in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, action)


def test_lines_and_caller_ids_are_listed_without_ringing(
    address: str, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_phone("--exchange", address, "--list") == 0
    told = capsys.readouterr().out
    assert LINE in told
    assert all(one.name in told and one.label in told for one in CALLER_IDS)
    assert service.asked == []


@pytest.mark.parametrize("one", CALLER_IDS, ids=lambda one: one.name)
def test_the_line_is_rung_with_the_caller_id_that_was_chosen(address: str, service: Service, one: CallerId) -> None:
    call = RemoteCall(address)
    call.ring(LINE, "+447700900789", withheld=False, caller=one.name)
    until(call, "key")
    assert service.asked[0].form["From"] == one.caller.number
    assert service.asked[0].form.get("ForwardedFrom", "") == one.caller.forwarded_from


def test_a_caller_id_that_nobody_has_is_refused(address: str) -> None:
    body = {"to": LINE, "caller": "chris"}
    assert requests.post(address + "/calls", json=body, headers={HEADER: "x"}, timeout=5).status_code == 400


def test_the_phone_prints_the_script_when_the_call_is_over(
    address: str, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.pages["/call"] = "<Hangup/>"
    assert run_phone("--exchange", address) == 0
    assert "the script that repeats this call:\n> rings\n< ends" in capsys.readouterr().out


def test_a_phone_without_an_exchange_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with Served(Service()) as gone:
        pass
    with pytest.raises(NoExchange):
        RemoteCall(gone.address).ring(LINE, "", withheld=False)
    assert run_phone("--exchange", gone.address) == 1
    assert "hotline simulator" in capsys.readouterr().out


def test_on_a_real_clock_patience_ends_by_itself(exchange: Exchange, service: Service) -> None:
    service.pages["/call"] = '<Gather timeout="0"/><Redirect>/end</Redirect>'
    call = exchange.ring(LINE)
    end = time.monotonic() + 10
    while not call.ended:
        exchange.tick()
        assert time.monotonic() < end
    assert service.paths == ["/call", "/end", "/ended"]


def test_misbehaviours_are_read_from_the_command_line() -> None:
    asked = ["duplicate-webhooks", "slow_answers=2.5", "rest_429=3", "where=/call", "reordered=no"]
    expected = Misbehaviour(duplicate_webhooks=True, slow_answers=2.5, rest_429=3, where="/call")
    assert _misbehaviour(asked) == expected


@pytest.mark.parametrize("asked", ["tantrum", "rest_429=many", "doubled_parameters=From"])
def test_a_misbehaviour_that_is_none_is_refused_in_words(asked: str) -> None:
    with pytest.raises(SystemExit, match=r"hotline simulator: "):
        _misbehaviour([asked])


def command(name: str, *options: str) -> subprocess.Popen[str]:
    code = f"import sys; from ivr.simulator.commands import {name}; sys.exit({name}(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", code, *options], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_exchange_and_phone_are_processes_that_end_well(service: Service, number: signal.Signals) -> None:
    with Served(service) as served:
        options = ("--number", LINE, "--number", "+448081570193", "--voice", f"{sys.executable} -c 1")
        exchange = command(
            "exchange", "--service", served.address, "--control-port", "0", "--misbehave", "lost_action", *options
        )
        assert exchange.stdout is not None
        ready = exchange.stdout.readline().split()
        control = dict(word.split("=", 1) for word in ready[1:])["control"]
        phone_ = command("phone", "--exchange", control)
        end = time.monotonic() + 20
        while "/a" not in service.paths:
            assert time.monotonic() < end
            time.sleep(0.02)
        phone_.send_signal(number)
        phone_.communicate(timeout=20)
        exchange.send_signal(number)
        exchange.communicate(timeout=20)
    assert ready[0] == "EXCHANGE"
    assert ready[3] == f"line={LINE},+448081570193"
    assert (phone_.returncode, exchange.returncode) == (0, 0)
    assert service.paths[-1] == "/ended"


def test_help_lists_every_misbehaviour() -> None:
    helped, _ = command("exchange", "--help").communicate(timeout=20)
    assert all(name in helped and tells in helped for name, tells in switches())


def test_http_and_wsgi_reach_the_same_service(service: Service) -> None:
    with Served(service) as served:
        numbers = {LINE: NumberSettings(BASE + "/call")}
        documents = {
            Exchange(service=transport, numbers=numbers).ring(LINE).document
            for transport in (HttpTransport(served.address), WsgiTransport(service))
        }
    assert len(documents) == 1


def test_a_number_that_nobody_has_is_told_with_those_that_somebody_has(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert phone(["--exchange", address, "--to", "+441632960999"]) == 1
    said = capsys.readouterr().out
    assert "nobody has the number +441632960999 here" in said
    assert LINE in said


def test_something_else_that_answers_is_no_exchange(capsys: pytest.CaptureFixture[str]) -> None:
    with Served(Response("<h1>Sign in</h1>")) as served:
        assert phone(["--exchange", served.address]) == 1
    assert "nobody answers at" in capsys.readouterr().out
