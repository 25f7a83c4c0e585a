"""Live calls in a real browser: an offer, the call with its form, what is asked aside, its end, and a line that breaks.

The caller's and the worker's parts are played by the statements that they use; the softphone carries no sound here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from storage import models
from storage.live import conduct, offers, rooms, shifts
from tests.browser.live_stage import clear, set_live_stage, with_fake_softphone
from tests.browser.stage import Stage, sign_in
from tests.browser.test_accessibility import WIDTHS, assert_accessible
from tests.desk.callers import hang_up, lose, offer, ring, sit_down, work
from tests.desk.staff import id_of


@pytest.fixture(scope="module")
def live_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with set_live_stage(tmp_path_factory.mktemp("live")) as stage:
        yield stage


@pytest.fixture(scope="module")
def signed_in(browser: Browser, live_stage: Stage) -> object:
    """Sign Amina in once, and give what her browser keeps of it."""
    page = browser.new_page()
    sign_in(page, live_stage, "Amina")
    kept = page.context.storage_state()
    page.close()
    return kept


@pytest.fixture
def amina(browser: Browser, live_stage: Stage, signed_in: object) -> Iterator[Page]:
    clear(live_stage.house)
    context = browser.new_context(storage_state=signed_in, viewport={"width": 1280, "height": 900})  # type: ignore[arg-type]
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if "Content Security" in told.text else None)
    with_fake_softphone(page)
    yield page
    context.close()
    assert complaints == []


def talk_of(stage: Stage, talk: str) -> conduct.Talk:
    with stage.house.database.read() as connection:
        found = conduct.talk(connection, talk)
    assert found is not None
    return found


def offered(stage: Stage, page: Page, **more: str | bool) -> str:
    """Let Amina be available with her page open, and a caller be offered to her."""
    work(stage.house, "Amina")
    page.goto(stage.address("/live"))
    talk = ring(stage.house, waits=100, **more)  # type: ignore[arg-type]
    offer(stage.house, talk, "Amina")
    return talk


def talking(stage: Stage, page: Page, **more: str | bool) -> str:
    """Let Amina take a call, and her softphone sit down."""
    talk = offered(stage, page, **more)
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/live/call/*")
    sit(stage, page)
    return talk


def sit(stage: Stage, page: Page, leg: str = "amina-1") -> None:
    page.wait_for_function("() => window.softphone?.done.length")
    [connected] = page.evaluate("softphone.done")
    sit_down(stage.house, connected.split(" ")[2], leg)
    expect(page.locator("[data-words]")).to_have_text("You and the caller hear each other.")


def test_who_comes_in_checks_the_headset_and_is_available(live_stage: Stage, amina: Page) -> None:
    amina.goto(live_stage.address("/live"))
    amina.get_by_role("button", name="I am available").click()
    expect(amina.get_by_role("alert").get_by_text("Check your headset first")).to_be_visible()
    amina.get_by_label("checked my headset").check()
    amina.get_by_role("button", name="I am available").click()
    expect(amina.get_by_role("heading", name="Available")).to_be_visible()


def test_an_offer_appears_within_two_seconds_and_enter_takes_it(live_stage: Stage, amina: Page) -> None:
    began = time.monotonic()
    talk = offered(live_stage, amina, urgent=True)
    accept = amina.get_by_role("button", name="Accept")
    expect(accept).to_be_focused(timeout=2500)
    assert time.monotonic() - began < 4  # with the loading of the page
    expect(amina.get_by_role("heading", name="Somebody may be hurt soon")).to_be_visible()
    expect(amina.get_by_text("about 2 minutes")).to_be_visible()
    expect(amina.locator("[data-offer-told]")).to_contain_text("Press Enter to accept")
    left = int(amina.locator("[data-left]").inner_text())
    expect(amina.locator("[data-left]")).not_to_have_text(str(left))
    amina.keyboard.press("Enter")
    amina.wait_for_url(f"**/live/call/{talk}")
    assert talk_of(live_stage, talk).state == "joining"


def test_an_offer_that_is_over_goes_by_itself(live_stage: Stage, amina: Page) -> None:
    talk = offered(live_stage, amina)
    expect(amina.get_by_role("button", name="Accept")).to_be_visible()
    with live_stage.house.database.write() as connection:
        offers.expire(connection, now=live_stage.house.clock.now() + 60)
    expect(amina.get_by_role("button", name="Accept")).to_be_hidden()
    expect(amina.get_by_role("heading", name="Away")).to_be_visible()
    assert talk_of(live_stage, talk).state == "waiting"


def test_an_offer_is_given_back_with_a_reason(live_stage: Stage, amina: Page) -> None:
    talk = offered(live_stage, amina)
    amina.get_by_role("button", name="I need a break").click()
    expect(amina.get_by_role("heading", name="On a break")).to_be_visible()
    assert talk_of(live_stage, talk).state == "waiting"


def test_a_whole_call_with_its_form_an_answer_and_its_end(live_stage: Stage, amina: Page) -> None:
    house = live_stage.house
    talk = talking(live_stage, amina)
    amina.get_by_label("What happened", exact=True).fill("He sells what the computer knows.")
    expect(amina.locator("[data-save-words]")).to_contain_text("Saved at", timeout=10_000)

    amina.get_by_text("The caller says nothing").click()
    amina.get_by_role("button", name="Are you in danger now?").click()
    expect(amina.locator("[data-words]")).to_contain_text("The caller is asked by the line's own voice")
    expect(amina.get_by_role("button", name="Shall I stay on the line?")).to_be_disabled()
    with house.database.write() as connection:
        rooms.come_back(connection, "ada", "yes", now=house.clock.now())
    expect(amina.locator("[data-answer-words]")).to_have_text("Yes")

    amina.get_by_role("button", name="I have said it (a risk must be passed on)").click()
    expect(amina.locator("[data-reminder=duty]").get_by_text("You have said it.")).to_be_visible()
    amina.get_by_role("button", name="Alert a supervisor").click()
    expect(amina.locator(".desk-talk__alerted")).to_contain_text("Supervisors are alerted")

    amina.get_by_role("radio", name="Abusive").check()
    amina.get_by_role("button", name="End the call").click()
    expect(amina.locator(".desk-end__told")).to_contain_text("Say that you are sure")
    amina.get_by_label("We have finished").check()
    amina.get_by_role("button", name="End the call").click()
    expect(amina.locator("[data-words]")).to_have_text("The caller hears the closing words.")
    assert talk_of(live_stage, talk).ending == "finished"

    hang_up(house)
    expect(amina.get_by_role("heading", name="This call is over")).to_be_visible()
    assert amina.evaluate("softphone.done").count("hang up") == 1
    amina.get_by_label("Money or favours").check()
    amina.get_by_role("button", name="Finish: make it a report").click()
    amina.wait_for_url("**/live")
    expect(amina.get_by_text("is now a report, new in the list.")).to_be_visible()
    amina.get_by_role("button", name="I am available").click()
    expect(amina.get_by_role("heading", name="Available")).to_be_visible()
    with house.database.read() as connection:
        [report] = connection.execute(select(models.reports)).all()
    assert (report.channel, report.state, report.urgent) == ("live", "new", "yes")


def test_keys_mute_and_hold_but_not_while_somebody_types(live_stage: Stage, amina: Page) -> None:
    talk = talking(live_stage, amina)
    amina.get_by_label("What happened", exact=True).press_sequentially("mh")
    assert "mute true" not in amina.evaluate("softphone.done")
    amina.get_by_label("What happened", exact=True).blur()
    amina.keyboard.press("m")
    mute = amina.locator("[data-mute]")
    expect(mute).to_have_attribute("aria-pressed", "true")
    expect(amina.locator("[data-told]")).to_have_text("Nobody hears you.")
    amina.keyboard.press("m")
    amina.keyboard.press("h")
    expect(amina.locator("[data-words]")).to_contain_text("On hold")
    assert talk_of(live_stage, talk).held
    amina.keyboard.press("h")
    expect(amina.locator("[data-words]")).to_have_text("You and the caller hear each other.")
    assert amina.evaluate("softphone.done")[1:] == ["mute true", "mute false"]
    amina.keyboard.press("?")
    expect(amina.get_by_role("dialog")).to_contain_text("Hold the caller, or go on")


def test_who_listens_is_shown_while_they_do(live_stage: Stage, amina: Page) -> None:
    house, talk = live_stage.house, talking(live_stage, amina)
    expect(amina.locator("[data-others]")).to_have_text("Nobody: only you and the caller.")
    with house.database.write() as connection:
        offers.add_seat(connection, talk, id_of(house, "Ben"), "listen", token="b" * 32, now=house.clock.now())
    expect(amina.locator("[data-others]")).to_have_text("Ben listens: hears you both, and nobody hears them.")
    with house.database.write() as connection:
        conduct.leave_seat(connection, talk, id_of(house, "Ben"), now=house.clock.now())
    expect(amina.locator("[data-others]")).to_have_text("Nobody: only you and the caller.")


def test_a_call_whose_line_broke_is_taken_up_again_with_its_form(live_stage: Stage, amina: Page) -> None:
    house, talk = live_stage.house, talking(live_stage, amina)
    amina.get_by_label("What happened", exact=True).fill("He was at the corner")
    expect(amina.locator("[data-save-words]")).to_contain_text("Saved at", timeout=10_000)
    lose(house, "amina-1")
    expect(amina.get_by_role("heading", name="The line to you broke")).to_be_visible()
    amina.get_by_role("button", name="Take the call up again").click()
    sit(live_stage, amina, "amina-2")
    expect(amina.get_by_label("What happened", exact=True)).to_have_value("He was at the corner")
    assert talk_of(live_stage, talk).state == "talking"


def test_a_page_that_was_loaded_again_carries_no_sound_and_says_so(live_stage: Stage, amina: Page) -> None:
    talking(live_stage, amina)
    amina.reload()
    expect(amina.locator("[data-line-told]")).to_contain_text("This window does not carry the sound")
    assert amina.evaluate("softphone.done") == []


def test_a_softphone_that_fails_says_why_and_tries_again(live_stage: Stage, amina: Page) -> None:
    talking(live_stage, amina)
    amina.evaluate("softphone.tell('failed', { reason: 'microphone-denied' })")
    expect(amina.locator("[data-line-told]")).to_contain_text("does not let the desk use a microphone")
    amina.get_by_role("button", name="Try the sound again").click()
    amina.wait_for_function("() => softphone.done.filter(one => one.startsWith('connect')).length === 2")


def test_links_open_beside_a_call(live_stage: Stage, amina: Page) -> None:
    talking(live_stage, amina)
    with amina.context.expect_page() as opened:
        amina.get_by_role("link", name="Reports", exact=True).click()
    opened.value.close()
    assert "/live/call/" in amina.url


def test_a_page_in_the_background_is_still_heard_of(live_stage: Stage, amina: Page) -> None:
    work(live_stage.house, "Amina")
    amina.goto(live_stage.address("/live"))
    amina.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    with live_stage.house.database.write() as connection:
        connection.execute(models.shifts.update().values(seen_at=live_stage.house.clock.now() - 6))
    amina.wait_for_timeout(2500)
    with live_stage.house.database.read() as connection:
        shift = shifts.shift_of(connection, id_of(live_stage.house, "Amina"))
    assert shift is not None
    assert live_stage.house.clock.now() - shift.seen_at <= 3


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_the_page_of_live_calls_nor_on_a_call_s(
    live_stage: Stage, amina: Page, width: int
) -> None:
    house = live_stage.house
    amina.set_viewport_size({"width": width, "height": 844})
    amina.goto(live_stage.address("/live"))
    assert_accessible(amina)
    amina.get_by_role("button", name="I am available").click()
    expect(amina.get_by_role("alert").get_by_text("Check your headset first")).to_be_visible()
    assert_accessible(amina)
    offered(live_stage, amina, urgent=True)
    amina.get_by_role("button", name="Accept").wait_for()
    assert_accessible(amina)
    amina.get_by_role("button", name="Accept").click()
    amina.wait_for_url("**/live/call/*")
    sit(live_stage, amina)
    amina.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    amina.get_by_role("radio", name="Abusive").check()
    assert_accessible(amina)
    lose(house, "amina-1")
    expect(amina.get_by_role("heading", name="The line to you broke")).to_be_visible()
    assert_accessible(amina)
    hang_up(house)
    expect(amina.get_by_role("heading", name="This call is over")).to_be_visible()
    assert_accessible(amina)
    amina.goto(live_stage.address("/live"))
    assert_accessible(amina)


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_of_a_call_s_page_is_wider_than_the_window(live_stage: Stage, amina: Page, width: int) -> None:
    amina.set_viewport_size({"width": width, "height": 800})
    talking(live_stage, amina, urgent=True)
    assert amina.evaluate("document.documentElement.scrollWidth") <= width
    expect(amina.get_by_role("button", name="Alert a supervisor")).to_be_in_viewport()
    amina.locator("#field-questions_back").scroll_into_view_if_needed()
    expect(amina.get_by_role("button", name="Alert a supervisor")).to_be_in_viewport()
