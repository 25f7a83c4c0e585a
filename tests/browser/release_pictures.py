"""Pictures of a report's way out: proposed by one, released by another, in every size and scheme."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.release_stage import set_release_stage
from tests.browser.stage import sign_in

Picture = Callable[[Page, str, str], None]


def take_release_pictures(
    browser: Browser, folder: Path, sizes: Mapping[str, tuple[int, int]], picture: Picture
) -> None:
    """Walk from an empty page to what was released, once for each size."""
    for size, (width, height) in sizes.items():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with set_release_stage(folder / size, port) as (stage, releasing):
            report = f"/reports/{stage.main.report_id}"
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            sign_in(page, stage, "Ben")
            page.goto(stage.address(f"{report}/release"))
            picture(page, "120-release-none", size)
            page.goto(stage.address(f"{report}/propose"))
            picture(page, "121-propose", size)
            page.get_by_role("button", name="Propose exactly this").click()
            picture(page, "122-proposed", size)
            proposal = releasing.standing(stage.main)
            way = f"{report}/releases/{proposal.release_id}"
            page.goto(stage.address(f"{way}/approve"))
            picture(page, "123-own-work", size)
            page.context.close()
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            sign_in(page, stage, "Carla")
            page.goto(stage.address(f"{way}/approve"))
            page.locator("summary", has_text="The raw text").click()
            picture(page, "124-approve", size)
            page.get_by_role("button", name="Send it back").click()
            picture(page, "125-approve-mistake", size)
            page.get_by_role("button", name="Release exactly this").click()
            picture(page, "126-released", size)
            page.goto(stage.address(way))
            picture(page, "127-what-was-released", size)
            page.goto(stage.address(f"{report}/propose"))
            picture(page, "128-cannot-propose", size)
            page.context.close()
