"""Pictures of every page in every state, wide and narrow, light and dark: `make screenshots` fills var/screenshots."""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

from storage.models import people
from tests.browser.colleague_pictures import take_colleague_pictures
from tests.browser.contact_sheet import write_contact_sheet
from tests.browser.house_pictures import take_house_pictures
from tests.browser.live_stage import set_live_stage, with_fake_softphone
from tests.browser.phone_pictures import take_pictures
from tests.browser.release_pictures import take_release_pictures
from tests.browser.stage import Stage, furnish_answers, furnish_beside, furnish_live, launch, set_stage, sign_in
from tests.browser.team_pictures import take_team_pictures
from tests.browser.test_people import PASSWORD as CHOSEN
from tests.browser.test_people import invite, join
from tests.desk.callers import hang_up, lose, ring_and_offer, sit_down
from tests.desk.cleaning import add_clip, to_review
from tests.desk.reviews import confirmed
from tests.desk.staff import Story, tell

SIZES = {"desktop": (1280, 900), "phone": (320, 844)}
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
# What strains a page: no words, one word without an end, a script from the right, many words.
AWKWARD = Story(
    language="ar",
    seconds=20,
    clips=(
        ("who", "اسمه الرقيب رين ويقود الشاحنة الرمادية K12 كل ليلة"),
        ("story", "Donaudampfschifffahrtsgesellschaftskapitän" * 4),
        ("leave_out", "it goes on and on and nobody stops it " * 30),
    ),
)
OUT = Path("var/screenshots")


def main(program: str | None) -> int:
    """Take every picture and say where they are."""
    if program is None:
        print("No Chromium here: `make browser` installs it on Debian.", file=sys.stderr)
        return 1
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        tempfile.TemporaryDirectory() as folder,
        set_stage(Path(folder), port) as stage,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright, program)
        awkward = tell(stage.house, AWKWARD)
        furnish_beside(stage)
        answered = furnish_answers(stage)
        for size, (width, height) in SIZES.items():
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            walk(page, stage, size)
            strain(page, stage, size, awkward.report_id)
            walk_beside(page, stage, size)
            walk_answers(page, stage, size, f"/reports/{answered.told.report_id}")
            page.context.close()
            walk_live(browser, size, (width, height))
        take_colleague_pictures(browser, Path(folder) / "colleagues", SIZES, picture)
        take_team_pictures(browser, Path(folder) / "team", SIZES, picture)
        (Path(folder) / "releases").mkdir()
        take_release_pictures(browser, Path(folder) / "releases", SIZES, picture)
        take_house_pictures(browser, Path(folder) / "teams", SIZES, picture)
        browser.close()
        take_pictures(playwright, program, OUT)
    write_contact_sheet(OUT)
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT}: open {OUT / 'index.html'}")
    return 0


