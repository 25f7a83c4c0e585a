"""The page of features: every number once, states that are known, and no claim without a test that exists."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
STATES = {"done", "part", "not yet"}
ROW = re.compile(r"^\| F(\d+) \| (.+?) \| ([MEN]) \| (.+?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PAGE = (ROOT / "docs/features.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Feature:
    """One row of the page."""

    number: int
    title: str
    state: str
    told: str
    tests: tuple[tuple[str, str], ...]


def features() -> list[Feature]:
    """Return the rows of the page."""
    return [
        Feature(int(number), title, state, told.strip(), tuple(NAMED.findall(tests)))
        for number, title, _, state, told, tests in ROW.findall(PAGE)
    ]


def names_in(path: Path) -> set[str]:
    """Return the names of the tests of a file, without running it."""
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_feature_stands_on_the_page_once_and_in_order() -> None:
    assert [feature.number for feature in features()] == list(range(1, 121))


def test_every_state_is_known() -> None:
    assert {feature.state for feature in features()} <= STATES


def test_every_test_that_the_page_names_exists() -> None:
    named = {pair for feature in features() for pair in feature.tests}
    there = {path: names_in(ROOT / path) for path, _ in named}
    assert sorted(f"{path}::{test}" for path, test in named if test not in there[path]) == []


def test_what_is_done_names_a_test_and_what_is_there() -> None:
    claims = [feature for feature in features() if feature.state == "done"]
    assert [f"F{feature.number}" for feature in claims if not feature.tests or not feature.told] == []


def test_what_is_done_in_part_says_which_part() -> None:
    assert [f"F{feature.number}" for feature in features() if feature.state == "part" and not feature.told] == []


def test_what_is_not_there_claims_no_test() -> None:
    assert [f"F{feature.number}" for feature in features() if feature.state == "not yet" and feature.tests] == []


def test_the_numbers_at_the_top_are_those_of_the_rows() -> None:
    counted = {state: sum(feature.state == state for feature in features()) for state in STATES}
    assert f"{counted['done']} done, {counted['part']} part, {counted['not yet']} not yet." in PAGE
