"""The benchmark `make bench`: whole calls against the line and against a static Flask route, interleaved, as ratios.

Absolute figures change with the machine and the minute; only ratios inside one run say anything. Each round plays the
same calls against each server, one after the other (A B A B); medians of the rounds are told.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ivr.demo.house import House, make_house
from tests.benchmarks.calls import PATH, WITH_REFERENCE, whole_call
from tests.benchmarks.desk_list import measure_desk_list
from tests.benchmarks.listing import measure_call_log
from tests.benchmarks.load import Load, follow, play
from tests.benchmarks.servers import line_server, static_server
from tests.databases import DURABLE_SETTINGS, postgresql_server

STATIC, SQLITE, POSTGRESQL = "static Flask", "the line, SQLite FULL", "the line, PostgreSQL"


@dataclass(frozen=True)
class Server:
    """One server under measurement, and how its requests are signed."""

    name: str
    port: int
    base: str
    token: str


def main() -> None:
    """Measure and print; nothing is asserted about time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=160, help="whole calls a round and server")
    parser.add_argument("--callers", type=int, default=16, help="at the same time")
    told = parser.parse_args()
    console = Console(soft_wrap=True)
    with ExitStack() as stack:
        servers = _start(stack, console)
        for server in servers[1:]:
            follow(server.port, whole_call(server.base, server.token))
        measured: dict[str, list[Load]] = {server.name: [] for server in servers}
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("measuring", total=told.rounds * len(servers))
            for _ in range(told.rounds):
                for server in servers:
                    calls = [whole_call(server.base, server.token) for _ in range(told.calls)]
                    measured[server.name].append(play(server.port, calls, told.callers))
                    progress.advance(task)
        _print(console, measured, told.callers)
        _print_with_references(console, servers, told.callers)
        measure_call_log(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-bench-"))), console)
        measure_desk_list(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-bench-"))), console)


def _start(stack: ExitStack, console: Console) -> list[Server]:
    with console.status("starting servers"):
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-bench-")))
        sqlite = make_house(folder / "sqlite", lambda _: None)
        servers = [_line(stack, SQLITE, sqlite)]
        url = stack.enter_context(stack.enter_context(postgresql_server(DURABLE_SETTINGS)).ready_database())
        servers.append(_line(stack, POSTGRESQL, make_house(folder / "postgresql", lambda _: None), url))
        port = stack.enter_context(static_server(servers[0].port + 500))
    return [Server(STATIC, port, "http://static", "token"), *servers]


def _line(stack: ExitStack, name: str, house: House, database_url: str = "") -> Server:
    if database_url:
        text = house.settings.read_text(encoding="utf-8")
        kept = [row for row in text.splitlines() if not row.startswith("DATABASE_URL=")]
        house.settings.write_text("\n".join([*kept, f"DATABASE_URL={database_url}"]) + "\n", encoding="utf-8")
    port = stack.enter_context(line_server(house.settings, house.ports["line"]))
    return Server(name, port, house.address("line"), house.secret("auth-tokens"))


def _print(console: Console, measured: dict[str, list[Load]], callers: int) -> None:
    table = Table(title=f"{callers} callers at once, calls of {len(PATH)} webhooks, 2 processes of granian")
    for column in ("server", "webhooks/s", "over static", "p50 ms", "p99 ms", "p99 over p50"):
        table.add_column(column, justify="right" if column != "server" else "left")
    rates = {name: [load.rate for load in loads] for name, loads in measured.items()}
    for name, loads in measured.items():
        over = statistics.median(one / base for one, base in zip(rates[name], rates[STATIC], strict=True))
        p50, p99 = (statistics.median(load.at(share) for load in loads) * 1000 for share in (0.5, 0.99))
        spread = statistics.median(load.at(0.99) / load.at(0.5) for load in loads)
        row = (name, f"{statistics.median(rates[name]):,.0f}", f"{over:.3f}")
        table.add_row(*row, f"{p50:.1f}", f"{p99:.1f}", f"{spread:.2f}")
    console.print(table)


def _print_with_references(console: Console, servers: list[Server], callers: int) -> None:
    """Tell what calls cost others when each also makes a reference (Argon2id, 64 MiB) in the pool beside them."""
    line = next(server for server in servers if server.name == SQLITE)
    ratios = []
    for _ in range(3):
        without = play(line.port, [whole_call(line.base, line.token) for _ in range(48)], callers)
        slow = play(line.port, [whole_call(line.base, line.token, WITH_REFERENCE) for _ in range(48)], callers)
        ratios.append(slow.at(0.99) / without.at(0.99))
    console.print(f"p99 while every call makes a reference, over p99 without: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
