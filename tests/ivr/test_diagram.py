"""The drawing of the call: current, whole, and with every way out of every step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr import commands
from ivr.app import line_flow
from ivr.diagram import drawn
from ivr.steps import NAMED_LATER, exits
from prompts.line import read_line

ROOT = Path(__file__).parents[2]
FLOW = line_flow(read_line(ROOT / "prompts/lines/example.toml"))
NODE = re.compile(r"^  ([a-z0-9_]+)[\[({>]", re.MULTILINE)
ARROW = re.compile(r'^  ([a-z0-9_]+) (?:-- "(.+)" )?--> ([a-z0-9_]+)', re.MULTILINE)


def test_the_drawing_in_the_docs_is_the_flow_as_it_stands() -> None:
    kept = (ROOT / "docs/call-flow.md").read_text(encoding="utf-8")
    assert kept == drawn(FLOW) + "\n", "run: hotline flow > docs/call-flow.md"


def test_every_step_is_drawn_once() -> None:
    assert sorted(NODE.findall(drawn(FLOW))) == sorted(FLOW.steps)


def test_every_way_out_of_every_step_is_drawn_with_its_key() -> None:
    arrows = {(name, where): why for name, why, where in ARROW.findall(drawn(FLOW))}
    for step in FLOW.steps.values():
        for why, where in exits(step):
            told = arrows[(step.name, where.strip("<>").replace(" ", "_") if where in NAMED_LATER else where)]
            assert why in told.split(", ") or why == told, f"{step.name} -> {where}: {why}"


def test_the_command_prints_the_drawing(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.flow([]) == 0
    assert capsys.readouterr().out == drawn(FLOW) + "\n"
