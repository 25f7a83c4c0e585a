"""The reference a caller keeps: sixteen digits that open a mailbox and are stored nowhere."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from storage.keys import ARGON_COST, ArgonCost, Secret, derived, public_half, stretched

REFERENCE_DIGITS = 16
GROUP_DIGITS = 4

# The quasigroup of order 10 from H. M. Damm, "Total anti-symmetrische Quasigruppen" (Marburg, 2004): it catches every
# single wrong digit and every swap of neighbours, the two slips people make on a keypad.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


@dataclass(frozen=True)
class ReferenceKeys:
    """What a reference opens. Only the lookup id and the public half are ever stored."""

    lookup_id: str
    reply_public: bytes
    reply_private: Secret


def new_reference() -> str:
    """Return a fresh reference: 15 random digits (50 bits) and their check digit."""
    digits = "".join(secrets.choice("0123456789") for _ in range(REFERENCE_DIGITS - 1))
    return digits + check_digit(digits)


def is_well_formed(reference: str) -> bool:
    """Say whether these are sixteen ASCII digits that agree with their check digit."""
    return bool(re.fullmatch(r"[0-9]{16}", reference, re.ASCII)) and check_digit(reference) == "0"


def check_digit(digits: str) -> str:
    """Return the Damm digit to append; digits that already end in theirs give `0`."""
    row = 0
    for digit in digits:
        row = int(_DAMM[row][int(digit)])
    return str(row)


def spoken_groups(reference: str) -> tuple[str, ...]:
    """Return the reference in fours, as it is read out and written down."""
    return tuple(reference[at : at + GROUP_DIGITS] for at in range(0, len(reference), GROUP_DIGITS))


def reference_keys(reference: str, pepper: Secret, *, work: ArgonCost = ARGON_COST) -> ReferenceKeys:
    """Derive what a reference opens. Takes 150 to 300 ms and 64 MiB: never on a webhook's thread.

    The salt is one for the whole site, derived from the pepper: a lookup must find the row without knowing it first.
    """
    strong = stretched(reference, salt=derived(pepper, "reference salt", 16), pepper=pepper, cost=work)
    private = derived(strong, "reference reply key")
    return ReferenceKeys(derived(strong, "reference lookup", 16).hex(), public_half(private), private)
