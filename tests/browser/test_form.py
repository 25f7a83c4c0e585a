"""The form for staff in a real browser: it saves itself, survives what happens to browsers, and loses nothing."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from storage.models import reports
from tests.browser.stage import Stage, fresh_code, sign_in
from tests.browser.test_accessibility import assert_accessible
from tests.desk.staff import PASSWORD

SAVED = re.compile(r"^Saved at ")


def begin(page: Page, stage: Stage, name: str = "Amina") -> str:
    """Sign in and begin a report; return the address of its form."""
    sign_in(page, stage, name)
    page.goto(stage.address("/writing"))
    page.get_by_role("button", name="New report").click()
    page.get_by_label("Letter").check()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/form")
    return page.url


def state(page: Page) -> str:
    return page.locator("[data-save-words]").inner_text()


def type_story(page: Page, words: str) -> None:
    page.locator("#q-story").press_sequentially(words)


def saved(page: Page) -> None:
    expect(page.locator("[data-save-words]")).to_have_text(SAVED, timeout=15_000)


def state_of(stage: Stage, form: str) -> str:
    report_id = form.split("/")[-2]
    with stage.house.database.read() as connection:
        return str(connection.scalar(select(reports.c.state).where(reports.c.report_id == report_id)))


def test_what_is_typed_survives_a_killed_tab_and_becomes_a_report(page: Page, stage: Stage) -> None:
    form = begin(page, stage)
    type_story(page, "He sells what the computer knows.")
    saved(page)
    other = page.context.new_page()
    page.close(run_before_unload=False)
    other.goto(form)
    expect(other.locator("#q-story")).to_have_value("He sells what the computer knows.")
    other.get_by_role("group", name="What it is about").get_by_label("Using the job").check()
    expect(other.locator("#field-gain_how")).to_be_visible(timeout=15_000)
    other.get_by_role("button", name="Finish").click()
    other.wait_for_url("**/writing")
    expect(other.get_by_role("status").first).to_contain_text("is now a report")
    assert state_of(stage, form) == "new"
    other.get_by_role("button", name="Sign out").click()
    sign_in(other, stage, "Ben")
    other.goto(form.removesuffix("/form"))
    expect(other.get_by_text("He sells what the computer knows.")).to_be_visible()
    expect(other.get_by_text("Entered by staff: letter")).to_be_visible()


def test_what_is_typed_last_leaves_with_the_page(page: Page, stage: Stage) -> None:
    form = begin(page, stage)
    page.locator("#q-story").fill("typed a moment before the tab was closed")
    page.goto(stage.address("/writing"))
    page.wait_for_timeout(500)
    page.goto(form)
    expect(page.locator("#q-story")).to_have_value("typed a moment before the tab was closed")


def test_a_network_that_is_away_loses_nothing_and_the_page_says_so(browser: Browser, stage: Stage) -> None:
    page = browser.new_page()  # of its own: Chromium complains on its console about each request that fails
    form = begin(page, stage)
    type_story(page, "before ")
    saved(page)
    page.context.set_offline(True)
    type_story(page, "while it was away")
    expect(page.locator("[data-save-words]")).to_contain_text("the network is away", timeout=15_000)
    expect(page.locator("[data-save-told]")).to_contain_text("the network is away")
    page.get_by_role("button", name="Finish").click()
    page.wait_for_timeout(500)
    assert page.url == form
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    page.context.set_offline(False)
    saved(page)
    expect(page.locator("[data-save-told]")).to_have_text("Saved again.")
    page.goto(form)
    expect(page.locator("#q-story")).to_have_value("before while it was away")
    page.context.close()


def test_two_windows_compare_their_versions_and_nothing_is_overwritten(page: Page, stage: Stage) -> None:
    form = begin(page, stage)
    other = page.context.new_page()
    other.goto(form)
    type_story(page, "of the first window")
    saved(page)
    type_story(other, "of the second window")
    expect(other.get_by_role("button", name="Compare both versions")).to_be_visible(timeout=15_000)
    assert "Nothing is overwritten" in state(other)
    other.get_by_role("button", name="Compare both versions").click()
    expect(other.locator(".govuk-error-summary")).to_be_focused()
    expect(other.locator("#q-story")).to_have_value("of the second window")
    expect(other.locator(".desk-field__theirs")).to_contain_text("of the first window")
    assert_accessible(other)
    other.locator("#q-story").fill("of both windows")
    other.get_by_role("button", name="Keep what stands here").click()
    other.goto(form)
    expect(other.locator("#q-story")).to_have_value("of both windows")
    other.close()


def test_whoever_takes_it_over_is_told_to_the_first_writer_with_what_was_typed(page: Page, stage: Stage) -> None:
    form = begin(page, stage)
    type_story(page, "hers")
    saved(page)
    assert page.context.browser is not None
    other = page.context.browser.new_context()
    ben = other.new_page()
    sign_in(ben, stage, "Ben")
    ben.goto(f"{form}/take-over")
    ben.get_by_role("button", name="Take it over").click()
    expect(ben.locator("#q-story")).to_have_value("hers")
    type_story(page, " and more")
    expect(page.get_by_role("button", name="Show what was not saved")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Show what was not saved").click()
    expect(page.get_by_text("hers and more")).to_be_visible()
    other.close()


def test_an_ended_session_covers_the_page_and_goes_on_after_signing_in_elsewhere(page: Page, stage: Stage) -> None:
    form = begin(page, stage)
    page.evaluate("""() => { const token = document.querySelector('[name=csrf_token]').value
        return fetch('/sign-out', { method: 'POST', body: new URLSearchParams({ csrf_token: token }) }) }""")
    type_story(page, "typed while signed out")
    cover = page.get_by_role("alertdialog", name="You are signed out")
    expect(cover).to_be_visible(timeout=15_000)
    expect(page.locator("#q-story")).not_to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="I have signed in: go on").click()
    expect(cover).to_contain_text("You are not signed in yet.")
    other = page.context.new_page()
    other.goto(stage.address("/sign-in"))
    other.get_by_label("Name").fill("Amina")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_label("Code from your authenticator").fill(fresh_code(stage, "Amina"))
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/reports")
    page.get_by_role("button", name="I have signed in: go on").click()
    expect(cover).to_be_hidden()
    saved(page)
    expect(page.locator("#q-story")).to_have_value("typed while signed out")
    page.goto(form)
    expect(page.locator("#q-story")).to_have_value("typed while signed out")
    other.close()


def test_saving_moves_no_focus_and_tells_little(page: Page, stage: Stage) -> None:
    begin(page, stage)
    group = page.get_by_role("group", name="Harm, or evidence destroyed")
    group.get_by_label("Not sure").check()
    expect(page.locator("#field-at_risk")).to_be_visible(timeout=15_000)
    expect(group.get_by_label("Not sure")).to_be_focused()
    expect(page.locator("[data-save-told]")).to_have_text("3 more questions are on the form.")
    type_story(page, "It was my husband.")
    saved(page)
    expect(page.locator("#q-story")).to_be_focused()
    expect(page.locator("#hints-story")).to_contain_text("tells who the caller is")
    expect(page.locator("[data-side='story'] a")).to_have_class(re.compile("answered"))


def test_the_form_with_keys_alone(page: Page, stage: Stage) -> None:
    begin(page, stage)
    page.locator("#q-urgent--none").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q-allegation-favours"
    page.keyboard.press("Space")
    page.locator("#q-story").focus()
    page.keyboard.type("With keys alone.")
    page.get_by_role("button", name="Finish").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/writing")


def test_a_mistake_takes_the_focus_and_leads_to_its_question(page: Page, stage: Stage) -> None:
    begin(page, stage)
    page.get_by_role("button", name="Finish").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    assert_accessible(page)
    page.locator(".govuk-error-summary a").click()
    expect(page.locator("#q-story")).to_be_focused()


def test_without_scripts_the_form_is_saved_by_its_button(page: Page, stage: Stage) -> None:
    assert page.context.browser is not None
    context = page.context.browser.new_context(java_script_enabled=False)
    simple = context.new_page()
    form = begin(simple, stage)
    assert "when you press Save" in state(simple)
    simple.locator("#q-allegation-hate").check()
    simple.locator("#q-story").fill("Without any script.")
    simple.get_by_role("button", name="Save").click()
    expect(simple.get_by_role("status").first).to_have_text("Saved.")
    expect(simple.locator("#field-hate_ground")).to_be_visible()
    simple.get_by_role("button", name="Finish").click()
    assert state_of(stage, form) == "new"
    context.close()
