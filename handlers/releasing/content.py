"""The exact bytes of a release: canonical JSON of what was sanitised, with no field for anything about a caller.

Four eyes approve the SHA-256 of these bytes. They name the team and its keys as well, so that an approval for one team
is none for another, nor for the same one under keys that somebody exchanged.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from handlers.releasing.classification import Category, Flag, Ground, Handling, Information, Source
from prompts.teams import Team
from storage import contents
from storage.keys import Damaged

FORMAT = "hotline-release"
VERSION = 1
LONGEST_TEXT = 40_000  # letters
MOST_SUBJECTS = 30
# Invisible letters and turns of direction: with them, what was approved on a screen and what is read may differ.
UNSEEN = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))


class NotARelease(Damaged):
    """Bytes are no release as we write it, or not in its one form; trying again does not help."""


def _seen(text: str) -> str:
    if any(unicodedata.category(letter) in UNSEEN for letter in text if letter != "\n"):
        raise ValueError("it holds a letter that cannot be seen: type that place anew")
    if text != text.strip() or unicodedata.normalize("NFC", text) != text:
        raise ValueError("it is not tidied: write it through `written`")
    return text


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("it must be one line")
    return text


def _in_order(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if list(values) != sorted(set(values)):
        raise ValueError("each choice stands once, in the order of their names")
    return values


Words = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_seen)]
Line = Annotated[str, Field(max_length=300), AfterValidator(_seen), AfterValidator(_one_line)]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Purpose(StrEnum):
    """What a release is for."""

    FULL = "full"
    SAFEGUARDING = "safeguarding"  # the least that is needed now; a full one may follow


class _Part(BaseModel):
    """A part of a release: no unknown field, no value in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Recipient(_Part):
    """The team that a release is for, with the keys that it is sealed to."""

    team: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
    name: Line
    age: Annotated[str, Field(pattern=r"^age1[02-9ac-hj-np-z]{58}$")]
    group_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    epoch: Annotated[int, Field(ge=1, le=9999)]


class Grade(_Part):
    """The police intelligence grade 3x5x2."""

    source: Source
    information: Information
    handling: Handling
    conditions: Words = ""

    @model_validator(mode="after")
    def _conditions_belong_to_c(self) -> Self:
        if bool(self.conditions) != (self.handling is Handling.CONDITIONS):
            raise ValueError("handling C needs its conditions, and P has none")
        return self

    @property
    def code(self) -> str:
        """Return the grade as it is written: 2DP."""
        return f"{self.source}{self.information}{self.handling}"


class About(_Part):
    """Whom or what the report is about."""

    what: Literal["officer", "vehicle", "unit"]
    name: Line = ""
    rank: Line = ""
    number: Line = ""
    team: Line = ""
    unit: Line = ""
    force: Line = ""
    registration: Line = ""
    description: Words = ""

    @classmethod
    def of(cls, subject: contents.Subject) -> About:
        """Return what leaves of a subject: not who wrote it down."""
        return cls(**{name: written(getattr(subject, name)) for name in cls.model_fields})


class Release(_Part):
    """One release to one team. `month` is that of the release; nothing here tells when anybody rang."""

    format: Literal["hotline-release"] = "hotline-release"
    version: Literal[1] = 1
    release: Id  # random; the team quotes it, and it leads nobody outside the desk to a report
    line: Line
    to: Recipient
    purpose: Purpose
    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    categories: Annotated[tuple[Category, ...], Field(min_length=1), AfterValidator(_in_order)]
    flags: Annotated[tuple[Flag, ...], AfterValidator(_in_order)] = ()
    grounds: Annotated[tuple[Ground, ...], AfterValidator(_in_order)] = ()
    grade: Grade
    subjects: Annotated[tuple[About, ...], Field(max_length=MOST_SUBJECTS)] = ()
    when: Line = ""  # a band, blurred by rule
    where: Line = ""  # an area
    text: Annotated[Words, Field(min_length=1)]

    @model_validator(mode="after")
    def _grounds_belong_to_discrimination(self) -> Self:
        if bool(self.grounds) != (Flag.DISCRIMINATION in self.flags):
            raise ValueError("discrimination and its grounds need each other")
        return self

    def packed(self) -> bytes:
        """Return the release's exact bytes: JSON with sorted names, no space, UTF-8; one release, one form."""
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        ).encode()


def recipient_of(team: Team) -> Recipient:
    """Return a team as a release names it."""
    return Recipient(team=team.id, name=team.name, age=team.age, group_key=team.group_key, epoch=team.epoch)


def written(text: str) -> str:
    """Return a text in the form in which it leaves: NFC, lines ended by one character, nothing around it."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def in_order(values: Sequence[StrEnum]) -> tuple[StrEnum, ...]:
    """Return choices as they stand in a release: each once, in the order of their names."""
    return tuple(sorted(set(values)))


def unpacked(packed: bytes) -> Release:
    """Read a release; raises `NotARelease` for other bytes, those that say the same in another form among them."""
    try:
        release = Release.model_validate_json(packed)
    except ValidationError:
        raise NotARelease("these bytes are no release of this version") from None
    if release.packed() != packed:
        raise NotARelease("these bytes are not in the one form of a release")
    return release


def signed_form(packed: bytes) -> bytes:
    """Return what the line signs beside the package, so that a page can tell its release from one that somebody made.

    Whoever has the release checks it with public tools: a line that says what it is, and the SHA-256.
    """
    return f"hotline release 1\n{digest(packed)}\n".encode()


def digest(packed: bytes) -> str:
    """Return what four eyes approve: SHA-256 of the exact bytes, 64 hexadecimal characters."""
    return hashlib.sha256(packed).hexdigest()
