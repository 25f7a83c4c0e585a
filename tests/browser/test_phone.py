"""The practice phone in a real browser: with a microphone, with keys alone, without a microphone, and for everybody."""

from __future__ import annotations

import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect, sync_playwright

from ivr.simulator import sounds
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.ears import DigitEars
from ivr.simulator.script import ScriptedCaller, written
from tests.browser.practice import (
    Practice,
    launch_with_microphone,
    likeness,
    melody,
    open_phone,
    set_practice,
)
from tests.browser.stage import launch
from tests.browser.test_accessibility import assert_accessible

STEP_SECONDS = 20


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with set_practice(tmp_path_factory.mktemp("practice")) as opened:
        yield opened


@pytest.fixture(scope="module")
def browsers(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Browser]]:
    """Give one browser with a microphone that plays a melody, and one without any."""
    expect.set_options(timeout=STEP_SECONDS * 1000)
    wav = tmp_path_factory.mktemp("microphone") / "melody.wav"
    wav.write_bytes(melody())
    with sync_playwright() as playwright:
        opened = {
            "heard": launch_with_microphone(playwright, chromium_path, wav),
            "mute": launch(playwright, chromium_path),
        }
        yield opened
        for browser in opened.values():
            browser.close()


@pytest.fixture
def phone(browsers: dict[str, Browser], practice: Practice) -> Iterator[Callable[..., Page]]:
    """Open phones, and let none pass that said something was wrong with it."""
    pages: list[Page] = []
    complaints: list[str] = []

    def open_one(which: str, **context: object) -> Page:
        page = open_phone(browsers[which], practice, **context)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        pages.append(page)
        expect(state(page)).to_have_text("Ready to ring")
        return page

    yield open_one
    for page in pages:
        page.context.close()
    assert complaints == []


def state(page: Page) -> Locator:
    return page.locator("#state")


def newest(practice: Practice) -> SimulatedCall:
    return list(practice.house.exchange.calls.values())[-1]


def at_step(page: Page, practice: Practice, step: str) -> None:
    """Wait until the call stands at a step, while the page lives on."""
    end = time.monotonic() + STEP_SECONDS
    while newest(practice).step != step:
        assert time.monotonic() < end, f"at {newest(practice).step}, not {step}"
        page.wait_for_timeout(20)


def on_the_line(page: Page) -> None:
    expect(state(page)).to_have_text("On the line")


def recording(page: Page) -> None:
    expect(state(page)).to_have_text("Recording you")


def press_at(page: Page, practice: Practice, *pressed: tuple[str, str]) -> None:
    """Press keys of the keyboard, each when its step has come."""
    for step, key in pressed:
        at_step(page, practice, step)
        page.keyboard.press(key)


TO_THE_FIRST_STORY = (("greeting", "1"), ("main_menu", "2"), ("consent", "1"), ("urgent", "1"), ("at_risk", "2"))


def test_what_is_spoken_into_the_browser_is_what_the_desk_hears(phone: Callable[..., Page], practice: Practice) -> None:
    house, page = practice.house, phone("heard")
    page.get_by_role("button", name="Call").click()
    on_the_line(page)
    press_at(page, practice, *TO_THE_FIRST_STORY)
    recording(page)
    page.wait_for_timeout(3000)
    page.get_by_role("button", name="Hash").click()
    expect(page.get_by_text(re.compile("Recording over after .* s: you pressed #"))).to_be_visible()
    page.get_by_role("button", name="Hang up").click()
    expect(state(page)).to_have_text("The call is over")

    house.later(minutes=20)
    house.work()
    ben = house.sign_in(house.hire("ben", "supervisor"))
    report = re.search(r'href="(/reports/[0-9a-f]{32})"', ben.get("/reports").text)
    assert report is not None
    clip = re.search(rf'"({report[1]}/clips/[0-9a-f]{{32}})"', ben.get(report[1]).text)
    assert clip is not None
    wav = ben.get(clip[1]).data
    heard = sounds.read_wav(wav)
    assert 2 < sounds.seconds_of(heard) < 8
    assert likeness(heard, sounds.read_wav(melody())) > 0.6
    assert likeness(heard, sounds.read_wav(melody(90))) < 0.3  # another melody is not found in it


def test_a_played_call_writes_the_script_that_plays_green(
    phone: Callable[..., Page], practice: Practice, tmp_path: Path
) -> None:
    page = phone("heard")
    page.get_by_label("Number that you show").select_option("withheld")
    page.locator("h1").click()  # away from the list, where Enter would open it
    page.keyboard.press("Enter")
    on_the_line(page)
    press_at(page, practice, *TO_THE_FIRST_STORY)
    recording(page)
    page.wait_for_timeout(1000)
    press_at(page, practice, ("risk_story", "#"), ("weapon", "1"), ("allegation", "4"), ("allegation", "#"))
    at_step(page, practice, "who")
    page.keyboard.press("Escape")
    expect(page.locator("#script")).to_contain_text("< ends")

    first = newest(practice)
    script = page.locator("#script").inner_text().strip() + "\n"
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save script and sound").click()
    saved.value.save_as(tmp_path / "call.zip")
    _unpack(tmp_path / "call.zip", tmp_path)
    assert (tmp_path / "call.txt").read_text() == script
    assert first.caller.number == "Anonymous"
    again = practice.house.ring()
    caller = ScriptedCaller(again, ears=DigitEars(practice.house.settings.digits_dir), folder=tmp_path)
    caller.follow(script)
    assert written(again) == script
    assert [moment for moment in again.journal if moment.what == "heard"] == [
        moment for moment in first.journal if moment.what == "heard"
    ]


