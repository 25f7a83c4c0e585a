"""A passkey in a real browser, with an authenticator that Chromium plays: made on one's own page, shown at the door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.stage import Stage, sign_in
from tests.desk.staff import PASSWORD


@pytest.fixture
def authenticator(page: Page) -> Iterator[CDPSession]:
    """Plug a passkey into the browser whose person is always verified."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield session
    session.detach()


def enrol(page: Page, stage: Stage, name: str) -> None:
    page.goto(stage.address("/account/passkey"))
    page.get_by_label("Name of this passkey").fill(name)
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url(stage.address("/account"))


def come_in(page: Page, stage: Stage, person: str) -> None:
    page.goto(stage.address("/sign-in"))
    page.get_by_label("Name").fill(person)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Use my passkey").click()


def test_a_passkey_is_made_shown_at_the_door_and_removed(page: Page, stage: Stage, authenticator: CDPSession) -> None:
    sign_in(page, stage, "Ben")
    enrol(page, stage, "blue key")
    expect(page.get_by_role("strong").filter(has_text="blue key")).to_be_visible()
    expect(page.get_by_text("You have a new passkey.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    come_in(page, stage, "Ben")
    page.wait_for_url(stage.address("/reports"))
    page.goto(stage.address("/prove?next=/account"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url(stage.address("/account"))
    page.get_by_role("link", name="Remove blue key").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("opens nothing here any more")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    come_in(page, stage, "Ben")
    expect(page.get_by_text("We never say which")).to_be_visible()


def test_one_who_says_no_is_told_and_nothing_is_sent(page: Page, stage: Stage, authenticator: CDPSession) -> None:
    come_in(page, stage, "Amina")  # the device holds none
    expect(page.get_by_text("The passkey was not used.")).to_be_visible(timeout=20_000)
    assert page.url == stage.address("/sign-in")


def test_without_script_the_six_digits_do_and_no_dead_button_is_shown(page: Page, stage: Stage) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, stage, "Otto")
    assert plain.url == stage.address("/audit")
    plain.goto(stage.address("/account/passkey"))
    expect(plain.get_by_role("button", name="Make the passkey")).to_be_hidden()
    expect(plain.get_by_text("Your authenticator works without")).to_be_visible()
    context.close()
