"""How much of what an invented report says of its caller the rules of sanitising mark, kind by kind, on each part."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.table import Table

from handlers.sanitising.hints import hints_in
from tests.handlers.sanitising.reports import BY_OTHERS, HELD_OUT, TUNED, misses, reports, rules, scores

PARTS = {TUNED: "that the rules were worked on with", HELD_OUT: "kept apart", BY_OTHERS: "written by others"}
ROUNDS = 5


def measure_hints(console: Console, *, with_misses: bool) -> None:
    """Print recall and precision of each kind; with misses, also every place where the two differ."""
    rules()
    for part, words in PARTS.items():
        table = Table(title=f"{len(reports(part))} reports, {words}", title_justify="left")
        for column in ("kind", "annotated", "recall", "marked", "precision"):
            table.add_column(column, justify="left" if column == "kind" else "right")
        for name, score in scores(part).items():
            recall = f"{score.recall:.2f}" if score.annotated else "-"
            precision = f"{score.precision:.2f}" if score.marked else "-"
            table.add_row(str(name), str(score.annotated), recall, str(score.marked), precision)
        console.print(table)
        if with_misses and part == TUNED:  # who reads the others begins to work on them
            for miss in misses(part):
                console.print(*miss, markup=False)
    everything = [report for part in PARTS for report in reports(part)]
    began = time.perf_counter()
    for report in everything * ROUNDS:
        hints_in(report.text, report.told, rules())
    taken = (time.perf_counter() - began) / ROUNDS / len(everything)
    length = sum(len(one.text) for one in everything) // len(everything)
    console.print(f"marking one report of {length} characters: {taken * 1000:.1f} ms")


if __name__ == "__main__":
    measure_hints(Console(), with_misses="--misses" in sys.argv[1:])
