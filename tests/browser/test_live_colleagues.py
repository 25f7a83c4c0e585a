"""Help in a call in real browsers: a supervisor listens, a colleague comes and gets the caller, practice is played.

The carrier's part is played by the statements that it causes; the softphones carry no sound here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from storage.live import colleagues, conduct, rooms
from tests.browser.live_stage import clear, set_live_stage, with_fake_softphone
from tests.browser.stage import Stage, sign_in
from tests.browser.test_accessibility import WIDTHS, assert_accessible
from tests.desk.callers import lose, offer, ring, sit_down, work
from tests.desk.live_calls import seats_of, talk_of
from tests.desk.staff import id_of

Open = Callable[[str], Page]
SIZE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def live_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with set_live_stage(tmp_path_factory.mktemp("live")) as stage:
        yield stage


@pytest.fixture(scope="module")
def signed_in(browser: Browser, live_stage: Stage) -> dict[str, object]:
    """Sign everybody in once, and give what their browsers keep of it."""
    kept: dict[str, object] = {}
    for name in ("Amina", "Ben"):
        page = browser.new_page()
        sign_in(page, live_stage, name)
        kept[name] = page.context.storage_state()
        page.close()
    return kept


@pytest.fixture
def open_(browser: Browser, live_stage: Stage, signed_in: dict[str, object]) -> Iterator[Open]:
    clear(live_stage.house)
    contexts, complaints = [], []

    def opened(name: str) -> Page:
        context = browser.new_context(storage_state=signed_in[name], viewport=SIZE)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(told.text) if "Content Security" in told.text else None)
        with_fake_softphone(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def connections(page: Page) -> list[str]:
    return [one for one in page.evaluate("softphone.done") if one.startswith("connect")]


def sit(stage: Stage, page: Page, leg: str) -> None:
    """Let the softphone's leg of a page come into the conference."""
    page.wait_for_function("() => window.softphone?.done.some(one => one.startsWith('connect'))")
    (connected,) = connections(page)
    sit_down(stage.house, connected.split(" ")[2], leg)


def talking(stage: Stage, amina: Page) -> str:
    work(stage.house, "Amina")
    amina.goto(stage.address("/live"))
    talk = ring(stage.house)
    offer(stage.house, talk, "Amina")
    amina.get_by_role("button", name="Accept").click()
    amina.wait_for_url("**/live/call/*")
    sit(stage, amina, "amina")
    return talk


def part_of(stage: Stage, talk: str, name: str) -> str:
    return seats_of(stage.house, talk).get(id_of(stage.house, name), ("", ""))[0]


def test_a_supervisor_listens_whispers_and_leaves_and_the_handler_sees_each(live_stage: Stage, open_: Open) -> None:
    amina, ben = open_("Amina"), open_("Ben")
    ben.goto(live_stage.address("/live/calls"))
    expect(ben.get_by_text("Nobody talks with a caller now")).to_be_visible()
    talk = talking(live_stage, amina)
    ben.get_by_role("button", name="Listen in to the call of Amina").click()  # it appeared by itself
    ben.wait_for_url("**/live/beside/*")
    ben.get_by_role("button", name="Listen").click()
    sit(live_stage, ben, "ben")
    expect(ben.locator("[data-now]")).to_have_text("You listen. Nobody hears you.")
    expect(amina.locator("[data-others]")).to_have_text("Ben listens: hears you both, and nobody hears them.")
    ben.get_by_role("button", name="Whisper").click()
    expect(ben.get_by_role("button", name="Whisper")).to_have_attribute("aria-pressed", "true")
    expect(amina.locator("[data-others]")).to_have_text("Ben whispers: only you hear them.")
    assert part_of(live_stage, talk, "Ben") == "whisper"
    assert len(connections(ben)) == 1  # the same leg all the time
    ben.get_by_role("button", name="Leave the call").click()
    ben.wait_for_url("**/live/calls")
    expect(ben.get_by_text("You left the call.")).to_be_visible()
    expect(amina.locator("[data-others]")).to_have_text("Ben is leaving, and may hear you until they are gone.")
    lose(live_stage.house, "ben")
    expect(amina.locator("[data-others]")).to_have_text("Nobody: only you and the caller.")