def walk(page: Page, stage: Stage, size: str) -> None:
    """Visit every page as somebody who may."""

    def take(name: str) -> None:
        picture(page, name, size)

    page.goto(stage.address("/sign-in"))
    take("01-sign-in")
    page.get_by_role("button", name="Sign in").click()
    take("02-sign-in-mistakes")
    sign_in(page, stage, "Ben")
    take("03-reports")
    page.goto(stage.address("/reports?show=not_a_report"))
    take("04-reports-none")
    page.goto(stage.address(f"/reports/{stage.main.report_id}"))
    take("05-report")
    page.locator("textarea").last.fill("")
    page.get_by_role("button", name="Confirm clip").last.click()
    take("06-report-mistake")
    page.goto(stage.address(f"/reports/{stage.main.report_id}/not-a-report"))
    take("07-not-a-report")
    page.get_by_label("Test").check()
    page.get_by_role("button", name="Continue").click()
    take("08-not-a-report-sure")
    page.goto(stage.address(f"/reports/{stage.main.report_id}/hold"))
    take("14-hold")
    page.get_by_label("An investigation").check()
    page.get_by_role("button", name="Continue").click()
    take("15-hold-sure")
    page.get_by_role("button", name="Hold it").click()
    take("16-held")
    page.get_by_role("link", name="Keep or lift the hold").click()
    take("17-lift")
    page.get_by_role("button", name="Lift the hold").click()
    walk_review(page, stage, take)
    page.goto(stage.address("/health"))
    take("09-health")
    page.goto(stage.address("/calls"))
    take("18-call-log")
    walk_oversight(page, stage, take)
    for number, name in enumerate(("password", "authenticator", "passkey", "recovery")):
        page.goto(stage.address(f"/account/{name}"))
        take(f"{21 + number}-account-{name}")
    page.get_by_role("button", name="Make ten codes").click()
    take("25-account-codes")
    page.goto(stage.address("/account"))
    take("20-account")
    page.goto(stage.address("/prove?next=/account&lost=1"))
    take("26-prove")
    page.goto(stage.address("/signposts"))
    take("60-signposts")
    page.goto(stage.address("/figures"))
    page.get_by_text("The same as a table").first.click()
    take("61-figures")
    if size == "desktop":  # on the next walk callers wait already
        page.goto(stage.address("/board"))
        take("70-board-empty")
    page.goto(stage.address("/board"))
    furnish_live(stage.house)
    page.get_by_text("Somali", exact=True).wait_for()
    take("71-board")
    if size == "desktop":
        page.set_viewport_size({"width": 1920, "height": 1080})
        take("72-board-on-a-wall")
        page.set_viewport_size({"width": SIZES[size][0], "height": SIZES[size][1]})
    page.goto(stage.address(f"/reports/{stage.main.report_id}/given"))
    take("62-give-on")
    page.goto(stage.address("/nowhere"))
    take("10-mistake")
    page.goto(stage.address("/reports"))
    page.get_by_role("button", name="Sign out").click()
    take("11-signed-out")
    walk_as_handler(page, stage, take)
    walk_people(page, stage, size)
    walk_writing(page, stage, size)
    sign_in(page, stage, "Otto")
    take("12-audit")
    page.goto(stage.address("/audit?by=action:training-changed"))
    take("56-audit-selection")
    page.goto(stage.address("/erasures"))
    take("57-erasures")
    page.context.clear_cookies()
    page.goto(stage.address("/expired"))
    take("13-expired")
    page.context.clear_cookies()
    stage.send_away("Amina")
    sign_in(page, stage, "Ben")
    page.goto(stage.address("/admissions"))
    take("20-admissions")
    page.locator("input[name=first]").first.fill("12ab")
    page.get_by_role("button", name="All eight match").first.click()
    take("21-admissions-differ")
    stage.approve_first("Amina")
    page.goto(stage.address("/admissions"))
    take("22-admissions-second")


def walk_review(page: Page, stage: Stage, take: Callable[[str], None]) -> None:
    """Take a report for review and look at what may be done with it."""
    told, other = confirmed(stage.house), confirmed(stage.house)
    page.goto(stage.address("/review?show=stopped"))
    take("80-review-none")
    page.goto(stage.address("/review"))
    take("81-review")
    page.get_by_role("link", name=told.case_number).click()
    take("82-review-of-one")
    review = page.url
    page.get_by_role("button", name="Take it and open the text").click()
    page.goto(review)
    take("83-review-of-ones-own")
    page.goto(f"{review}/stop")
    take("84-cannot-be-sanitised")
    page.goto(f"{review.removesuffix('/review')}/split")
    page.get_by_role("button", name="Split it").click()
    take("85-split-mistake")
    page.goto(f"{review.removesuffix('/review')}/merge")
    page.get_by_label("Case number").fill(other.case_number)
    page.get_by_label("Why it is one matter").fill("Both tell of the same evening.")
    take("86-merge")
    page.get_by_role("button", name="Look at what that means").click()
    take("87-merge-sure")


def walk_people(page: Page, stage: Stage, size: str) -> None:
    """Let Ada invite somebody who joins, and look at what she may change of others."""

    def take(name: str) -> None:
        picture(page, name, size)

    link, _ = invite(page, stage, f"Eve {size}")
    take("30-people-link")
    page.goto(stage.address("/people/invite"))
    take("31-people-invite")
    page.goto(stage.address("/people"))
    take("32-people")
    page.get_by_role("link", name="Ben").click()
    take("33-people-person")
    ben = page.url
    page.get_by_label("Another role").select_option("auditor")
    page.get_by_role("button", name="Continue").click()
    take("34-people-role")
    page.goto(f"{ben}/leave")
    take("35-people-leave")
    page.goto(f"{ben}/invite")
    take("36-people-again")
    page.context.clear_cookies()
    page.goto(link)
    take("37-invited")
    page.get_by_role("button", name="Continue").click()
    take("38-join")
    secret = join(page)
    take("39-joined")
    with stage.house.database.write() as connection:  # the code that proved the second factor is good once more
        connection.execute(people.update().values(totp_last_step=0))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Name").fill(f"Eve {size}.h")
    page.get_by_label("Password").fill(CHOSEN)
    page.get_by_label("Code from your authenticator").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Sign in").click()
    take("40-not-admitted")
    page.get_by_role("button", name="Sign out").click()


