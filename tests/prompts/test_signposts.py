"""Signposts in a line's file: complete, reachable and named once, or the file is refused with what to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.line import LineMistakes, read_line
from prompts.signposts import Need

LINES = Path(__file__).parents[2] / "prompts" / "lines"
GOOD = """
[[signposts]]
name = "Harbour"
needs = ["crisis"]
about = "For anybody."
say = "They listen."
phone = "0808 157 0123"
"""


def with_signposts(folder: Path, block: str) -> Path:
    """Write the example line with other signposts."""
    before = (LINES / "example.toml").read_text(encoding="utf-8").partition("[[signposts]]")[0]
    path = folder / "line.toml"
    path.write_text(before + block, encoding="utf-8")
    return path


def test_a_line_without_signposts_can_be_used(tmp_path: Path) -> None:
    assert read_line(with_signposts(tmp_path, "")).signposts == ()


def test_a_whole_signpost_is_read(tmp_path: Path) -> None:
    (sign,) = read_line(with_signposts(tmp_path, GOOD)).signposts
    assert (sign.name, sign.needs, sign.checked) == ("Harbour", (Need.CRISIS,), None)


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (GOOD + GOOD, "Harbour stands there twice"),
        (GOOD.replace('phone = "0808 157 0123"', ""), "nobody could reach it"),
        (GOOD.replace('["crisis"]', '["crisis", "crisis"]'), "a need stands there twice"),
        (GOOD.replace('["crisis"]', "[]"), "signposts.0.needs"),
        (GOOD.replace('"crisis"', '"comfort"'), "signposts.0.needs.0"),
        (GOOD.replace("0808 157 0123", "ring us"), "it is no number as people dial it"),
        (GOOD.replace('say = "They listen."', ""), "signposts.0.say"),
        (GOOD + 'website = "https://harbour.example"\n', "signposts.0.website"),
        (GOOD + 'colour = "red"\n', "signposts.0.colour"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, block: str, told: str) -> None:
    with pytest.raises(LineMistakes) as caught:
        read_line(with_signposts(tmp_path, block))
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["example", "met"])
def test_lines_that_ship_have_a_signpost_for_what_callers_need_most(name: str) -> None:
    signs = read_line(LINES / f"{name}.toml").signposts
    needs = {need for sign in signs for need in sign.needs}
    assert needs >= {Need.CRISIS, Need.SEXUAL, Need.PARTNER, Need.CHILD, Need.COMPLAINT, Need.STAFF, Need.LEGAL}
    assert all(sign.checked is None for sign in signs), "nobody of ours rang them: whoever goes live does"
