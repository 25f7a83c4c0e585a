"""What a team sees of a release, on a desk and on a phone: axe finds nothing, and it works without JavaScript."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.assessment_stage import TeamStage, set_team_stage
from tests.browser.test_accessibility import assert_accessible


@pytest.fixture(scope="module")
def team_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamStage]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with set_team_stage(tmp_path_factory.mktemp("team-stage"), port) as opened:
        yield opened


@pytest.mark.parametrize("width", [1280, 320])
def test_releases_and_answers_are_accessible(page: Page, team_stage: TeamStage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    team_stage.be(page, "Dev")
    full, decided = (f"/releases/{one}" for one in (team_stage.full, team_stage.decided))
    for path in ("/releases", "/releases?state=decided", full, decided, f"{decided}/outcome", f"{full}/question"):
        page.goto(team_stage.address(path))
        assert_accessible(page)
    page.goto(team_stage.address(f"{full}/outcome"))
    page.get_by_role("button", name="Send the outcome").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
    team_stage.be(page, "Lena")
    page.goto(team_stage.address("/tokens"))
    page.get_by_label("What is it for?").fill("Case system")
    page.get_by_role("button", name="Make a token").click()
    assert_accessible(page)
    page.get_by_label("Until the end of").first.check()
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_text("It is shown this once.")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("width", [1280, 320])
def test_the_door_people_and_keys_of_a_team_are_accessible(page: Page, team_stage: TeamStage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for path in ("/sign-in", "/invited", "/looks", "/nowhere"):
        page.goto(team_stage.address(path))
        assert_accessible(page)
    team_stage.be(page, "Lena")
    dev = team_stage.house.id_of("Dev")
    for path in (
        "/people",
        f"/people/{dev}",
        f"/people/{dev}/leave",
        "/admissions",
        "/people/key",
        "/audit",
        "/account",
    ):
        page.goto(team_stage.address(path))
        assert_accessible(page)
    page.goto(team_stage.address("/people/invite"))
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert_accessible(page)


def test_an_assessor_opens_answers_and_asks_without_javascript(browser: Browser, team_stage: TeamStage) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    team_stage.be(page, "Dev")
    page.goto(team_stage.address("/releases"))
    page.get_by_role("link", name=f"Release {team_stage.full[:8]}").click()
    expect(page.get_by_text("Sergeant Wren keeps seized cannabis")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Document (PDF)").click()
    assert saved.value.suggested_filename == f"release-{team_stage.full}.pdf"
    page.get_by_role("link", name="Record an outcome").click()
    page.get_by_label("We protect somebody first").check()
    page.get_by_label("Your own reference").fill("NP/26/200")
    for name, value in (("Day", "31"), ("Month", "3"), ("Year", "2027")):
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Send the outcome").click()
    expect(page.get_by_role("status")).to_contain_text("The outcome is recorded")
    page.get_by_role("link", name="Ask a question").click()
    page.get_by_label("Your question").fill("Which locker is it?")
    page.get_by_role("button", name="Send the question").click()
    history = page.get_by_role("region", name="What your team said")
    for words in ("NP/26/200", "31 March 2027", "Which locker is it?"):
        expect(history).to_contain_text(words)
    context.close()
