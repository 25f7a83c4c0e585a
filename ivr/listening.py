"""What a caller hears on a few ways through a call, sentence by sentence, and how long that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ivr.digit_sounds import GROUP_PAUSE_SECONDS, PAUSE_SECONDS, TIMES
from ivr.memory import Memory
from ivr.preview import REFERENCE, Planned
from ivr.spoken import prompts_of
from ivr.steps import DONE_KEY, Choose, Decide, Digits, Do, End, Flow, Hold, Menu, Pressed, Silence
from ivr.walk import Turn, answer, begin
from prompts.language_offers import MORE_KEY
from prompts.line import Line
from prompts.scripts import sentences
from prompts.wording import Wording, spoken

OFFICE_HOURS = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday, no holiday; nothing is switched on then
SPELLED = "the digits of a reference"
REFERENCE_QUIET_SECONDS = TIMES * (len(REFERENCE) // 4) * (3 * PAUSE_SECONDS + GROUP_PAUSE_SECONDS)
MAX_TURNS = 200
OFFERED = "until it is offered"  # of a language that is not the line's own
PERSON, BEGUN, URGENT, KEYS_ONLY, EXIT = (
    "a person",
    "report begun",
    "shortest urgent report",
    "whole report by keys",
    "quick exit",
)


class How(StrEnum):
    """How seconds were found."""

    RECORDED = "a recording"
    MADE = "a sound made here"
    SPOKEN = "spoken by espeak-ng"
    ESTIMATED = "estimated"


@dataclass(frozen=True)
class Length:
    """How long something takes to say."""

    seconds: float
    how: How


@dataclass(frozen=True)
class Piece:
    """What is heard of one prompt: all of it, or what comes before a key that was pressed."""

    language: str
    prompt: str
    text: str


Measure = Callable[[Piece], Length]


@dataclass(frozen=True)
class Way:
    """A way through a call: which keys are pressed where, and at which step it is at its aim; else at the end."""

    keys: Mapping[str, str]
    aim: str = ""


@dataclass(frozen=True)
class Heard:
    """What was heard on a way, and how long nothing was: for a key that did not come, between digits of a reference."""

    pieces: tuple[Piece, ...]
    quiet: float = 0.0  # seconds

    def speech(self, measure: Measure) -> Length:
        """Return how long was spoken; estimated when any of it is."""
        lengths = [measure(piece) for piece in self.pieces]
        hows = {length.how for length in lengths}
        how = next(how for how in reversed(How) if how in hows)
        return Length(sum(length.seconds for length in lengths), how)


# Who hears each sentence up to the key it names, and each question to its end. `_press` says what is pressed elsewhere.
WAYS: Mapping[str, Way] = {
    PERSON: Way({"main_menu": "1"}, "main_menu"),
    BEGUN: Way({"main_menu": "2", "consent": "1"}, "consent"),
    URGENT: Way({"main_menu": "2", "consent": "1", "urgent": "1"}, "urgent"),
    KEYS_ONLY: Way({"main_menu": "2", "consent": "2", "reference": "1"}),
}


def ways_heard(line: Line, flow: Flow, wording: Wording, language: str) -> dict[str, Heard]:
    """Return what is heard on each way in a language: from the ring, or from where the language was chosen."""
    world = Planned(line, OFFICE_HOURS)
    chosen = _chosen(flow, wording, world, language)
    heard = {OFFERED: chosen.heard} if language != line.primary.code else {}
    heard |= {name: _listened(flow, wording, world, chosen.turn, way) for name, way in WAYS.items()}
    return heard | {EXIT: Heard(tuple(_whole(wording, language, flow.steps[flow.quick_exit])))}


@dataclass(frozen=True)
class _Chosen:
    turn: Turn
    heard: Heard


def _chosen(flow: Flow, wording: Wording, world: Planned, language: str) -> _Chosen:
    """Walk to where a language was just chosen."""
    turn, pieces = begin(flow, world.line.primary.code, world), list[Piece]()
    while turn.memory.language != language:
        step = flow.steps[turn.memory.step]
        assert isinstance(step, Menu), "a language is chosen in a menu"  # noqa: S101
        key = next((key for key, where in step.keys.items() if where == f"speak_{language}"), MORE_KEY)
        pieces += _before(flow, wording, turn.memory, key)
        turn = answer(flow, turn.memory, Pressed(key), world)
    return _Chosen(turn, Heard(tuple(pieces)))


def _listened(flow: Flow, wording: Wording, world: Planned, turn: Turn, way: Way) -> Heard:
    pieces, quiet = list[Piece](), 0.0
    for _ in range(MAX_TURNS):
        step = flow.steps[turn.memory.step]
        keys = way.keys.get(step.name) or _press(flow, turn.memory)
        pieces += _before(flow, wording, turn.memory, keys)
        if isinstance(step, End) or step.name == way.aim:
            break
        if isinstance(step, Menu) and step.plays == "reference":
            pieces += _digits(wording, turn.memory.language)
            quiet += REFERENCE_QUIET_SECONDS
        quiet += step.seconds if isinstance(step, Menu) and not keys else 0
        turn = answer(flow, turn.memory, Pressed(keys) if keys else Silence(), world)
    return Heard(tuple(pieces), quiet)


def _digits(wording: Wording, language: str) -> Iterator[Piece]:
    words = [wording.digit_words(language)[int(digit)] for digit in REFERENCE]
    yield from [Piece(language, SPELLED, " ".join(words))] * TIMES


def _press(flow: Flow, memory: Memory) -> str:
    """Return what a caller presses who hears every question to its end and answers each."""
    match flow.steps[memory.step]:
        case Choose() as step:
            return DONE_KEY if memory.variant == "more" else list(step.choices)[-1]
        case Digits(length=length):
            return REFERENCE[-length:]
        case _:
            return ""


def _before(flow: Flow, wording: Wording, memory: Memory, keys: str) -> Iterator[Piece]:
    """Yield what is heard at a step until its caller knows which key to press; without keys, all of it."""
    step = flow.steps[memory.step]
    assert not isinstance(step, Decide | Do)  # noqa: S101
    asks = isinstance(step, Menu | Hold) and keys
    wanted = f"{{key_{keys}}}" if asks else ""
    for prompt in (*memory.preface, *prompts_of(step, memory)):
        yield _until(wording, memory.language, prompt, wanted)
        if wanted and wanted in wording.texts[memory.language][prompt]:
            return
    if not isinstance(step, Menu) or not step.languages:
        return
    for code in (one for one in step.languages if one != memory.language):
        yield _until(wording, code, "language_offer", "")
        if asks and step.keys.get(keys) == f"speak_{code}":
            return
    yield from (_until(wording, memory.language, prompt, "") for prompt in step.closing)


def _until(wording: Wording, language: str, prompt: str, wanted: str) -> Piece:
    """Return a prompt up to the first sentence that names a key; all of it where none does."""
    if not wording.has(language, prompt):
        prompt = prompt.partition(".")[0]
    text, parts = wording.texts[language][prompt], sentences(wording.texts[language][prompt])
    named = next((at for at, sentence in enumerate(parts) if wanted and wanted in sentence), len(parts))
    said = "".join(parts[: named + 1]) if named < len(parts) else text
    return Piece(language, prompt, spoken(said, wording.values[language]))


def _whole(wording: Wording, language: str, step: object) -> Iterator[Piece]:
    assert isinstance(step, End)  # noqa: S101
    yield from (_until(wording, language, prompt, "") for prompt in step.prompts)


def estimate_of(wording: Wording) -> Measure:
    """Return the measure that goes by characters alone."""
    return lambda piece: Length(wording.seconds(piece.language, piece.text), How.ESTIMATED)
