"""The sheet for a recording session: every sentence of a language in the order of a call, to print and as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from ivr.spoken import PREFACES, STATIC, requirements_of
from ivr.steps import Flow
from prompts.scripts import direction_of
from prompts.wording import DIGIT, Wording

COLUMNS = ("number", "id", "where in the call", "text as it is said", "seconds")
MOMENTS = {
    "silence": "after a silence",
    "silence2": "after a second silence",
    "wrong_key": "after another key",
    "more": "where more may follow",
}
BEFORE, AWAY, ELSEWHERE = "Before other sentences", "While our computers are away", "On a line with many languages"
DIGITS = "In a reference, said one by one"

STYLE = """\
body { font: 12pt/1.4 sans-serif; margin: 1.5cm; color: #000; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th:nth-child(1), th:nth-child(5) { width: 9%; }
th:nth-child(2) { width: 20%; }
th:nth-child(3) { width: 18%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border-top: 1px solid #888; padding: 0.4em 0.5em; text-align: start; vertical-align: top; }
td.text { font-size: 14pt; line-height: 1.7; }
td.id { font-family: monospace; font-size: 10pt; overflow-wrap: anywhere; }
h2 { break-after: avoid; font-size: 13pt; }
"""
ADVICE = (
    "Read calmly, as to somebody who is frightened, in one voice throughout. Leave half a second before and after.",
    "Save each sentence as a WAV file of its own (16 or 24 bit, 44.1 or 48 kHz), named by its id: greeting.wav.",
    "A number may stand before the id, as in 001-greeting.wav.",
    "Say it word for word. A different word is a different text: it would have to be changed and signed first.",
)


@dataclass(frozen=True)
class Row:
    """One sentence to be recorded."""

    number: int
    prompt: str
    place: str
    text: str
    seconds: float
    part: str = ""  # of the call
    step: str = ""  # that says it first; empty where no step names it as its own


def rows_of(flow: Flow, wording: Wording, language: str) -> tuple[Row, ...]:
    """Return every sentence of a language in the order in which a call comes to it."""
    texts = wording.to_record(language)
    places: dict[str, tuple[str, str]] = {}
    rest = ((prompt, DIGITS if DIGIT in prompt else ELSEWHERE, "") for prompt in texts)
    for prompt, place, step in (*_in_order(flow), *rest):
        base = prompt.partition(".")[0]
        for one in (prompt, *(f"{base}.{variant}" for variant in MOMENTS)):
            if one in texts:
                places.setdefault(one, (place, step))
    return tuple(
        Row(number, prompt, _moment(prompt, place), said, round(wording.seconds(language, said), 1), place, step)
        for number, (prompt, (place, step)) in enumerate(places.items(), start=1)
        for said in (texts[prompt],)
    )


def _in_order(flow: Flow) -> Iterator[tuple[str, str, str]]:
    for title, names in flow.parts.items():
        for name in names:
            for requirement in requirements_of(flow.steps[name]):
                yield requirement.prompt, title, name
    yield from ((prompt, BEFORE, "") for prompt in PREFACES)
    yield from ((prompt, AWAY, "") for prompt in STATIC)


def _moment(prompt: str, place: str) -> str:
    _, _, variant = prompt.partition(".")
    return f"{place}, {MOMENTS[variant]}" if variant else place


def as_csv(rows: tuple[Row, ...]) -> str:
    """Return the sheet as a table for spreadsheets, with a mark at its head by which they know UTF-8."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(COLUMNS)
    table.writerows((row.number, row.prompt, row.place, row.text, row.seconds) for row in rows)
    return "\ufeff" + written.getvalue()


def as_html(rows: tuple[Row, ...], *, title: str, language: str) -> str:
    """Return the sheet as a page that prints well; the sentences run in their script's own direction."""
    minutes = sum(row.seconds for row in rows) / 60
    head = "".join(f"<th>{escape(column)}</th>" for column in COLUMNS)
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>",
            f"<h1>{escape(title)}</h1>",
            f"<p>{len(rows)} sentences, about {minutes:.0f} minutes as they are heard.</p>",
            "<ul>",
            *(f"<li>{escape(advice)}</li>" for advice in ADVICE),
            "</ul>",
            f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>",
            *(_row(row, language) for row in rows),
            "</tbody>\n</table>\n</body>\n</html>\n",
        )
    )


def _row(row: Row, language: str) -> str:
    cells = (
        f"<td>{row.number:03}</td>",
        f'<td class="id">{escape(row.prompt)}</td>',
        f"<td>{escape(row.place)}</td>",
        f'<td class="text" lang="{escape(language)}" dir="{direction_of(row.text)}">{escape(row.text)}</td>',
        f"<td>{row.seconds}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"
