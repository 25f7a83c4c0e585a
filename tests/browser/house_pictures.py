"""Pictures of the assessment application's door, of a team's people and of its key, in every size and scheme."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.assessment_stage import TeamStage, set_team_stage

Picture = Callable[[Page, str, str], None]


def take_house_pictures(browser: Browser, folder: Path, sizes: Mapping[str, tuple[int, int]], picture: Picture) -> None:
    """Walk through the application as Lena, a lead, once for each size."""
    for size, (width, height) in sizes.items():
        (folder / size).mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with set_team_stage(folder / size, port) as stage:
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            page.goto(stage.address("/sign-in"))
            picture(page, "140-team-door", size)
            stage.be(page, "Lena")
            for place, (name, path) in enumerate(_pages(stage), start=141):
                page.goto(stage.address(path))
                picture(page, f"{place}-team-{name}", size)
            page.goto(stage.address("/people/key"))
            page.get_by_role("button", name="Make the new key").click()
            picture(page, "155-team-new-key", size)
            page.context.close()


def _pages(stage: TeamStage) -> tuple[tuple[str, str], ...]:
    dev = stage.house.id_of("Dev")
    return (
        ("people", "/people"),
        ("person", f"/people/{dev}"),
        ("leave", f"/people/{dev}/leave"),
        ("invite", "/people/invite"),
        ("admissions", "/admissions"),
        ("key", "/people/key"),
        ("audit", "/audit"),
        ("account", "/account"),
    )
