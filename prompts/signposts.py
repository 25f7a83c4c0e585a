"""Support services that staff name to callers, by what somebody needs: out of the line's own file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date as calendar_date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from prompts.mistakes import Mistake
from prompts.parts import Part, Phone, Text


class Need(StrEnum):
    """What somebody needs."""

    CRISIS = "crisis"
    SEXUAL = "sexual"
    PARTNER = "partner"
    CHILD = "child"
    VICTIM = "victim"
    HATE = "hate"
    COMPLAINT = "complaint"
    CRIME = "crime"
    STAFF = "staff"
    LEGAL = "legal"


class Signpost(Part):
    """One service: how it is reached, and words with which to name it."""

    name: Text
    needs: Annotated[tuple[Need, ...], Field(min_length=1)]
    about: Text  # whom it helps, in one sentence
    say: Text  # words to a caller
    phone: Phone | None = None
    text: Phone | None = None  # a number that takes text messages
    website: str = Field(
        default="", pattern=r"^([a-z0-9-]+\.)*[a-z]{2,}(/[a-z0-9/-]*)?$|^$"
    )  # to say aloud: never a link
    hours: str = Field(default="", max_length=100)
    free: bool = False
    checked: calendar_date | None = None  # when the line last rang and asked; without it the page says so


def mistakes_in_signposts(signposts: Sequence[Signpost]) -> Iterator[Mistake]:
    """Yield what is wrong with them together, or with one as a whole."""
    names = [signpost.name for signpost in signposts]
    for place, signpost in enumerate(signposts):
        where = f"signposts.{place}"
        if names.index(signpost.name) != place:
            yield Mistake(where, f"{signpost.name} stands there twice", "keep one block, with all its needs")
        if not (signpost.phone or signpost.text or signpost.website):
            yield Mistake(where, "nobody could reach it", "add phone, text or website")
        if len(set(signpost.needs)) != len(signpost.needs):
            yield Mistake(f"{where}.needs", "a need stands there twice", "name each once")
