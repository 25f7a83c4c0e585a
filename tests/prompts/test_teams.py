"""The teams of a line's file: each with keys of its own, and a mistake told before anything is sealed to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.line import LineMistakes
from tests.prompts.files import Copy
from tests.releasing.desks import squad

NORTH, SOUTH = squad("north").team, squad("south").team
TEAMS = f"""
[[teams]]
id = "north"
name = "Northshire Standards"
force = "Northshire Police"
units = ["PSD"]
alternative = "south"
age = "{NORTH.age}"
group_key = "{NORTH.group_key}"

[[teams]]
id = "south"
name = "Southshire Standards"
force = "Southshire Constabulary"
people = ["Helen Marsh"]
answers_to = ["Chief Constable"]
age = "{SOUTH.age}"
group_key = "{SOUTH.group_key}"
epoch = 2
"""


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    made = Copy.of_the_real_files(tmp_path)
    path = tmp_path / "example.toml"
    path.write_text(path.read_text(encoding="utf-8") + TEAMS, encoding="utf-8")
    return made


def test_a_line_knows_its_teams(copy: Copy) -> None:
    north, south = copy.line().teams
    assert (north.id, north.units, north.alternative, north.epoch) == ("north", ("PSD",), "south", 1)
    assert (south.people, south.answers_to, south.epoch) == (("Helen Marsh",), ("Chief Constable",), 2)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('id = "north"', 'id = "south"', "south stands there twice"),
        ('alternative = "south"', 'alternative = "north"', "it is no other team"),
        ('alternative = "south"', 'alternative = "west"', "it is no other team"),
        (SOUTH.age, NORTH.age, "it shares a key with another team"),
        (SOUTH.group_key, NORTH.group_key, "it shares a key with another team"),
        (SOUTH.age, SOUTH.age[:-1], "teams.1.age"),
        (SOUTH.group_key, SOUTH.group_key[:-1], "teams.1.group_key"),
        ("epoch = 2", "epoch = 0", "teams.1.epoch"),
        ('people = ["Helen Marsh"]', 'person = "Helen Marsh"', "teams.1.person"),
    ],
    ids=[
        "twice",
        "its own",
        "nobody",
        "age",
        "group",
        "short age",
        "short group",
        "epoch",
        "person",
    ],  # keys are random
)
def test_a_mistake_is_told_and_shows_no_value(copy: Copy, before: str, after: str, told: str) -> None:
    copy.change("example.toml", before, after)
    with pytest.raises(LineMistakes) as refused:
        copy.line()
    assert told in refused.value.told()
    assert "Marsh" not in refused.value.told()
