"""Makes the public page: one HTML file and its style sheet, without script and without anything from elsewhere."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from handlers.public.facts import Facts
from handlers.public.promises import NOT_PROMISED, PROMISED
from prompts.line import Line
from storage.clock import week_start

FOLDER = Path(__file__).parent
PAGE, STYLE = "index.html", "style.css"
STYLE_CHARACTERS = 12  # of its digest, in its name: a browser never shows a new page in an old style
QUARTERS = {"Q1": "first", "Q2": "second", "Q3": "third", "Q4": "last"}


def files_of(line: Line, facts: Facts, *, sound_days: int, version: str, build: str) -> dict[str, bytes]:
    """Return the page's files by name: for the same facts always the same bytes."""
    style = (FOLDER / STYLE).read_bytes()
    named = f"style-{hashlib.sha256(style).hexdigest()[:STYLE_CHARACTERS]}.css"
    page = (
        _environment()
        .get_template(PAGE)
        .render(
            line=line,
            facts=facts,
            promised=[(one.title, one.words.format(sound_days=sound_days)) for one in PROMISED],
            not_promised=[(one.title, one.words) for one in NOT_PROMISED],
            style=named,
            version=version,
            build=build,
        )
    )
    return {PAGE: f"{page.strip()}\n".encode(), named: style}


def day_words(day: date) -> str:
    """Return a day: `24 November 2026`."""
    return f"{day.day} {day:%B %Y}"


def quarter_words(facts: Facts) -> str:
    """Return the quarter that is told, with its days."""
    first = week_start(facts.first_week)
    last = week_start(facts.last_week) + timedelta(days=6)
    which = QUARTERS[facts.quarter[5:]]
    return f"the {which} quarter of {facts.quarter[:4]}, {day_words(first)} to {day_words(last)}"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(day_words=day_words, quarter_words=quarter_words)
    return made
