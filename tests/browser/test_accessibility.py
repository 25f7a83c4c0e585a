"""Axe finds nothing on any page, wide or narrow, and no page is wider than a phone (WCAG 2.2 AA)."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.stage import Stage, sign_in

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
WIDTHS = (1280, 390)


def assert_accessible(page: Page) -> None:
    """Let axe look at the page as it is now; it reads the page from outside, past the content security policy."""
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_the_door(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for path in ("/sign-in", "/expired", "/nowhere"):
        page.goto(stage.address(path))
        assert_accessible(page)
    page.goto(stage.address("/sign-in"))
    page.get_by_role("button", name="Sign in").click()
    assert_accessible(page)
    page.get_by_label("Name").fill("Chris")
    page.get_by_label("Password").fill("four words of somebody")
    page.get_by_label("Code from your authenticator").fill("123456")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_text("We never say which").is_visible()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_lists_and_reports(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, stage, "Ben")
    report = f"/reports/{stage.main.report_id}"
    for path in (
        "/reports",
        "/reports?show=not_a_report",
        report,
        f"{report}/not-a-report",
        f"{report}/hold",
        "/calls",
        "/calls?by=path:crowded",
        "/health",
        "/expired",
    ):
        page.goto(stage.address(path))
        assert_accessible(page)
    page.goto(stage.address(f"{report}/hold"))
    page.get_by_label("An investigation").check()
    page.get_by_role("button", name="Continue").click()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_that_say_what_is_wrong(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, stage, "Ben")
    report = f"/reports/{stage.main.report_id}"
    page.goto(stage.address(report))
    page.locator("textarea").last.fill("")
    page.get_by_role("button", name="Confirm clip").last.click()
    assert page.get_by_text("There is a problem").is_visible()
    assert_accessible(page)
    page.goto(stage.address(report))
    page.get_by_role("button", name="Confirm clip 1").click()
    assert page.get_by_text("You have not played this clip").is_visible()
    assert_accessible(page)
    page.goto(stage.address(f"{report}/not-a-report"))
    page.get_by_role("button", name="Continue").click()
    assert_accessible(page)
    page.get_by_label("Silent").check()
    page.get_by_role("button", name="Continue").click()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_one_s_own_account(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, stage, "Ada")
    for path in ("", "/password", "/authenticator", "/passkey", "/recovery"):
        page.goto(stage.address(f"/account{path}"))
        assert_accessible(page)
    page.get_by_role("button", name="Make ten codes").click()
    assert_accessible(page)
    page.goto(stage.address("/account/password"))
    page.get_by_role("button", name="Change it").click()
    assert page.get_by_text("There is a problem").is_visible()
    assert_accessible(page)
    page.goto(stage.address("/prove?next=/account&lost=1"))
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_text("There is a problem").is_visible()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_audit(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, stage, "Otto")
    assert_accessible(page)
    page.get_by_text("Check the whole chain").click()
    page.get_by_label("A head that was kept outside").fill("half a head")
    page.get_by_role("button", name="Check every entry").click()
    assert_accessible(page)
    page.get_by_label("A head that was kept outside").fill("")
    page.get_by_role("button", name="Check every entry").click()
    assert page.get_by_text("The whole chain was checked just now.").is_visible()
    assert_accessible(page)


def test_the_question_whether_somebody_is_still_there(page: Page, stage: Stage) -> None:
    page.clock.install()
    sign_in(page, stage, "Ben")
    page.clock.run_for(13 * 60_000 + 2_000)
    page.get_by_role("alertdialog").wait_for()
    page.clock.resume()
    assert_accessible(page)
