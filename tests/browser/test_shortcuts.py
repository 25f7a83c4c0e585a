"""Keys that lead to pages and rows: shown on demand, fit for the role, silent in fields, switched off."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.stage import Stage, sign_in
from tests.desk.staff import Story, tell


def test_a_question_mark_shows_the_keys_and_escape_gives_the_focus_back(page: Page, stage: Stage) -> None:
    sign_in(page, stage, "Ben")
    link = page.locator(".desk-row__case[href]").first
    link.focus()
    page.keyboard.press("?")
    box = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(box).to_be_visible()
    for words in ("Go to Reports", "Go to Call log", "Go to Health", "Next row or clip", "Open the row"):
        expect(box.get_by_text(words)).to_be_visible()
    expect(box.get_by_text("Go to Audit")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(link).to_be_focused()


def test_two_keys_lead_to_each_main_way_of_one_s_role(page: Page, stage: Stage) -> None:
    sign_in(page, stage, "Ben")
    for keys, path in (("gh", "/health"), ("gc", "/calls"), ("gr", "/reports")):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_url(f"**{path}")
    page.keyboard.press("g")
    page.keyboard.press("z")
    page.wait_for_timeout(300)
    assert page.url.endswith("/reports")


def test_rows_are_walked_and_opened_by_keys(page: Page, stage: Stage) -> None:
    tell(stage.house, Story())
    told = tell(stage.house, Story(clips=(("story", "a"), ("who", "b"))))
    sign_in(page, stage, "Amina")
    rows = page.locator(".desk-row__case[href]")
    for key, at in (("j", 0), ("j", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        expect(rows.nth(at)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/*")
    page.goto(stage.address(f"/reports/{told.report_id}"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("button", name="Play clip 2")).to_be_focused()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause clip 2")).to_be_visible()


def test_who_switched_single_keys_off_has_none(page: Page, stage: Stage) -> None:
    sign_in(page, stage, "Ben")
    page.get_by_role("link", name="Looks and keys").click()
    page.get_by_label("Off").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/reports")
    for key in "?gh":
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    expect(page.locator("dialog")).to_have_count(0)
    assert page.url.endswith("/reports")


def test_keys_do_nothing_in_a_field_at_the_door(page: Page, stage: Stage) -> None:
    page.goto(stage.address("/sign-in"))
    name = page.get_by_label("Name")
    name.press("?")
    name.press("j")
    expect(name).to_have_value("?j")
    expect(page.locator("dialog")).to_have_count(0)
