"""The drawn call in a real browser: no violation that axe knows, in light and dark, and boxes reached by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

FOLDER = Path(__file__).parents[2] / "docs/flow"
LOOKED_AT = ("en/?-with-a-person.html", "en/?-the-questions.html")  # the fullest ones
PAGES = ("index.html", "en/index.html", *(str(next(FOLDER.glob(name)).relative_to(FOLDER)) for name in LOOKED_AT))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_drawn_call(browser: Browser, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    for name in PAGES:
        page.goto((FOLDER / name).as_uri())
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], name
    context.close()


def test_a_box_is_reached_by_keyboard_and_leads_to_its_text(browser: Browser) -> None:
    page = browser.new_page()
    page.goto((FOLDER / "en/2-speaking-to-a-person.html").as_uri())
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "#text-waiting":
            break
    page.keyboard.press("Enter")
    assert page.url.endswith("#text-waiting")
    assert "Please hold while we look for a handler." in page.locator("#text-waiting").inner_text()
    page.close()
