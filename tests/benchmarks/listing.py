"""What a page of the call log costs when the log is large, over what it costs when it is small, on both databases."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from sqlalchemy import insert

from storage import call_log
from storage.call_log import Wanted
from storage.database import Database, create_schema
from storage.intake import PageKey
from storage.models import call_log as rows
from storage.traces import OUTCOMES, PATHS, STAGES
from tests.databases import DURABLE_SETTINGS, postgresql_server

FEW, MANY = 1_000, 1_000_000
AT_ONCE = 5_000
WEEKS = tuple(f"{year}-W{week:02}" for year in (2025, 2026) for week in range(1, 53))
ROUNDS = 60
SIZE = 50  # as the desk's page
MIDDLE = PageKey("2025-W40", "8" * 32)
END = PageKey("2025-W02", "8" * 32)
# Every filter that the page offers, alone and with a week; the first page, one in the middle, one near the end.
FILTERS = (
    ("everything", Wanted()),
    ("one language", Wanted("", "language", "pl")),
    ("one outcome", Wanted("", "outcome", "partial")),
    ("one path", Wanted("", "path", "voice")),
)
DEPTHS = (("first page", None), ("middle", MIDDLE), ("near the end", END))
WANTED = (
    *((f"{name}, {depth}", wanted, after) for name, wanted in FILTERS for depth, after in DEPTHS),
    *((f"{name}, one week", Wanted("2025-W40", one.column, one.value), None) for name, one in FILTERS),
)


def measure_call_log(folder: Path, console: Console) -> None:
    """Print the ratio of each page's time with `MANY` rows over `FEW`, both read in turns, on both databases."""
    with ExitStack() as stack:
        server = stack.enter_context(postgresql_server(DURABLE_SETTINGS))
        for kind in ("SQLite", "PostgreSQL"):
            urls = [
                f"sqlite:///{folder / f'{number}.db'}"
                if kind == "SQLite"
                else stack.enter_context(server.empty_database())
                for number in (FEW, MANY)
            ]
            databases = [_filled(url, number) for url, number in zip(urls, (FEW, MANY), strict=True)]
            console.print(f"call log on {kind}, a page of {SIZE} with {MANY:,} rows over {FEW:,}:")
            for name, wanted, after in WANTED:
                few, many = _medians(databases, wanted, after)
                console.print(f"  {name}: {many / few:.2f}")
            for database in databases:
                database.close()


def _medians(databases: list[Database], wanted: Wanted, after: PageKey | None) -> list[float]:
    taken: list[list[float]] = [[] for _ in databases]
    for _ in range(ROUNDS):
        for database, seconds in zip(databases, taken, strict=True):
            with database.read() as connection:
                began = time.perf_counter()
                call_log.page(connection, wanted, after, SIZE)
                seconds.append(time.perf_counter() - began)
    return [statistics.median(seconds) for seconds in taken]


def _filled(url: str, number: int) -> Database:
    create_schema(url)
    database = Database(url)
    chance = random.Random(number)
    for _ in range(max(1, number // AT_ONCE)):
        with database.write() as connection:
            connection.execute(insert(rows), [_row(chance) for _ in range(min(AT_ONCE, number))])
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE call_log")
            connection.commit()
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


def main() -> None:
    """Measure and print; nothing is asserted about time."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        measure_call_log(Path(folder), Console(soft_wrap=True))


if __name__ == "__main__":
    main()
