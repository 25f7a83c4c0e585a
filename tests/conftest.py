"""What every test may ask for, and what no test may do: reach another machine, or be skipped in CI."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from storage.clock import TurnedClock
from storage.database import Database
from tests.cheaper import full_price, spend_less
from tests.databases import PostgresqlServer, make_schema, postgresql_server

# Checks that stand outside test files say what differed all the same; before anything imports them.
pytest.register_assert_rewrite("tests.journeys.walking")

# A busy machine is no mistake of the code: time limits belong to the benchmarks.
settings.register_profile("hotline", deadline=None)
settings.load_profile("hotline")

spend_less()

IN_CI = os.environ.get("CI") == "true"
LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NotOnThisMachine(Exception):
    """A test tried to reach another machine; trying again never helps."""


# What takes turns in CI: one of the two today, the other tomorrow, half of the tests each; `make test` runs all. So do
# tests on both databases in these folders, and pages that are looked at in two widths.
BY_TURNS = tuple(
    f"tests/{folder}/" for folder in ("assessment", "desk", "faults", "ivr", "journeys", "storage", "worker")
)
TURNS: tuple[tuple[str, tuple[object, object], tuple[str, ...]], ...] = (
    ("database_url", ("sqlite", "postgresql"), BY_TURNS),
    ("width", (1280, 320), ("tests/browser/",)),
)
DAY_SECONDS = 86_400
SLOW_FIRST = ("tests/faults/", "tests/journeys/", "tests/browser/", "tests/anonymity/")


def refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    """Stop this process before it connects, sends or looks up a name outside the loopback."""
    if event in ("socket.connect", "socket.sendto") and arguments[0].family != socket.AF_UNIX:
        _must_be_loopback(arguments[1][0])
    elif event == "socket.getaddrinfo" and arguments[0] is not None:
        _must_be_loopback(arguments[0])


def _must_be_loopback(host: str | bytes) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name and not name.startswith(LOOPBACK):
        raise NotOnThisMachine(name)


# An audit hook sees every socket of this process, whichever library opened it, and cannot be patched away by a test.
sys.addaudithook(refuse_other_machines)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the folders that take minutes: what comes last is what the other process waits for."""
    if os.environ.get("TESTS_BY_TURNS") == "1":
        others = [item for item in items if not _has_its_turn(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if _has_its_turn(item)]
    items.sort(key=lambda item: not any(folder in item.nodeid for folder in SLOW_FIRST))


def _has_its_turn(item: pytest.Item) -> bool:
    spec = getattr(item, "callspec", None)
    day = int(time.time()) // DAY_SECONDS
    for name, both, folders in TURNS:
        value = spec.params.get(name) if spec is not None else None
        if value in both and item.nodeid.startswith(folders):
            test = zlib.crc32(item.nodeid.replace(str(value), "").encode())
            return (test + day) % 2 == both.index(value)
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the run fail in CI when any test was skipped: a gate that was not tried is no gate."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why a run in CI failed although no test did."""
    if IN_CI and terminalreporter.stats.get("skipped"):
        terminalreporter.section("skipped tests fail a run in CI", red=True)


@pytest.fixture(name="full_price")
def _full_price() -> Iterator[None]:
    """Stretch passwords and references as production does."""
    with full_price():
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "hotline.db"
    make_schema(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a fresh database with all tables; the test runs once on each kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copyfile(template, tmp_path / "hotline.db")
        yield f"sqlite:///{tmp_path / 'hotline.db'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    with server.ready_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a database without tables, for what makes the schema itself."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    with server.empty_database() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def free_port() -> int:
    """Give a port of the loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Give the browser's program; without one the test is skipped, and fails in CI."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is not None:
        return found
    reason = "no Chromium on this machine: `make browser` installs it on Debian, or name it by CHROMIUM=/path"
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)
