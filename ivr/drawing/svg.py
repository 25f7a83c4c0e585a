"""Boxes and lines as an SVG drawing that needs no script: told on hover, reached by keyboard, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from ivr.drawing.cards import LINE, NAME_LINE, PADDING, PART, Card, Way, in_words
from ivr.drawing.layout import Arrow, Drawing, Point, laid_out
from ivr.steps import NAMED_LATER

MARGIN, HEAD, FOOT = 32.0, 62.0, 46.0  # pixels around a drawing; for its title; for its legend
AWAY, UP, DOWN = "\u2192", "\u2191", "\u2193"
MOST = 31  # characters of a way out that fit a box
LEGEND_WIDTH = 900.0
ENTRY = 98.0  # of one kind in the legend
KINDS = ("sentence", "menu", "question", "recording", "waiting", "talk", "decision", "keeping", "end")

GROUP = 'role="group" aria-labelledby="drawing-title"'
TIP = """<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6.5" markerHeight="6.5" orient="auto">\
<path class="tip" d="M0 0.5 8 4 0 7.5z"/></marker>"""

# Contrast after WCAG 2.2: text at least 4.5 to 1, lines and edges of boxes at least 3 to 1, on both grounds.
STYLE = """\
.flow { --ground: #fbfaf8; --card: #ffffff; --ink: #1f2933; --soft: #52606d; --line: #7b8794; --edge: #8d99a6;
  --link: #1d5f8a; --sentence: #4a6fa5; --menu: #0f766e; --question: #3f7d3a; --recording: #b4453c;
  --waiting: #946200; --talk: #a8327a; --decision: #7357a8; --keeping: #7b8794; --end: #1f2933; --part: #0f766e;
  background: var(--ground); font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
@media (prefers-color-scheme: dark) {
  .flow { --ground: #14181d; --card: #1d232a; --ink: #e8ecf0; --soft: #a7b3bf; --line: #8593a1; --edge: #6d7a87;
    --link: #8cc4ec; --sentence: #7fa3d6; --menu: #45b3a8; --question: #7cba76; --recording: #e58078;
    --waiting: #d9a441; --talk: #e58abf; --decision: #ad94dc; --keeping: #8593a1; --end: #e8ecf0; --part: #45b3a8; } }
.flow .ground { fill: var(--ground); }
.flow text { fill: var(--ink); font-size: 13px; }
.flow .title { font-size: 21px; font-weight: 600; }
.flow .name { font-size: 14px; font-weight: 600; }
.flow .soft { fill: var(--soft); font-size: 12.5px; }
.flow .kind { font-size: 12px; }
.flow .way text { fill: var(--link); font-size: 12.5px; }
.flow .box { fill: var(--card); stroke: var(--edge); stroke-width: 1; }
.flow .line { fill: none; stroke: var(--line); stroke-width: 1.5; }
.flow .tip { fill: var(--line); }
.flow .why { fill: var(--ink); font-size: 12px; text-anchor: middle; paint-order: stroke; stroke: var(--ground);
  stroke-width: 5px; stroke-linejoin: round; }
.flow .decision .box { stroke-dasharray: 5 3; }
.flow .keeping .box { fill: var(--ground); }
.flow a { text-decoration: none; outline: none; }
.flow a:hover text, .flow .way:focus-visible text { text-decoration: underline; }
.flow a:hover .box, .flow a:focus-visible .box, .flow .step:target .box { stroke: var(--link); stroke-width: 2.5; }
.flow .way:focus-visible .spot { stroke: var(--link); stroke-width: 2; }
.flow .spot { fill: var(--card); fill-opacity: 0; }
@media print { .flow { --ground: #ffffff; } }
"""
STYLE += "".join(f".flow .{kind} .mark, .flow .mark.{kind} {{ fill: var(--{kind}); }}\n" for kind in (*KINDS, PART))


@dataclass(frozen=True)
class Picture:
    """What is drawn: boxes and lines in the order of the call, what is told on hover, and where links lead."""

    title: str
    cards: Sequence[Card]
    arrows: Mapping[Arrow, str]
    told: Mapping[str, str]  # by box
    link: Callable[[str], str]  # from a box, or from the name of a way's end; "" where there is none
    legend: bool = True


