"""Pictures of what a team sees: releases, one of them, its forms, and a token."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.assessment_stage import set_team_stage

Take = Callable[..., None]  # page, name, size


def take_team_pictures(browser: Browser, folder: Path, sizes: dict[str, tuple[int, int]], take: Take) -> None:
    """Walk through the pages as Dev, who assesses, and then as Lena, who leads."""
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with set_team_stage(folder, port) as stage:
        full, decided = f"/releases/{stage.full}", f"/releases/{stage.decided}"
        pages = {"releases": "/releases", "release": full, "answered": decided, "correcting": f"{decided}/outcome"}
        pages |= {"outcome": f"{full}/outcome", "question": f"{full}/question"}
        for size, (width, height) in sizes.items():
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            stage.be(page, "Dev")
            for number, (name, path) in enumerate(pages.items(), 92):
                page.goto(stage.address(path))
                take(page, f"{number}-team-{name}", size)
            stage.be(page, "Lena")
            page.goto(stage.address("/tokens"))
            page.get_by_label("What is it for?").fill("Case system")
            page.get_by_label("Until the end of").first.check()
            page.get_by_role("button", name="Make a token").click()
            take(page, "98-team-token", size)
            page.goto(stage.address("/tokens"))
            take(page, "99-team-tokens", size)
            page.context.close()
