"""What the API takes and gives, as shapes: its document is written from them, and every request is read by them."""

from __future__ import annotations

import unicodedata
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from handlers.releasing.content import UNSEEN, Purpose, written

LONGEST_REFERENCE = 100
LONGEST_WORDS = 4000
LONGEST_QUESTION = 2000
SPACE = frozenset("\t\n\r")


class Disposition(StrEnum):
    """What the team does with the release."""

    INVESTIGATE = "investigate"
    SAFEGUARD = "safeguard"
    RECORD = "record"
    OUTSIDE_REMIT = "outside_remit"


class ReleaseState(StrEnum):
    """How far a release is with its team."""

    SENT = "sent"
    RECEIVED = "received"
    DECIDED = "decided"


class SaidKind(StrEnum):
    """What the team said."""

    OUTCOME = "outcome"
    QUESTION = "question"


class SaidState(StrEnum):
    """How far the desk is with what was said."""

    NEW = "new"
    SEEN = "seen"
    ANSWERED = "answered"
    DECLINED = "declined"


def tidied(text: str) -> str:
    """Return a text as it is kept; raises `ValueError` for letters that nobody sees: they hide what is read."""
    if any(unicodedata.category(letter) in UNSEEN for letter in text if letter not in SPACE):
        raise ValueError("it holds a letter that cannot be seen")
    return written(text)


def one_line(text: str) -> str:
    """Return a text of one line; raises `ValueError`."""
    tidy = tidied(text)
    if "\n" in tidy or "\t" in tidy:
        raise ValueError("it must be one line")
    return tidy


def not_blank(text: str) -> str:
    """Return a text; raises `ValueError` where nothing stands in it."""
    if not text:
        raise ValueError("it is empty")
    return text


def real_day(text: str) -> str:
    """Return a day as it was written; raises `ValueError` for one that no calendar has."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day") from None
    return text


Day = Annotated[
    str,
    Field(pattern=r"^20[2-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", json_schema_extra={"format": "date"}),
    AfterValidator(real_day),
]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Week = Annotated[str, Field(pattern=r"^20[0-9]{2}-W[0-9]{2}$")]


class _Shape(BaseModel):
    """A shape: no field that is not in it, nothing turned from one kind into another, no value in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class NewOutcome(_Shape):
    """What your team decided about a release. A later one corrects it; the line keeps both."""

    disposition: Disposition = Field(
        description="investigate: your team looks into it. safeguard: somebody is protected first. "
        "record: kept for the future. outside_remit: not for your team; say in `words` whose it may be."
    )
    reference: Annotated[str, Field(max_length=LONGEST_REFERENCE), AfterValidator(one_line)] = Field(
        default="", description="Your team's own reference, as the line should quote it."
    )
    due: Day | None = Field(default=None, description="The day on which you look again, or have done it.")
    words: Annotated[str, Field(max_length=LONGEST_WORDS), AfterValidator(tidied)] = Field(
        default="", description="For the line's desk. No caller hears it as it stands."
    )


class NewQuestion(_Shape):
    """What your team would like to know. A handler puts it in other words before a caller may hear it."""

    text: Annotated[
        str, Field(min_length=1, max_length=LONGEST_QUESTION), AfterValidator(tidied), AfterValidator(not_blank)
    ] = Field(description="Ask about what happened, never about who reported it: such a question is declined.")


class Said(_Shape):
    """One thing that your team said of a release: which kind, and how far the desk is. Never its words."""

    id: Id
    kind: SaidKind
    month: Month
    state: SaidState
    place: int = Field(ge=1, description="1 for what was said first of its release.")


class Release(_Shape):
    """One release to your team."""

    release: Id
    month: Month
    purpose: Purpose
    state: ReleaseState = Field(
        description="received: your team opened it or fetched its package: that is the receipt."
    )
    outcome: Disposition | None = Field(description="Of the last outcome; null before the first.")
    acknowledge_by: Week = Field(description="The week by whose end it should be opened or fetched.")
    feedback_by: Week = Field(description="The week by whose end the line should have an outcome.")


class ReleasePage(_Shape):
    """Some of your team's releases, the newest month first."""

    releases: tuple[Release, ...]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


class SaidList(_Shape):
    """What your team said of one release, in the order in which it was said."""

    said: tuple[Said, ...]


class FieldProblem(_Shape):
    """What is wrong with one field."""

    field: str
    why: str


class Problem(_Shape):
    """Why a request was refused, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: tuple[FieldProblem, ...] = ()