def _unpack(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)


def test_the_sound_of_the_line_is_played_and_a_key_has_its_tone(phone: Callable[..., Page]) -> None:
    page = phone("heard")
    page.evaluate(
        """() => {
            window.loudest = { line: 0, own: 0 }
            setInterval(() => {
                for (const name of ["line", "own"]) {
                    const level = document.getElementById(`${name}-level`).style.getPropertyValue("--level")
                    window.loudest[name] = Math.max(window.loudest[name], Number(level))
                }
            }, 20)
        }"""
    )
    page.keyboard.press("Enter")
    on_the_line(page)
    page.wait_for_function("window.loudest.line > 0.3 && window.loudest.own > 0.3", timeout=STEP_SECONDS * 1000)
    page.keyboard.press("5")
    expect(page.get_by_text("You pressed 5")).to_be_visible()
    page.keyboard.press("Escape")
    expect(state(page)).to_have_text("The call is over")


def test_keys_do_not_dial_while_somebody_types_or_has_switched_them_off(phone: Callable[..., Page]) -> None:
    page = phone("mute")
    page.get_by_label("Words to be spoken for you").focus()
    page.keyboard.press("Enter")
    expect(state(page)).to_have_text("Ready to ring")
    page.locator("h1").click()
    page.keyboard.press("Enter")
    on_the_line(page)
    page.get_by_label("Words to be spoken for you").focus()
    page.keyboard.type("999")
    page.get_by_label("Keys of the keyboard").uncheck()
    page.locator("h1").click()
    page.keyboard.type("7")
    page.keyboard.press("Escape")
    on_the_line(page)
    expect(page.get_by_text("You pressed")).to_have_count(0)
    page.get_by_role("button", name="Hang up").click()
    expect(state(page)).to_have_text("The call is over")


def test_without_a_microphone_words_are_typed_and_files_are_played(
    phone: Callable[..., Page], practice: Practice, tmp_path: Path
) -> None:
    (tmp_path / "answer.wav").write_bytes(melody())
    page = phone("mute")
    page.get_by_role("button", name="Call").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Hang up")).to_be_focused()
    expect(page.get_by_text("No microphone was found. Type your words or choose a file instead.")).to_be_visible()
    on_the_line(page)
    press_at(page, practice, *TO_THE_FIRST_STORY)
    recording(page)
    page.get_by_label("Words to be spoken for you").fill("He has keys to the gun room.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You said: He has keys to the gun room.")).to_be_visible()
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Hash").click()
    page.locator("h1").click()
    press_at(page, practice, ("weapon", "1"), ("allegation", "4"), ("allegation", "#"))
    at_step(page, practice, "who")
    recording(page)
    page.get_by_label("A sound file to be played to the line").set_input_files(tmp_path / "answer.wav")
    page.wait_for_timeout(2200)
    page.get_by_role("button", name="Hash").click()
    at_step(page, practice, "force")
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator("#script")).to_contain_text('> says "He has keys to the gun room."')
    expect(page.locator("#script")).to_contain_text("> plays answer-1.wav")
    answer = sounds.read_wav(newest(practice).answers["answer-1.wav"])  # type: ignore[attr-defined]
    assert likeness(answer, sounds.read_wav(melody())) > 0.7  # a busy machine loses a frame now and then


def test_a_refused_microphone_is_told_and_the_call_goes_on(phone: Callable[..., Page]) -> None:
    page = phone("mute")
    refusing = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    page.evaluate(f"() => {{ {refusing} }}")
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_text("The browser does not let this page use a microphone.")).to_be_visible()
    expect(page.get_by_label("Use the microphone")).not_to_be_checked()
    on_the_line(page)
    page.keyboard.press("Escape")
    expect(state(page)).to_have_text("The call is over")


