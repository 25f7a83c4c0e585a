"""The rules by which a raw text is marked: read strictly from rules.toml and words.toml, every mistake told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from prompts.mistakes import FileMistakes, Mistake, mistakes_of, read_toml
from prompts.parts import Part, Text

FOLDER = Path(__file__).parent
SLOT = re.compile(r"%([a-z_]+)%")
HIT = re.compile(r"hit(?:_\d)?")
WORDS = "words.toml"
LISTS_OF_THE_CODE = ("fillers", "leave_out_ignored")  # used without a pattern
Pattern = Annotated[str, Field(min_length=3, max_length=1500)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Whole = TypeVar("Whole", bound=Part)
Words = Annotated[tuple[Text, ...], Field(min_length=1)]


class RulesMistakes(FileMistakes):
    """The rules cannot be used; trying again helps only after they were mended."""


class Kind(StrEnum):
    """What a mark can be about. Part of the code, since blurring and the score tell some from others."""

    LEAVE_OUT = "leave_out"
    TELEPHONE = "telephone"
    EMAIL = "email"
    NAME = "name"
    REFERENCE = "reference"
    POSTCODE = "postcode"
    ADDRESS = "address"
    PLATE = "plate"
    RELATION = "relation"
    SEX = "sex"
    AGE = "age"
    RARE = "rare"
    CROWD = "crowd"
    SOURCE = "source"
    DATE = "date"
    TIME = "time"
    LANGUAGE = "language"
    EMOTION = "emotion"
    FIRST_PERSON = "first_person"
    SUBJECT = "subject"


class Crowd(StrEnum):
    """What the caller answered when asked how many could know; the values of the questionnaire."""

    ONE_OR_TWO = "one_or_two"
    A_FEW = "a_few"
    MANY = "many"
    UNSURE = "unsure"


class KindRule(Part):
    """What holds for every mark of a kind."""

    title: Text
    why: Text
    blur: Text
    weight: int = Field(ge=0, le=10)
    points: int = Field(ge=0, le=100)  # one that remains
    most: int = Field(ge=0, le=100)  # all that remain
    grows: bool = False
    always: bool = False
    yields: bool = False


class CrowdRule(Part):
    """What follows from how many could know."""

    boost: int = Field(ge=0, le=5)
    points: int = Field(ge=0, le=100)
    words: Text


class _Written(Part):
    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    kind: Kind
    pattern: Pattern
    case: bool = False
    only_with: Text | None = None
    why: Text | None = None
    blur: Text | None = None
    finds: Words
    leaves: Words


class _Rules(Part):
    kinds: Mapping[Kind, KindRule]
    crowd: Mapping[Crowd, CrowdRule]
    rule: tuple[_Written, ...]


class _Vocabulary(Part):
    lists: Mapping[Name, Words]
    parts: Mapping[Name, Pattern]


@dataclass(frozen=True)
class Rule:
    """One thing to look for, and what is said where it is found."""

    id: str
    kind: Kind
    pattern: re.Pattern[str]
    why: str
    blur: str
    only_with: str = ""  # a word without which a text is not looked through

    def spans(self, plain: str) -> Iterator[tuple[int, int]]:
        """Give where it is found in a text whose spaces are single and whose apostrophes are straight."""
        if self.only_with.lower() not in plain.lower():
            return
        for match in self.pattern.finditer(plain):
            named = [name for name, got in match.groupdict().items() if got and HIT.fullmatch(name)]
            yield match.span(named[0] if named else 0)


@dataclass(frozen=True)
class Rules:
    """Everything that marking and scoring go by."""

    kinds: Mapping[Kind, KindRule]
    crowd: Mapping[Crowd, CrowdRule]
    rules: tuple[Rule, ...]
    fillers: frozenset[str]  # said between other words, and never counted
    ignored: frozenset[str]  # words of an answer to "what should be left out" that name nothing


def read_rules(folder: Path = FOLDER) -> Rules:
    """Return the rules of a folder; raises `RulesMistakes` with all that is wrong in both files."""
    words_file, rules_file = folder / WORDS, folder / "rules.toml"
    words, written = _as(_Vocabulary, words_file), _as(_Rules, rules_file)
    slots, mistakes = _slots(words)
    mistakes += _mistakes_of_lists(words, written)
    broken = words.parts.keys() - slots.keys()
    # A rule that rests on a part which is mistaken already would only tell the same mistake again.
    whole = [one for one in written.rule if not broken & set(SLOT.findall(one.pattern))]
    found = [_rule(one, written, slots) for one in whole]
    rules = tuple(one for one in found if isinstance(one, Rule))
    mistakes += [*_mistakes(written), *(one for one in found if isinstance(one, Mistake))]
    mistakes += [
        mistake
        for rule, one in zip(found, whole, strict=True)
        if isinstance(rule, Rule)
        for mistake in _tried(rule, one)
    ]
    if mistakes:
        raise RulesMistakes(rules_file, mistakes)
    fillers, ignored = (frozenset(words.lists[name]) for name in LISTS_OF_THE_CODE)
    return Rules(written.kinds, written.crowd, rules, fillers, ignored)


@cache
def own_rules() -> Rules:
    """Return the rules that come with the software, read once: trying their examples takes a fifth of a second."""
    return read_rules()


def _as(shape: type[Whole], path: Path) -> Whole:
    try:
        return shape.model_validate(read_toml(path, RulesMistakes))
    except ValidationError as error:
        raise RulesMistakes(path, mistakes_of(error)) from None


def _slots(words: _Vocabulary) -> tuple[dict[str, str], list[Mistake]]:
    """Return what stands for each %name%, and what cannot be used."""
    slots = {name: _alternatives(some) for name, some in words.lists.items()}
    mistakes = []
    for name, pattern in words.parts.items():
        if name in words.lists:
            mistakes.append(Mistake(f"{WORDS}, parts.{name}", "a list has this name too", "give each its own"))
        unknown = [slot for slot in SLOT.findall(pattern) if slot not in slots]
        mistakes += [_unknown(f"{WORDS}, parts.{name}", slot) for slot in unknown]
        if not unknown:
            slots[name] = _filled(pattern, slots)
    return slots, mistakes


def _mistakes_of_lists(words: _Vocabulary, rules: _Rules) -> Iterator[Mistake]:
    patterns = (*words.parts.values(), *(one.pattern for one in rules.rule))
    used = {name for pattern in patterns for name in SLOT.findall(pattern)} | set(LISTS_OF_THE_CODE)
    for name in words.lists.keys() - used:
        yield Mistake(f"{WORDS}, lists.{name}", "no pattern uses it", "take it out, or mend its name")
    for name in set(LISTS_OF_THE_CODE) - words.lists.keys():
        yield Mistake(f"{WORDS}, lists.{name}", "it is missing", "add it")


def _alternatives(words: tuple[str, ...]) -> str:
    # The longest first, or "ex" would hide "ex-husband".
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(re.escape(word) for word in ordered)})"


def _filled(pattern: str, slots: Mapping[str, str]) -> str:
    return SLOT.sub(lambda slot: slots[slot[1]], pattern)


def _unknown(place: str, slot: str) -> Mistake:
    return Mistake(place, f"%{slot}% is no list and no part above it", "mend the name; words.toml has them all")


def _rule(written: _Written, rules: _Rules, slots: Mapping[str, str]) -> Rule | Mistake:
    for slot in SLOT.findall(written.pattern):
        if slot not in slots:
            return _unknown(f"rule.{written.id}.pattern", slot)
    try:
        pattern = re.compile(_filled(written.pattern, slots), 0 if written.case else re.IGNORECASE)
    except re.error as error:
        return Mistake(f"rule.{written.id}.pattern", f"it is no pattern: {error}", "mend it")
    if pattern.search("") or pattern.fullmatch(" "):
        return Mistake(f"rule.{written.id}.pattern", "it finds nothing at all, everywhere", "ask for at least one word")
    kind = rules.kinds.get(written.kind)
    if kind is None:
        return Mistake(f"rule.{written.id}.kind", "this kind is not explained", f"add [kinds.{written.kind}]")
    why, blur = written.why or kind.why, written.blur or kind.blur
    return Rule(written.id, written.kind, pattern, why, blur, written.only_with or "")


def _mistakes(rules: _Rules) -> Iterator[Mistake]:
    ruled = {one.kind for one in rules.rule} | {Kind.LEAVE_OUT}  # which the caller's own words rule
    for kind in Kind:
        if kind not in rules.kinds:
            yield Mistake(f"kinds.{kind}", "it is missing", "add it: the code knows this kind")
        if kind not in ruled:
            yield Mistake(f"kinds.{kind}", "no rule finds it", "add a rule")
    for named, kind_rule in rules.kinds.items():
        if kind_rule.points > kind_rule.most:
            yield Mistake(f"kinds.{named}.most", "it is less than points", "one alone may not count more than all")
        if (kind_rule.weight == 0) != (named is Kind.SUBJECT):
            yield Mistake(f"kinds.{named}.weight", "0 is for what is about the accused, and only that", "mend it")
    for crowd in Crowd:
        if crowd not in rules.crowd:
            yield Mistake(f"crowd.{crowd}", "it is missing", "add it: callers can answer this")
    ids = [one.id for one in rules.rule]
    for place, name in enumerate(ids):
        if ids.index(name) != place:
            yield Mistake(f"rule.{name}", "two rules share this id", "give each its own")


def _tried(rule: Rule, written: _Written) -> Iterator[Mistake]:
    """Give every example of a rule that it does not do as it says."""
    for place, text in enumerate(written.finds):
        if next(rule.spans(text), None) is None:
            yield Mistake(
                f"rule.{rule.id}.finds.{place}", "the rule finds nothing in it", "mend the rule or the example"
            )
    for place, text in enumerate(written.leaves):
        if next(rule.spans(text), None) is not None:
            yield Mistake(f"rule.{rule.id}.leaves.{place}", "the rule finds something in it", "mend either")
