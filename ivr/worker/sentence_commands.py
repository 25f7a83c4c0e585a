"""`hotline prompts seconds` and `page`: how long the ways through a call take, and every sentence of it to read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ivr.app import line_flow, line_languages
from ivr.listening import Measure, estimate_of, ways_heard
from ivr.prompts_page import Sentences, as_index, as_sentences, told
from ivr.worker.measured import Measured
from prompts.line import Line
from prompts.wording import Wording

WIDTH = 130


def print_seconds(line: Line, wording: Wording, languages: Sequence[str], *, estimated: bool) -> None:
    """Print how long each way through a call takes, for each language."""
    said = _sentences(line, wording, languages)
    print(seconds_table(said, _measure(wording, said, estimated=estimated, everything=False)), end="")


def write_pages(line: Line, wording: Wording, languages: Sequence[str], out: Path, *, estimated: bool) -> int:
    """Write a page of every sentence for each language, and one that leads to them; return how many."""
    said = _sentences(line, wording, languages)
    measure = _measure(wording, said, estimated=estimated, everything=True)
    others = [(f"{one.language}.html", one.name) for one in said]
    out.mkdir(parents=True, exist_ok=True)
    for one in said:
        page = as_sentences(line.name, one, others, measure)
        (out / f"{one.language}.html").write_text(page, encoding="utf-8")
    (out / "index.html").write_text(as_index(line.name, said, measure), encoding="utf-8")
    return len(said) + 1


def seconds_table(all_said: Sequence[Sentences], measure: Measure) -> str:
    """Return the table of seconds spoken, by language and way."""
    names = list(dict.fromkeys(name for said in reversed(all_said) for name in said.ways))
    table = Table(title="Seconds spoken, by language and way")
    table.add_column("language")
    for name in names:
        table.add_column(name, justify="right")
    table.add_column("found by")
    for said in all_said:
        lengths = {name: heard.speech(measure) for name, heard in said.ways.items()}
        cells = [told(lengths[name]) if name in lengths else "" for name in names]
        table.add_row(said.language, *cells, ", ".join(dict.fromkeys(length.how for length in lengths.values())))
    written = io.StringIO()
    Console(file=written, width=WIDTH).print(table)
    return written.getvalue()


def _sentences(line: Line, wording: Wording, languages: Sequence[str]) -> tuple[Sentences, ...]:
    flow = line_flow(line)
    wanted = [code for code in line_languages(line) if code in languages]
    return tuple(
        Sentences.of(flow, wording, code, line.language(code).name, ways_heard(line, flow, wording, code))
        for code in wanted
    )


def _measure(wording: Wording, said: Sequence[Sentences], *, estimated: bool, everything: bool) -> Measure:
    if estimated:
        return estimate_of(wording)
    measured = Measured(wording)
    on_ways = [piece for one in said for heard in one.ways.values() for piece in heard.pieces]
    measured.all([piece for one in said for piece in one.pieces()] if everything else on_ways)
    return measured
