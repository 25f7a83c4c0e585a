"""From a call to its outcome that the caller hears: every process, real sound, and four people in real browsers.

Whatever the browser of the team's lead was told is taken down from the first page on, and searched at the end for all
that leads to the caller, and for the words that two people took out; so is everything that the line stored.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ivr.canary import Canary
from ivr.scan import scan
from ivr.simulator.moments import Played
from ivr.worker.speech import OwnVoice
from storage.command_line import run
from tests.journeys.outcome_cast import Cast, appears, open_cast
from tests.journeys.received import CONTROL, TOLD
from tests.releasing.test_public_tools import steps, typed

WHO = "Sergeant Tom Wren. I am his wife's sister."
STORY = "He meets her at the tyre shop in Quenby Yard on 3 March 2026, and I told my neighbour Gwendolyn."
CLEAN = "He meets her at a business in March 2026."
CUT = ("his wife's sister", "tyre shop", "Quenby Yard", "3 March 2026", "Gwendolyn")
ASKED = "Which business is it, and on which evenings?"
PUT = "You told us about a place where they meet. Do you know on which evenings?"
ANSWER = "On Tuesdays and Fridays."
TEAM = "Northshire Police Counter-Corruption Unit"

REPORT = f"""
> rings
< hears greeting
> waits
< hears main_menu
> presses 2
< hears consent
> presses 1
< hears urgent
> presses 2
< hears allegation
> presses 4
> presses #
< hears who
> says "{WHO}"
> presses #
< hears clip_kept
> waits
< hears force
> presses 1
< hears role
> presses 1
< hears reference
> notes the reference
> presses 1
< hears reference_tail
> presses last four of the reference
< hears story
> says "{STORY}"
> presses #
< hears clip_kept
> waits
< hears when
> presses 2
> hangs up
"""

BACK = f"""
> rings
< hears greeting
> waits
< hears main_menu
> presses 3
< hears return_reference
> presses the reference
< hears "has been passed on to a specialist team"
< hears "one new message"
< hears return_messages
> presses 1
< hears letter_playing
> waits
< hears letter_question
> presses 1
< hears reply_consent
> presses 1
< hears reply
> says "{ANSWER}"
> presses #
< hears clip_kept
> waits
< hears return_known
> presses 3
< ends
"""


@pytest.fixture
def cast(tmp_path: Path, chromium_path: str) -> Iterator[Cast]:
    with open_cast(tmp_path, chromium_path) as opened:
        yield opened


@pytest.mark.timeout(300)
def test_a_report_comes_to_a_team_and_its_outcome_and_question_to_the_caller(cast: Cast, tmp_path: Path) -> None:
    amina, ben, carla, lena = (cast.pages[name] for name in ("Amina", "Ben", "Carla", "Lena"))
    reference = cast.rings(REPORT).reference
    report = _confirms(cast, amina, reference)
    _sanitises(cast, ben)
    _proposes(ben)
    _approves(cast, carla)
    _opens(cast, lena, tmp_path / "team")
    _decides_and_asks(lena)
    _puts_it_to_the_caller(cast, amina, report)
    caller = cast.rings(BACK, reference)
    heard = [item.sound for item in caller.call.heard if isinstance(item, Played)]
    assert OwnVoice().speak(PUT, "en") in heard
    _sees_the_answer(cast, amina, report)
    _the_team_knows_nothing_more(cast, lena, amina, report, reference, tmp_path)
    _nothing_of_it_lies_open(cast, reference, tmp_path)


# ---- the desk --------------------------------------------------------------------------------------------------------


def _confirms(cast: Cast, page: Page, reference: str) -> str:
    """Let Amina take the report, write down what she heard, and name whom it is about; return the report's path."""
    assert len(reference) == 16
    page.goto(cast.desk("/reports"))
    page.get_by_role("button", name="Claim and open").click()
    page.wait_for_url("**/reports/*")
    report = page.url.removeprefix(cast.desk(""))
    appears(page, page.url, "2 of 2")
    for number, words in enumerate((WHO, STORY), 1):
        _listens_and_confirms(page, number, words)
    page.get_by_role("link", name="Add an officer").click()
    page.get_by_label("Name or nickname").fill("Tom Wren")
    page.get_by_label("Rank or role").fill("Sergeant")
    page.get_by_role("button", name="Confirm and keep").click()
    expect(page.get_by_text("It is kept, and the report is found by it.")).to_be_visible()
    return report