def test_a_browser_without_sound_can_still_read_and_press(phone: Callable[..., Page]) -> None:
    page = phone("mute")
    page.evaluate("() => { window.AudioContext = undefined }")
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_text("cannot play the line's sound")).to_be_visible()
    on_the_line(page)
    page.get_by_role("button", name="2").click()
    expect(page.get_by_text("You pressed 2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(state(page)).to_have_text("The call is over")


def test_an_exchange_that_is_gone_is_told_and_one_without_a_voice_too(
    browsers: dict[str, Browser], practice: Practice
) -> None:
    page = browsers["mute"].new_page()
    wires: list[WebSocketRoute] = []
    page.route_web_socket(re.compile("/phone$"), lambda wire: wires.append(wire))  # noqa: PLW0108 - it marks what it is given
    page.goto(practice.address)
    hello = {"event": "hello", "lines": ["+448081570192", "+12025550143"], "callers": [], "speaks": False}
    wires[0].send(json.dumps(hello))
    expect(state(page)).to_have_text("Ready to ring")
    expect(page.get_by_text("This exchange has no voice")).to_be_visible()
    expect(page.get_by_label("Words to be spoken for you")).to_be_hidden()
    page.get_by_label("Line to ring").select_option("+12025550143")
    expect(page.locator("#number")).to_have_text("+12025550143")
    wires[0].close()
    expect(state(page)).to_contain_text("The exchange is gone")
    expect(page.get_by_role("button", name="Call")).to_be_disabled()
    assert_accessible(page)
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_axe_finds_nothing_in_any_state(
    phone: Callable[..., Page], practice: Practice, width: int, scheme: str
) -> None:
    page = phone("mute", viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    assert_accessible(page)
    page.keyboard.press("Enter")
    on_the_line(page)
    assert_accessible(page)
    press_at(page, practice, *TO_THE_FIRST_STORY)
    recording(page)
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator("#script")).to_contain_text("< ends")
    assert_accessible(page)


# ---- the sound's own rules, where they run ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rules(browsers: dict[str, Browser], practice: Practice) -> Iterator[Page]:
    page = open_phone(browsers["mute"], practice)
    yield page
    page.context.close()


RESAMPLED = """async ([from, to, hertz, piece]) => {
    const { Resampler } = await import("/sound/resampler.js")
    const resampler = new Resampler(from, to)
    const given = Float32Array.from({ length: from }, (_, at) => Math.sin((2 * Math.PI * hertz * at) / from))
    const made = []
    for (let at = 0; at < from; at += piece) made.push(...resampler.push(given.subarray(at, at + piece)))
    return made
}"""


@pytest.mark.parametrize(("rate", "piece"), [(48000, 128), (44100, 128), (48000, 4799), (16000, 1)])
def test_resampling_keeps_what_a_telephone_carries(rules: Page, rate: int, piece: int) -> None:
    made = np.array(rules.evaluate(RESAMPLED, [rate, 8000, 1000, piece]))
    assert abs(len(made) - 8000) < 40
    middle = made[1000:7000]
    at = np.arange(len(middle)) / 8000
    sine, cosine = np.sin(2 * np.pi * 1000 * at), np.cos(2 * np.pi * 1000 * at)
    fitted = 2 * np.mean(middle * sine) * sine + 2 * np.mean(middle * cosine) * cosine
    assert np.std(fitted) == pytest.approx(np.sqrt(0.5), rel=0.01)
    assert np.std(middle - fitted) < 0.001


@pytest.mark.parametrize("hertz", [4600, 6000, 7900, 12000])
def test_resampling_lets_nothing_fold_back_from_above(rules: Page, hertz: int) -> None:
    made = np.array(rules.evaluate(RESAMPLED, [48000, 8000, hertz, 128]))
    assert np.std(made[500:7500]) < 0.002


def test_resampling_upwards_makes_no_tone_that_was_not_there(rules: Page) -> None:
    made = np.array(rules.evaluate(RESAMPLED, [8000, 48000, 1000, 160]))
    assert abs(len(made) - 48000) < 240
    spectrum = np.abs(np.fft.rfft(made[4800:43200] * np.hanning(38400)))
    spectrum[780:821] = 0  # 1000 Hz
    assert spectrum.max() < 0.001 * 38400 / 4


def test_frames_are_cut_exactly_and_kept_ready_evenly(rules: Page) -> None:
    told = rules.evaluate(
        """async () => {
            const { Framer, JitterBuffer, level } = await import("/sound/frames.js")
            const framer = new Framer()
            const frames = [1, 150, 9, 320, 7].flatMap((count) => framer.push(new Float32Array(count).fill(2)))
            const buffer = new JitterBuffer()
            const taken = []
            for (let number = 0; number < 3; number += 1) buffer.push(number)
            taken.push(buffer.next())
            buffer.push(3)
            for (let number = 0; number < 5; number += 1) taken.push(buffer.next())
            for (let number = 0; number < 40; number += 1) buffer.push(number)
            return {
                frames: frames.map((frame) => [frame.length, frame[0], frame[159]]),
                taken, left: buffer.frames.length, newest: buffer.frames.at(-1),
                loud: level([1, -1, 1, -1]), quiet: level([]),
            }
        }"""
    )
    assert told == {
        "frames": [[160, 32767, 32767]] * 3,
        "taken": [None, 0, 1, 2, 3, None],
        "left": 13,
        "newest": 39,
        "loud": 1,
        "quiet": 0,
    }
