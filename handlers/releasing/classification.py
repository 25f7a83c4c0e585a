"""How a report is classified before it leaves: categories, flags, and the police intelligence grade 3x5x2.

The words stand beside the names, as a person decides by them. A machine suggests one letter and applies none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """The twelve national categories of corruption intelligence."""

    INFILTRATION = "infiltration"
    DISCLOSURE = "disclosure"
    JUSTICE = "justice"
    SEXUAL = "sexual"
    DRUGS = "drugs"
    THEFT = "theft"
    SYSTEMS = "systems"
    AUTHORITY = "authority"
    ASSOCIATION = "association"
    VULNERABILITY = "vulnerability"
    CRIME = "crime"
    OTHER = "other"


class Flag(StrEnum):
    """What a team must see at once, beside the categories."""

    DOMESTIC_ABUSE = "domestic_abuse"
    DISCRIMINATION = "discrimination"
    FIREARMS = "firearms"
    CHILD = "child"
    ORGANISED_CRIME = "organised_crime"
    VICTIM_WITNESS = "victim_witness"
    SOCIAL_MEDIA = "social_media"
    ON_DUTY = "on_duty"
    OFF_DUTY = "off_duty"
    CONTINUING = "continuing"
    PAST = "past"


class Ground(StrEnum):
    """On what ground somebody is discriminated against."""

    RACE = "race"
    RELIGION = "religion"
    SEX = "sex"
    ORIENTATION = "orientation"
    GENDER_IDENTITY = "gender_identity"
    DISABILITY = "disability"
    AGE = "age"
    OTHER = "other"


class Source(StrEnum):
    """The grade's first place: the source."""

    RELIABLE = "1"
    UNTESTED = "2"
    NOT_RELIABLE = "3"


class Information(StrEnum):
    """The grade's second place: the information."""

    DIRECT = "A"
    CORROBORATED = "B"
    INDIRECT = "C"
    UNKNOWN = "D"
    SUSPECTED_FALSE = "E"


class Handling(StrEnum):
    """The grade's third place: who may be told."""

    PERMITTED = "P"
    CONDITIONS = "C"


@dataclass(frozen=True)
class Wording:
    """What a choice is called, and when it is the right one."""

    label: str
    help: str = ""


