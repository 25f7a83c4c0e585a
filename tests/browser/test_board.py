"""The board in a real browser: fresh within two seconds, heard in a tab nobody sees, honest when cut off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, update

from storage.models import reports, shifts, skills, talks
from tests.browser.stage import Stage, sign_in
from tests.desk.staff import Story, tell
from tests.desk.waiting import let_wait, let_work

SOON_MS = 3000  # the page asks each second, and the desk looks once in one


@pytest.fixture(autouse=True)
def _quiet_line(stage: Stage) -> None:
    """Let nobody wait, nobody be at work, and no report be urgent."""
    with stage.house.database.write() as connection:
        for table in (talks, shifts, skills):
            connection.execute(delete(table))
        connection.execute(update(reports).values(urgent_due=None))


def open_board(page: Page, stage: Stage, name: str = "Amina") -> None:
    sign_in(page, stage, name)
    page.goto(stage.address("/board"))
    expect(page.get_by_role("heading", name="Board", exact=True)).to_be_visible()


def test_who_comes_and_who_begins_work_stands_there_within_two_seconds(page: Page, stage: Stage) -> None:
    open_board(page, stage)
    let_wait(stage.house, "so", for_seconds=65)
    row = page.get_by_role("row", name=re.compile("Somali"))
    expect(row).to_contain_text("nobody", timeout=SOON_MS)
    expect(row).to_contain_text(re.compile(r"1:0[5-9]"))
    let_work(stage.house, "Ben", speaks=("so",))
    expect(row).not_to_contain_text("nobody", timeout=SOON_MS)
    expect(page.get_by_text("Nobody takes calls at this moment")).to_be_hidden()


def test_waits_run_on_between_two_answers_and_turn_red_at_the_time_of_the_alarm(page: Page, stage: Stage) -> None:
    let_work(stage.house, "Ben")
    let_wait(stage.house, for_seconds=297)
    open_board(page, stage)
    expect(page.locator(".desk-board__late")).to_have_count(1, timeout=8000)
    expect(page.locator(".desk-board__bar--long")).to_have_count(1)
    expect(page.get_by_role("row", name=re.compile("English"))).to_contain_text(re.compile(r"5:0\d"))


def test_the_title_calls_and_stops_when_told_and_when_nothing_is_to_do(page: Page, stage: Stage) -> None:
    open_board(page, stage)
    let_wait(stage.house, "so")
    expect(page).to_have_title("(!) Nobody can take a call in Somali", timeout=SOON_MS)
    page.get_by_role("button", name="Stop calling me").click()
    expect(page).to_have_title("Board - Desk")
    page.wait_for_timeout(2500)
    expect(page).to_have_title("Board - Desk")  # what was silenced stays silent
    tell(stage.house, Story(urgent="yes", urgent_due=stage.house.clock.now() + 600))
    expect(page).to_have_title(re.compile("Acknowledge 1 urgent report"), timeout=SOON_MS)
    with stage.house.database.write() as connection:
        connection.execute(delete(talks))
        connection.execute(update(reports).values(urgent_due=None))
    expect(page.get_by_role("button", name="Stop calling me")).to_be_hidden(timeout=SOON_MS)
    expect(page).to_have_title("Board - Desk")


def test_it_keeps_time_by_a_worker_since_a_tab_nobody_sees_is_held_back(page: Page, stage: Stage) -> None:
    open_board(page, stage)
    page.wait_for_function("() => document.querySelector('[data-board-news]').textContent !== ''")
    assert [worker.url.rpartition("/")[2] for worker in page.workers] == ["metronome.js"]


def test_a_page_that_may_start_no_worker_keeps_time_by_itself(browser: Browser, stage: Stage) -> None:
    page = browser.new_context().new_page()  # its complaint about the refused worker is what is wanted
    sign_in(page, stage, "Amina")
    ticked = page.evaluate("""async () => {
        const { every } = await import('/static/ticker.js')
        return await new Promise(resolve => { const stop = every(50, () => { stop(); resolve('ticked') }) })
    }""")
    assert (ticked, page.workers) == ("ticked", [])
    page.context.close()


def test_a_sound_plays_once_something_was_pressed_and_the_choice_is_kept(page: Page, stage: Stage) -> None:
    open_board(page, stage)
    panel = page.locator("[data-attention]")
    expect(panel).to_contain_text("Your browser holds sounds back")
    page.evaluate("""() => {
        window.played = []
        const start = OscillatorNode.prototype.start
        OscillatorNode.prototype.start = function (at) {
            window.played.push(this.frequency.value)
            start.call(this, at)
        }
    }""")
    page.get_by_role("button", name="Try the sound").click()
    expect(panel).to_contain_text("Sounds are on")
    page.wait_for_function("() => window.played.length === 4")
    page.get_by_label("How loud").select_option("Off")
    expect(panel).to_contain_text("Sounds are off")
    page.reload()
    expect(page.get_by_label("How loud")).to_have_value("off")


def test_a_message_of_the_system_comes_only_where_it_was_allowed_and_names_nothing(page: Page, stage: Stage) -> None:
    page.add_init_script("""
        window.told = []
        window.Notification = class {
          static permission = 'default'
          static async requestPermission () { this.permission = 'granted' }
          constructor (text) { window.told.push(text) }
          close () {}
        }
        document.hasFocus = () => false
    """)
    open_board(page, stage)
    let_wait(stage.house, "so")
    expect(page).to_have_title(re.compile("Somali"), timeout=SOON_MS)
    assert page.evaluate("window.told") == []
    page.get_by_role("button", name="Tell me outside the browser too").click()
    expect(page.get_by_role("button", name="Tell me outside the browser too")).to_be_hidden()
    told = tell(stage.house, Story(urgent="yes", urgent_due=stage.house.clock.now() + 600))
    page.wait_for_function("() => window.told.length === 1")
    words = page.evaluate("window.told[0]")
    assert words == "Acknowledge 1 urgent report; Nobody can take a call in Somali"
    assert told.case_number not in words


def test_a_board_that_is_cut_off_says_that_it_is_old_and_recovers(page: Page, stage: Stage) -> None:
    open_board(page, stage)
    page.route("**/board/state", lambda route: route.fulfill(status=503))
    expect(page.get_by_text("what stands here is old")).to_be_visible(timeout=10_000)
    page.unroute("**/board/state")
    expect(page.get_by_text("what stands here is old")).to_be_hidden(timeout=5000)


def test_without_scripts_it_shows_the_moment_and_a_link_looks_again(browser: Browser, stage: Stage) -> None:
    let_wait(stage.house, "pl")
    page = browser.new_context(java_script_enabled=False).new_page()
    open_board(page, stage)
    expect(page.get_by_role("row", name=re.compile("Polish"))).to_be_visible()
    expect(page.locator("[data-attention]")).to_be_hidden()
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("row", name=re.compile("Polish"))).to_be_visible()
    page.context.close()


def test_on_a_screen_on_the_wall_its_letters_are_larger(page: Page, stage: Stage) -> None:
    open_board(page, stage)
    size = "() => parseFloat(getComputedStyle(document.querySelector('.desk-board__number')).fontSize)"
    usual = page.evaluate(size)
    page.set_viewport_size({"width": 1920, "height": 1080})
    assert page.evaluate(size) >= usual * 1.5


def test_it_is_used_by_keys_alone(page: Page, stage: Stage) -> None:
    tell(stage.house, Story(urgent="yes", urgent_due=stage.house.clock.now() + 600))
    open_board(page, stage)
    link = page.get_by_role("link", name="Not acknowledged")
    link.focus()
    let_wait(stage.house, "cy")
    expect(page.get_by_role("row", name=re.compile("Welsh"))).to_be_visible(timeout=SOON_MS)
    expect(link).to_be_focused()  # also when the board under it was made anew
    page.get_by_label("How loud").focus()
    for name in ("Try the sound",):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
