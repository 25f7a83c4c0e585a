"""The scheme of the pages in a real browser: the machine's, unless the reader chose; paper is white."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.stage import Stage, sign_in

DARK, LIGHT = "rgb(16, 25, 28)", "rgb(255, 255, 255)"


def ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def choose(page: Page, words: str) -> None:
    page.get_by_role("link", name="Looks and keys").click()
    page.get_by_label(words, exact=True).check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()


def test_pages_follow_the_machine_until_the_reader_chooses(page: Page, stage: Stage) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(stage.address("/sign-in"))
    assert ground(page) == DARK
    choose(page, "Light")
    assert page.url == stage.address("/sign-in")
    assert ground(page) == LIGHT
    page.emulate_media(color_scheme="light")
    choose(page, "Dark")
    assert ground(page) == DARK
    choose(page, "As this device does")
    assert ground(page) == LIGHT


def test_paper_is_white_whatever_was_chosen(page: Page, stage: Stage) -> None:
    page.goto(stage.address("/sign-in"))
    choose(page, "Dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert ground(page) == LIGHT


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_field_its_words_and_the_focus_keep_the_scheme(page: Page, stage: Stage, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(stage.address("/sign-in"))
    name = page.get_by_label("Name")
    name.fill("Amina")
    shown = name.evaluate("e => { const s = getComputedStyle(e); return [s.backgroundColor, s.color, s.outlineColor] }")
    assert shown[0] == (DARK if scheme == "dark" else LIGHT)
    assert shown[1] == ("rgb(228, 236, 236)" if scheme == "dark" else "rgb(22, 35, 42)")
    assert shown[2] == "rgb(255, 221, 0)"


def test_forced_colours_leave_every_mark_an_edge_and_lose_no_word(page: Page, stage: Stage) -> None:
    page.emulate_media(forced_colors="active")
    sign_in(page, stage, "Ben")
    edges = page.evaluate("Array.from(document.querySelectorAll('.desk-tag'), e => getComputedStyle(e).borderTopWidth)")
    assert set(edges) == {"1px"}
    assert page.get_by_text("Urgent", exact=True).first.is_visible()


def test_nothing_moves_for_who_wants_a_still_page(page: Page, stage: Stage) -> None:
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, stage, "Ben")
    moving = page.evaluate(
        "Array.from(document.querySelectorAll('*'), e => parseFloat(getComputedStyle(e).transitionDuration))"
        ".filter(seconds => seconds > 0.001)"
    )
    assert moving == []
