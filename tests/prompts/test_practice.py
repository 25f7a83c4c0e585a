"""Practice callers: complete, made up, and with what a good handler does; a mistake in a file is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prompts.practice import SCRIPTS, PracticeMistakes, Script, read_scripts, script_of

ALL = read_scripts()
LEAST = 8
GOOD = """
place = 1
title = "A caller"
trains = "Listening."
minutes = 5
persona = "You are calm."
opening = "Hello."
ending = "Goodbye."
good = ["Greets", "Listens", "Ends well"]
says = [{ asked = "What?", say = "This." }, { asked = "Who?", say = "He." }, { asked = "When?", say = "Then." }]
traps = [{ when = "Early", do = "Be silent.", good = "Waits" }]
"""


def written(folder: Path, text: str, name: str = "some-caller") -> Path:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def whole(script: Script) -> str:
    return script.model_dump_json()


def test_the_line_ships_enough_callers_in_english_easier_ones_first() -> None:
    assert len([one for one in ALL if one.language == "en"]) >= LEAST
    assert [one.place for one in ALL] == sorted({one.place for one in ALL})


def test_what_new_handlers_must_have_met_is_among_them() -> None:
    for met in ("own-name", "silence", "danger-at-home", "abusive", "meant-999", "a-child"):
        assert script_of(ALL, met) is not None, met
    assert {one.urgent for one in ALL} == {True, False}
    assert script_of(ALL, "nobody") is None


@pytest.mark.parametrize("script", ALL, ids=lambda one: one.id)
def test_nobody_in_a_script_can_be_rung(script: Script) -> None:
    numbers = [found for found in re.findall(r"[0-9]{3,}", whole(script)) if found != "999"]
    assert numbers == []
    assert "@" not in whole(script)


@pytest.mark.parametrize("id_", ["danger-at-home", "meant-999", "silence"])
def test_who_may_be_in_danger_is_always_told_of_999(id_: str) -> None:
    script = script_of(ALL, id_)
    assert script is not None
    assert any("999" in words for words in (*script.good, *(trap.good for trap in script.traps)))


def test_a_whole_script_is_read_under_the_name_of_its_file(tmp_path: Path) -> None:
    (script,) = read_scripts(written(tmp_path, GOOD))
    assert (script.id, script.language, script.urgent) == ("some-caller", "en", False)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (GOOD.replace('title = "A caller"', ""), "title: Field required"),
        (GOOD + 'age = "40"', "age: Extra inputs are not permitted"),
        (GOOD + 'id = "another"', "id: it is not the name of the file"),
        (GOOD.replace('asked = "Who?"', 'asked = "What?"'), "says.1.asked: it stands there twice"),
        (GOOD.replace("minutes = 5", "minutes = 90"), "minutes: Input should be less than or equal to 30"),
    ],
)
def test_a_mistake_in_a_script_is_told(tmp_path: Path, wrong: str, told: str) -> None:
    with pytest.raises(PracticeMistakes, match=re.escape(told)):
        read_scripts(written(tmp_path, wrong))


def test_the_scripts_stand_beside_the_wording() -> None:
    assert {path.stem for path in SCRIPTS.glob("*.toml")} == {one.id for one in ALL}
