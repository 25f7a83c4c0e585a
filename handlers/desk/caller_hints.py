"""Gentle hints where typed words may say who the caller is: a rule that explains itself and stops nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Hint:
    """One thing to look at again."""

    name: str
    words: str


TELEPHONE = Hint("telephone", "This looks like a telephone number. If it is the caller's own, take it out.")
EMAIL = Hint("email", "This looks like an e-mail address. If it is the caller's own, take it out.")
POSTCODE = Hint("postcode", "This looks like a postcode. If it says where the caller lives, take it out.")
NAME = Hint("name", "This looks like the caller's own name. Take it out: nobody here needs it.")
AGE = Hint("age", "This looks like the caller's own age. Take it out, unless the report cannot be understood without.")
RELATION = Hint(
    "relation",
    "“My husband” or the like tells who the caller is. Write what the person did, by rank, name or place, if you can.",
)

_RELATIVES = (
    "husband|wife|spouse|partner|boyfriend|girlfriend|fianc(?:é|e|ée|ee)|ex|mother|mum|father|dad|parents?|"
    "son|daughter|brother|sister|step\\w+|uncle|aunt(?:ie)?|cousin|nephew|niece|grand\\w+|neighbour|landlord|"
    "landlady|flatmate|housemate|colleague|boss|sergeant|inspector|in-laws?|(?:mother|father|brother|sister)-in-law"
)
# Digits in groups, at least nine of them: a date, a sum and a shoulder number have fewer.
_RULES: tuple[tuple[Hint, re.Pattern[str]], ...] = (
    (TELEPHONE, re.compile(r"(?<![\w.])(?:\+|00)?\(?[0-9](?:[ \t().-]{0,2}[0-9]){8,14}(?!\w)")),
    (EMAIL, re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}")),
    (POSTCODE, re.compile(r"\b[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\b")),
    (
        NAME,
        re.compile(r"\b(?:my (?:full |first |last |own )?name(?: is|'s)|(?:i am|i'm) called)\b", re.I),
    ),
    (AGE, re.compile(r"\b(?:i am|i'm|aged) [1-9][0-9](?: years? old)?\b(?! (?:years? old )?%)", re.I)),
    (RELATION, re.compile(rf"\bmy (?:own |late |former |ex[- ])?(?:{_RELATIVES})\b", re.I)),
)


def hints_in(text: str) -> tuple[Hint, ...]:
    """Return what in a text may say who the caller is, each hint once."""
    plain = text.replace("\u2019", "'")  # as word processors write it
    return tuple(hint for hint, rule in _RULES if rule.search(plain))
