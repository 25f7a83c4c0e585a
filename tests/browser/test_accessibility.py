"""Axe finds nothing on any page, wide or narrow, light or dark, and no page is wider than a phone (WCAG 2.2 AA)."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import delete, insert, select

from storage.models import memberships
from tests.browser.stage import Stage, furnish_answers, furnish_beside, furnish_live, sign_in
from tests.browser.test_people import invite, join
from tests.desk.reviews import confirmed
from tests.desk.staff import Story, tell

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Rules = dict[str, object]
FOUND: Rules = {"resultTypes": ["violations"]}
COLOURS = ("color-contrast", "link-in-text-block")
EVERY_RULE: Rules = {**FOUND, "runOnly": {"type": "tag", "values": TAGS}}
# What is no colour is the same in the dark, and a colour is the same on a phone: each costs one look.
OF_COLOURS = {**FOUND, "runOnly": {"type": "rule", "values": list(COLOURS)}}
BUT_COLOURS = {**EVERY_RULE, "rules": {rule: {"enabled": False} for rule in COLOURS}}
WIDTHS = (1280, 320)
Scheme = Literal["dark", "light"]
WIDE: tuple[tuple[Scheme, Rules], ...] = (("dark", OF_COLOURS), ("light", EVERY_RULE))
NARROW: tuple[tuple[Scheme, Rules], ...] = (("light", BUT_COLOURS),)
NARROW_PIXELS = 640


def assert_accessible(page: Page) -> None:
    """Let axe look at the page as it is now; it reads the page from outside, past the content security policy."""
    narrow = (page.viewport_size or {"width": 0})["width"] < NARROW_PIXELS
    for scheme, rules in NARROW if narrow else WIDE:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_load_state()  # a button just pressed may lead to a page whose looks are on their way
        found = Axe().run(page, options=rules).response["violations"]
        assert [(scheme, one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_the_door(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for path in ("/sign-in", "/expired", "/nowhere", "/looks"):
        page.goto(stage.address(path))
        assert_accessible(page)
    page.goto(stage.address("/sign-in"))
    page.get_by_role("button", name="Sign in").click()
    assert_accessible(page)
    page.get_by_label("Name").fill("Chris")
    page.get_by_label("Password").fill("four words of somebody")
    page.get_by_label("Code from your authenticator").fill("123456")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("We never say which")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_came_back_and_words_for_a_caller(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    one = furnish_answers(stage)
    sign_in(page, stage, "Ben")
    report = f"/reports/{one.told.report_id}"
    for path in ("/answers", "/answers/due", f"{report}/answers", report, f"{report}/reply"):
        page.goto(stage.address(path))
        assert_accessible(page)
    page.get_by_role("textbox", name="What the caller hears").fill("Does your husband know that Sgt Wren sold it?")
    page.get_by_label("Language", exact=True).select_option("en")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("Look at these again")).to_be_visible()
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
        f"{report}/given",
        "/reports?show=mine",
        "/reports?show=unclaimed",
        "/signposts",
        "/signposts?need=child",
        "/figures",
        "/board",
        "/calls",
        "/calls?by=path:crowded",
        "/admissions",
        "/calls/exports",
        "/reports?show=held",
        "/training",
        "/retention",
        "/switches",
        "/live/sound",
        "/health",
        "/looks",
        "/expired",
    ):
        page.goto(stage.address(path))
        assert_accessible(page)
    page.goto(stage.address(f"{report}/hold"))
    page.get_by_label("An investigation").check()
    page.get_by_role("button", name="Continue").click()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_board_with_callers_and_colleagues(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    furnish_live(stage.house)
    sign_in(page, stage, "Amina")
    page.goto(stage.address("/board"))
    page.wait_for_function("() => document.querySelector('[data-board-news]').textContent !== ''")
    expect(page.get_by_role("row", name="Somali")).to_contain_text("nobody")
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_a_handler_sees_of_claims_notes_and_alerts(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    theirs, free = tell(stage.house, Story(claimed="Ben")), tell(stage.house, Story(claimed=""))
    sign_in(page, stage, "Amina")
    for path in ("/reports", f"/reports/{theirs.report_id}", f"/reports/{free.report_id}", "/signposts"):
        page.goto(stage.address(path))
        assert_accessible(page)
    page.get_by_role("link", name="Reports").first.click()
    page.get_by_role("button", name=f"Claim and open {free.case_number}").click()
    assert_accessible(page)
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Add a note").fill("words")
    page.get_by_role("button", name="Give it back").click()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_admissions_as_a_fingerprint_is_compared_and_differs(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    stage.send_away("Amina")
    sign_in(page, stage, "Ben")
    page.goto(stage.address("/admissions"))
    assert_accessible(page)
    page.locator("input[name=first]").fill("12ab")
    page.get_by_role("button", name="All eight match").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert_accessible(page)
    stage.approve_first("Amina")
    page.goto(stage.address("/admissions"))
    expect(page.get_by_text("1 of 2")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_that_say_what_is_wrong(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, stage, "Ben")
    report = f"/reports/{stage.main.report_id}"
    page.goto(stage.address(report))
    page.locator("textarea").last.fill("")
    page.get_by_role("button", name="Confirm clip").last.click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert_accessible(page)
    page.goto(stage.address(report))
    page.get_by_role("button", name="Confirm clip 1").click()
    expect(page.get_by_text("You have not played this clip")).to_be_visible()
    assert_accessible(page)
    page.goto(stage.address(f"{report}/not-a-report"))
    page.get_by_role("button", name="Continue").click()
    assert_accessible(page)
    page.get_by_label("Silent").check()
    page.get_by_role("button", name="Continue").click()
    assert_accessible(page)


@pytest.mark.parametrize("width", [1280, 320])
def test_writing_a_report(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, stage, "Ben")
    page.goto(stage.address("/writing/new"))
    page.get_by_role("button", name="Begin").click()
    assert_accessible(page)
    page.get_by_label("Letter").check()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/form")
    form = page.url
    assert_accessible(page)
    page.get_by_role("group", name="Harm, or evidence destroyed").get_by_label("Not sure").check()
    page.locator("#q-story").fill("My husband did it; ring 07700 900123.")
    page.locator("#hints-story li").first.wait_for()
    assert_accessible(page)
    page.goto(f"{form}/discard")
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_text("must acknowledge")).to_be_visible()
    assert_accessible(page)
    page.goto(stage.address("/writing"))
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
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert_accessible(page)
    page.goto(stage.address("/prove?next=/account&lost=1"))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_supervisors_look_after(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, stage, "Ben")
    page.goto(stage.address("/switches"))
    page.locator("[aria-labelledby=title-surge]").get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Choose when it ends").first).to_be_visible()
    assert_accessible(page)
    page.locator("#hours-surge").select_option("In 2 hours")
    page.locator("[aria-labelledby=title-surge]").get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Callers are told that many ring").first).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="End it now").click()
    page.goto(stage.address("/training"))
    page.get_by_role("link", name="Change what Amina is trained for").click()
    assert_accessible(page)
    page.goto(stage.address("/calls/exports"))
    page.get_by_role("button", name="Ask for the file").click()
    expect(page.get_by_text("You cannot allow your own").first).to_be_visible()
    assert_accessible(page)
    page.goto(stage.address(f"/reports/{stage.main.report_id}/hold"))
    page.get_by_label("An investigation").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Hold it").click()
    page.get_by_role("link", name="Keep or lift the hold").click()
    assert_accessible(page)
    page.get_by_role("button", name="Lift the hold").click()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_review_queue_and_what_is_done_from_it(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    told, other = confirmed(stage.house), confirmed(stage.house)
    sign_in(page, stage, "Ben")
    page.goto(stage.address("/review"))
    assert_accessible(page)
    page.get_by_role("link", name=told.case_number).click()
    assert_accessible(page)
    review = page.url
    page.get_by_role("button", name="Take it and open the text").click()
    for name in ("Split it in two", "It cannot be sanitised", "Add another report to it"):
        page.goto(review)
        page.get_by_role("link", name=name).click()
        page.get_by_role("button").last.scroll_into_view_if_needed()
        assert_accessible(page)
    page.get_by_label("Case number").fill(other.case_number)
    page.get_by_label("Why it is one matter").fill("Both tell of the same evening.")
    page.get_by_role("button", name="Look at what that means").click()
    assert_accessible(page)
    page.goto(f"{review.removesuffix('/review')}/split")
    page.get_by_role("button", name="Split it").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
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
    expect(page.get_by_text("The whole chain was checked just now.")).to_be_visible()
    assert_accessible(page)
    for path in ("/audit?by=action:signed-in", "/audit?on=nothing", "/erasures"):
        page.goto(stage.address(path))
        assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_people(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    link, _ = invite(page, stage, f"Eve{width}")
    assert_accessible(page)
    page.goto(stage.address("/people/invite"))
    assert_accessible(page)
    page.get_by_role("button", name="Make the link").click()
    assert_accessible(page)
    page.goto(stage.address("/people"))
    assert_accessible(page)
    page.get_by_role("link", name="Ben").click()
    assert_accessible(page)
    ben = page.url
    page.get_by_label("What colleagues see").fill("")
    page.get_by_role("button", name="Change the alias").click()
    assert_accessible(page)
    page.get_by_label("Another role").select_option("auditor")
    page.get_by_role("button", name="Continue").click()
    assert_accessible(page)
    for path in ("/leave", "/invite"):
        page.goto(ben + path)
        assert_accessible(page)
    page.context.clear_cookies()
    page.goto(link)
    assert_accessible(page)
    page.get_by_role("button", name="Continue").click()
    assert_accessible(page)
    page.get_by_role("button", name="Finish").click()
    assert_accessible(page)
    join(page)
    assert_accessible(page)
    page.goto(link)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This invitation cannot be used")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_reader_who_waits_for_admission(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    with stage.house.database.write() as connection:
        held = connection.execute(select(memberships)).all()
        connection.execute(delete(memberships))
    try:
        sign_in(page, stage, "Amina")
        expect(page.get_by_role("heading", level=1)).to_have_text("You are not admitted yet")
        assert_accessible(page)
    finally:
        with stage.house.database.write() as connection:
            connection.execute(insert(memberships), [dict(row._mapping) for row in held])


def test_the_question_whether_somebody_is_still_there(page: Page, stage: Stage) -> None:
    page.clock.install()
    sign_in(page, stage, "Ben")
    page.clock.run_for(13 * 60_000 + 2_000)
    page.get_by_role("alertdialog").wait_for()
    page.clock.resume()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_player_in_each_state_and_the_box_of_keys(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    stage.bring_back("Amina")
    sign_in(page, stage, "Amina")
    page.goto(stage.address(f"/reports/{stage.main.report_id}"))
    page.get_by_role("button", name="Play clip 1").click()
    page.get_by_role("button", name="Play clip 1").wait_for()  # a second of sound is over
    page.locator(".desk-player__loop").first.click()
    page.route("**/clips/*", lambda route: route.fulfill(status=422, body=""))
    page.get_by_role("button", name="Play clip 2").click()
    page.get_by_text("This clip cannot be opened").wait_for()
    assert_accessible(page)
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert_accessible(page)


def test_a_mistake_in_the_choice_of_looks(page: Page, stage: Stage) -> None:
    page.goto(stage.address("/looks"))
    page.evaluate("() => document.querySelectorAll('input[type=radio]').forEach(one => { one.checked = false })")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("There is a problem").wait_for()


WIDTHS_TO_ZOOM = (1280, 320)


@pytest.fixture(scope="module")
def furnished(stage: Stage) -> Stage:
    """Give a stage where staff wrote beside a report."""
    furnish_beside(stage)
    return stage


@pytest.mark.parametrize("width", WIDTHS_TO_ZOOM)
def test_what_stands_beside_a_report(page: Page, furnished: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, furnished, "Ben")
    report = f"/reports/{furnished.main.report_id}"
    for path in (
        report,
        f"{report}/subjects/new?what=officer",
        f"{report}/subjects/new?what=vehicle",
        f"{report}/links/new",
        f"{report}/recuse",
        f"{report}/closed",
        "/conflicts",
    ):
        page.goto(furnished.address(path))
        assert_accessible(page)
    for path, button in (
        (f"{report}/subjects/new?what=unit", "Confirm and keep"),
        (f"{report}/links/new", "Link them"),
        (f"{report}/closed", "Close it to them"),
        ("/conflicts", "Write it down"),
    ):
        page.goto(furnished.address(path))
        page.get_by_role("button", name=button).click()
        expect(page.get_by_text("There is a problem")).to_be_visible()
        assert_accessible(page)
    page.goto(furnished.address(report))
    page.get_by_role("link", name="Remove").first.click()
    assert_accessible(page)
    page.goto(furnished.address(report))
    page.get_by_role("link", name="Take the link away").first.click()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS_TO_ZOOM)
def test_the_search(page: Page, furnished: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, furnished, "Ben")
    page.goto(furnished.address("/search"))
    assert_accessible(page)
    page.get_by_role("button", name="Look for these words").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Words", exact=True).fill("computer knows")
    page.get_by_role("button", name="Look for these words").click()
    page.get_by_text("texts were looked through").wait_for()
    assert_accessible(page)
    page.get_by_label("Name or nickname").fill("Wren")
    page.get_by_role("button", name="Find by subject").click()
    page.get_by_role("heading", name="Found by subject").wait_for()
    assert_accessible(page)
