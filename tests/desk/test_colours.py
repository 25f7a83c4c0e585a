"""Every pair of colours that meet on a page stands out enough, in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "handlers" / "desk" / "frontend"
TEXT, EDGE = 4.5, 3.0
# Words and the ground they stand on.
WORDS = (
    *(
        (word, ground)
        for word in ("text", "quiet", "link", "link-visited", "link-hover")
        for ground in ("ground", "mist")
    ),
    *(("text", ground) for ground in ("alert-mist", "wait-mist", "good-mist", "good-card", "second", "second-hover")),
    *(("quiet", ground) for ground in ("alert-mist", "good-card")),
    *(("link", ground) for ground in ("alert-mist", "wait-mist", "good-mist")),
    *((word, ground) for word in ("alert", "error") for ground in ("ground", "mist", "alert-mist")),
    *(("on-deep", ground) for ground in ("calm", "calm-hover", "danger", "danger-hover", "head", "tag-urgent")),
    ("head-quiet", "head"),
    ("on-deep", "head-hover"),
    ("focus-text", "focus"),
    ("tag-text", "tag"),
    ("tag-new-text", "tag-new"),
    ("tag-wait-text", "wait-mist"),
    ("tag-good-text", "tag-good"),
    ("secondary-text", "body-background"),
    ("secondary-text", "template-background"),
    ("inverse-text", "text"),
)
# What a person must see to use it: edges of fields, marks of state, the buttons themselves.
EDGES = (
    ("input-border", "ground"),
    ("input-border", "mist"),
    ("accent", "ground"),
    ("accent", "mist"),
    ("alert", "ground"),
    ("wait", "ground"),
    ("good", "ground"),
    ("brand", "ground"),
    ("head-line", "head"),
    ("wave", "mist"),
)


def colours(scheme: str) -> dict[str, str]:
    """Return each colour of a scheme by its name, ours before GOV.UK Frontend's."""
    text = (FRONTEND / "_tokens.scss").read_text()
    found: dict[str, str] = {}
    for of in ("govuk", "desk"):
        body = text.partition(f"${of}-{scheme}: (")[2].partition("\n);")[0]
        found |= dict(re.findall(r'"([\w-]+)": (#[0-9a-f]{3,6}),', body))
    return found


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours as WCAG defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_computed_as_the_standard_does() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground_and_edges_from_what_they_bound(scheme: str) -> None:
    named = colours(scheme)
    faint = [
        (word, ground, round(contrast(named[word], named[ground]), 2))
        for pairs, wanted in ((WORDS, TEXT), (EDGES, EDGE))
        for word, ground in pairs
        if contrast(named[word], named[ground]) < wanted
    ]
    assert faint == []


def test_both_schemes_name_the_same_colours() -> None:
    light, dark = colours("light"), colours("dark")
    assert list(light) == list(dark)
    assert len(light) > 40


def test_no_other_partial_holds_a_colour_of_its_own() -> None:
    own = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(|:\s*(?:white|black)\b")
    found = [
        f"{file.name}: {line.strip()}"
        for file in sorted(FRONTEND.glob("*.scss"))
        if file.name != "_tokens.scss"
        for line in file.read_text().splitlines()
        if own.search(line.partition("//")[0])
    ]
    assert found == []


def test_every_colour_that_a_partial_asks_for_is_named_and_every_name_is_asked_for() -> None:
    named = colours("light").keys() | {"shadow", "veil"}
    asked = {
        name
        for file in FRONTEND.glob("*.scss")
        for name in re.findall(r"--(?:desk|govuk)-([\w-]+?)(?:-colour)?\)", file.read_text())
    }
    built = {f"{button}{of}" for button in ("calm", "danger", "second") for of in ("", "-hover", "-shadow")}
    assert asked - named == {name for name in asked if "#{" in name}
    ours = set(re.findall(r'"([\w-]+)":', (FRONTEND / "_tokens.scss").read_text().partition("$desk-light")[2]))
    assert ours - asked - built == set()
