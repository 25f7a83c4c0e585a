"""A live call through the whole demo: somebody rings in one browser, a handler answers in another, both with sound."""

from __future__ import annotations

import contextlib
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, Request, expect, sync_playwright

from tests.browser.practice import launch_with_microphone, melody

DEMO = [sys.executable, "-m", "storage.command_line"]
SECONDS = 240


@dataclass(frozen=True)
class Demo:
    """The running demo."""

    folder: Path
    said: str

    def address(self, part: str) -> str:
        found = re.search(rf"\b{part}=(http://\S+)", self.said)
        assert found is not None
        return found[1]

    @property
    def password(self) -> str:
        found = re.search(r"^  amina\s+((?:\w+ )+\w+)\s+\d{6}\s+handler", self.said, re.MULTILINE)
        assert found is not None
        return found[1].strip()

    def code(self) -> str:
        """Return a code of Amina's that was not used yet."""
        command = [*DEMO, "code", "--folder", str(self.folder)]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
        found = re.search(r"amina\D+(\d{6})", said)
        assert found is not None
        return found[1]

    def ask(self, query: str) -> list[tuple[object, ...]]:
        database = sqlite3.connect(self.folder / "hotline.db", timeout=10)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()

    def train(self) -> None:
        """Let Amina be trained for English."""
        database = sqlite3.connect(self.folder / "hotline.db", timeout=10)
        (person_id,) = database.execute("SELECT person_id FROM people WHERE sign_in_name = 'amina'").fetchone()
        held = (("language:en", ""), ("general", "2099-12"))
        database.executemany("INSERT OR IGNORE INTO skills VALUES (?, ?, ?)", [(person_id, *one) for one in held])
        database.commit()
        database.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("live") / "demo"
    command = [*DEMO, "demo", "--folder", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        said: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if line.startswith("READY "):
                break
        else:
            raise AssertionError("the demo ended without a READY line")
        threading.Thread(target=process.stdout.read, daemon=True).start()
        opened = Demo(folder, "".join(said))
        opened.train()
        yield opened
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest.mark.timeout(2 * SECONDS)
def test_a_caller_is_answered_asked_lost_found_again_and_thanked(
    demo: Demo, chromium_path: str, tmp_path: Path
) -> None:
    for name, pitch in (("caller", 60), ("handler", 90)):
        (tmp_path / f"{name}.wav").write_bytes(melody(pitch))
    with sync_playwright() as playwright:
        at_home = launch_with_microphone(playwright, chromium_path, tmp_path / "caller.wav")
        at_work = launch_with_microphone(playwright, chromium_path, tmp_path / "handler.wav")
        desk, phone = at_work.new_page(), at_home.new_page()
        told_at_work, told_at_home = _listen(desk), _listen(phone)
        _come_in(demo, desk)
        _ring(demo, phone, desk)
        _answer(desk)
        _hear_each_other(desk)
        desk.get_by_label("What happened", exact=True).fill("He sells what the computer knows")
        _ask_by_key(desk, phone)
        _lose_and_find(demo, desk)
        desk.get_by_role("button", name="End the call").click()
        expect(desk.get_by_role("heading", name="This call is over")).to_be_visible(timeout=20_000)
        assert demo.ask("SELECT state, ending FROM talks") == [("over", "finished")]
        _write_up(demo, desk)
        assert _traces(told_at_home) == {"number"}  # what is looked for is found where it is
        kept = desk.evaluate("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")
        assert _traces([*told_at_work, str(kept), desk.content()]) == set()
        assert len(told_at_work) > 50
        at_home.close()
        at_work.close()


def _listen(page: Page) -> list[str]:
    """Collect all that a browser is told: pages, answers, scripts, and the words in its sockets."""
    told: list[str] = []

    def answered(request: Request) -> None:
        with contextlib.suppress(Error):  # a page that was left
            response = request.response()
            if response is not None and response.status == 200 and not request.url.endswith((".svg", ".css")):
                told.append(request.url + response.text())

    page.on("requestfinished", answered)
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: told.append(str(frame))))
    return told


