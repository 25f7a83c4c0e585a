"""The hues of the assessment application: each pair of colours that meets stands out, and it is not the desk's head."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.desk import test_colours as desk
from tests.desk.test_colours import EDGE, EDGES, TEXT, WORDS, contrast

HUES = Path(__file__).parents[2] / "handlers" / "assessment" / "frontend" / "_hues.scss"


def colours(scheme: str) -> dict[str, str]:
    """Return each colour of a scheme: the desk's, and those that differ here."""
    found, text = desk.colours(scheme), HUES.read_text(encoding="utf-8")
    for of in ("govuk", "desk"):
        body = text.partition(f"${of}-{scheme}: (")[2].partition("\n);")[0]
        found |= dict(re.findall(r'"([\w-]+)": (#[0-9a-f]{3,6}),', body))
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_edges_stand_out_from_their_ground(scheme: str) -> None:
    of = colours(scheme)
    assert of["head"] != desk.colours(scheme)["head"]
    assert [pair for pair in WORDS if contrast(of[pair[0]], of[pair[1]]) < TEXT] == []
    assert [pair for pair in EDGES if contrast(of[pair[0]], of[pair[1]]) < EDGE] == []