def _listens_and_confirms(page: Page, number: int, words: str) -> None:
    page.locator("audio").first.evaluate(
        "clip => { clip.muted = true; clip.playbackRate = 4; return clip.play().then(() =>"
        " new Promise(done => { clip.onended = done })) }"
    )
    page.get_by_label("Correct while you listen").first.fill(words)
    page.get_by_role("button", name=f"Confirm clip {number}").click()
    expect(page.get_by_role("button", name=f"Confirm clip {number}")).to_be_hidden()
    expect(page.get_by_text(words).first).to_be_visible()


def _sanitises(cast: Cast, page: Page) -> None:
    """Let Ben cut, replace and blur, then classify, grade and choose who gets it."""
    page.goto(cast.desk("/review"))
    page.get_by_role("button", name="Take it").click()
    page.wait_for_url("**/clean")
    _chooses(page, "I am his", "sister.", "I am his wife's sister.")
    page.get_by_label("Reason for changing it").select_option(label="How the caller is tied to somebody")
    page.get_by_role("button", name="Cut it").click()
    _edits(page, 1)
    _chooses(page, "at the tyre", "Yard", "at the tyre shop in Quenby Yard")
    page.get_by_label("Put other words in its place").fill("at a business")
    page.get_by_role("button", name="Replace", exact=True).click()
    _edits(page, 2)
    page.locator(".desk-marks__one", has_text="3 March 2026").click()
    page.get_by_role("button", name="in March 2026", exact=True).click()
    _edits(page, 3)
    _chooses(page, ", and I", "Gwendolyn", ", and I told my neighbour Gwendolyn")
    page.get_by_role("button", name="Cut it").click()
    _edits(page, 4)
    page.get_by_text("Read it as the team will").click()
    expect(page.locator("[data-reading]")).to_contain_text(CLEAN)
    for place in ("#categories-sexual", "#source-2", "#information-D", "#handling-P"):
        page.locator(place).check()
    page.get_by_label("Sergeant Tom Wren").check()
    page.get_by_label("When, as a band").fill("in spring 2026")
    page.get_by_label(TEAM).check()


def _chooses(page: Page, first: str, last: str, words: str) -> None:
    page.locator("#more-find").evaluate("one => { one.open = true }")
    page.get_by_label("From the words").fill(first)
    page.get_by_label("To the words").fill(last)
    page.get_by_role("button", name="Find it").click()
    expect(page.locator("[data-words]")).to_have_text(words)


def _edits(page: Page, number: int) -> None:
    expect(page.locator(".desk-edits__list li")).to_have_count(number)


def _proposes(page: Page) -> None:
    page.get_by_role("button", name="Propose for release").click()
    expect(page.get_by_role("heading", name="Propose to release")).to_be_visible()
    expect(page.get_by_text(CLEAN).first).to_be_visible()
    page.get_by_role("button", name="Propose exactly this").click()
    expect(page.get_by_text("It is proposed.")).to_be_visible()


def _approves(cast: Cast, page: Page) -> None:
    page.goto(cast.desk("/review"))
    page.get_by_role("link", name="Look at it").click()
    page.get_by_text("The raw text, and what was taken out").click()
    expect(page.locator("del", has_text="Gwendolyn").first).to_be_visible()
    page.get_by_role("button", name=f"Release exactly this to {TEAM}").click()
    expect(page.get_by_text(f"It is released to {TEAM}.")).to_be_visible()


def _puts_it_to_the_caller(cast: Cast, page: Page, report: str) -> None:
    """Let Amina find what came back, ask it in words of her own, and wait until it can be heard."""
    page.goto(cast.desk("/answers"))
    expect(page.locator(".desk-row")).to_have_count(2)
    page.locator(".desk-row__case").first.click()
    expect(page.get_by_text("NP/26/417")).to_be_visible()
    page.get_by_role("link", name="Put it to the caller in other words").click()
    page.get_by_role("textbox", name="What the caller hears").fill(PUT)
    page.get_by_role("button", name="Look through it").click()
    expect(page.get_by_text("Nothing stood out")).to_be_visible()
    page.get_by_role("button", name="Send it").click()
    page.wait_for_url("**/answers")
    appears(page, cast.desk(f"{report}/answers"), "Waits until the caller rings back")


