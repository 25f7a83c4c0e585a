"""What people do at the desk, in a real browser: with the mouse, with keys alone, and with the page's own script."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import select

from storage.models import items
from tests.browser.stage import Stage, fresh_code, sign_in
from tests.desk.staff import PASSWORD, Story, tell


def test_from_signing_in_to_a_confirmed_transcript_and_a_destroyed_report(page: Page, stage: Stage) -> None:
    told = tell(stage.house, Story())
    sign_in(page, stage, "Ben")
    page.get_by_role("link", name=f"Report {told.case_number}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Report {told.case_number}")
    heard = page.evaluate(
        """async () => {
            const clip = document.querySelector('audio')
            clip.muted = true
            await clip.play()
            return clip.duration
        }"""
    )
    assert heard == 1
    page.get_by_label("Correct while you listen").fill("He sells what the computer knows.")
    page.get_by_role("button", name="Confirm clip 1").click()
    expect(page.get_by_role("status").first).to_contain_text("sound destroyed")
    expect(page.get_by_text("He sells what the computer knows.")).to_be_visible()
    with stage.house.database.read() as connection:
        kinds = set(connection.scalars(select(items.c.kind).where(items.c.report_id == told.report_id)))
    assert kinds == {"received", "answer", "transcript"}

    page.get_by_role("link", name="This is not a report").click()
    page.get_by_label("Test").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Destroy it and count it").click()
    expect(page.get_by_role("status").first).to_contain_text(f"{told.case_number} is not a report")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")


def test_signing_in_claiming_and_confirming_with_keys_alone(page: Page, stage: Stage) -> None:
    told = tell(stage.house, Story(claimed=""))
    page.goto(stage.address("/sign-in"))
    tab_to(page, "#name")
    page.keyboard.type("Amina")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(fresh_code(stage, "Amina"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports")
    tab_to(page, f"#case-claim-{told.report_id}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{told.report_id}")
    tab_to(page, f"#text-{told.clips[0]}")
    page.keyboard.press("Control+A")
    page.keyboard.type("Typed with keys alone.")
    tab_to(page, f"button[value='{told.clips[0]}']")
    page.keyboard.press("Enter")
    # Nobody played it, so that the page asks first: the focus stands on the question.
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    expect(page.get_by_text("You have not played this clip")).to_be_visible()
    tab_to(page, f"button[value='{told.clips[0]}']")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Typed with keys alone.")).to_be_visible()
    expect(page.get_by_text("Confirmed by Amina")).to_be_visible()


def test_the_skip_link_is_first_and_leads_past_the_head(page: Page, stage: Stage) -> None:
    sign_in(page, stage, "Ben")
    page.keyboard.press("Tab")
    expect(page.locator(".govuk-skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main-content")).to_be_focused()


def test_a_mistake_takes_the_focus_and_leads_to_its_field(page: Page, stage: Stage) -> None:
    page.goto(stage.address("/sign-in"))
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.get_by_role("link", name="Enter your password").click()
    expect(page.locator("#password")).to_be_focused()


def test_the_list_shows_a_new_report_by_itself_and_keeps_the_focus(page: Page, stage: Stage) -> None:
    page.clock.install()
    sign_in(page, stage, "Ben")
    page.clock.run_for(16_000)  # the first look only learns what is shown
    page.wait_for_timeout(300)
    first = page.locator(".desk-row__case").first
    first.focus()
    focused = first.get_attribute("id")
    told = tell(stage.house, Story())
    page.clock.run_for(16_000)
    expect(page.get_by_role("link", name=f"Report {told.case_number}")).to_be_visible()
    expect(page.locator(f"#{focused}")).to_be_focused()


def test_whoever_walks_away_is_asked_first_and_then_finds_a_cleared_page(page: Page, stage: Stage) -> None:
    told = tell(stage.house, Story(clips=(("story", "words that must leave the screen"),)))
    page.clock.install()
    sign_in(page, stage, "Ben")
    page.goto(stage.address(f"/reports/{told.report_id}"))
    page.clock.run_for(13 * 60_000 + 2_000)
    expect(page.get_by_role("alertdialog")).to_be_visible()
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    page.clock.run_for(15 * 60_000 + 2_000)
    page.wait_for_url("**/expired")
    assert "must leave the screen" not in page.content()


def test_without_scripts_everything_still_works(page: Page, stage: Stage) -> None:
    told = tell(stage.house, Story(claimed=""))
    assert page.context.browser is not None
    plain = page.context.browser.new_context(java_script_enabled=False).new_page()
    sign_in(plain, stage, "Amina")
    plain.get_by_role("button", name=f"Claim and open {told.case_number}").click()
    plain.get_by_label("Correct while you listen").fill("Without any script.")
    plain.get_by_role("button", name="Confirm clip 1").click()
    expect(plain.get_by_text("You have not played this clip")).to_be_visible()
    plain.get_by_role("button", name="I am sure: confirm clip 1").click()
    expect(plain.get_by_text("Confirmed by Amina")).to_be_visible()
    expect(plain.get_by_text("Without any script.")).to_be_visible()
    plain.context.close()


def test_a_handler_claims_writes_a_note_alerts_and_gives_back_and_a_supervisor_takes_it_over(
    page: Page, stage: Stage
) -> None:
    told = tell(stage.house, Story(claimed=""))
    sign_in(page, stage, "Amina")
    page.get_by_role("button", name=f"Claim and open {told.case_number}").click()
    page.get_by_label("Correct while you listen").fill("half of it")
    page.get_by_label("Add a note").fill("He may come back tonight.")
    page.get_by_role("button", name="Alert a supervisor").click()
    expect(page.get_by_role("status").first).to_contain_text("Supervisors are alerted")
    expect(page.get_by_label("Correct while you listen")).to_have_value("half of it")
    expect(page.locator(".desk-event__words").first).to_have_text("He may come back tonight.")
    page.get_by_role("button", name="This one stays with me").click()
    expect(page.get_by_role("status").first).to_contain_text("not which report")
    page.get_by_role("button", name="Give it back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What you typed is not kept yet")
    page.get_by_role("button", name="Keep it as a note").click()
    page.get_by_role("button", name="Give it back").click()
    page.wait_for_url("**/reports?show=mine")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, stage, "Ben")
    page.get_by_role("button", name="I will talk to them").click()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("would like a word")).to_be_hidden()
    page.locator(f"#wait-{told.report_id}").click()
    expect(page.get_by_text("half of it").first).to_be_visible()
    page.get_by_role("button", name="Claim it").click()
    page.get_by_role("button", name="Acknowledge: I act on it").click()
    expect(page.get_by_text("Acknowledged by Ben, who acts on it.")).to_be_visible()


def test_the_alert_stays_in_sight_while_a_long_report_is_read_and_is_first_on_a_phone(page: Page, stage: Stage) -> None:
    sign_in(page, stage, "Ben")
    page.goto(stage.address(f"/reports/{stage.main.report_id}"))
    page.mouse.wheel(0, 5000)
    page.wait_for_timeout(200)
    expect(page.locator(".desk-urgent")).to_be_in_viewport()
    page.set_viewport_size({"width": 320, "height": 640})
    panel, answer = page.locator(".desk-urgent").bounding_box(), page.locator(".desk-answer").first.bounding_box()
    assert panel is not None
    assert answer is not None
    assert panel["y"] < answer["y"]


def test_a_word_is_found_among_the_signposts_without_asking_the_server(page: Page, stage: Stage) -> None:
    sign_in(page, stage, "Ben")
    page.goto(stage.address("/signposts"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Find a word on this page").fill("child")
    expect(page.get_by_role("heading", name="Small Voices")).to_be_visible()
    expect(page.get_by_role("heading", name="Colleague Line")).to_be_hidden()
    page.get_by_label("Find a word on this page").fill("zeppelin")
    expect(page.get_by_text("Nothing here has these words")).to_be_visible()
    assert [url for url in asked if "/static/mark.svg" not in url] == []  # the tab's own icon comes when it likes


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; somebody with keys alone must reach it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached with Tab")
