"""Short fields as they were typed: tidied, and what is wrong with each in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from handlers.desk.beside_words import Field

# What turns the direction of the words around it (Unicode, UAX 9): with it a name can be shown as another.
TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def tidied(raw: Mapping[str, str], fields: Iterable[Field]) -> dict[str, str]:
    """Return each field's text with single spaces and without characters that show nothing."""
    return {field.name: tidy(raw.get(field.name, "")) for field in fields}


def tidy(text: str) -> str:
    """Return a text with single spaces and without characters that control or turn it, in one form of Unicode."""
    straight = text.translate(TURNING)
    plain = "".join(" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in straight)
    return " ".join(unicodedata.normalize("NFC", plain.encode("utf-8", "replace").decode()).split())


def too_long(typed: Mapping[str, str], fields: Iterable[Field]) -> dict[str, str]:
    """Return a sentence for each field that holds too much."""
    return {
        field.name: f"{field.label} must be {field.longest} characters or fewer"
        for field in fields
        if len(typed.get(field.name, "")) > field.longest
    }
