"""The words of subjects, links, searches and blocks: the fields of each form, and how what is sealed is said."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.desk.words import Reason
from storage.contents import Interest, Subject


@dataclass(frozen=True)
class Field:
    """One field of a form: never one about the caller."""

    name: str
    label: str
    hint: str = ""
    longest: int = 80
    classes: str = ""


NAME = Field("name", "Name or nickname", "As it was said, in any spelling")
NUMBER = Field(
    "number", "Shoulder number", "Letters and figures; spaces make no difference", 20, "govuk-input--width-10"
)
UNIT = Field("unit", "Unit or station")
FORCE = Field("force", "Force", "Leave empty if it is the force that this line is for")
REGISTRATION = Field("registration", "Registration", "Spaces make no difference", 20, "govuk-input--width-10")
FIELDS: dict[str, tuple[Field, ...]] = {
    "officer": (NAME, Field("rank", "Rank or role"), NUMBER, Field("team", "Team"), UNIT, FORCE),
    "vehicle": (REGISTRATION, Field("description", "What it looks like", "Make, colour, markings", 300), FORCE),
    "unit": (Field("name", "Name of the unit or station"), FORCE),
}
# What a subject cannot be without: a rank, a team or a force alone is nobody.
NEEDED: dict[str, tuple[str, ...]] = {
    "officer": ("name", "number"),
    "vehicle": ("registration", "description"),
    "unit": ("name",),
}
NEEDED_WORDS: dict[str, str] = {
    "officer": "Enter a name or nickname, or a shoulder number",
    "vehicle": "Enter a registration, or what it looks like",
    "unit": "Enter the name of the unit or station",
}
WHATS: dict[str, str] = {"officer": "Officer or member of staff", "vehicle": "Vehicle", "unit": "Unit or station"}
SEARCHED: tuple[Field, ...] = (NAME, NUMBER, UNIT, REGISTRATION, Field("looks", "What a vehicle looks like"))
INTEREST_FIELDS: tuple[Field, ...] = (
    Field("name", "Name", "Of an officer or member of police staff they know"),
    NUMBER,
    Field("unit", "Unit or station", "Without a name or number, all that is about this unit is closed to them"),
    REGISTRATION,
)
RELATIONS: tuple[Reason, ...] = (
    Reason("same_incident", "The same incident", "Both tell of one event"),
    Reason("same_subject", "The same officer, vehicle or unit", "Different events, the same people"),
    Reason(
        "follow_up", "What one tells follows on from the other", "Judged by what is told, never by who may be telling"
    ),
)
RELATION_WORDS: dict[str, str] = {
    **{reason.name: reason.words for reason in RELATIONS},
    # Made by what is done with the two, never chosen.
    "split": "Two parts of what one caller told",
    "merged": "Its content became part of the other",
}
HOWS: dict[str, str] = {
    "recused": "They know somebody in it",
    "blocked": "Closed by a supervisor",
    "interest": "A subject is somebody or something they are connected to",
}
WEEKS: dict[str, str] = {"4": "Last 4 weeks", "13": "Last 3 months", "52": "Last 12 months", "": "All weeks"}


def subject_line(subject: Subject) -> str:
    """Return a subject in one line: `Sgt Tom Wren, 1234 MX, Response team, Hackney`."""
    named = " ".join(part for part in (subject.rank, subject.name) if part)
    rest = (subject.number, subject.registration, subject.description, subject.team, subject.unit, subject.force)
    return ", ".join(part for part in (named, *rest) if part)


def subject_rows(subject: Subject) -> tuple[tuple[str, str], ...]:
    """Return what is known of a subject as labels and values."""
    fields = FIELDS.get(subject.what, ())
    return tuple((field.label, value) for field in fields if (value := getattr(subject, field.name)))


def interest_line(interest: Interest) -> str:
    """Return a connection in one line."""
    said = (interest.name, interest.number, interest.unit, interest.registration)
    return ", ".join(part for part in said if part)
