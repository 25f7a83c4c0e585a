"""What a first visit costs, whether everything can be hit with a thumb, and paper: measured in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Stage, sign_in

FIRST_VISIT_BYTES = 100_000
TARGET_PIXELS = 24
WIDTHS = (1280, 320)
# A link inside a sentence is as high as its line (WCAG 2.5.8 leaves those out).
SMALL = f"""() => Array.from(document.querySelectorAll('a, button, input, select, textarea, summary, [role=slider]'))
    .filter(one => one.checkVisibility() && !one.closest('p, dd, .govuk-skip-link') && one.type !== 'hidden')
    .map(one => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.width < {TARGET_PIXELS} || box.height < {TARGET_PIXELS}))
    .map(([words, box]) => `${{words}} ${{Math.round(box.width)}}x${{Math.round(box.height)}}`)"""


def test_a_first_visit_to_the_list_and_a_report_is_light(page: Page, stage: Stage) -> None:
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    received: list[float] = []
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    sign_in(page, stage, "Ben")
    page.goto(stage.address(f"/reports/{stage.main.report_id}"))
    page.wait_for_load_state("networkidle")
    assert len(received) >= 8  # pages, style, scripts, mark
    assert 20_000 < sum(received) < FIRST_VISIT_BYTES


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_to_press_is_24_pixels_wide_and_high(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(stage.address("/sign-in"))
    assert page.evaluate(SMALL) == []
    sign_in(page, stage, "Ben")
    report = f"/reports/{stage.main.report_id}"
    for path in ("/reports", report, f"{report}/hold", f"{report}/not-a-report", "/calls", "/health", "/looks"):
        page.goto(stage.address(path))
        assert page.evaluate(SMALL) == [], path


def test_a_phone_reads_the_audit_as_cards_that_name_their_cells(page: Page, stage: Stage) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    sign_in(page, stage, "Otto")
    table = page.get_by_role("table")
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    expect(table.get_by_role("cell").first).to_have_attribute("data-label", "When")
    expect(table.get_by_role("columnheader", name="On what")).to_have_count(1)


def test_paper_holds_the_report_whole_and_nothing_to_press_or_hear(page: Page, stage: Stage) -> None:
    sign_in(page, stage, "Ben")
    page.goto(stage.address(f"/reports/{stage.main.report_id}"))
    expect(page.locator(".desk-paper")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".desk-paper")).to_contain_text("CONFIDENTIAL.")
    expect(page.locator(".desk-paper")).to_contain_text("printed by Ben")
    expect(page.locator(".desk-paper")).to_contain_text("destroy it by the line's rules")
    expect(page.get_by_role("heading", level=1)).to_contain_text(stage.main.case_number)
    expect(page.locator("textarea").first).to_be_visible()
    cut = "Array.from(document.querySelectorAll('textarea'), one => one.scrollHeight - one.clientHeight)"
    page.locator("textarea").first.evaluate("one => { one.value = 'many words '.repeat(400) }")
    assert max(page.evaluate(cut)) <= 1
    for nothing in ("button", "nav", "audio", "select", "[role=slider]", "footer", "header"):
        shown = page.locator(nothing).evaluate_all("all => all.filter(one => one.checkVisibility()).length")
        assert shown == 0, nothing
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
