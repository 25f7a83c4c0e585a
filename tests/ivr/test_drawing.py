"""The pictures of the call: current, whole, legible, and the same to eyes, to a keyboard and to a reading voice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree as XmlTree

import pytest

from ivr import commands
from ivr.app import line_flow
from ivr.drawing.cards import arrows_of, cards_of, part_cards
from ivr.drawing.layout import GAP_ALONG, Drawing, Size, laid_out
from ivr.drawing.pages import Book, first_page
from ivr.drawing.svg import STYLE
from ivr.steps import NAMED_LATER, exits
from prompts.line import read_line
from prompts.wording import FOLDER, read_wording

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs/flow"
MOST_BYTES = 400_000
SVG = "{http://www.w3.org/2000/svg}"


def book(line_file: str, language: str) -> Book:
    line = read_line(FOLDER / "lines" / line_file)
    return Book(line.name, line.language(language).name, line_flow(line), read_wording(line), language)


EXAMPLE, MET, ARABIC = book("example.toml", "en"), book("met.toml", "en"), book("met.toml", "ar")
FILES = dict(EXAMPLE.files())


def drawings(of: Book) -> Iterator[tuple[str, Drawing]]:
    for part in of.parts:
        sizes = {card.name: card.size for card in cards_of(of.flow, part.names)}
        yield part.title, laid_out(sizes, arrows_of(of.flow, part.names))
    cards, arrows = part_cards(of.flow)
    yield "overview", laid_out({card.name: card.size for card in cards}, arrows)


def svg_root(text: str) -> XmlTree.Element:
    return XmlTree.fromstring(text)  # noqa: S314 (our own drawing)


def test_the_pictures_in_the_docs_are_the_call_as_it_stands() -> None:
    wanted = {"index.html": first_page(EXAMPLE.line_name, [("en", "English")])}
    wanted |= {f"en/{name}": text for name, text in FILES.items()}
    kept = {str(path.relative_to(KEPT)): path.read_text(encoding="utf-8") for path in KEPT.rglob("*") if path.is_file()}
    again = "run: rm -r docs/flow; hotline flow --svg --out docs/flow --language en"
    assert sorted(kept) == sorted(wanted), again
    assert [name for name in kept if kept[name] != wanted[name]] == [], again


def test_every_file_is_modest_and_asks_no_other_host_for_anything() -> None:
    for name, text in (*FILES.items(), *MET.files(), *ARABIC.files()):
        assert len(text.encode()) < MOST_BYTES, name
        assert "<script" not in text
        assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {"http://www.w3.org/2000/svg"}, name


@pytest.mark.parametrize("of", [EXAMPLE, MET], ids=["example", "met"])
def test_every_step_is_drawn_once_and_every_way_out_is_a_line_or_told_in_its_box(of: Book) -> None:
    drawn = [card for part in of.parts for card in cards_of(of.flow, part.names)]
    assert sorted(card.name for card in drawn) == sorted(of.flow.steps)
    lines = {arrow for part in of.parts for arrow in arrows_of(of.flow, part.names)}
    told = {(card.name, way.where) for card in drawn for way in card.told}
    every = {(name, where) for name, step in of.flow.steps.items() for _, where in exits(step)}
    assert lines | told == every
    assert lines & told == set()


@pytest.mark.parametrize("of", [EXAMPLE, MET], ids=["example", "met"])
def test_no_box_lies_over_another_and_no_line_crosses_a_box(of: Book) -> None:
    for title, drawing in drawings(of):
        for one, other in combinations(drawing.places.values(), 2):
            beside = one.x + one.size.width <= other.x or other.x + other.size.width <= one.x
            below = one.y + one.size.height <= other.y or other.y + other.size.height <= one.y
            assert beside or below, title
        for arrow, points in drawing.lines.items():
            for name, place in drawing.places.items():
                for (x, y), (to, end) in list(pairwise(points))[::2]:  # the straight pieces; curves lie between layers
                    inside = (
                        place.x < x < place.x + place.size.width
                        and place.y < (y + end) / 2 < place.y + place.size.height
                    )
                    assert name in arrow or not (inside and x == to), f"{title}: {arrow} crosses {name}"


def test_what_follows_stands_below_what_it_follows() -> None:
    sizes = {name: Size(100, 40) for name in "abcd"}
    drawing = laid_out(sizes, {("a", "b"): "", ("b", "c"): "", ("a", "c"): "short"})
    heights = [drawing.places[name].y for name in "abcd"]
    assert heights == sorted(heights)
    assert len(drawing.lines[("a", "c")]) == 5, "a line that passes a layer bends there"
    assert drawing.places["d"].y == drawing.places["c"].y + 40 + GAP_ALONG, "what no line leads to stands at the end"


def test_every_box_is_a_link_that_tells_its_sentences() -> None:
    for name, text in FILES.items():
        if name.endswith(".svg") and name != "overview.svg":
            for step in svg_root(text).iter(f"{SVG}g"):
                if "step" in step.get("class", ""):
                    link = step.find(f"{SVG}a")
                    assert link is not None
                    assert link.get("href")
                    assert link.findtext(f"{SVG}title")
    everything = svg_root(FILES["2-speaking-to-a-person.svg"])
    titles = [title.text or "" for title in everything.iter(f"{SVG}title")]
    assert any("Please hold while we look for a handler." in title for title in titles)
    assert any("nobody_on_duty.silence2: You need not speak." in title for title in titles)


@pytest.mark.parametrize("of", [EXAMPLE, ARABIC], ids=["example", "arabic"])
def test_every_link_leads_to_a_place_that_is_there(of: Book) -> None:
    files = dict(of.files())
    ids = {name: set(re.findall(r' id="([^"]+)"', text)) for name, text in files.items()}
    for name, text in files.items():
        for link in re.findall(r' href="([^"]+)"', text):
            file, _, place = link.partition("#")
            if link == "../index.html":
                continue
            assert (file or name) in files, f"{name}: {link}"
            assert not place or place in ids[file or name], f"{name}: {link}"


def test_the_text_beside_a_drawing_says_every_sentence_in_its_own_direction() -> None:
    page = dict(ARABIC.files())["4-a-report-begins.html"]
    said = ARABIC.wording.say("ar", "consent")
    assert f'<dd lang="ar" dir="rtl">{said}</dd>' in page
    assert "consent.wrong_key" in page
    greeting = dict(ARABIC.files())["1-greeting.html"]
    assert f'<dd lang="pl" dir="ltr">{ARABIC.wording.say("pl", "language_offer")}</dd>' in greeting


def test_every_exit_stands_in_the_text_too() -> None:
    for part in EXAMPLE.parts:
        page = FILES[f"{part.file}.html"]
        for name in part.names:
            section = page.partition(f'id="text-{name}"')[2].partition("</section>")[0]
            for _, where in exits(EXAMPLE.flow.steps[name]):
                assert where in NAMED_LATER or f'#text-{where}"' in section, f"{name} -> {where}"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_contrast_is_that_of_wcag_in_light_and_dark(dark: bool) -> None:
    light_part, _, dark_part = STYLE.partition("@media print")[0].partition("prefers-color-scheme: dark")
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", dark_part if dark else light_part))
    for ground in (colours["ground"], colours["card"]):
        assert min(contrast(colours[name], ground) for name in ("ink", "soft", "link")) >= 4.5
        others = [name for name in colours if name not in ("ground", "card", "edge")]
        assert min(contrast(colours[name], ground) for name in others) >= 3, "what tells a kind, and lines"


def test_the_command_writes_all_languages_or_those_that_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.flow(["--svg", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["en", "index.html", "pl"]
    assert "files in" in capsys.readouterr().out
    assert commands.flow(["--svg", "--out", str(tmp_path / "one"), "--language", "pl"]) == 0
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["index.html", "pl"]


@pytest.mark.parametrize(
    ("asked", "told"), [(["--svg"], "--out FOLDER"), (["--svg", "--out", "x", "--language", "cy"], "does not speak cy")]
)
def test_the_command_refuses_in_words(asked: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        commands.flow(asked)
    assert told in capsys.readouterr().err
