"""Blurs times and places by rule: what stands there becomes a choice of coarser words, or stays with a reason.

It reads words, never a clock: what "last Tuesday" means is asked of whoever knows the day of receipt, inside the seal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from handlers.sanitising.days import coarser_day
from handlers.sanitising.hours import coarser_hour
from handlers.sanitising.reasons import KeepReason
from handlers.sanitising.rules import Kind

IN_THE_AREA = "in the area"
A_PLACE = "a place in the area"
A_HOME = "a home in the area"
STREETS = "street|road|lane|avenue|close|drive|terrace|crescent|gardens|grove|way|walk|square|parade|mews|row"
# The first that fits: what is inside something comes before what it is in.
PLACES = (
    (r"flat|apartment|room|cottage|forge|lodge|mansions|caravan", A_HOME),
    (rf"\d+[a-z]?,? \w+(?: \w+)? (?:{STREETS})", A_HOME),
    (rf"(?:number|\w+ty(?:[ -]\w+)?|\w+teen) \w+ (?:{STREETS})", A_HOME),
    (rf"(?:{STREETS})$", "a street in the area"),
    (r"pub|bar|club", "a pub or club"),
    (r"school|college|university|nursery", "a place of education"),
    (r"church|mosque|temple|synagogue|gurdwara", "a place of worship"),
    (r"hospital|surgery|clinic|ward|pharmacy|dentist", "a place of medical care"),
    (r"refuge|hostel|care home", "where they live"),
    (r"shop|market|supermarket|salon|hairdressers?|bakery|cafe|restaurant|takeaway", "a shop or café"),
    (r"gym|leisure centre", "a sports club"),
    (r"hotel|manor", "a hotel"),
    (r"station|bus stop|tram stop|services", "a stop or station"),
    (r"[abm]\d{1,4}|ring road|motorway", "a main road"),
)


@dataclass(frozen=True)
class Blur:
    """Coarser words for a place of a text; the first is what the rule proposes."""

    choices: tuple[str, ...]

    @property
    def proposed(self) -> str:
        """Return what the rule proposes."""
        return self.choices[0]


@dataclass(frozen=True)
class KeptExact:
    """A time or place that stays as it is, and why. `start` and `end` count characters of the raw text."""

    start: int
    end: int
    reason: KeepReason


def blurred(kind: Kind, words: str, received: date | None = None) -> Blur | None:
    """Return coarser words for a date, time, postcode or address, or None for other kinds and for what cannot be read.

    `received` is the day of receipt; without it "last Tuesday" becomes "recently". A year that is not said is not
    guessed.
    """
    plain = " ".join(words.replace("\u2019", "'").split()).casefold()
    match kind:
        case Kind.DATE:
            choices = coarser_day(plain, received)
        case Kind.TIME:
            choices = coarser_hour(plain)
        case Kind.POSTCODE:
            choices = coarser_postcode(plain)
        case Kind.ADDRESS:
            choices = coarser_address(plain)
        case _:
            choices = ()
    return Blur(tuple(dict.fromkeys(choices))) if choices else None


def coarser_postcode(words: str) -> tuple[str, ...]:
    """Return words that say nothing, and the letters of the postcode's area."""
    area = re.match(r"([a-z]{1,2})\d", words)
    return (IN_THE_AREA, f"in the {area[1].upper()} area") if area else (IN_THE_AREA,)


def coarser_address(words: str) -> tuple[str, ...]:
    """Return the kind of place, and wider words; a house number and a name never stay."""
    itself = re.split(r" (?:on|by|in|opposite|behind) ", words)[0]  # a shop on a road is a shop
    kind = next((kind for said, kind in PLACES if re.search(rf"\b(?:{said})\b", itself)), A_PLACE)
    return kind, A_PLACE, IN_THE_AREA