def test_who_goes_from_joining_to_whispering_is_muted_at_once_until_the_carrier_can_know(
    live_stage: Stage, open_: Open
) -> None:
    amina, ben = open_("Amina"), open_("Ben")
    talk = talking(live_stage, amina)
    ben.goto(live_stage.address(f"/live/beside/{talk}"))
    ben.get_by_role("button", name="Join").click()
    sit(live_stage, ben, "ben")
    expect(ben.locator("[data-now]")).to_have_text("You have joined. The caller hears you too.")
    assert ben.evaluate("softphone.muted") is False
    ben.get_by_role("button", name="Whisper").click()
    expect(ben.locator("[data-now]")).to_have_text("Changing. Until that is done you are muted here.")
    assert ben.evaluate("softphone.muted") is True
    ben.keyboard.press("m")
    ben.keyboard.press("m")
    assert ben.evaluate("softphone.muted") is True, "and no key takes that away"
    expect(ben.locator("[data-now]")).to_have_text("You whisper. Only the handler hears you.")
    assert ben.evaluate("softphone.muted") is False
    ben.get_by_role("button", name="Listen").click()
    expect(ben.locator("[data-now]")).to_have_text("You listen. Nobody hears you.")
    assert ben.evaluate("softphone.muted") is True


def test_a_call_that_ends_ends_for_whoever_listens(live_stage: Stage, open_: Open) -> None:
    amina, ben = open_("Amina"), open_("Ben")
    talk = talking(live_stage, amina)
    ben.goto(live_stage.address(f"/live/beside/{talk}"))
    ben.get_by_role("button", name="Join").click()
    sit(live_stage, ben, "ben")
    with live_stage.house.database.write() as connection:
        connection.exec_driver_sql("UPDATE talks SET state = 'over'")
    expect(ben.locator("[data-state]")).to_contain_text("This call is over")
    ben.wait_for_function("() => softphone.done.includes('hang up')")
    expect(ben.get_by_role("button", name="Whisper")).to_be_hidden()


def test_a_colleague_is_asked_comes_and_the_caller_and_the_form_are_theirs(live_stage: Stage, open_: Open) -> None:
    amina, ben = open_("Amina"), open_("Ben")
    work(live_stage.house, "Ben")
    ben.goto(live_stage.address("/live"))
    talk = talking(live_stage, amina)
    amina.get_by_label("What happened", exact=True).fill("He sells what the computer knows.")
    expect(amina.locator("[data-save-words]")).to_contain_text("Saved at", timeout=10_000)
    amina.get_by_text("Ask a colleague").click()
    amina.get_by_label("Whom to ask").select_option(label="Ben, supervisor")
    amina.get_by_role("button", name="Hold and ask").click()
    expect(amina.locator("[data-help-told]")).to_have_text(
        "Ben is asked. The caller is on hold and hears music. Take them back at any moment."
    )
    expect(ben.get_by_role("heading", name="Amina asks you into a call")).to_be_visible()
    ben.get_by_role("button", name="Go to Amina").click()
    sit(live_stage, ben, "ben")  # one press is enough
    expect(ben.locator("[data-state]")).to_have_text("On hold")
    amina.get_by_role("button", name="Hand the caller over to Ben").click()
    expect(ben.get_by_role("heading", name="This caller is yours now")).to_be_visible()
    expect(amina.get_by_role("heading", name="This call is not yours any more")).to_be_visible()
    amina.wait_for_function("() => softphone.done.includes('hang up')")
    lose(live_stage.house, "amina")
    now = talk_of(live_stage.house, talk)
    assert (now.person_id, now.state) == (id_of(live_stage.house, "Ben"), "talking")
    with ben.context.expect_page() as opened:
        ben.get_by_role("button", name="Open form and buttons").click()
    form = opened.value
    expect(form.get_by_label("What happened", exact=True)).to_have_value("He sells what the computer knows.")
    assert ben.evaluate("softphone.isConnected")
    form.get_by_role("button", name="End the call").click()
    expect(form.locator("[data-words]")).to_have_text("The caller hears the closing words.")
    assert talk_of(live_stage.house, talk).ending == "finished"


def test_a_colleague_who_cannot_come_leaves_the_caller_where_they_are(live_stage: Stage, open_: Open) -> None:
    amina, ben = open_("Amina"), open_("Ben")
    ben.goto(live_stage.address("/live/calls"))
    talk = talking(live_stage, amina)
    amina.get_by_text("Ask a colleague").click()
    amina.get_by_label("Whom to ask").select_option(value=id_of(live_stage.house, "Ben"))
    amina.get_by_role("button", name="Hold and ask").click()
    ben.get_by_role("button", name="I cannot now").click()
    expect(ben.get_by_text("Your colleague is told that you cannot come now.")).to_be_visible()
    expect(amina.get_by_text("Ben is asked to come")).to_be_hidden()
    assert talk_of(live_stage.house, talk).held
    amina.locator("[data-hold] button").click()
    expect(amina.locator("[data-words]")).to_have_text("You and the caller hear each other.")


