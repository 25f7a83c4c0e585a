"""Pictures of help in a call: the list of calls, the place beside one, a colleague who is asked, and practice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page

from storage.live import colleagues, offers
from tests.browser.live_stage import set_live_stage, with_fake_softphone
from tests.browser.stage import Stage, sign_in
from tests.desk.callers import offer, ring, sit_down, work
from tests.desk.staff import id_of

TOKEN = "a" * 32
Take = Callable[..., None]  # page, name, size


def take_colleague_pictures(browser: Browser, folder: Path, sizes: dict[str, tuple[int, int]], take: Take) -> None:
    """Walk through the pages as Ben, first with Amina free, then with a caller; `take` keeps a picture for a size."""
    with set_live_stage(folder) as stage:
        kept = _signed_in(browser, stage)
        pages = {
            size: browser.new_context(storage_state=kept, viewport={"width": width, "height": height}).new_page()  # type: ignore[arg-type]
            for size, (width, height) in sizes.items()
        }
        for size, page in pages.items():
            with_fake_softphone(page)
            _practise(page, stage, partial(take, page, size=size))
        talk = _talking(stage)
        for size, page in pages.items():
            _help(page, stage, talk, partial(take, page, size=size))
            page.context.close()


def _practise(page: Page, stage: Stage, take: Callable[..., None]) -> None:
    work(stage.house, "Amina")
    page.goto(stage.address("/practice"))
    take(name="80-practice")
    page.get_by_label("He is coming home").check()
    page.get_by_label("Who answers").select_option(label="Amina")
    page.get_by_role("button", name="Go on").click()
    take(name="81-practice-script")
    page.get_by_role("button", name="Ring Amina").click()
    page.get_by_text("It is offered to them").wait_for()
    take(name="82-practice-rings")
    page.get_by_role("button", name="Hang up").click()


def _help(page: Page, stage: Stage, talk: str, take: Callable[..., None]) -> None:
    house = stage.house
    work(house, "Ben")
    page.goto(stage.address("/live/calls"))
    take(name="83-calls-going-on")
    page.goto(stage.address(f"/live/beside/{talk}"))
    page.get_by_text("Amina talks with the caller").wait_for()
    take(name="84-beside")
    page.get_by_role("button", name="Whisper").click()
    page.get_by_text("You whisper.").wait_for()
    take(name="85-whispering")
    page.get_by_role("button", name="Leave the call").click()
    with house.database.write() as connection:
        colleagues.ask(connection, talk, id_of(house, "Amina"), id_of(house, "Ben"), now=house.clock.now())
    page.goto(stage.address("/live/calls"))
    take(name="86-asked-into-a-call")
    page.goto(stage.address(f"/live/beside/{talk}"))
    take(name="87-asked")
    page.get_by_role("button", name="I cannot now").click()


def _signed_in(browser: Browser, stage: Stage) -> object:
    page = browser.new_page()
    sign_in(page, stage, "Ben")
    kept = page.context.storage_state()
    page.close()
    return kept


def _talking(stage: Stage) -> str:
    house = stage.house
    work(house, "Amina")
    talk = ring(house, urgent=True)
    offer(house, talk, "Amina")
    with house.database.write() as connection:
        offers.accept(connection, talk, id_of(house, "Amina"), token=TOKEN, report_id="", now=house.clock.now())
    sit_down(house, TOKEN)
    ring(house, "bob", language="pl", waits=400)
    return talk
