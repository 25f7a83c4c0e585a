"""The people who are told, one after the other, of an urgent report that nobody took up: out of the line's own file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from pydantic import Field

from prompts.mistakes import Mistake
from prompts.parts import Part, Phone, Text


class Hours(StrEnum):
    """When somebody may be told."""

    ALWAYS = "always"
    OUT_OF_HOURS = "out_of_hours"  # only while no handler answers


class OnCall(Part):
    """One of the chain. The line writes to the e-mail; the telephone is for people, who ring it themselves."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")  # a short name
    name: Text  # as staff know them: an alias is enough
    email: str = Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$", max_length=200)
    telephone: Phone | None = None
    order: int = Field(ge=1, le=99)  # who is told first has 1
    hours: Hours = Hours.ALWAYS


def chain(people: Sequence[OnCall]) -> tuple[OnCall, ...]:
    """Return them in the order in which they are told."""
    return tuple(sorted(people, key=lambda one: one.order))


def next_of(people: Sequence[OnCall], step: int, *, is_open: bool) -> tuple[OnCall | None, int]:
    """Return who is told at a step, and the step after them; nobody where none of the chain is on call now.

    Steps go round and round: danger to life does not fall silent because everybody slept through their e-mail.
    """
    told = chain(people)
    for place in range(step, step + len(told)):
        one = told[place % len(told)]
        if not (is_open and one.hours is Hours.OUT_OF_HOURS):
            return one, place + 1
    return None, step + max(1, len(told))


def mistakes_in_on_call(people: Sequence[OnCall]) -> Iterator[Mistake]:
    """Yield what only shows when they are seen together."""
    for place, one in enumerate(people):
        before = people[:place]
        if any(one.id == other.id for other in before):
            yield Mistake(f"on_call.{place}.id", f"{one.id} stands there twice", "give each an id of its own")
        if any(one.order == other.order for other in before):
            yield Mistake(f"on_call.{place}.order", "two have the same place", "say who is told first")
    if people and all(one.hours is Hours.OUT_OF_HOURS for one in people):
        yield Mistake("on_call", "nobody is told while the line is open", 'write hours = "always" for one of them')
