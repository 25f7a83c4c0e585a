"""Two people release a report in two browsers; axe finds nothing on any page of the way, wide or narrow."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.release_stage import set_release_stage
from tests.browser.stage import Stage, sign_in
from tests.browser.test_accessibility import WIDTHS, assert_accessible


def look(page: Page) -> None:
    """Let axe look at a page on each width."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert_accessible(page)


def test_one_proposes_and_another_releases_it_with_the_keyboard_and_axe_finds_nothing(
    browser: Browser, tmp_path: Path, free_port: int
) -> None:
    with set_release_stage(tmp_path / "desk", free_port) as (stage, releasing):
        ben, carla = (browser.new_context().new_page() for _ in range(2))
        for page, name in ((ben, "Ben"), (carla, "Carla")):
            sign_in(page, stage, name)
        propose(ben, stage)
        squad = releasing.squad()
        carla.goto(stage.address(f"/reports/{stage.main.report_id}/release"))
        look(carla)
        carla.get_by_role("button", name="Look at it and decide").press("Enter")
        expect(carla.get_by_role("heading", level=1, name="Release")).to_be_visible()
        carla.locator("summary", has_text="The raw text").press("Enter")
        expect(carla.locator("del")).to_contain_text("I am his neighbour")
        carla.locator("summary", has_text="The exact bytes").press("Enter")
        look(carla)
        carla.get_by_role("button", name="Send it back").press("Enter")
        expect(carla.get_by_text("Error:").first).to_be_attached()
        look(carla)
        carla.get_by_role("button", name=f"Release exactly this to {squad.team.name}").press("Enter")
        expect(carla.get_by_text("It is released to")).to_be_visible()
        look(carla)
        carla.get_by_role("link", name="See the exact words").press("Enter")
        expect(carla.get_by_role("heading", name="What Northshire Police standards will read")).to_be_visible()
        look(carla)
        carla.get_by_role("link", name="Report", exact=True).press("Enter")
        carla.get_by_role("link", name="Proposed and released").press("Enter")
        carla.goto(stage.address(f"/reports/{stage.main.report_id}/propose"))
        expect(carla.get_by_role("heading", level=1)).to_contain_text("cannot be proposed yet")
        look(carla)
        assert releasing.state(stage.main) == "released"
        for page in (ben, carla):
            page.context.close()


def propose(page: Page, stage: Stage) -> None:
    """Read what would leave, and propose exactly that."""
    page.goto(stage.address(f"/reports/{stage.main.report_id}/release"))
    look(page)
    page.get_by_role("button", name="See what would leave").press("Enter")
    expect(page.get_by_role("heading", name="Propose to release")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Propose exactly this").press("Enter")
    expect(page.get_by_text("It is proposed.")).to_be_visible()
