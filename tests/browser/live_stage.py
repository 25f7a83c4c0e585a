"""A desk that takes calls, for browsers: the worker's and the caller's parts are played by the same statements."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page
from sqlalchemy import delete, select

from storage import models
from storage.live import passes
from storage.sealing import seal_with_token
from tests.browser.stage import Stage, serve_house
from tests.desk.callers import train
from tests.desk.staff import House, Told

FAKE = (Path(__file__).parent / "fake_softphone.js").read_text()


@contextmanager
def set_live_stage(folder: Path) -> Iterator[Stage]:
    """Serve a desk with a softphone, where Amina and Ben are trained for English."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"softphone": "exchange", "softphone_address": "ws://127.0.0.1:1"}
    with serve_house(folder, port, **settings) as house:
        for name in ("Amina", "Ben"):
            train(house, name, "language:en", "language:pl", "general")
        yield Stage(house, house.settings.desk_base, Told("", "", ()))


def with_fake_softphone(page: Page) -> None:
    """Let a page have a softphone that carries no sound."""
    page.route("**/static/softphone.js", lambda route: route.fulfill(content_type="text/javascript", body=FAKE))
    page.route("**/live/pass", lambda route: route.fulfill(json={"given": "a.pass"}))


def clear(house: House) -> None:
    """Let nobody ring and nobody work."""
    with house.database.write() as connection:
        for table in (models.seats, models.talks, models.shifts, models.passes, models.welfare):
            connection.execute(delete(table))
        connection.execute(delete(models.reports).where(models.reports.c.state == "writing"))


def fill_passes(house: House, token: str) -> None:
    """Make the pass that a page asked for, as the worker does."""
    with house.database.write() as connection:
        for pass_id in connection.scalars(select(models.passes.c.pass_id)).all():
            passes.fill(connection, pass_id, seal_with_token(b"pass", token))
