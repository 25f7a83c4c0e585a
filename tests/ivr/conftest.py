"""A house for tests of the public side: one for each file and kind of database, since every call stands for itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases import PostgresqlServer
from tests.house import House, make_house


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a line whose calls are long over when the next file begins."""
    folder = tmp_path_factory.mktemp("house")
    with ExitStack() as closing:
        if request.param == "sqlite":
            template: Path = request.getfixturevalue("sqlite_template")
            shutil.copyfile(template, folder / "hotline.db")
            url = f"sqlite:///{folder / 'hotline.db'}"
        else:
            server: PostgresqlServer = request.getfixturevalue("postgresql")
            url = closing.enter_context(server.ready_database())
        yield closing.enter_context(make_house(folder, url))
