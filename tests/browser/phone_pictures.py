"""Pictures of the practice phone in each of its states, wide and narrow, light and dark."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.practice import Practice, launch_with_microphone, melody, open_phone, set_practice
from tests.browser.stage import launch

SIZES = {"desktop": (1280, 900), "phone": (390, 844), "narrow": (320, 640)}
SCHEMES = ("light", "dark")
CALM = {"reduced_motion": "reduce"}
WAIT_MS = 20_000
ROUTE = (("greeting", "1"), ("main_menu", "2"), ("consent", "1"), ("urgent", "1"), ("at_risk", "2"))


def take_pictures(playwright: Playwright, program: str, out: Path) -> None:
    """Let calls be made before a camera."""
    with tempfile.TemporaryDirectory() as folder, set_practice(Path(folder)) as practice:
        wav = Path(folder) / "melody.wav"
        wav.write_bytes(melody())
        heard, mute = launch_with_microphone(playwright, program, wav), launch(playwright, program)
        for size, (width, height) in SIZES.items():
            for scheme in SCHEMES if size != "phone" else SCHEMES[:1]:
                page = open_phone(
                    heard, practice, viewport={"width": width, "height": height}, color_scheme=scheme, **CALM
                )
                _call(page, practice, out, f"{size}-{scheme}")
        _without_microphone(mute, practice, out / "phone-6-no-microphone-desktop-light.png")
        heard.close()
        mute.close()


def _call(page: Page, practice: Practice, out: Path, look: str) -> None:
    def take(name: str) -> None:
        page.screenshot(path=out / f"phone-{name}-{look}.png", full_page=True)

    state = page.locator("#state")
    expect(state).to_have_text("Ready to ring")
    take("1-idle")
    page.keyboard.press("Enter")
    expect(state).to_have_text("Ringing")
    take("2-ringing")
    _go(page, practice)
    take("3-in-call")
    page.keyboard.press("2")
    expect(state).to_have_text("Recording you", timeout=WAIT_MS)
    page.wait_for_timeout(1500)
    take("4-recording")
    page.keyboard.press("#")
    expect(page.get_by_text("Recording over")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#script")).to_contain_text("< ends")
    take("5-ended")
    page.context.close()


def _without_microphone(browser: Browser, practice: Practice, path: Path) -> None:
    page = open_phone(browser, practice, viewport={"width": 1280, "height": 900}, **CALM)
    expect(page.locator("#state")).to_have_text("Ready to ring")
    page.keyboard.press("Enter")
    _go(page, practice)
    page.keyboard.press("2")
    expect(page.locator("#state")).to_have_text("Recording you", timeout=WAIT_MS)
    page.get_by_label("Words to be spoken for you").fill("He has keys to the gun room.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You said:")).to_be_visible()
    page.screenshot(path=path, full_page=True)
    page.context.close()


def _go(page: Page, practice: Practice) -> None:
    """Press what leads to the first question that is answered by voice, but for the last key."""
    expect(page.locator("#state")).to_have_text("On the line", timeout=WAIT_MS)
    call = list(practice.house.exchange.calls.values())[-1]
    for step, key in ROUTE:
        end = time.monotonic() + WAIT_MS / 1000
        while call.step != step and time.monotonic() < end:
            page.wait_for_timeout(20)
        if (step, key) != ROUTE[-1]:
            page.keyboard.press(key)
    page.wait_for_timeout(300)
