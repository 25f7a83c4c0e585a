"""Whatever the hour and whatever is switched, every caller gets to a report, a person or a goodbye."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain, combinations, product, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.app import line_flow, line_languages
from ivr.asks import AskRecording, Count, Effect, OpenReport
from ivr.preview import Planned, Scene, played
from ivr.spoken import prompts_of
from ivr.steps import Decide, Do, End, Heard, Hold, Pressed, Record, Recorded, Silence
from ivr.twiml import Documents
from ivr.walk import answer, begin
from prompts.checks import MAX_OPENING_SECONDS
from prompts.line import Line, is_open, local_time, read_line
from prompts.scripts import seconds_of
from prompts.wording import read_wording
from storage.switches import SWITCHES
from tests.prompts.files import LINES

ALL_LINES = [read_line(path) for path in LINES]
EXAMPLE = next(line for line in ALL_LINES if line.id == "example")
DOCUMENTS = {
    line.id: Documents(line_flow(line), read_wording(line), line_languages(line), "https://line.example.org")
    for line in ALL_LINES
}
# Thursday noon, three at night, Christmas Day, a bank holiday's substitute.
MOMENTS = [local_time(EXAMPLE, f"2026-{when}") for when in ("11-26 12:00", "11-26 03:00", "12-25 12:00", "12-28 12:00")]
SUBSETS = [frozenset(names) for names in chain.from_iterable(combinations(SWITCHES, size) for size in range(4))]
LINE_AND_LANGUAGE = [(line, language) for line in ALL_LINES for language in line_languages(line)]
BY_LINE = pytest.mark.parametrize(("line", "language"), LINE_AND_LANGUAGE, ids=lambda one: getattr(one, "id", one))
WALKS_A_SEED, SEEDS = 25, 400  # ten thousand
ANYTHING: tuple[Heard, ...] = (
    *(Pressed(key) for key in "0123456789*#"),
    *(Silence(),) * 6,
    *(Recorded(end) for end in ("", "#", "*", "0", "9", "hangup")),
    Pressed("1234567890123456"),
)


def scenes(world: Planned, language: str, *, silent: bool = False) -> list[Scene]:
    return list(played(DOCUMENTS[world.line.id], world, language, silent=silent))


def told(line: Line, language: str, prompt: str) -> str:
    """Return how a preview prints what is said, or played where a person recorded it."""
    wording = DOCUMENTS[line.id].wording
    return wording.say(language, prompt) if wording.sound(language, prompt) is None else f"({prompt}.wav is played)"


def worlds(line: Line) -> Iterator[Planned]:
    for at, on, crowded, staffed in product(MOMENTS, SUBSETS, (False, True), (False, True)):
        yield Planned(line, at, on, crowded=crowded, staffed=staffed)


@BY_LINE
@pytest.mark.parametrize("silent", [False, True], ids=["presses", "silent"])
def test_every_combination_ends_in_a_report_a_person_or_a_goodbye(line: Line, language: str, silent: bool) -> None:
    flow = DOCUMENTS[line.id].flow
    for world in worlds(line):
        walked = scenes(world, language, silent=silent)
        last = flow.steps[walked[-1].step]
        assert all(scene.said for scene in walked), world
        if world.crowded:
            assert [scene.step for scene in walked] == ["crowded"]
        elif world.is_handler_on_duty(language):
            assert isinstance(last, Hold), world
        elif silent:
            assert last.name == "silent_end", world
        else:
            assert isinstance(last, Record), world
            assert {scene.language for scene in walked[-3:]} == {language}


@BY_LINE
def test_a_closed_line_never_lets_a_caller_wait_and_says_so(line: Line, language: str) -> None:
    for world in worlds(line):
        heard = [words for scene in scenes(world, language) for words in scene.said]
        assert (told(line, language, "closed_until") in heard) is ("closed" in world.on and not world.crowded), world


@BY_LINE
@pytest.mark.parametrize("news", ["surge", "outage"])
def test_news_is_told_once_after_the_words_of_the_main_menu_and_makes_no_way_longer(
    line: Line, language: str, news: str
) -> None:
    quiet = Planned(line, MOMENTS[0])
    usual, now = scenes(quiet, language), scenes(replace(quiet, on=frozenset({news})), language)
    said = [scene.said for scene in now if scene.step == "main_menu"]
    said_else = next(scene.said for scene in usual if scene.step == "main_menu")
    assert said == [(*said_else, told(line, language, news))]
    assert [one for one in now if one.step != "main_menu"] == [one for one in usual if one.step != "main_menu"]


@pytest.mark.parametrize("line", ALL_LINES, ids=lambda line: line.id)
def test_whatever_is_switched_a_person_is_offered_within_the_time(line: Line) -> None:
    own = line.primary.code
    first_of_menu = DOCUMENTS[line.id].wording.say(own, "main_menu").split(". ")[0] + "."
    for on in SUBSETS:
        heard = (words for scene in scenes(Planned(line, MOMENTS[0], on), own) for words in scene.said)
        before = [*takewhile(lambda words: not words.startswith(first_of_menu), heard), first_of_menu]
        assert sum(map(seconds_of, before)) <= MAX_OPENING_SECONDS, on


def test_who_is_too_many_hears_the_emergency_number_and_is_counted() -> None:
    (only,) = scenes(Planned(EXAMPLE, MOMENTS[0], crowded=True), "en")
    assert "hang up and dial nine nine nine" in " ".join(only.said)
    turn = begin(DOCUMENTS["example"].flow, "en", Planned(EXAMPLE, MOMENTS[0], crowded=True))
    assert turn.effects == (Count("calls.crowded"),)


@given(
    st.integers(0, 2**32),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001 (the line's zone is put on below)
    st.lists(st.sampled_from(SUBSETS), min_size=1, max_size=4),
    st.sampled_from(LINE_AND_LANGUAGE),
    st.booleans(),
)
@settings(max_examples=SEEDS, deadline=None)
def test_ten_thousand_walks_at_any_hour_with_any_switch_end_well(
    seed: int, at: datetime, changes: list[frozenset[str]], where: tuple[Line, str], staffed: bool
) -> None:
    line, _ = where
    world = Planned(line, at.replace(tzinfo=MOMENTS[0].tzinfo), changes[0], staffed=staffed)
    chance = random.Random(seed)
    for number in range(WALKS_A_SEED):
        acts = [chance.choice(ANYTHING) for _ in range(chance.randint(0, 14))]
        walk_to_the_end(world, changes, acts, f"walk {number} of {world}: {acts}")


def walk_to_the_end(world: Planned, changes: list[frozenset[str]], acts: list[Heard], walk: str) -> None:
    """Walk with these acts while staff switch, then be silent: it ends, and what it says exists."""
    documents = DOCUMENTS[world.line.id]
    flow, wording = documents.flow, documents.wording
    turn, effects = begin(flow, world.line.primary.code, world), list[Effect]()
    for number, heard in enumerate(chain(acts, [Silence()] * 200)):
        memory = turn.memory
        step = flow.steps[memory.step]
        assert not isinstance(step, Decide | Do), walk
        for prompt in (*memory.preface, *prompts_of(step, memory), *memory.afterword):
            assert wording.has(memory.language, prompt) or wording.has(memory.language, prompt.partition(".")[0]), walk
        assert memory.consent or not isinstance(step, Record), walk
        if isinstance(step, End):
            break
        world = replace(world, on=changes[number % len(changes)])
        turn = answer(flow, memory, heard, world)
        effects += turn.effects
        arrives = isinstance(flow.steps[turn.memory.step], Hold) and memory.step != turn.memory.step
        assert not arrives or ("closed" not in world.on and is_open(world.line, world.at)), walk
    else:
        raise AssertionError(f"it never ends: {walk}")
    if not any(acted != Silence() for acted in acts):
        assert not [one for one in effects if isinstance(one, OpenReport | AskRecording)], walk
        assert turn.memory.step == "silent_end", walk
