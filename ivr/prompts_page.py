"""Every sentence that a caller can hear, in the order of a call, as pages to read and to print, with its seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ivr.drawing.cards import in_words
from ivr.listening import Heard, How, Length, Measure, Piece
from ivr.plain_pages import as_page, navigation
from ivr.recording_sheet import Row, rows_of
from ivr.steps import Choose, Flow, Hold, Menu
from prompts.scripts import direction_of
from prompts.wording import Wording

SIGNS = {How.RECORDED: "", How.MADE: "", How.SPOKEN: "", How.ESTIMATED: "about "}
HEADS = ("id", "step", "as it is said", "keys", "seconds")
STYLE = """\
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1rem; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border-top: 1px solid var(--rule); padding: 0.4rem 0.6rem; text-align: start; vertical-align: top; }
th { font-weight: 600; }
.number { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
.said { font-size: 1.05rem; min-width: 16rem; }
td.id { min-width: 11rem; overflow-wrap: break-word; }
table.ways { width: auto; }
.wide { overflow-x: auto; }
h2 { break-after: avoid; }
"""
MEANING = (
    "From the first word, or from where the language was chosen, to the last word before the key. "
    "Pauses: where nothing is pressed, and between the digits of a reference."
)


@dataclass(frozen=True)
class Sentences:
    """All that one language says in a line's call, with what it takes to hear it on a few ways through."""

    language: str
    name: str  # of the language, in itself
    flow: Flow
    rows: tuple[Row, ...]
    ways: Mapping[str, Heard]

    @staticmethod
    def of(flow: Flow, wording: Wording, language: str, name: str, ways: Mapping[str, Heard]) -> Sentences:
        """Gather them from the sheet that recordings are read from."""
        return Sentences(language, name, flow, rows_of(flow, wording, language), ways)

    def pieces(self) -> Iterator[Piece]:
        """Yield all that is to be measured."""
        yield from (piece_of(row, self.language) for row in self.rows)
        for heard in self.ways.values():
            yield from heard.pieces


def piece_of(row: Row, language: str) -> Piece:
    """Return a row's sentence as a piece of a call."""
    return Piece(language, row.prompt, row.text)


def as_sentences(line_name: str, said: Sentences, others: Sequence[tuple[str, str]], measure: Measure) -> str:
    """Return the page of one language; `others` are (address, name) of all languages' pages."""
    title = f"{line_name}: what callers hear in {said.name}"
    every = [measure(piece_of(row, said.language)) for row in said.rows]
    counted = Counter(length.how for length in every)
    hows = ", ".join(f"{counted[how]} {how.value}" for how in How if counted[how])
    minutes = sum(one.seconds for one in every) / 60
    links = [("index.html", "All languages"), *others]
    return as_page(
        title,
        f"<header>{navigation('Languages', links, f'{said.language}.html')}<h1>{escape(title)}</h1>",
        f"<p>{len(every)} sentences, {minutes:.0f} minutes as they are heard. Seconds: {escape(hows)}.</p></header>",
        f'<main><h2>How long it takes</h2><p class="soft">{MEANING}</p>',
        _ways(said.ways, measure),
        *_parts(said, measure),
        "</main>",
        style=STYLE,
    )


def as_index(line_name: str, all_said: Sequence[Sentences], measure: Measure) -> str:
    """Return the page that leads to all languages and compares how long they take."""
    title = f"{line_name}: what callers hear"
    names = list(dict.fromkeys(name for said in reversed(all_said) for name in said.ways))
    head = "".join(f'<th scope="col" class="number">{escape(name)}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row"><a href="{said.language}.html" lang="{said.language}">{escape(said.name)}</a></th>'
        f"{''.join(_cell(said.ways.get(name), measure) for name in names)}</tr>"
        for said in all_said
    )
    return as_page(
        title,
        f"<header><h1>{escape(title)}</h1><p>Seconds of speech. {MEANING}</p></header>",
        f'<main><div class="wide" tabindex="0" role="region" aria-label="Seconds by language"><table><thead><tr>'
        f'<th scope="col">language</th>{head}</tr></thead><tbody>{rows}</tbody></table></div></main>',
        style=STYLE,
    )


def _cell(heard: Heard | None, measure: Measure) -> str:
    return f'<td class="number">{told(heard.speech(measure)) if heard else ""}</td>'


def told(length: Length) -> str:
    """Return seconds as people read them."""
    return f"{SIGNS[length.how]}{length.seconds:.1f}"


def _ways(ways: Mapping[str, Heard], measure: Measure) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="number">{told(length)}</td>'
        f'<td class="number">{heard.quiet:.0f}</td><td>{length.how.value}</td></tr>'
        for name, heard in ways.items()
        for length in (heard.speech(measure),)
    )
    heads = "".join(_head(head) for head in ("way", "seconds spoken", "seconds of pauses", "found by"))
    return f'<table class="ways"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _head(words: str) -> str:
    kind = ' class="number"' if words.startswith("seconds") else ""
    return f'<th scope="col"{kind}>{words}</th>'


def _parts(said: Sentences, measure: Measure) -> Iterator[str]:
    heads = "".join(map(_head, HEADS))
    parts: dict[str, list[Row]] = {}
    for row in said.rows:
        parts.setdefault(row.part, []).append(row)
    for part, rows in parts.items():
        yield f"<h2>{escape(part)}</h2>"
        yield f'<div class="wide" tabindex="0" role="region" aria-label="{escape(part)}">'
        yield f"<table><thead><tr>{heads}</tr></thead><tbody>"
        yield from (_row(row, said, measure(piece_of(row, said.language))) for row in rows)
        yield "</tbody></table></div>"


def _row(row: Row, said: Sentences, length: Length) -> str:
    return "".join(
        (
            f'<tr><td class="id"><code>{escape(row.prompt)}</code></td>',
            f"<td>{escape(in_words(row.step))}</td>",
            f'<td class="said" lang="{escape(said.language)}" dir="{direction_of(row.text)}">{escape(row.text)}</td>',
            f"<td>{escape(', '.join(_keys(said.flow, row)))}</td>",
            f'<td class="number" title="{length.how.value}">{told(length)}</td></tr>',
        )
    )


def _keys(flow: Flow, row: Row) -> Iterator[str]:
    """Yield what the keys do at a row's step, for the sentences that ask for one of them."""
    step = flow.steps.get(row.step)
    match step:
        case Choose():
            yield from (f"{key} {in_words(value)}" for key, value in step.choices.items())
        case Menu() if row.prompt.partition(".")[0] != step.prompt or step.languages:
            return  # it opens or closes what is asked there, or offers a language
        case Menu() | Hold():
            yield from (f"{key} {in_words(where)}" for key, where in step.keys.items())
        case _:
            return