def test_an_interpreter_is_rung_and_let_go(live_stage: Stage, open_: Open) -> None:
    amina = open_("Amina")
    talk = talking(live_stage, amina)
    listed = live_stage.house.desk.line.interpreters[0]
    amina.get_by_text("Bring an interpreter in").click()
    amina.get_by_label("Which interpreter").select_option(value=listed.id)
    amina.get_by_role("button", name="Ring the interpreter").click()
    expect(amina.locator("[data-help-told]")).to_contain_text(f"{listed.name} is being rung")
    assert seats_of(live_stage.house, talk)[listed.id][0] == rooms.INTERPRETER
    amina.get_by_role("button", name=f"Let {listed.name} go").click()
    expect(amina.get_by_text("Bring an interpreter in")).to_be_visible()
    assert listed.id not in seats_of(live_stage.house, talk)


def test_what_is_chosen_stays_chosen_while_the_page_looks_again(live_stage: Stage, open_: Open) -> None:
    amina = open_("Amina")
    talking(live_stage, amina)
    amina.get_by_text("Ask a colleague").click()
    choice = amina.get_by_label("Whom to ask")
    choice.select_option(label="Ben, supervisor (no live page open: may not see it)")
    choice.focus()
    work(live_stage.house, "Ben")  # the list changes
    expect(choice.locator("option", has_text="no live page")).to_have_count(0)
    expect(choice).to_have_value(id_of(live_stage.house, "Ben"))
    expect(choice).to_be_focused()


def test_a_practice_call_is_played_from_its_script(live_stage: Stage, open_: Open) -> None:
    house = live_stage.house
    amina, ben = open_("Amina"), open_("Ben")
    work(house, "Amina")
    amina.goto(live_stage.address("/live"))
    ben.goto(live_stage.address("/practice"))
    ben.get_by_label("Nobody speaks").check()
    ben.get_by_label("Who answers").select_option(label="Amina")
    ben.get_by_role("button", name="Go on").click()
    ben.get_by_label("Waits, and says again who this is, slowly").check()
    ben.get_by_role("button", name="Ring Amina").click()
    expect(amina.get_by_text("A colleague plays the caller. Nothing of it is kept.")).to_be_visible()
    sit(live_stage, ben, "ben")
    amina.get_by_role("button", name="Accept").click()
    amina.wait_for_url("**/live/call/*")
    expect(amina.get_by_role("heading", name="Practice call in English")).to_be_visible()
    sit(live_stage, amina, "amina")
    expect(ben.locator("[data-state]")).to_have_text("You hear each other. Begin.")
    amina.get_by_text("The caller says nothing").click()
    amina.get_by_role("button", name="Are you in danger now?").click()
    ben.get_by_role("button", name="2: No").click()
    expect(amina.locator("[data-answer-words]")).to_have_text("No")
    expect(amina.get_by_text("This is practice: there is no form")).to_be_visible()
    ben.get_by_role("button", name="Hang up").click()
    expect(ben.get_by_text("The practice call is over.")).to_be_visible()
    expect(amina.get_by_role("heading", name="This call is over")).to_be_visible()
    with house.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM reports").scalar() == 0
        assert conduct.live_talks(connection) == ()


def test_who_gives_practice_back_is_told_to_who_plays_the_caller(live_stage: Stage, open_: Open) -> None:
    amina, ben = open_("Amina"), open_("Ben")
    work(live_stage.house, "Amina")
    amina.goto(live_stage.address("/live"))
    person = id_of(live_stage.house, "Amina")
    ben.goto(live_stage.address(f"/practice/play?script=plates&person={person}"))
    ben.get_by_role("button", name="Ring Amina").click()
    amina.get_by_role("button", name="I need a break").click()
    expect(ben.locator("[data-state]")).to_contain_text("They gave it back")
    expect(ben.get_by_role("button", name="Hang up")).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_any_page_of_theirs(live_stage: Stage, open_: Open, width: int) -> None:
    amina, ben = open_("Amina"), open_("Ben")
    talk = talking(live_stage, amina)
    work(live_stage.house, "Ben")
    for page in (amina, ben):
        page.set_viewport_size({"width": width, "height": 800})
    person = id_of(live_stage.house, "Ben")
    for path in ("/live/calls", f"/live/beside/{talk}", "/practice", f"/practice/play?script=silence&person={person}"):
        ben.goto(live_stage.address(path))
        assert_accessible(ben)
    ben.goto(live_stage.address(f"/live/beside/{talk}"))
    ben.get_by_role("button", name="Join").click()
    expect(ben.locator("[data-now]")).to_contain_text("You have joined")
    assert_accessible(ben)
    ben.get_by_role("button", name="Leave the call").click()
    amina.get_by_text("Ask a colleague").click()
    amina.get_by_text("Bring an interpreter in").click()
    assert_accessible(amina)
    with live_stage.house.database.write() as connection:
        ids = id_of(live_stage.house, "Amina"), person
        colleagues.ask(connection, talk, *ids, now=live_stage.house.clock.now())
    for path in ("/live", "/live/calls", f"/live/beside/{talk}"):
        ben.goto(live_stage.address(path))
        ben.get_by_role("heading", name="Amina asks you into").wait_for()
        assert_accessible(ben)