def _sees_the_answer(cast: Cast, page: Page, report: str) -> None:
    appears(page, cast.desk(report), "1 of 3")
    _listens_and_confirms(page, 3, ANSWER)
    page.goto(cast.desk(f"{report}/answers"))
    beside = page.locator(".desk-subject", has_text=ASKED)
    expect(beside).to_contain_text(PUT)
    expect(beside).to_contain_text(ANSWER)


# ---- the team --------------------------------------------------------------------------------------------------------


def _opens(cast: Cast, page: Page, folder: Path) -> None:
    """Let Lena read what came, fetch its package, and check that with our tool and with public ones."""
    page.reload()
    page.locator(".desk-row__case").click()
    expect(page.get_by_text(CLEAN)).to_be_visible()
    folder.mkdir()
    for link, name in (("Signed package", "package.age"), ("Document", "report.pdf"), ("Exact bytes", "report.json")):
        with page.expect_download() as fetched:
            page.get_by_role("link", name=link).click()
        fetched.value.save_as(folder / name)
    shutil.copy(cast.house.folder / "team" / "age-identity.txt", folder / "team-key.txt")
    shutil.copy(cast.house.folder / "keys" / "release-signing.pem", folder)
    keys = ("--team-key", str(folder / "team-key.txt"), "--signing-key", str(folder / "release-signing.pem"))
    assert run(["package", "verify", str(folder / "package.age"), *keys]) == 0
    if shutil.which("age"):
        assert [typed(folder, line).returncode for line in steps()] == [0] * len(steps())
        assert (folder / "package" / "report.json").read_bytes() == (folder / "report.json").read_bytes()
    assert any(b"team@example.org" in letter for letter in cast.mailbox.received)


def _decides_and_asks(page: Page) -> None:
    page.get_by_role("link", name="Record an outcome").click()
    page.get_by_label("We investigate").check()
    page.get_by_label("Your own reference").fill("NP/26/417")
    page.get_by_role("button", name="Send the outcome").click()
    page.get_by_role("link", name="Ask a question").click()
    page.get_by_label("Your question").fill(ASKED)
    page.get_by_role("button", name="Send the question").click()
    expect(page.get_by_text("The question is with the line.")).to_be_visible()


# ---- what was told, and what lies about ------------------------------------------------------------------------------


def _the_team_knows_nothing_more(
    cast: Cast, lena: Page, amina: Page, report: str, reference: str, folder: Path
) -> None:
    """Search all that the team's browser received: none of it leads to the caller, nor to the report that they gave."""
    secret = [
        *cast.of_the_caller(reference),
        *(Canary("phrase", words) for words in (*CUT, ANSWER, report.rpartition("/")[2])),
    ]
    lena.reload()
    browser = cast.received["Lena"]
    browser.take_stock(lena)
    assert browser.found(secret) == set()
    assert browser.numbers_asked_for() == set()
    assert browser.holds(TOLD, CLEAN)
    at_the_desk = cast.received["Amina"]
    at_the_desk.take_stock(amina)
    found = at_the_desk.found(secret)  # a search that finds nothing where words do stand would prove nothing elsewhere
    assert {kind for kind, _ in found} == {"phrase"}
    (folder / "team" / "control").write_text(CONTROL.text, encoding="utf-8")
    assert scan([folder / "team"], secret, CONTROL) == []
    for name in ("Ben", "Carla"):
        complaints = [one for one in cast.received[name].complaints if "responded with a status of" not in one]
        assert complaints == []


def _nothing_of_it_lies_open(cast: Cast, reference: str, folder: Path) -> None:
    """Search databases, logs, mail and every other file of the house."""
    words = [Canary("phrase", one) for one in (*CUT, CLEAN, ASKED, PUT, ANSWER, "Tom Wren", "NP/26/417")]
    secret = [*cast.of_the_caller(reference), *words]
    (cast.house.folder / "control.txt").write_text(CONTROL.text, encoding="utf-8")
    assert scan([cast.house.folder], secret, CONTROL) == []
    planted = folder / "planted"
    planted.write_text("\n".join(one.text for one in (*secret, CONTROL)), encoding="utf-8")
    assert {one.kind for one in scan([planted], secret, CONTROL)} == {one.kind for one in secret}
