"""The scripts of practice callers: who they are, what they say when asked what, and what a good handler does.

Everybody in them is made up, and so is what they tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from prompts.mistakes import FileMistakes, Mistake, mistakes_of, read_toml
from prompts.parts import Part, Text

SCRIPTS = Path(__file__).parent / "practice"
Passage = Annotated[str, Field(min_length=1, max_length=700)]


class PracticeMistakes(FileMistakes):
    """The script of a practice caller cannot be used; trying again helps only after it was mended."""


class Saying(Part):
    """What the caller answers when they are asked something."""

    asked: Text
    say: Passage


class Trap(Part):
    """What the caller does that a handler must meet well."""

    when: Text
    do: Passage
    good: Text  # how a good handler meets it


class Script(Part):
    """One practice caller."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")  # the name of its file
    place: int = Field(ge=1, le=99)  # in the list: easier ones first
    title: Text
    trains: Text  # what it is good for, in one sentence
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")] = "en"
    urgent: bool = False  # whether the caller said in the menu that somebody may be hurt
    minutes: int = Field(ge=3, le=30)
    persona: Passage
    opening: Passage
    says: Annotated[tuple[Saying, ...], Field(min_length=3)]
    traps: Annotated[tuple[Trap, ...], Field(min_length=1)]
    good: Annotated[tuple[Text, ...], Field(min_length=3)]  # what a good handler does besides
    ending: Passage


def read_scripts(folder: Path = SCRIPTS) -> tuple[Script, ...]:
    """Return all scripts, easier ones first; raises `PracticeMistakes` for the first file that cannot be used."""
    scripts = tuple(_read(path) for path in sorted(folder.glob("*.toml")))
    return tuple(sorted(scripts, key=lambda one: (one.place, one.id)))


def script_of(scripts: tuple[Script, ...], script_id: str) -> Script | None:
    """Return one by its id, or None."""
    return next((one for one in scripts if one.id == script_id), None)


def _read(path: Path) -> Script:
    raw = read_toml(path, PracticeMistakes)
    try:
        script = Script.model_validate({"id": path.stem, **raw})
    except ValidationError as error:
        raise PracticeMistakes(path, mistakes_of(error)) from None
    if mistakes := list(_mistakes(script, path)):
        raise PracticeMistakes(path, mistakes)
    return script


def _mistakes(script: Script, path: Path) -> Iterator[Mistake]:
    if script.id != path.stem:
        yield Mistake("id", "it is not the name of the file", "take it out")
    asked = [one.asked for one in script.says]
    for place, question in enumerate(asked):
        if asked.index(question) != place:
            yield Mistake(f"says.{place}.asked", "it stands there twice", "keep one block")
