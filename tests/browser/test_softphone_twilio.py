"""The desk's softphone at Twilio: its real Voice SDK in a browser, in front of a gateway of our own in that page."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.practice import launch_with_microphone, melody
from tests.browser.stage import Stage, serve_house, sign_in
from tests.browser.test_softphone import OPEN, told, until_told
from tests.desk.staff import Told

# Twilio's signalling as far as a call needs it (esm/twilio/pstream.js), and a peer that sounds and listens.
GATEWAY = """
window.signals = []
window.gateway = { refuse: 0, sockets: [] }
const answer = async (socket, { sdp, callsid }) => {
  const peer = window.gateway.peer = new RTCPeerConnection()
  const context = new AudioContext()
  const sounding = context.createMediaStreamDestination()
  const tone = new OscillatorNode(context, { frequency: 700 })
  tone.connect(sounding)
  tone.start()
  peer.addTrack(sounding.stream.getTracks()[0], sounding.stream)
  peer.ontrack = ({ streams }) => {
    const play = new Audio()
    play.srcObject = streams[0] // without it Chromium carries no sound into the graph
    play.muted = true
    const analyser = window.gateway.heard = context.createAnalyser()
    context.createMediaStreamSource(streams[0]).connect(analyser)
  }
  await peer.setRemoteDescription({ type: 'offer', sdp })
  await peer.setLocalDescription(await peer.createAnswer())
  while (peer.iceGatheringState !== 'complete') await new Promise(resolve => setTimeout(resolve, 20))
  socket.tell('answer', { callsid, sdp: peer.localDescription.sdp, reconnect: 'a-key-to-the-call' })
}
const Real = window.WebSocket
window.WebSocket = class extends EventTarget {
  constructor (url) {
    super()
    this.url = url
    this.readyState = 0
    window.gateway.sockets.push(this)
    setTimeout(() => {
      this.readyState = 1
      this.dispatchEvent(new Event('open'))
    }, 20)
  }
  send (text) {
    if (text === '\\n') return
    const { type, payload } = JSON.parse(text)
    window.signals.push({ type, payload })
    const { refuse: code, declines } = window.gateway
    if (type === 'listen' && code) this.tell('error', { error: { code, message: '' } })
    else if (type === 'listen') {
      const ttl = window.gateway.ttl ?? 3600
      this.tell('connected', { region: 'ie1', edge: 'dublin', token: { identity: 'amina', ttl } })
    } else if (type === 'invite' && payload.reconnect) {
      this.tell('answer', { callsid: payload.callsid, reconnect: 'another' })
    } else if (type === 'invite' && declines) this.tell('hangup', { callsid: payload.callsid })
    else if (type === 'invite') answer(this, payload)
  }
  tell (type, payload) {
    setTimeout(() => this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify({ type, payload }) })))
  }
  close () {
    this.readyState = 3
  }
  break () {
    this.readyState = 3
    this.dispatchEvent(new CloseEvent('close', { code: 1006 }))
  }
}
Object.assign(window.WebSocket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })
window.made = []
let Device
window.Twilio = {
  get Device () { return Device },
  set Device (Given) {
    Device = new Proxy(Given, {
      construct (To, [token, options]) {
        const device = new To(token, options)
        const connect = device.connect.bind(device)
        device.connect = given => {
          made.push({ given: JSON.parse(JSON.stringify(given)) })
          return connect(given)
        }
        made.push({ token, options: JSON.parse(JSON.stringify(options)) })
        return device
      }
    })
  }
}
"""
EDGE = "dublin"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serve_house(tmp_path_factory.mktemp("desk"), port, softphone="twilio", twilio_edge=EDGE) as house:
        yield Stage(house, house.settings.desk_base, Told("", "", ()))


@pytest.fixture(scope="module")
def browser(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    wav = tmp_path_factory.mktemp("microphone") / "melody.wav"
    wav.write_bytes(melody())
    with sync_playwright() as playwright:
        launched = launch_with_microphone(playwright, chromium_path, wav)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def state(browser: Browser, stage: Stage) -> Any:
    page = browser.new_page()
    sign_in(page, stage, "Amina")
    kept = page.context.storage_state()
    page.context.close()
    return kept


@pytest.fixture
def page(browser: Browser, stage: Stage, state: Any) -> Iterator[Page]:
    """Open a page of the desk under its own policy, and see that it asks nobody else for anything."""
    opened = browser.new_context(storage_state=state).new_page()
    asked: list[str] = []
    complaints: list[str] = []
    opened.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.add_init_script(GATEWAY)
    opened.goto(stage.address("/live/sound"))
    opened.evaluate(OPEN, [EDGE, "twilio"])
    yield opened
    opened.context.close()
    assert set(asked) == {urlsplit(stage.base).netloc}
    assert [one for one in complaints if "Content Security Policy" in one or "Refused" in one] == []


Connect = Callable[[], bool]


def connect(page: Page) -> bool:
    return bool(page.evaluate("phone.connect('a-token', '0ffer')"))


def signals(page: Page, kind: str) -> list[dict[str, Any]]:
    return [one["payload"] for one in page.evaluate("signals") if one["type"] == kind]


def test_a_call_carries_sound_in_both_directions_and_passes_on_the_offer_alone(page: Page) -> None:
    assert connect(page)
    page.wait_for_function("() => levels.some(({ mine }) => mine > 0.1) && levels.some(({ theirs }) => theirs > 0.1)")
    loudest = """() => {
        const samples = new Float32Array(gateway.heard.fftSize)
        gateway.heard.getFloatTimeDomainData(samples)
        return Math.max(...samples) > 0.05
    }"""
    page.wait_for_function(loudest)
    page.evaluate("phone.mute(true)")
    page.wait_for_timeout(500)
    assert not any(page.evaluate(loudest) for _ in range(5))
    page.evaluate("phone.mute(false)")
    page.wait_for_function(loudest)
    [invite] = signals(page, "invite")
    assert invite["twilio"] == {"params": "offer=0ffer"}
    page.evaluate("phone.press('5')")
    page.evaluate("phone.hangUp()")
    assert len(signals(page, "hangup")) == 1
    assert told(page) == ["connected", "ended: hung-up"]


def test_the_device_is_made_with_exactly_these_options(page: Page, stage: Stage) -> None:
    assert connect(page)
    page.evaluate("phone.hangUp()")
    device, call = page.evaluate("made")
    assert device["token"] == "a-token"
    names = {"disconnect", "incoming", "outgoing", "dtmfh", "dtmfs", *(f"dtmf{digit}" for digit in range(10))}
    assert device["options"] == {
        "allowIncomingWhileBusy": False,
        "closeProtection": True,
        "codecPreferences": ["opus", "pcmu"],
        "edge": EDGE,
        "enableImprovedSignalingErrorPrecision": True,
        "logLevel": "error",
        "maxCallSignalingTimeoutMs": 10_000,
        "publishEvents": False,
        "sounds": dict.fromkeys(names, stage.address("/static/sound/quiet.wav")),
        "tokenRefreshMs": 60_000,
    }
    assert call["given"]["params"] == {"offer": "0ffer"}
    assert set(call["given"]) == {"params", "rtcConstraints"}
    assert page.evaluate("gateway.sockets.map(({ url }) => url)") == [f"wss://voice-js.{EDGE}.twilio.com/signal"]
    assert not signals(page, "register")  # nobody can ring it


def test_a_broken_connection_is_taken_up_again(page: Page) -> None:
    assert connect(page)
    page.evaluate("gateway.sockets.at(-1).break()")
    until_told(page, "reconnecting")
    until_told(page, "reconnected")
    [_, again] = signals(page, "invite")
    assert again["reconnect"] == "a-key-to-the-call"
    page.evaluate("gateway.sockets.at(-1).tell('hangup', {})")
    until_told(page, "ended: other-side")


def test_a_refused_token_a_refused_line_and_no_microphone_are_told(page: Page) -> None:
    for code in (31202, 31204, 31205):
        page.evaluate("code => { gateway.refuse = code }", code)
        assert not connect(page)
    page.evaluate("gateway.refuse = 0; gateway.declines = true")
    assert not connect(page)
    refusing = "throw new DOMException('', 'NotAllowedError')"
    page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = async () => {{ {refusing} }} }}")
    assert not connect(page)
    assert told(page) == [*["failed: token"] * 3, "failed: no-line", "failed: microphone-denied"]


def test_a_token_that_ends_soon_is_told_and_replaced(page: Page) -> None:
    page.evaluate("gateway.ttl = 60")
    assert connect(page)
    until_told(page, "expiring")
    page.evaluate("phone.refresh('a-new-token')")
    assert [one["token"] for one in signals(page, "listen")] == ["a-token", "a-new-token"]
    page.evaluate("phone.hangUp()")
