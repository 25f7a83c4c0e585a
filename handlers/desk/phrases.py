"""Looking for words in opened texts: a rule, and the piece of the text around what it found."""

from __future__ import annotations

import json
from dataclasses import dataclass

from handlers.tokens import folded

AROUND_CHARACTERS = 70
SHORTEST = 3
LONGEST = 120
# Where words stand in a report, and what each is called. Subjects have their own index; reasons are nobody's to search.
SEARCHED_KINDS: dict[str, str] = {
    "transcript": "Transcript",
    "draft": "Machine draft",
    "answer": "Keyed answer",
    "note": "Note",
    "written": "Typed report",
}
# What whoever writes the database, or took over the public door, can seal as well.
FORGED_KINDS: dict[str, str] = {
    "transcript": "Transcript that nobody here confirmed",
    "note": "Note that nobody here wrote",
    "written": "Typed report that nobody here wrote",
}


@dataclass(frozen=True)
class Found:
    """A place in a text, with what stands around it."""

    before: str
    found: str
    after: str


def text_in(kind: str, packed: bytes) -> str:
    """Return the words inside what was sealed, "" for what holds none; raises `ValueError` for another shape."""
    raw = json.loads(packed)
    if not isinstance(raw, dict):
        raise ValueError("what was sealed has another shape")
    if kind == "answer":
        values = raw.get("values", ())
        return ", ".join(value for value in values if isinstance(value, str)) if isinstance(values, list) else ""
    if kind == "written":
        given = raw.get("given", ())
        typed = [one.get("text", "") for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        return "\n".join(text for text in typed if isinstance(text, str))
    text = raw.get("text", "")
    return text if isinstance(text, str) else ""


def author_in(packed: bytes) -> str:
    """Return who is said to have written what was sealed."""
    return str(json.loads(packed).get("by", ""))


def find(wanted: str, text: str) -> Found | None:
    """Return the first place where folded words stand in a text, whatever its case, accents and punctuation."""
    if not wanted or wanted not in folded(text):
        return None
    letters, places = _mapped(text)
    at = letters.find(wanted)
    if at < 0:  # letters that fold only together, such as those of Hangul: there, but not to be pointed at
        return Found("", text[: 2 * AROUND_CHARACTERS], "")
    start, end = places[at], places[at + len(wanted) - 1] + 1
    before, after = text[max(0, start - AROUND_CHARACTERS) : start], text[end : end + AROUND_CHARACTERS]
    return Found(
        ("… " if start > AROUND_CHARACTERS else "") + before.lstrip(),
        text[start:end],
        after.rstrip() + (" …" if end + AROUND_CHARACTERS < len(text) else ""),
    )


def _mapped(text: str) -> tuple[str, list[int]]:
    """Return the folded text with the place in the original of each of its characters."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        plain = folded(letter) or ("" if not folded(f"a{letter}a").count(" ") else " ")
        if plain == " " and (not letters or letters[-1] == " "):
            continue
        letters += plain
        places += [place] * len(plain)
    return "".join(letters), places
