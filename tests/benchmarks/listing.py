"""What a page of the call log costs when the log is large, over what it costs when it is small."""

from __future__ import annotations

import random
import statistics
import time
from pathlib import Path

from rich.console import Console
from sqlalchemy import insert

from storage import call_log
from storage.call_log import Wanted
from storage.database import Database, create_schema
from storage.intake import PageKey
from storage.models import call_log as rows
from storage.traces import OUTCOMES, PATHS, STAGES

FEW, MANY = 1_000, 100_000
WEEKS = tuple(f"{year}-W{week:02}" for year in (2025, 2026) for week in range(1, 53))
ROUNDS = 60
SIZE = 50  # as the desk's page
# The first page, one deep in the log, and one of each offered filter.
WANTED = (
    ("first page", Wanted(), None),
    ("in the middle", Wanted(), PageKey("2025-W40", "8" * 32)),
    ("one language", Wanted("", "language", "pl"), None),
    ("one outcome, deep", Wanted("", "outcome", "partial"), PageKey("2025-W40", "8" * 32)),
    ("one path", Wanted("", "path", "voice"), None),
)


def measure_call_log(folder: Path, console: Console) -> None:
    """Print the ratio of each page's time with `MANY` rows over `FEW`, both read in turns."""
    databases = [_filled(folder / f"{number}.db", number) for number in (FEW, MANY)]
    console.print(f"call log on SQLite, a page of {SIZE} with {MANY:,} rows over {FEW:,}:")
    for name, wanted, after in WANTED:
        taken: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for database, seconds in zip(databases, taken, strict=True):
                with database.read() as connection:
                    began = time.perf_counter()
                    call_log.page(connection, wanted, after, SIZE)
                    seconds.append(time.perf_counter() - began)
        few, many = (statistics.median(seconds) for seconds in taken)
        console.print(f"  {name}: {many / few:.2f}")
    for database in databases:
        database.close()


def _filled(file: Path, number: int) -> Database:
    url = f"sqlite:///{file}"
    create_schema(url)
    database = Database(url)
    chance = random.Random(number)
    with database.write() as connection:
        for _ in range(number // 1000):
            connection.execute(insert(rows), [_row(chance) for _ in range(1000)])
    return database


def _row(chance: random.Random) -> dict[str, str]:
    return {
        "log_id": f"{chance.getrandbits(128):032x}",
        "week": chance.choice(WEEKS),
        "band": "night",
        "language": chance.choice(("en", "pl")),
        "path": chance.choice(PATHS),
        "stage": chance.choice(STAGES),
        "length": "1_to_3",
        "outcome": chance.choice(OUTCOMES),
    }