def walk_oversight(page: Page, stage: Stage, take: Callable[[str], None]) -> None:
    """Visit what supervisors look after."""
    page.goto(stage.address("/calls/exports"))
    page.get_by_role("button", name="Ask for the file").click()
    take("50-call-log-as-a-file")
    page.goto(stage.address("/training"))
    page.get_by_role("link", name="Change what Amina is trained for").click()
    page.get_by_label("Polish").check()
    page.get_by_label("General: takes calls").select_option(index=8)
    page.get_by_label("Safeguarding").select_option(index=1)
    take("51-training-edit")
    page.get_by_role("button", name="Keep it").click()
    take("52-training")
    page.goto(stage.address("/retention"))
    take("53-retention")
    for name, path in (("53-handover", "handover"), ("53-contact", "contact")):
        page.goto(stage.address(f"/reports/{stage.main.report_id}/{path}"))
        take(name)
    page.goto(stage.address("/switches"))
    page.locator("#hours-surge").select_option("In 2 hours")
    page.locator("[aria-labelledby=title-surge]").get_by_role("button", name="Switch on").click()
    take("54-switches")
    page.goto(stage.address("/reports?show=held"))
    take("55-held")
    page.goto(stage.address("/live/sound"))
    take("56-headset-without-calls")
    page.goto(stage.address("/switches"))
    page.get_by_role("button", name="End it now").click()


def walk_beside(page: Page, stage: Stage, size: str) -> None:
    """Visit what stands beside a report, the search, and what closes a report to somebody."""

    def take(name: str) -> None:
        page.screenshot(path=OUT / f"{name}-{size}.png", full_page=True)

    report = f"/reports/{stage.main.report_id}"
    page.context.clear_cookies()
    sign_in(page, stage, "Ben")
    for name, path in (
        ("60-subject", f"{report}/subjects/new?what=officer"),
        ("61-link", f"{report}/links/new"),
        ("62-recuse", f"{report}/recuse"),
        ("63-closed", f"{report}/closed"),
        ("64-conflicts", "/conflicts"),
        ("65-search", "/search"),
    ):
        page.goto(stage.address(path))
        take(name)
    page.get_by_label("Name or nickname").fill("Wren")
    page.get_by_role("button", name="Find by subject").click()
    take("66-search-subjects")
    page.get_by_label("Words", exact=True).fill("computer knows")
    page.get_by_role("button", name="Look for these words").click()
    page.get_by_text("texts were looked through").wait_for()
    take("67-search-words")
    page.get_by_role("button", name="Find by subject").click()
    page.get_by_label("Name or nickname").fill("")
    page.get_by_role("button", name="Find by subject").click()
    take("68-search-mistake")
    page.goto(stage.address(f"{report}/links/new"))
    page.get_by_role("button", name="Link them").click()
    take("69-link-mistake")
    page.goto(stage.address(f"{report}/subjects/new?what=vehicle"))
    page.get_by_role("button", name="Confirm and keep").click()
    take("70-subject-mistake")
    told = to_review(stage.house)
    page.goto(stage.address(f"/reports/{told.report_id}/clean"))
    page.locator("#put").fill("The person")
    page.get_by_role("button", name="Replace").click()
    page.locator(".desk-edits__list").wait_for()
    take("71-sanitise")
    add_clip(stage.house, told, "He did it again on Friday.")
    page.goto(stage.address(f"/reports/{told.report_id}/clean"))
    page.get_by_text("Choose another place by its words").click()
    page.get_by_role("button", name="Find it").click()
    page.get_by_role("alert").wait_for()
    take("72-sanitise-mistake-and-news")


def walk_answers(page: Page, stage: Stage, size: str, report: str) -> None:
    """Visit what came back from teams, and where words for a caller are written."""
    for name, path in (
        ("80-answers", "/answers"),
        ("81-due", "/answers/due"),
        ("82-report-answers", f"{report}/answers"),
        ("83-message", f"{report}/reply"),
    ):
        page.goto(stage.address(path))
        page.screenshot(path=OUT / f"{name}-{size}.png", full_page=True)
    page.get_by_role("textbox", name="What the caller hears").fill("Does your husband know that Sgt Wren sold it?")
    page.get_by_label("Language", exact=True).select_option("en")
    page.get_by_role("button", name="Look through it").click()
    page.screenshot(path=OUT / f"84-marks-{size}.png", full_page=True)


def walk_as_handler(page: Page, stage: Stage, take: Callable[[str], None]) -> None:
    """Visit what a handler sees otherwise than a supervisor."""
    stage.bring_back("Amina")
    theirs = tell(stage.house, Story(claimed="Ben"))
    sign_in(page, stage, "Amina")
    take("63-reports-of-a-handler")
    page.goto(stage.address(f"/reports/{theirs.report_id}"))
    take("64-not-yours")
    page.goto(stage.address(f"/reports/{stage.main.report_id}"))
    take("65-report-of-a-handler")
    page.get_by_label("Add a note").fill("She asked whether somebody could ring her sister.")
    page.get_by_role("button", name="Give it back").click()
    take("66-give-back")
    page.goto(stage.address("/reports"))


