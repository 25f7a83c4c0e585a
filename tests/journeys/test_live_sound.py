"""Live calls with real sound: who hears whom, through every process, in the browsers of a caller, a handler and Ben.

Whatever the browsers of the two who work here are told is taken down from the first page on, and searched at the end
for all that leads to the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ears import MUSIC, place, since, voices_in
from tests.journeys import received
from tests.journeys.live_floor import (
    TOGETHER,
    VOICES,
    Floor,
    answer,
    be_ready,
    hang_up,
    hear,
    hears_words,
    open_floor,
    ring,
)
from tests.journeys.received import CONTROL

SOON = 3000  # ms in which a handler sees who hears their call
PIECE = 2 * 2 * 8000  # bytes of two seconds


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Floor]:
    with open_floor(tmp_path_factory.mktemp("floor"), chromium_path) as opened:
        yield opened


@pytest.fixture
def call(floor: Floor) -> Iterator[Floor]:
    """Let somebody ring, and Amina have answered."""
    be_ready(floor)
    ring(floor)
    answer(floor)
    yield floor
    hang_up(floor)


@pytest.mark.timeout(240)
def test_a_supervisor_listens_whispers_and_joins_and_each_hears_whom_they_should(call: Floor) -> None:
    hear(call, caller={"amina"}, amina={"caller"})
    before = place(call.caller)
    _sit_beside(call)
    _sees(call, "Ben listens: hears you both, and nobody hears them.")
    hear(call, caller={"amina"}, amina={"caller"}, ben={"caller", "amina"})
    _be(call, "Whisper")
    _sees(call, "Ben whispers: only you hear them.")
    hear(call, caller={"amina"}, amina={"caller", "ben"}, ben={"caller", "amina"})
    assert "ben" not in _ever_heard(call.caller, before)
    _be(call, "Join")
    _sees(call, "Ben has joined: you and the caller hear them.")
    hear(call, caller={"amina", "ben"}, amina={"caller", "ben"}, ben={"caller", "amina"})
    _hold(call)
    _leave(call)
    hear(call, caller={"amina"}, amina={"caller"})
    _end(call)
    _knows_nobody(call)


@pytest.mark.timeout(240)
def test_a_call_is_asked_by_key_lost_found_handed_over_with_its_form_and_written_up(call: Floor) -> None:
    call.amina.get_by_label("What happened", exact=True).fill(CONTROL.text)
    _ask_by_key(call)
    _lose_and_find(call)
    hear(call, caller={"amina"}, amina={"caller"})
    _consult(call)
    form = _hand_over(call)
    form.get_by_role("button", name="End the call").click()
    hears_words(call, "Thank you for speaking with us.")
    expect(form.get_by_role("heading", name="This call is over")).to_be_visible()
    expect(call.ben.locator("[data-state]")).to_contain_text("This call is over")
    expect(call.caller.locator("#state")).to_have_text("The call is over")
    _write_up(call, form)
    _knows_nobody(call)


# ---- beside a call ---------------------------------------------------------------------------------------------------


def _sit_beside(floor: Floor) -> None:
    floor.ben.get_by_role("button", name="Listen in to the call of Amina").click()
    floor.ben.wait_for_url("**/live/beside/*")
    _be(floor, "Listen")


def _be(floor: Floor, part: str) -> None:
    floor.ben.get_by_role("button", name=part).click()


def _sees(floor: Floor, words: str) -> None:
    expect(floor.amina.locator("[data-others]")).to_have_text(words, timeout=SOON)


def _leave(floor: Floor) -> None:
    floor.ben.get_by_role("button", name="Leave the call").click()
    _sees(floor, "Nobody: only you and the caller.")
    expect(floor.ben.get_by_text("You left the call.")).to_be_visible()


def _ever_heard(page: Page, start: int) -> set[str]:
    """Return whose voices came to an ear since then, also for two seconds only."""
    pcm = since(page, start)
    return {name for at in range(0, len(pcm), PIECE // 2) for name in voices_in(pcm[at : at + PIECE], VOICES)}


# ---- hold, and the end -----------------------------------------------------------------------------------------------


def _hold(floor: Floor) -> None:
    hold = floor.amina.locator("[data-hold] button")
    hold.click()
    hear(floor, caller={MUSIC}, amina={"ben"}, ben={"amina"})
    hold.click()
    hear(floor, caller={"amina", "ben"}, amina={"caller", "ben"}, ben={"caller", "amina"})


def _end(floor: Floor) -> None:
    _sit_beside(floor)
    expect(floor.ben.locator("[data-now]")).to_have_text("You listen. Nobody hears you.")
    floor.received["amina"].take_stock(floor.amina)
    floor.received["ben"].take_stock(floor.ben)
    floor.amina.get_by_role("button", name="End the call").click()
    hears_words(floor, "Thank you for speaking with us.")
    expect(floor.amina.get_by_role("heading", name="This call is over")).to_be_visible()
    expect(floor.ben.locator("[data-state]")).to_contain_text("This call is over")
    expect(floor.caller.locator("#state")).to_have_text("The call is over")


# ---- keys, a lost line, a colleague ----------------------------------------------------------------------------------


def _ask_by_key(floor: Floor) -> None:
    floor.amina.get_by_text("The caller says nothing").click()
    floor.amina.get_by_role("button", name="Are you in danger now?").click()
    hears_words(floor, "You need not speak. Are you in danger now?")
    floor.caller.keyboard.press("1")
    expect(floor.amina.locator("[data-answer-words]")).to_have_text("Yes", timeout=15_000)
    expect(floor.amina.locator("[data-words]")).to_have_text(TOGETHER, timeout=15_000)
    hear(floor, caller={"amina"}, amina={"caller"})


def _lose_and_find(floor: Floor) -> None:
    floor.amina.reload()  # the page goes, and the line with it
    expect(floor.amina.get_by_role("heading", name="The line to you broke")).to_be_visible(timeout=20_000)
    hears_words(floor, "The connection to the handler has broken.")
    floor.amina.get_by_role("button", name="Take the call up again").click()
    expect(floor.amina.locator("[data-words]")).to_have_text(TOGETHER, timeout=20_000)
    expect(floor.amina.get_by_label("What happened", exact=True)).to_have_value(CONTROL.text)


def _consult(floor: Floor) -> None:
    floor.amina.get_by_text("Ask a colleague").click()
    whom = floor.amina.get_by_label("Whom to ask")
    whom.select_option(value=whom.locator("option", has_text="Ben").get_attribute("value"))
    floor.amina.get_by_role("button", name="Hold and ask").click()
    floor.ben.get_by_role("button", name="Go to Amina").click()
    expect(floor.amina.locator("[data-others]")).to_have_text("Ben is with you and the caller.", timeout=15_000)
    hear(floor, caller={MUSIC}, amina={"ben"}, ben={"amina"})


def _hand_over(floor: Floor) -> Page:
    """Let Ben have the caller, and return his page of the call with its form."""
    floor.amina.get_by_role("button", name="Hand the caller over to Ben").click()
    expect(floor.amina.get_by_role("heading", name="This call is not yours any more")).to_be_visible()
    expect(floor.ben.get_by_role("heading", name="This caller is yours now")).to_be_visible()
    after = place(floor.amina)
    hear(floor, caller={"ben"}, ben={"caller"})
    assert _ever_heard(floor.amina, after) == set()
    expect(floor.caller.locator("#state")).to_have_text("On the line")
    floor.received["amina"].take_stock(floor.amina)
    with floor.ben.context.expect_page() as opened:
        floor.ben.get_by_role("button", name="Open form and buttons").click()
    expect(opened.value.get_by_label("What happened", exact=True)).to_have_value(CONTROL.text)
    for page in (floor.ben, opened.value):
        floor.received["ben"].take_stock(page)
    return opened.value


def _write_up(floor: Floor, form: Page) -> None:
    form.get_by_label("Money or favours").check()
    expect(form.locator("[data-save-words]")).to_contain_text("Saved at", timeout=10_000)
    form.get_by_role("button", name="Finish: make it a report").click()
    form.wait_for_url("**/live")
    expect(form.get_by_text("is now a report, new in the list.")).to_be_visible()
    assert ("live", "new") in floor.ask("SELECT channel, state FROM reports")
    form.close()


# ---- what the two who work here are told -----------------------------------------------------------------------------


def _knows_nobody(floor: Floor) -> None:
    """Search all that the desk's browsers received and asked for since they were opened."""
    canaries = floor.canaries()
    kinds = [one.kind for one in canaries]
    assert {"number", "name", "city", "call_sid", "phrase"} <= set(kinds)
    assert kinds.count("call_sid") >= 3
    for name in ("amina", "ben"):
        browser = floor.received[name]
        assert browser.found(canaries) == set(), name
        assert browser.numbers_asked_for() == set(), name
        assert browser.unread <= browser.read, name  # of each address an answer was read, if not each one
        assert [one for one in browser.complaints if "the server responded with a status of" not in one] == []
        assert browser.holds(received.FRAMES, '"event": "answered"')
        assert browser.holds(received.TOLD, "/live/state") or browser.holds(received.TOLD, "/state")
        assert any("/softphone" in one for one in browser.asked)
    _is_found_where_it_is(floor)


def _is_found_where_it_is(floor: Floor) -> None:
    """Search the caller's own browser: a search that finds nothing there would prove nothing elsewhere."""
    browser = floor.received["caller"]
    browser.take_stock(floor.caller)
    (browser.folder / received.TOLD / "control").write_text(CONTROL.text)
    kinds = {kind for kind, _ in browser.found(floor.canaries())}
    assert {"number", "call_sid"} <= kinds
    assert any(re.fullmatch(r"\+44.*", found) for found in browser.numbers_asked_for())
