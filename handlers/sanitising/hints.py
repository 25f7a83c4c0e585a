"""Marks in a raw text what may point to the caller, each with why: it changes nothing, and a person decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from handlers.sanitising.leaving_out import left_out
from handlers.sanitising.rules import Crowd, Kind, Rules
from handlers.tokens import folded

MOST_WEIGHT = 10
APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'"})
UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")  # a soft hyphen inside a number hides it from every rule
WORD = re.compile(r"[\w'-]+")


@dataclass(frozen=True)
class Told:
    """What the caller answered that never leaves the desk, but helps to see what must not leave."""

    crowd: Crowd | None = None
    leave_out: str = ""


@dataclass(frozen=True)
class Hint:
    """One place to look at. `start` and `end` count characters of the raw text."""

    start: int
    end: int
    kind: Kind
    rule: str  # its id, or the word that the caller asked to leave out
    why: str
    blur: str  # what is usually done about it
    weight: int  # 0 to 10; 0 is about the accused, and stays

    @property
    def is_of_caller(self) -> bool:
        """Say whether it may point to the caller, and not only to the accused."""
        return self.kind is not Kind.SUBJECT


@dataclass(frozen=True)
class Plain:
    """A text as the rules read it, and where each of its characters stands in the raw one."""

    text: str
    places: tuple[int, ...]  # one more than characters: the last is the raw text's end

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span stands in the raw text, without spaces at its ends."""
        while start < end and self.text[start] == " ":
            start += 1
        while end > start and self.text[end - 1] == " ":
            end -= 1
        return (self.places[start], self.places[end - 1] + 1) if end > start else (self.places[start],) * 2


def hints_in(raw: str, told: Told, rules: Rules) -> tuple[Hint, ...]:
    """Return every place in a text that a person should look at, in the order of the text.

    Two places of one kind never overlap. What stands inside something that says as much is not marked twice, unless it
    is of a kind that is `always` marked. Inside the rank, name or number of an accused, kinds that `yield` are not.
    """
    plain = plain_of(raw, rules.fillers)
    found = [*_by_rules(plain, rules), *_by_the_callers_words(plain, told, rules)]
    merged = _without_what_stands_inside(_merged(found), rules)
    return tuple(sorted(_grown(merged, told, rules), key=lambda hint: (hint.start, -hint.end, hint.kind)))


def plain_of(raw: str, fillers: Iterable[str] = ()) -> Plain:
    """Return a text with single spaces and straight apostrophes, without fillers and characters that nobody sees."""
    dropped = [match.span() for match in UNSEEN.finditer(raw)]
    words = "|".join(map(re.escape, sorted(fillers)))
    if words:
        dropped += [match.span() for match in re.finditer(rf"\b(?:{words})\b[,.]*", raw, re.IGNORECASE)]
    skipped = {place for start, end in dropped for place in range(start, end)}
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(raw):
        one = " " if letter.isspace() else letter
        if place in skipped or (one == " " and letters and letters[-1] == " "):
            continue
        letters.append(one)
        places.append(place)
    return Plain("".join(letters).translate(APOSTROPHES), (*places, len(raw)))


def _by_rules(plain: Plain, rules: Rules) -> Iterator[Hint]:
    for rule in rules.rules:
        weight = rules.kinds[rule.kind].weight
        for span in rule.spans(plain.text):
            start, end = plain.raw_span(*span)
            if start < end:
                yield Hint(start, end, rule.kind, rule.id, rule.why, rule.blur, weight)


def _by_the_callers_words(plain: Plain, told: Told, rules: Rules) -> Iterator[Hint]:
    kind = rules.kinds[Kind.LEAVE_OUT]
    words = [(folded(match[0]), *match.span()) for match in WORD.finditer(plain.text)]
    for start, end, asked in left_out(words, told.leave_out, rules.ignored):
        why = f"{kind.why} They said: “{asked}”."
        yield Hint(*plain.raw_span(start, end), Kind.LEAVE_OUT, "leave-out", why, kind.blur, kind.weight)


def _merged(hints: Iterable[Hint]) -> list[Hint]:
    """Return hints of which no two of one kind overlap: the longer one's reason stands for both."""
    merged: dict[Kind, list[Hint]] = {}
    for hint in sorted(hints, key=lambda one: (one.start, -one.end)):
        mine = merged.setdefault(hint.kind, [])
        if mine and hint.start < mine[-1].end:
            last = mine[-1]
            longer = max(last, hint, key=lambda one: one.end - one.start)
            mine[-1] = replace(longer, start=last.start, end=max(last.end, hint.end))
        else:
            mine.append(hint)
    return [hint for mine in merged.values() for hint in mine]


def _without_what_stands_inside(hints: list[Hint], rules: Rules) -> Iterator[Hint]:
    """Give the hints but those that stand wholly inside another which says as much."""
    open_ones: list[Hint] = []
    for hint in sorted(hints, key=lambda one: (one.start, -one.end, -one.weight)):
        open_ones = [one for one in open_ones if one.end > hint.start]
        if not any(_hides(one, hint, rules) for one in open_ones):
            yield hint
        open_ones.append(hint)


def _hides(outer: Hint, inner: Hint, rules: Rules) -> bool:
    if inner.end > outer.end or rules.kinds[inner.kind].always or outer.kind is Kind.LEAVE_OUT:
        return False
    if outer.kind is Kind.SUBJECT:  # a rule may take for an officer what is none: little hides behind it
        return rules.kinds[inner.kind].yields
    return outer.weight >= inner.weight


def _grown(hints: Iterable[Hint], told: Told, rules: Rules) -> Iterator[Hint]:
    """Give the hints with the weight they have when so few people could know."""
    crowd = rules.crowd[told.crowd or Crowd.UNSURE]
    for hint in hints:
        if rules.kinds[hint.kind].grows and crowd.boost:
            weight = min(MOST_WEIGHT, hint.weight + crowd.boost)
            yield replace(hint, weight=weight, why=f"{hint.why} {crowd.words}")
        else:
            yield hint
