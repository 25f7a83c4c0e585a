"""Interpreters whom the line may ring as a third in a call: the only numbers that it ever rings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from prompts.mistakes import Mistake
from prompts.parts import Part, Text

TELLING_DIGITS = 9  # of a telephone number: the same with and without a country's prefix


def _diallable(number: str) -> str:
    digits = re.sub("[ -]", "", number)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", digits, re.ASCII):
        raise ValueError("it is rung by a machine: write it with + and the country, such as +44 20 7946 0101")
    return digits


Code = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


class Interpreter(Part):
    """One interpreter or service; staff see the name, and nobody but the worker uses the number."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    name: Text
    languages: Annotated[tuple[Code, ...], Field(min_length=1)]
    number: Annotated[str, AfterValidator(_diallable)]


def mistakes_in_interpreters(interpreters: Sequence[Interpreter], own_numbers: Sequence[str]) -> Iterator[Mistake]:
    """Return what only shows when interpreters are seen together, and beside the line's own numbers."""
    ids = [interpreter.id for interpreter in interpreters]
    if len(set(ids)) != len(ids):
        yield Mistake("interpreters.id", "two interpreters share an id", "give each one of its own")
    own = {re.sub("[^0-9]", "", number)[-TELLING_DIGITS:] for number in own_numbers}
    for place, interpreter in enumerate(interpreters):
        if interpreter.number[-TELLING_DIGITS:] in own:
            yield Mistake(f"interpreters.{place}.number", "the line would ring itself", "write the interpreter's own")