def walk_writing(page: Page, stage: Stage, size: str) -> None:
    """Let Ben type in a letter, in two windows, and look at what comes of it."""

    def take(name: str) -> None:
        page.screenshot(path=OUT / f"{name}-{size}.png", full_page=True)

    sign_in(page, stage, "Ben")
    page.goto(stage.address("/writing/new"))
    take("60-new-report")
    page.get_by_label("Letter").check()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/form")
    form = page.url
    take("61-form")
    page.get_by_role("button", name="Finish").click()
    page.locator(".govuk-error-summary").wait_for()
    take("62-form-mistake")
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("#q-story").fill("He sells what the computer knows. My husband saw it.")
    other.locator("#q-allegation-favours").check()
    other.get_by_role("button", name="Save").click()
    other.locator("#hints-story li").first.wait_for()
    other.close()
    page.locator("#q-story").fill("He sells what the computer knows, every week.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Compare both versions").click()
    page.locator(".desk-field__theirs").first.wait_for()
    take("63-form-two-versions")
    page.get_by_role("button", name="Keep what stands here").click()
    page.get_by_role("button", name="Save", exact=True).wait_for()
    page.goto(form)
    take("64-form-filled")
    page.goto(f"{form}/discard")
    take("65-discard")
    page.goto(stage.address("/writing"))
    take("66-being-written")
    page.get_by_role("button", name="Sign out").click()


def strain(page: Page, stage: Stage, size: str, awkward: str) -> None:
    """Look at what is rare: awkward words, a clip that plays, boxes over the page, paper."""
    sign_in(page, stage, "Amina")
    page.goto(stage.address(f"/reports/{awkward}"))
    picture(page, "50-awkward-words", size)
    page.get_by_role("button", name="Play clip 1").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.5")
    page.get_by_role("slider").first.press("PageUp")
    page.locator(".desk-player__loop").first.click()
    page.get_by_role("button", name="Pause clip 1").click()
    picture(page, "51-clip-played", size)
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    picture(page, "52-keys", size, full=False)
    page.keyboard.press("Escape")
    page.evaluate("document.getElementById('stay').hidden = false")
    picture(page, "53-stay", size, full=False)
    page.goto(stage.address("/looks?back=/reports"))
    picture(page, "54-looks", size)
    page.goto(stage.address("/health"))
    picture(page, "55-not-your-work", size)
    if size == "desktop":
        page.set_viewport_size({"width": 690, "height": 980})
        page.emulate_media(media="print")
        page.goto(stage.address(f"/reports/{stage.main.report_id}"))
        page.screenshot(path=OUT / "56-paper-desktop-light.png", full_page=True)


def walk_live(browser: Browser, size: str, room: tuple[int, int]) -> None:
    """Visit a desk that takes calls: a shift, an offer, a call, a line that broke, and what comes after."""
    with tempfile.TemporaryDirectory() as folder, set_live_stage(Path(folder)) as stage:
        page = browser.new_context(viewport={"width": room[0], "height": room[1]}).new_page()
        with_fake_softphone(page)
        sign_in(page, stage, "Amina")
        page.goto(stage.address("/live"))
        picture(page, "70-live-away", size)
        talk = ring_and_offer(stage.house, waits=150, urgent=True)
        page.get_by_role("button", name="Accept").wait_for()
        picture(page, "71-live-offer", size)
        page.get_by_role("button", name="Accept").click()
        page.wait_for_url(f"**/live/call/{talk}")
        page.wait_for_function("() => window.softphone?.done.length")
        sit_down(stage.house, page.evaluate("softphone.done.find(one => one.startsWith('connect'))").split(" ")[2])
        page.get_by_text("You and the caller hear each other.").wait_for()
        picture(page, "72-live-call", size, full=False)
        picture(page, "73-live-call-whole", size)
        lose(stage.house)
        page.get_by_role("button", name="Take the call up again").wait_for()
        picture(page, "74-live-lost", size, full=False)
        hang_up(stage.house)
        page.get_by_role("heading", name="This call is over").wait_for()
        picture(page, "75-live-over", size, full=False)
        page.goto(stage.address("/live"))
        picture(page, "76-live-writing-up", size)
        page.context.close()


def picture(page: Page, name: str, size: str, *, full: bool = True) -> None:
    """Take the page as it is, in each scheme."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(20)  # the picture of a sound is drawn anew
        page.screenshot(path=OUT / f"{name}-{size}-{scheme}.png", full_page=full)


if __name__ == "__main__":
    sys.exit(main(next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)))
