"""Sanitising in a real browser: by keys and by selecting, saved by itself, and readable by everybody."""

from __future__ import annotations

import re
from dataclasses import replace

from playwright.sync_api import Page, expect

from tests.browser.stage import Stage, sign_in
from tests.browser.test_accessibility import assert_accessible
from tests.desk.cleaning import TOLD, add_clip, to_review

SAVED = re.compile(r"^Saved at ")


def bench(page: Page, stage: Stage) -> str:
    """Sign in and open a report that Ben reviews; return the page's address."""
    told = to_review(stage.house, TOLD)
    sign_in(page, stage, "Ben")
    page.goto(stage.address(f"/reports/{told.report_id}/clean"))
    return page.url


def clean_text(page: Page) -> str:
    page.locator("#as-it-leaves").evaluate("one => one.open = true")
    return page.locator("[data-reading]").inner_text()


def test_a_text_is_sanitised_by_keys_and_survives_a_closed_tab(page: Page, stage: Stage) -> None:
    address = bench(page, stage)
    expect(page.locator("[data-words]")).to_have_text("My husband")
    page.keyboard.press("r")
    page.keyboard.type("The person")
    page.keyboard.press("Enter")
    expect(page.locator(".desk-edits ins")).to_have_text("The person")
    page.keyboard.press("n")
    page.keyboard.press("p")
    page.locator(".desk-marks__one", has_text="3 March 2026").click()
    page.keyboard.press("b")
    expect(page.locator(".desk-edits__list ins").last).to_have_text("in March 2026")
    assert "The person, the sergeant, sells data. He did it in March 2026" in clean_text(page)
    page.get_by_label("Controlled drugs").check()
    expect(page.locator("[data-save-words]")).to_have_text(SAVED)
    page.get_by_label("Where, as an area").fill("in the north")
    page.close(run_before_unload=False)
    other = page.context.new_page()
    other.goto(address)
    expect(other.get_by_label("Controlled drugs")).to_be_checked()
    expect(other.locator(".desk-edits__list li")).to_have_count(2)
    other.keyboard.press("u")
    expect(other.locator(".desk-edits__list li")).to_have_count(1)


def test_text_is_chosen_by_selecting_and_everybody_can_read_the_page(page: Page, stage: Stage) -> None:
    address = bench(page, stage)
    assert_accessible(page)
    page.evaluate(
        """() => {
          const bits = [...document.querySelectorAll('.desk-texts [data-at]')]
          const bit = bits.find(one => one.textContent.includes('sells'))
          const at = bit.firstChild.data.indexOf('sells')
          getSelection().setBaseAndExtent(bit.firstChild, at, bit.firstChild, at + 'sells data'.length)
        }"""
    )
    expect(page.locator("[data-words]")).to_have_text("sells data")
    page.keyboard.press("x")
    expect(page.locator(".desk-edits del")).to_contain_text("sells data")
    other = page.context.new_page()
    other.goto(address)
    other.get_by_label("Where, as an area").fill("in the south")
    expect(other.locator("[data-save-words]")).to_have_text(SAVED)
    page.get_by_label("Where, as an area").fill("in the north")
    expect(page.get_by_role("button", name="Compare both versions")).to_be_visible()
    page.get_by_role("button", name="Compare both versions").click()
    expect(page.get_by_role("heading", name="Another version was saved meanwhile")).to_be_visible()
    expect(page.get_by_label("Where, as an area")).to_have_value("in the north")
    expect(page.get_by_text("in the south")).to_be_visible()
    add_clip(stage.house, replace(stage.main, report_id=address.split("/")[-2]), "He did it again.")
    page.set_viewport_size({"width": 320, "height": 844})
    page.goto(address)
    expect(page.get_by_text("Something came in")).to_be_visible()
    assert_accessible(page)