def as_svg(picture: Picture) -> str:
    """Return the drawing. Its boxes are links: each tells, on hover and to whoever cannot see, what is said."""
    drawing = laid_out({card.name: card.size for card in picture.cards}, picture.arrows)
    width = max(drawing.width, LEGEND_WIDTH if picture.legend else 0.0) + 2 * MARGIN
    height = drawing.height + HEAD + FOOT + MARGIN
    shift = (width - drawing.width) / 2
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {_room(width, height)} class="flow" lang="en" {GROUP}>',
            f"<style>\n{STYLE}</style>",
            f"<defs>{TIP}</defs>",
            f'<rect class="ground" width="{width:.0f}" height="{height:.0f}"/>',
            f'<text class="title" id="drawing-title" x="{MARGIN:.0f}" y="40">{escape(picture.title)}</text>',
            f'<g transform="translate({shift:.1f} {HEAD:.0f})">',
            *_spines(drawing),
            *(_line(drawing.lines[arrow]) for arrow in picture.arrows),
            *(_box(card, picture, drawing) for card in picture.cards),
            *(_why(why, drawing.lines[arrow]) for arrow, why in picture.arrows.items() if why),
            "</g>",
            *(_legend(height - 24) if picture.legend else ()),
            "</svg>",
        )
    )


def _room(width: float, height: float) -> str:
    return f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'


def _spines(drawing: Drawing) -> Iterator[str]:
    for points in drawing.spines:
        first, *others = points
        yield f'<path class="line" d="M{_at(first)}{"".join(f"L{_at(point)}" for point in others)}"/>'


def _line(points: tuple[Point, ...]) -> str:
    curves = [f"M{_at(points[0])}"]
    for at, (one, other) in enumerate(pairwise(points)):
        if at % 2 == 0:
            curves.append(f"L{_at(other)}")
        else:
            middle = (one[1] + other[1]) / 2
            curves.append(f"C{_at((one[0], middle))} {_at((other[0], middle))} {_at(other)}")
    return f'<path class="line" marker-end="url(#tip)" d="{"".join(curves)}"/>'


def _why(why: str, points: tuple[Point, ...]) -> str:
    (x, y), (to, below) = points[-2:] if len(points) == 2 else points[1:3]
    lift = -7.0 if y == below else 4.0  # above a line within a row
    return f'<text class="why" x="{(x + to) / 2:.1f}" y="{(y + below) / 2 + lift:.1f}">{escape(why)}</text>'


def _box(card: Card, picture: Picture, drawing: Drawing) -> str:
    place, size = drawing.places[card.name], card.size
    corner = {"end": 20, "sentence": 12}.get(card.kind, 5)
    texts = [("name", text, NAME_LINE) for text in card.heading]
    texts += [("soft kind", card.kind, LINE)] if card.kind != PART else []
    texts += [("soft", text, LINE) for text in card.notes]
    lines, below = [], PADDING - 6
    for kind, text, high in texts:
        below += high
        lines.append(f'<text class="{kind}" x="{PADDING + 6:.0f}" y="{below:.0f}">{escape(text)}</text>')
    ways = []
    for way in card.told:
        below += LINE
        ways.append(_way(way, below, card, picture, drawing))
    inside = "".join(
        (
            f"<title>{escape(picture.told[card.name])}</title>",
            f'<rect class="box" width="{size.width:.0f}" height="{size.height:.0f}" rx="{corner}"/>',
            f'<rect class="mark" x="7" y="12" width="4" height="{size.height - 24:.0f}" rx="2"/>',
            *lines,
        )
    )
    at = f"translate({_at((place.x, place.y))})"
    head = f'<g class="step {card.kind}" id="{escape(_id(card.name))}" transform="{at}">'
    return f'{head}<a href="{escape(picture.link(card.name))}">{inside}</a>{"".join(ways)}</g>'


def _way(way: Way, below: float, card: Card, picture: Picture, drawing: Drawing) -> str:
    there = drawing.places.get(way.where)
    sign = AWAY if there is None else UP if there.y <= drawing.places[card.name].y else DOWN
    told = f"{way.why} {sign} {in_words(way.where)}" if way.why else f"{sign} {in_words(way.where)}"
    if len(told) > MOST:
        told = told[: MOST - 1].rstrip(" ,") + "\u2026"
    x = PADDING + 6
    if way.where in NAMED_LATER:
        return f'<text class="soft" x="{x:.0f}" y="{below:.0f}">{escape(told)}</text>'
    room = f'x="{x - 3:.0f}" y="{below - 14:.0f}" width="{card.size.width - x - 6:.0f}" height="18"'
    text = f'<text x="{x:.0f}" y="{below:.0f}">{escape(told)}</text>'
    hover = escape(f"{way.why or 'then'}: {in_words(way.where)}")
    head = f'<a class="way" href="{escape(picture.link(way.where))}"><title>{hover}</title>'
    return f'{head}<rect class="spot" {room} rx="4"/>{text}</a>'


def _legend(y: float) -> Iterator[str]:
    for at, kind in enumerate(KINDS):
        x = MARGIN + at * ENTRY
        yield f'<rect class="mark {kind}" x="{x:.0f}" y="{y - 11:.0f}" width="4" height="14" rx="2"/>'
        yield f'<text class="soft" x="{x + 10:.0f}" y="{y:.0f}">{kind}</text>'


def _id(name: str) -> str:
    return name.replace(" ", "-").replace(",", "").lower()


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
