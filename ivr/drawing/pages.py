"""The drawn call as files: for each language a drawing of every part, with the same beside it as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from ivr.drawing.cards import NAMED, arrows_of, cards_of, in_words, kind_of, part_cards, said_at, ways_of
from ivr.drawing.svg import Picture, as_svg
from ivr.plain_pages import as_page, navigation
from ivr.steps import Flow
from prompts.scripts import direction_of
from prompts.wording import Wording

OVERVIEW = "overview"
EVERYWHERE = (
    "From every question 0 leads to a person, * says it again, # skips or finishes, 8 slows down, and 9 twice leaves."
)
ADVICE = "Each box tells what is said there: point at it, or read it as text. Boxes are links, for the keyboard too."
STYLE = """\
.both { display: grid; gap: 1.5rem; }
@media (min-width: 85rem) { .both { grid-template-columns: minmax(0, 1fr) 27rem; align-items: start; } }
figure { margin: 0; overflow-x: auto; border: 1px solid var(--rule); border-radius: 6px; }
figure svg { display: block; margin: 0 auto; max-width: 100%; min-width: 56rem; height: auto; }
.both > div > h2:first-child { margin-top: 0; }
.step { background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 0.6rem 0.9rem;
  margin: 0 0 0.75rem; break-inside: avoid; scroll-margin-top: 1rem; }
.step:target { border-color: var(--mark); box-shadow: inset 4px 0 0 var(--mark); }
.step h3 { font-size: 1rem; margin: 0; }
.step dl, .step ul { margin: 0.4rem 0 0; padding: 0; list-style: none; font-size: 0.92rem; }
.step dd { margin: 0 0 0.4rem; }
@media print { .both { display: block; } figure svg { min-width: 0; } }
"""


@dataclass(frozen=True)
class _Part:
    title: str
    file: str  # without its ending
    names: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """A line's call in one language, to be drawn."""

    line_name: str
    language_name: str
    flow: Flow
    wording: Wording
    language: str

    @property
    def parts(self) -> tuple[_Part, ...]:
        """Return the parts of the call with the names of their files."""
        parts = enumerate(self.flow.parts.items(), start=1)
        return tuple(_Part(title, f"{at}-{_slug(title)}", names) for at, (title, names) in parts)

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield every file as (name, text)."""
        yield f"{OVERVIEW}.svg", self._overview(".svg")
        yield "index.html", self._first_page()
        for part in self.parts:
            yield f"{part.file}.svg", self._drawing(part, lambda part: f"{part.file}.svg#", "#")
            yield f"{part.file}.html", self._page(part)

    def _overview(self, ending: str) -> str:
        cards, arrows = part_cards(self.flow)
        of_title = {part.title: part for part in self.parts}
        told = {title: "\n".join((title, *map(in_words, part.names))) for title, part in of_title.items()}
        title = f"{self.line_name}: the call"
        return as_svg(Picture(title, cards, arrows, told, lambda name: f"{of_title[name].file}{ending}", legend=False))

    def _drawing(self, part: _Part, elsewhere: Callable[[_Part], str], here: str) -> str:
        of_step = {name: other for other in self.parts for name in other.names}

        def link(name: str) -> str:
            return f"{here if of_step[name] == part else elsewhere(of_step[name])}{name}"

        told = {name: self._told(name) for name in part.names}
        return as_svg(
            Picture(part.title, cards_of(self.flow, part.names), arrows_of(self.flow, part.names), told, link)
        )

    def _told(self, name: str) -> str:
        said = [f"{prompt}: {text}" for prompt, _, text in said_at(self.flow, name, self.wording, self.language)]
        return "\n".join((f"{in_words(name)} ({kind_of(self.flow.steps[name])})", *said))

    # ---- pages ----

    def _first_page(self) -> str:
        parts = "".join(
            f'<li><a href="{part.file}.html">{escape(part.title)}</a> <span class="soft">{len(part.names)} steps'
            f"</span></li>"
            for part in self.parts
        )
        title = f"{self.line_name}: the call, drawn ({self.language_name})"
        return as_page(
            title,
            f'<header><nav aria-label="Languages"><a href="../index.html">All languages</a></nav>'
            f"<h1>{escape(title)}</h1><p>{ADVICE} {EVERYWHERE}</p></header>",
            f'<main><div class="both">{_figure(self._overview(".html"))}',
            f"<div><h2>The parts of a call</h2><ol>{parts}</ol></div></div></main>",
            style=STYLE,
        )

    def _page(self, part: _Part) -> str:
        links = [("index.html", "Overview"), *((f"{other.file}.html", other.title) for other in self.parts)]
        drawing = self._drawing(part, lambda other: f"{other.file}.html#text-", "#text-")
        return as_page(
            f"{part.title} ({self.language_name})",
            f"<header>{navigation('Parts of the call', links, f'{part.file}.html')}"
            f"<h1>{escape(part.title)}</h1>"
            f"<p>{escape(self.line_name)}, {escape(self.language_name)}. {ADVICE}</p></header>",
            f'<main><div class="both">{_figure(drawing)}<div><h2>The same as text</h2>',
            *(self._step(name, part) for name in part.names),
            "</div></div></main>",
            style=STYLE,
        )

    def _step(self, name: str, part: _Part) -> str:
        of_step = {step: other for other in self.parts for step in other.names}
        said = "".join(
            f"<dt><code>{escape(prompt)}</code></dt>"
            f'<dd lang="{escape(code)}" dir="{direction_of(text)}">{escape(text)}</dd>'
            for prompt, code, text in said_at(self.flow, name, self.wording, self.language)
        )
        ways = "".join(
            f"<li>{escape(way.why or 'then')}: {_way(way.where, of_step, part)}</li>"
            for way in ways_of(self.flow.steps[name])
        )
        return "\n".join(
            (
                f'<section class="step" id="text-{escape(name)}">',
                f'<h3><a href="#{escape(name)}">{escape(in_words(name))}</a> <code>{escape(name)}</code></h3>',
                f'<div class="soft">{kind_of(self.flow.steps[name])}</div>',
                f"<dl>{said}</dl>" if said else "",
                f"<ul>{ways}</ul>" if ways else "",
                "</section>",
            )
        )


def first_page(line_name: str, languages: Sequence[tuple[str, str]]) -> str:
    """Return the page that leads to each language; `languages` are (code, name)."""
    title = f"{line_name}: the call, drawn"
    items = "".join(
        f'<li><a href="{escape(code)}/index.html" lang="{escape(code)}">{escape(name)}</a></li>'
        for code, name in languages
    )
    return as_page(title, f"<header><h1>{escape(title)}</h1></header>", f"<main><ul>{items}</ul></main>")


def _way(where: str, of_step: dict[str, _Part], part: _Part) -> str:
    if where in NAMED:
        return escape(in_words(where))
    file = "" if of_step[where] == part else f"{of_step[where].file}.html"
    return f'<a href="{file}#text-{escape(where)}">{escape(in_words(where))}</a>'


def _figure(drawing: str) -> str:
    return f'<figure tabindex="0" role="region" aria-label="Drawing">{drawing}</figure>'


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.partition(",")[0].lower()).strip("-")