def _traces(told: list[str]) -> set[str]:
    """Return what of a caller stands in it."""
    all_of_it = "\n".join(told)
    found = {"number": re.search(r"7700 ?900 ?\d{3}", all_of_it), "call": re.search(r"CA[0-9a-f]{32}", all_of_it)}
    return {name for name, match in found.items() if match}


def _come_in(demo: Demo, desk: Page) -> None:
    desk.goto(demo.address("desk") + "/sign-in")
    desk.get_by_label("Name").fill("amina")
    desk.get_by_label("Password").fill(demo.password)
    desk.get_by_label("Code from your authenticator").fill(demo.code())
    desk.get_by_role("button", name="Sign in").click()
    desk.wait_for_url(lambda address: "/sign-in" not in address)
    desk.goto(demo.address("desk") + "/live")
    desk.get_by_label("checked my headset").check()
    desk.get_by_role("button", name="I am available").click()
    expect(desk.get_by_role("heading", name="Available")).to_be_visible()


def _ring(demo: Demo, phone: Page, desk: Page) -> None:
    phone.goto(demo.address("phone"))
    phone.get_by_role("button", name="Call").click()
    expect(phone.locator("#state")).to_have_text("On the line", timeout=15_000)
    end = time.monotonic() + 90
    while not desk.locator("[data-accept]").count():  # the greeting is heard first, and cannot be cut short
        assert time.monotonic() < end, "nobody was offered"
        phone.keyboard.press("1")
        desk.wait_for_timeout(2000)


def _answer(desk: Page) -> None:
    desk.get_by_role("button", name="Accept").click()
    desk.wait_for_url("**/live/call/*")
    expect(desk.locator("[data-words]")).to_have_text("You and the caller hear each other.", timeout=20_000)


def _hear_each_other(desk: Page) -> None:
    for whose in ("mine", "theirs"):
        loud = "whose => Number(document.querySelector(`[data-level=${whose}]`).ariaValueNow) > 25"
        desk.wait_for_function(loud, arg=whose, timeout=20_000)


def _ask_by_key(desk: Page, phone: Page) -> None:
    desk.get_by_text("The caller says nothing").click()
    desk.get_by_role("button", name="Are you in danger now?").click()
    end = time.monotonic() + 60
    while not desk.locator("[data-answer-words]").inner_text():
        assert time.monotonic() < end, "no answer came"
        phone.keyboard.press("1")
        desk.wait_for_timeout(1500)
    expect(desk.locator("[data-answer-words]")).to_have_text("Yes")
    expect(desk.locator("[data-words]")).to_have_text("You and the caller hear each other.", timeout=20_000)
    _hear_each_other(desk)


def _lose_and_find(demo: Demo, desk: Page) -> None:
    desk.reload()  # the page goes, and the line with it
    expect(desk.get_by_role("heading", name="The line to you broke")).to_be_visible(timeout=20_000)
    assert demo.ask("SELECT state, first FROM talks") == [("waiting", 1)]
    desk.get_by_role("button", name="Take the call up again").click()
    expect(desk.locator("[data-words]")).to_have_text("You and the caller hear each other.", timeout=20_000)
    expect(desk.get_by_label("What happened", exact=True)).to_have_value("He sells what the computer knows")
    _hear_each_other(desk)


def _write_up(demo: Demo, desk: Page) -> None:
    desk.get_by_label("Money or favours").check()
    desk.get_by_role("button", name="Finish: make it a report").click()
    desk.wait_for_url("**/live")
    expect(desk.get_by_text("is now a report, new in the list.")).to_be_visible()
    assert ("live", "new") in demo.ask("SELECT channel, state FROM reports")
    expect(desk.get_by_role("heading", name="Writing up")).to_be_visible()
