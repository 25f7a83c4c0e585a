"""Reads the invented reports and measures how much of what is annotated in them the rules mark."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from handlers.sanitising.hints import Hint, Told, hints_in
from handlers.sanitising.rules import Crowd, Kind, Rules, read_rules

CORPUS = Path(__file__).parent / "corpus"
TUNED, HELD_OUT, BY_OTHERS = "tuned", "held_out", "by_others"
CODES = {
    "rel": Kind.RELATION, "sex": Kind.SEX, "age": Kind.AGE, "name": Kind.NAME, "tel": Kind.TELEPHONE,
    "mail": Kind.EMAIL, "plate": Kind.PLATE, "pc": Kind.POSTCODE, "addr": Kind.ADDRESS, "date": Kind.DATE,
    "time": Kind.TIME, "ref": Kind.REFERENCE, "rare": Kind.RARE, "src": Kind.SOURCE, "crowd": Kind.CROWD,
    "lang": Kind.LANGUAGE, "emo": Kind.EMOTION, "out": Kind.LEAVE_OUT, "sub": Kind.SUBJECT,
}  # fmt: skip
MARK = re.compile(r"\[(\w+):|(\])|\^([\w']+)")


@dataclass(frozen=True)
class Annotated:
    """One place of which its writer says what it is."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True)
class Report:
    """One invented report."""

    id: str
    text: str
    told: Told
    places: tuple[Annotated, ...]


@dataclass(frozen=True)
class Score:
    """How many annotated places of a kind were found, and how many marks of the kind were right."""

    annotated: int
    found: int
    marked: int
    right: int

    @property
    def recall(self) -> float:
        """Return the share of annotated places that are marked, 1 where there are none."""
        return self.found / self.annotated if self.annotated else 1.0

    @property
    def precision(self) -> float:
        """Return the share of marks that are annotated, 1 where there are none."""
        return self.right / self.marked if self.marked else 1.0


@cache
def rules() -> Rules:
    """Return the rules that ship."""
    return read_rules()


def reports(part: str) -> tuple[Report, ...]:
    """Return the reports of a part of the corpus."""
    files = sorted((CORPUS / part).glob("*.toml"))
    return tuple(_report(raw) for file in files for raw in tomllib.loads(file.read_text(encoding="utf-8"))["report"])


def parsed(marked: str) -> tuple[str, tuple[Annotated, ...]]:
    """Return an annotated text without its marks, and the places they named."""
    text, places, begun, last = "", [], [], 0
    for mark in MARK.finditer(marked):
        text += marked[last : mark.start()]
        code, closes, word = mark.groups()
        if code:
            begun.append((CODES[code], len(text)))
        elif closes:
            kind, start = begun.pop()
            places.append(Annotated(start, len(text), kind))
        else:
            places.append(Annotated(len(text), len(text) + len(word), Kind.FIRST_PERSON))
            text += word
        last = mark.end()
    if begun:
        raise ValueError(f"a mark of kind {begun[-1][0]} is not closed")
    return text + marked[last:], tuple(places)


@cache
def scores(part: str) -> dict[str, Score]:
    """Return the score of each kind, and of `any`: what may point to the caller, marked as whatever kind.

    The first person is left out of `any`: half of all places are it, and a list of nine words finds it.
    """
    counted: dict[str, Counter[str]] = {name: Counter() for name in (*Kind, "any")}
    for report in reports(part):
        hints = hints_in(report.text, report.told, rules())
        for kind in Kind:
            places = [place for place in report.places if place.kind is kind]
            _count(counted[kind], places, [hint for hint in hints if _speaks_for(hint, kind)], kind)
        places = [place for place in report.places if place.kind not in {Kind.SUBJECT, Kind.FIRST_PERSON}]
        others = [hint for hint in hints if hint.is_of_caller and hint.kind is not Kind.FIRST_PERSON]
        _count(counted["any"], places, others)
    return {name: Score(**{key: count[key] for key in Score.__annotations__}) for name, count in counted.items()}


def misses(part: str) -> Iterator[tuple[str, str, Kind, str]]:
    """Give what is annotated and not marked, and what is marked and not annotated, each by report, kind and text."""
    for report in reports(part):
        hints = hints_in(report.text, report.told, rules())
        for place in report.places:
            if not _touched(place, [hint for hint in hints if _speaks_for(hint, place.kind)]):
                yield "missed", report.id, place.kind, report.text[place.start : place.end]
        for hint in hints:
            if not _touched(hint, [place for place in report.places if place.kind is hint.kind]):
                yield "wrong", report.id, hint.kind, f"{report.text[hint.start : hint.end]} ({hint.rule})"


def _count(count: Counter[str], places: Sequence[Annotated], hints: Sequence[Hint], kind: Kind | None = None) -> None:
    count["annotated"] += len(places)
    count["found"] += sum(_touched(place, hints) for place in places)
    hints = [hint for hint in hints if kind is None or hint.kind is kind]
    count["marked"] += len(hints)
    count["right"] += sum(_touched(hint, places) for hint in hints)


def _speaks_for(hint: Hint, kind: Kind) -> bool:
    """Say whether a mark counts for a kind: a first person inside something that says more is marked by that."""
    return hint.kind is kind or (kind is Kind.FIRST_PERSON and hint.is_of_caller)


def _touched(one: Annotated | Hint, others: Iterable[Annotated | Hint]) -> bool:
    return any(one.start < other.end and other.start < one.end for other in others)


def _report(raw: dict[str, str]) -> Report:
    text, places = parsed(raw["text"])
    return Report(raw["id"], text, Told(Crowd(raw["crowd"]), raw["leave_out"]), places)
