"""Joining in a real browser: Ada invites Eve, who chooses, scans, proves, signs in, and waits for admission."""

from __future__ import annotations

import re

import pyotp
from playwright.sync_api import Browser, BrowserContext, Page, expect

from storage import models
from storage.keys import person_fingerprint
from storage.people import list_people
from tests.browser.stage import Stage, sign_in

PASSWORD = "walnut thunder pelican socket"


def invite(page: Page, stage: Stage, alias: str, role: str = "Handler") -> tuple[str, str]:
    """Let Ada invite somebody, and return the link and the code as the page shows them."""
    sign_in(page, stage, "Ada")
    page.get_by_role("link", name="People").click()
    page.get_by_role("button", name="Invite somebody").click()
    page.get_by_label("Sign-in name").fill(f"{alias}.h")
    page.get_by_label("Alias").fill(alias)
    page.get_by_label(role, exact=True).check()
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"The link for {alias}")
    return page.locator("#invitation-link").inner_text(), page.locator("#invitation-code").inner_text()


def join(page: Page) -> str:
    """Choose a password and prove the second factor whose secret stands on the page; return the secret."""
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_text("You cannot scan it?").click()
    secret = page.locator("#totp-secret").inner_text().replace(" ", "")
    page.get_by_label("Code from your authenticator").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Finish").click()
    return secret


def own_context(page: Page, *, scripts: bool = True) -> BrowserContext:
    browser: Browser | None = page.context.browser
    assert browser is not None
    return browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=scripts)


def fingerprint_on(page: Page) -> str:
    return "-".join(page.locator("#fingerprint span").all_inner_texts())


def test_ada_invites_eve_who_joins_signs_in_and_waits(page: Page, stage: Stage) -> None:
    link, code = invite(page, stage, "Eve")
    assert link == f"{stage.base}/invited#{code}"
    eves = own_context(page)
    asked: list[str] = []
    eves.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))
    eve = eves.new_page()
    eve.goto(link)
    expect(eve.get_by_label("Your invitation's code")).to_have_value(code)
    assert eve.url == f"{stage.base}/invited", "the code is taken out of the address"
    eve.get_by_role("button", name="Continue").click()
    expect(eve.get_by_role("heading", level=1)).to_have_text("Welcome, Eve")
    drawing = eve.get_by_role("img", name="Drawing for your authenticator")
    expect(drawing).to_be_visible()
    assert eve.evaluate("document.querySelector('.desk-drawing path').getBoundingClientRect().width") > 150
    secret = join(eve)
    expect(eve.get_by_role("heading", level=1)).to_have_text("You have joined, Eve")
    words = fingerprint_on(eve)
    with stage.house.database.read() as connection:
        found = next(one for one in list_people(connection) if one.alias == "Eve")
    assert words == person_fingerprint(found.person_id, found.public_key)
    assert not [one for one in asked if code in one], "no address and no header held the code"

    with stage.house.database.write() as connection:  # instead of waiting half a minute for the next code
        connection.execute(models.people.update().values(totp_last_step=0))
    eve.get_by_role("button", name="Sign in").click()
    eve.get_by_label("Name").fill("Eve.h")
    eve.get_by_label("Password").fill(PASSWORD)
    eve.get_by_label("Code from your authenticator").fill(pyotp.TOTP(secret).now())
    eve.get_by_role("button", name="Sign in").click()
    expect(eve.get_by_role("heading", level=1)).to_have_text("You are not admitted yet")
    assert fingerprint_on(eve) == words
    eves.close()
    page.get_by_role("link", name="People", exact=True).first.click()
    row = page.locator(".desk-person", has_text="signs in as Eve.h")
    expect(row).to_contain_text("Waits for admission")


def test_without_scripts_the_code_is_typed(page: Page, stage: Stage) -> None:
    link, code = invite(page, stage, "Fay", role="Auditor")
    plain = own_context(page, scripts=False)
    fay = plain.new_page()
    fay.goto(link)
    fay.get_by_label("Your invitation's code").fill(code.upper())
    fay.get_by_role("button", name="Continue").click()
    join(fay)
    expect(fay.get_by_role("heading", level=1)).to_have_text("You have joined, Fay")
    plain.close()


def test_a_leaver_goes_after_a_question(page: Page, stage: Stage) -> None:
    invite(page, stage, "Gil")
    page.goto(stage.address("/people"))
    page.get_by_role("link", name="Otto").click()
    page.get_by_role("link", name=re.compile("They leave")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Let Otto go?")
    page.get_by_role("link", name="Keep Otto").click()
    page.get_by_role("link", name=re.compile("They leave")).click()
    page.get_by_role("button", name="Let Otto go").click()
    expect(page.get_by_role("status").first).to_contain_text("Otto has left")
    page.get_by_role("button", name="Withdraw the invitation of Gil").click()
    expect(page.get_by_role("status").first).to_contain_text("The invitation is withdrawn")
    expect(page.locator(".desk-person", has_text="Gil")).to_have_count(0)
