"""The public page and the safeguarding lane in a real browser: axe finds nothing, and the minutes run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import insert, update

from handlers.public.facts import Canary, Facts, Figure, Table, Upkeep
from handlers.public.page import files_of
from prompts.line import read_line
from storage.clock import iso_week
from storage.models import reports, reviews
from tests.browser.stage import Stage, sign_in
from tests.browser.test_accessibility import EVERY_RULE, WIDTHS, Scheme, assert_accessible
from tests.desk.staff import LINE_FILE, Story, id_of, tell

SCHEMES: tuple[Scheme, ...] = ("light", "dark")
FACTS = Facts(
    day=date(2026, 11, 26),
    quarter="2026-Q3",
    first_week="2026-W27",
    last_week="2026-W39",
    tables=(
        Table("What the teams decided", "A note.", (Figure("They investigate", 12), Figure("It is not theirs", None))),
    ),
    upkeep=Upkeep(
        is_at_work=True,
        is_purged=False,
        is_expired=True,
        canary=Canary(date(2026, 11, 20), 0, ("number", "phrase", "reference")),
        is_canary_old=False,
    ),
)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_public_page(page: Page, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for name, packed in files_of(read_line(LINE_FILE), FACTS, sound_days=14, version="0.1.0", build="5e" * 32).items():
        (tmp_path / name).write_bytes(packed)
    page.goto((tmp_path / "index.html").as_uri())
    expect(page.get_by_role("heading", name="What we do not promise")).to_be_visible()
    for scheme in SCHEMES:  # axe is not to fetch the style sheet itself: the page's own policy refuses that
        page.emulate_media(color_scheme=scheme)
        assert Axe().run(page, options={**EVERY_RULE, "preload": False}).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_the_safeguarding_lane(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    house = stage.house
    told = tell(house, Story(urgent="yes", urgent_due=house.clock.now() + 7 * 60 + 30, claimed=""))
    with house.database.write() as connection:
        row = {"report_id": told.report_id, "state": "open", "week": iso_week(house.clock.now()), "urgent": True}
        connection.execute(insert(reviews).values(**row, reviewer=id_of(house, "Ben")))
    sign_in(page, stage, "Ben")
    report = f"/reports/{told.report_id}"
    for path in (report, f"{report}/handover", f"{report}/minimal", f"{report}/contact"):
        page.goto(stage.address(path))
        assert_accessible(page)
    page.goto(stage.address(f"{report}/handover"))
    expect(page.locator("[data-due]")).to_have_text("7 min left")
    page.get_by_role("button", name="Keep the record").click()
    expect(page.get_by_text("Say whether you handed it over").first).to_be_visible()
    assert_accessible(page)
    with house.database.write() as connection:  # the stage goes on to other tests as it was
        connection.execute(update(reports).where(reports.c.report_id == told.report_id).values(urgent_due=None))
