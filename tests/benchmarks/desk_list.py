"""What the desk's list of reports costs as a whole page when there are many reports, over what it costs with few."""

from __future__ import annotations

import random
import secrets
import statistics
import time
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from sqlalchemy import insert

from storage.clock import TurnedClock
from storage.database import Database, create_schema
from storage.models import reports
from tests.desk.staff import BASE, Browser, browser_of, cut_keys, hire, open_house

WEEKS = tuple(f"{year}-W{week:02}" for year in (2025, 2026) for week in range(1, 53))
FEW, MANY = 100, 100_000
ROUNDS = 40
PATHS = ("/reports", "/reports?show=urgent", "/reports?show=confirmed", "/reports?show=not_a_report")
STATES = ("new", "read", "confirmed", "not_a_report")


def measure_desk_list(folder: Path, console: Console) -> None:
    """Print the ratio of each list's time with `MANY` reports over `FEW`, both asked in turns."""
    keys = cut_keys(folder / "keys")
    hired = hire(keys, folder)
    with ExitStack() as stack:
        browsers: list[Browser] = []
        for number in (FEW, MANY):
            place = folder / str(number)
            place.mkdir()
            database, clock = _filled(place / "hotline.db", number), TurnedClock(1_795_000_000)
            browsers.append(
                browser_of(stack.enter_context(open_house(keys, hired, database, clock, place, BASE)), "Ben")
            )
        console.print(f"the desk's list on SQLite, the whole page with {MANY:,} reports over {FEW:,}:")
        for path in PATHS:
            few, many = (statistics.median(seconds) for seconds in _taken(browsers, path))
            console.print(f"  {path}: {many / few:.2f} ({many * 1000:.1f} ms)")


def _taken(browsers: list[Browser], path: str) -> list[list[float]]:
    taken: list[list[float]] = [[] for _ in browsers]
    for _ in range(ROUNDS):
        for browser, seconds in zip(browsers, taken, strict=True):
            began = time.perf_counter()
            answer = browser.get(path)
            seconds.append(time.perf_counter() - began)
            assert answer.text.count("desk-row__case") >= 15, path  # a full page in both, or nothing is compared
    return taken


def _filled(file: Path, number: int) -> Database:
    url = f"sqlite:///{file}"
    create_schema(url)
    database, chance = Database(url), random.Random(number)
    with database.write() as connection:
        for at in range(0, number, 100):
            connection.execute(insert(reports), [_row(chance, at + place) for place in range(100)])
    return database


def _row(chance: random.Random, place: int) -> dict[str, object]:
    state = STATES[place % 4]
    return {
        "report_id": secrets.token_hex(16),
        "case_number": f"K{place // 65536:02X}-{place % 65536:04X}",
        "line": "example",
        "week": chance.choice(WEEKS),
        "state": state,
        "urgent": "yes" if place % 3 else "no",
        "urgent_due": None,
        "partial": False,
        "added_to": False,
        "held": "",
        "language": "en",
        "channel": "voice",
    }