CATEGORIES: dict[Category, Wording] = {
    Category.INFILTRATION: Wording("Infiltration", "Somebody joined, or stays, to serve others from inside."),
    Category.DISCLOSURE: Wording("Disclosure of information", "What the police know is given or sold to outsiders."),
    Category.JUSTICE: Wording("Perverting the course of justice", "Evidence, witnesses or a case are tampered with."),
    Category.SEXUAL: Wording("Sexual misconduct", "Sexual offences, or a position used for sexual ends."),
    Category.DRUGS: Wording("Controlled drugs", "Use, supply or possession by somebody who works for the police."),
    Category.THEFT: Wording("Theft and fraud", "Property, money or claims: of the force or of the public."),
    Category.SYSTEMS: Wording(
        "Misuse of force systems", "Looking up, changing or copying without a duty that needs it."
    ),
    Category.AUTHORITY: Wording("Abuse of authority", "Powers or position used to gain, to threaten or to hurt."),
    Category.ASSOCIATION: Wording("Inappropriate association", "Ties to criminals, or others they must tell of."),
    Category.VULNERABILITY: Wording("Vulnerability", "Debts, addiction or pressure by which somebody can be turned."),
    Category.CRIME: Wording("Committing, inciting or aiding crime", "Any other crime, done or helped with."),
    Category.OTHER: Wording("Other", "Serious, and in none of the others. Say in the text what it is."),
}
FLAGS: dict[Flag, Wording] = {
    Flag.DOMESTIC_ABUSE: Wording("Domestic abuse by police"),
    Flag.DISCRIMINATION: Wording("Discrimination", "Choose the grounds too."),
    Flag.FIREARMS: Wording("Access to firearms", "By duty, by licence or unlawfully."),
    Flag.CHILD: Wording("A child is at risk"),
    Flag.ORGANISED_CRIME: Wording("Link to organised crime"),
    Flag.VICTIM_WITNESS: Wording(
        "A victim is a witness", "In a case under way. Never set it because the caller is the victim."
    ),
    Flag.SOCIAL_MEDIA: Wording("A group on social media"),
    Flag.ON_DUTY: Wording("On duty"),
    Flag.OFF_DUTY: Wording("Off duty"),
    Flag.CONTINUING: Wording("Continuing"),
    Flag.PAST: Wording("Past"),
}
GROUNDS: dict[Ground, Wording] = {
    Ground.RACE: Wording("Race or nationality"),
    Ground.RELIGION: Wording("Religion or belief"),
    Ground.SEX: Wording("Sex"),
    Ground.ORIENTATION: Wording("Sexual orientation"),
    Ground.GENDER_IDENTITY: Wording("Gender identity"),
    Ground.DISABILITY: Wording("Disability"),
    Ground.AGE: Wording("Age"),
    Ground.OTHER: Wording("Another ground", "Say in the text what it is."),
}
SOURCES: dict[Source, Wording] = {
    Source.RELIABLE: Wording("Reliable", "Known, and right before. Nobody who is anonymous can be this."),
    Source.UNTESTED: Wording("Untested", "Nothing is known of the source. The rule for this line."),
    Source.NOT_RELIABLE: Wording(
        "Not reliable", "There are reasons to doubt the source. Write none that describes them."
    ),
}
INFORMATION: dict[Information, Wording] = {
    Information.DIRECT: Wording(
        "Known directly to the source", "Seen or heard by themselves. It tells the team that the source was there."
    ),
    Information.CORROBORATED: Wording(
        "Known indirectly, but corroborated", "Told to them, and something else that can be checked bears it out."
    ),
    Information.INDIRECT: Wording("Known indirectly", "Told to them, and nothing else bears it out."),
    Information.UNKNOWN: Wording("Not known", "It cannot be judged how the source came to know, or must not be shown."),
    Information.SUSPECTED_FALSE: Wording("Suspected to be false", "Something speaks against it. Say what in the text."),
}
HANDLING: dict[Handling, Wording] = {
    Handling.PERMITTED: Wording("Lawful sharing permitted", "The team may pass it on where the law allows."),
    Handling.CONDITIONS: Wording(
        "Sharing under conditions", "The team may pass it on as the conditions say; write them."
    ),
}

SUGGESTED_BY_ANSWER: dict[str, tuple[Information, str]] = {
    "saw_or_heard": (Information.DIRECT, "The caller said that they saw or heard it."),
    "was_told": (Information.INDIRECT, "The caller said that they were told."),
    "documents": (
        Information.CORROBORATED,
        "The caller said that documents or messages show it. C if nobody could check.",
    ),
    "worked_out": (Information.UNKNOWN, "The caller said that they worked it out."),
    "unsaid": (Information.UNKNOWN, "The caller would rather not say how they know."),
}
FEW = frozenset(("one_or_two", "a_few"))


@dataclass(frozen=True)
class Suggestion:
    """A letter for the information, and why; nobody's decision yet."""

    information: Information
    why: str


def suggested_information(how_known: str, crowd: str = "") -> Suggestion:
    """Return which letter the caller's answers speak for. Both answers stay at the desk; the letter may leave.

    Where few could know it, A would say that the source is one of them: so D is suggested instead.
    """
    letter, why = SUGGESTED_BY_ANSWER.get(how_known, (Information.UNKNOWN, "Nobody asked, or nobody answered."))
    if letter is Information.DIRECT and crowd in FEW:
        return Suggestion(
            Information.UNKNOWN, f"{why} But few could know it, and A would say that they are one of them."
        )
    return Suggestion(letter, why)
