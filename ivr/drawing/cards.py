"""What stands in the box of a step, and which ways out of it are lines and which are told in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ivr.drawing.layout import Arrow, Size, hub_of
from ivr.spoken import requirements_of
from ivr.steps import (
    AFTER,
    BACK,
    SAME,
    Bridge,
    Choose,
    Decide,
    Digits,
    Do,
    End,
    Flow,
    Hold,
    Menu,
    Record,
    Say,
    Step,
    Wait,
    exits,
)
from prompts.wording import Wording

WIDTH = 222.0
PADDING, NAME_LINE, LINE = 12.0, 20.0, 18.0
CHARACTERS, HEADING = 31, 24  # that fit a line of a box, and of its heading
PART = "part"  # the kind of a box that stands for a whole part of the call
NAMED = {BACK: "back where the call was", AFTER: "on from the clip", SAME: "the same question"}


@dataclass(frozen=True)
class Way:
    """One or more ways out that lead to the same place."""

    why: str  # the keys or what happens; empty where there is only one way
    where: str  # a step, or a name that only a call can fill


@dataclass(frozen=True)
class Card:
    """A step as it is drawn."""

    name: str
    kind: str
    heading: tuple[str, ...]  # its name in words, by line
    notes: tuple[str, ...]
    told: tuple[Way, ...]  # ways out that no line is drawn for

    @property
    def size(self) -> Size:
        """Return how much room it takes."""
        lines = (self.kind != PART) + len(self.notes) + len(self.told)
        return Size(WIDTH, PADDING * 2 + len(self.heading) * NAME_LINE + lines * LINE - 6)


def in_words(name: str) -> str:
    """Return a step's name as people read it."""
    return NAMED.get(name) or name.replace("_", " ")


def ways_of(step: Step) -> tuple[Way, ...]:
    """Return the ways out of a step, those to one place together."""
    whys: dict[str, list[str]] = {}
    for why, where in exits(step):
        whys.setdefault(where, []).append(why)
    if len(whys) == 1:  # nothing tells it from another
        return (Way("", *whys),)
    return tuple(Way(", ".join(told), where) for where, told in whys.items())


def arrows_of(flow: Flow, names: Sequence[str]) -> dict[Arrow, str]:
    """Return the lines within one part of a call with their words: only those that lead onwards in it."""
    place = {name: at for at, name in enumerate(names)}
    arrows = {
        (name, way.where): way.why
        for name in names
        for way in ways_of(flow.steps[name])
        if place.get(way.where, -1) > place[name]
    }
    return _beside_a_hub(arrows) if hub_of(arrows) else arrows


def _beside_a_hub(arrows: Mapping[Arrow, str]) -> dict[Arrow, str]:
    """Return the lines of a part that has a hub: from the hub, and from a box to the one that follows it."""
    hub = hub_of(arrows)
    first = {target for source, target in arrows if source == hub}
    kept = {arrow: why for arrow, why in arrows.items() if arrow[0] == hub or arrow[1] not in first}
    return {arrow: "" if arrow[0] == hub else why for arrow, why in kept.items()}


def cards_of(flow: Flow, names: Sequence[str]) -> tuple[Card, ...]:
    """Return the boxes of one part of a call."""
    arrows = arrows_of(flow, names)
    return tuple(
        Card(
            name,
            kind_of(flow.steps[name]),
            (in_words(name),),
            tuple(_notes(flow.steps[name])),
            tuple(way for way in ways_of(flow.steps[name]) if (name, way.where) not in arrows),
        )
        for name in names
    )


def part_cards(flow: Flow) -> tuple[tuple[Card, ...], dict[Arrow, str]]:
    """Return a box for each part of the call, and the lines between them."""
    titles = tuple(flow.parts)
    part_of = {name: title for title, names in flow.parts.items() for name in names}
    whys: dict[Arrow, list[str]] = {}
    for name, title in part_of.items():
        for way in ways_of(flow.steps[name]):
            to = part_of.get(way.where, title)
            if to != title:
                whys.setdefault((title, to), []).extend(way.why.split(", ") if way.why else ())
    ways = {arrow: ", ".join(dict.fromkeys(told)) for arrow, told in whys.items()}
    onwards = {arrow: why for arrow, why in ways.items() if titles.index(arrow[0]) < titles.index(arrow[1])}
    return tuple(_part_card(flow, title, ways, onwards) for title in titles), onwards


def _part_card(flow: Flow, title: str, ways: Mapping[Arrow, str], onwards: Mapping[Arrow, str]) -> Card:
    told = tuple(Way(why, to) for (of, to), why in ways.items() if of == title and (of, to) not in onwards)
    spoken = sum(not isinstance(flow.steps[name], Decide | Do) for name in flow.parts[title])
    notes = (f"{len(flow.parts[title])} steps, {spoken} of them spoken",)
    return Card(title, PART, tuple(_wrapped(title.split(), " ", HEADING)), notes, told)


def kind_of(step: Step) -> str:
    """Return the kind of a step in a word."""
    match step:
        case Say():
            return "sentence"
        case Menu():
            return "menu"
        case Choose() | Digits():
            return "question"
        case Record():
            return "recording"
        case Hold() | Wait():
            return "waiting"
        case Bridge():
            return "talk"
        case Decide():
            return "decision"
        case Do():
            return "keeping"
        case End():
            return "end"


def said_at(flow: Flow, name: str, wording: Wording, language: str) -> Iterator[tuple[str, str, str]]:
    """Yield what a step can say, as (prompt, language, text)."""
    step = flow.steps[name]
    for prompt in dict.fromkeys(requirement.prompt for requirement in requirements_of(step)):
        if prompt == "language_offer" and isinstance(step, Menu):
            for code in (one for one in step.languages if one != language):
                yield prompt, code, wording.say(code, prompt)
        elif wording.has(language, prompt):
            yield prompt, language, wording.say(language, prompt)


def _notes(step: Step) -> Iterator[str]:
    match step:
        case Choose():
            if step.picks > 1:
                yield f"up to {step.picks} of these"
            yield from _wrapped([f"{key} {in_words(value)}" for key, value in step.choices.items()])
        case Digits():
            yield f"up to {step.length} digits"
        case Record():
            clips = f"{step.max_clips} clips of " if step.max_clips > 1 else ""
            yield f"up to {clips}{step.max_seconds} s"
        case _:
            return


def _wrapped(words: Sequence[str], joint: str = " \u00b7 ", characters: int = CHARACTERS) -> Iterator[str]:
    line = ""
    for word in words:
        joined = f"{line}{joint}{word}" if line else word
        if line and len(joined) > characters:
            yield line
            joined = word
        line = joined
    yield line
