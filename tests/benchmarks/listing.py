"""What a page of the call log costs when the log is large, over what it costs when it is small, on both databases."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from sqlalchemy import text

from storage import call_log
from storage.call_log import Wanted
from storage.database import Database, create_schema
from storage.intake import PageKey
from storage.traces import OUTCOMES, PATHS, STAGES, WAIT_BANDS
from tests.databases import DURABLE_SETTINGS, postgresql_server

FEW, MANY = 1_000, 1_000_000
NEWER, OLDER = "2026-W40", "2026-W39"  # two weeks and four of each kind: a page is full in the small log too
LANGUAGES, KINDS = ("en", "pl"), 4
ROUNDS = 60
SIZE = 50  # as the desk's page
DEEP = PageKey(OLDER, "f" * 32)
# Every filter that the page offers, alone and with a week; the first page, one in the middle, one deep in the log.
FILTERS = (
    ("everything", Wanted()),
    ("one language", Wanted("", "language", LANGUAGES[1])),
    ("one outcome", Wanted("", "outcome", OUTCOMES[1])),
    ("one path", Wanted("", "path", PATHS[1])),
    ("one stage", Wanted("", "stage", STAGES[1])),
    ("one wait", Wanted("", "wait", WAIT_BANDS[1])),
)
DEPTHS = (("first page", None), ("middle", PageKey(NEWER, "8" * 32)), ("deep", DEEP))
WANTED = (
    *((f"{name}, {depth}", wanted, after) for name, wanted in FILTERS for depth, after in DEPTHS),
    *((f"{name}, one week", Wanted(OLDER, one.column, one.value), None) for name, one in FILTERS),
)
NUMBERS = {
    "sqlite": "WITH RECURSIVE n(g) AS (SELECT 0 UNION ALL SELECT g + 1 FROM n WHERE g < {last}) ",
    "postgresql": "WITH n(g) AS (SELECT generate_series(0, {last})) ",
}
IDS = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "replace(gen_random_uuid()::text, '-', '')"}


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
    """Return a log of so many rows, written by the database itself: by hand a million take minutes."""
    create_schema(url)
    database = Database(url)
    kind = "sqlite" if database.is_sqlite else "postgresql"
    values = (
        IDS[kind],
        _by_turns("g % 2", (NEWER, OLDER)),
        "'night'",
        _by_turns("g / 2 % 2", LANGUAGES),
        _by_turns(f"g / 4 % {KINDS}", PATHS[:KINDS]),
        _by_turns(f"g / 64 % {KINDS}", STAGES[:KINDS]),
        "'1_to_3'",
        _by_turns(f"g / 16 % {KINDS}", OUTCOMES[:KINDS]),
        _by_turns(f"g / 256 % {KINDS}", WAIT_BANDS[:KINDS]),
        "''",
    )
    columns = "log_id, week, band, language, path, stage, length, outcome, wait, answered_by"
    numbers = NUMBERS[kind].format(last=number - 1)
    with database.write() as connection:
        connection.execute(text(f"INSERT INTO call_log ({columns}) {numbers} SELECT {', '.join(values)} FROM n"))
        connection.exec_driver_sql("ANALYZE")
    return database


def _by_turns(turn: str, values: Sequence[str]) -> str:
    cases = " ".join(f"WHEN {number} THEN '{value}'" for number, value in enumerate(values))
    return f"CASE {turn} {cases} END"


def main() -> None:
    """Measure and print; nothing is asserted about time."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        measure_call_log(Path(folder), Console(soft_wrap=True))


if __name__ == "__main__":
    main()
