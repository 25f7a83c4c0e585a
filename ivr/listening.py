"""What a caller hears on a few ways through a call, sentence by sentence, and how long that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ivr.memory import Memory
from ivr.spoken import prompts_of
from ivr.steps import DONE_KEY, Choose, Decide, Digits, Do, End, Flow, Hold, Menu, Pressed, Silence
from ivr.walk import Turn, answer, begin
from prompts.language_offers import MORE_KEY
from prompts.scripts import sentences
from prompts.wording import Wording, spoken

REFERENCE = "1234567890123456"
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
    """What was heard on a way, and how long the line waited for a key that did not come."""

    pieces: tuple[Piece, ...]
    waited: int  # seconds

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


def ways_heard(flow: Flow, wording: Wording, languages: tuple[str, ...], language: str) -> dict[str, Heard]:
    """Return what is heard on each way in a language: from the ring, or from where the language was chosen."""
    own = languages[0]
    chosen = _chosen(flow, wording, own, language)
    heard = {OFFERED: chosen.heard} if language != own else {}
    heard |= {name: _listened(flow, wording, chosen.turn, way) for name, way in WAYS.items()}
    return heard | {EXIT: Heard(tuple(_whole(wording, language, flow.steps[flow.quick_exit])), 0)}


@dataclass(frozen=True)
class _World:
    """A service in which no handler is free and nothing takes time; whatever it is asked."""

    ids: list[int] = field(default_factory=list)

    def is_line_open(self) -> bool:
        return True

    def is_handler_on_duty(self, language: str) -> bool:  # noqa: ARG002
        return False

    def finding(self, name: str) -> str | None:  # noqa: ARG002
        return "issued"

    def is_well_formed(self, reference: str) -> bool:  # noqa: ARG002
        return True

    def new_id(self) -> str:
        self.ids.append(0)
        return f"{len(self.ids):032x}"

    def new_reference(self) -> str:
        return REFERENCE


@dataclass(frozen=True)
class _Chosen:
    turn: Turn
    heard: Heard


def _chosen(flow: Flow, wording: Wording, own: str, language: str) -> _Chosen:
    """Walk to where a language was just chosen."""
    turn, pieces = begin(flow, own, _World()), list[Piece]()
    while turn.memory.language != language:
        step = flow.steps[turn.memory.step]
        assert isinstance(step, Menu), "a language is chosen in a menu"  # noqa: S101
        key = next((key for key, where in step.keys.items() if where == f"speak_{language}"), MORE_KEY)
        pieces += _before(flow, wording, turn.memory, key)
        turn = answer(flow, turn.memory, Pressed(key), _World())
    return _Chosen(turn, Heard(tuple(pieces), 0))


def _listened(flow: Flow, wording: Wording, turn: Turn, way: Way) -> Heard:
    pieces, waited, world = list[Piece](), 0, _World()
    for _ in range(MAX_TURNS):
        step = flow.steps[turn.memory.step]
        keys = way.keys.get(step.name) or _press(flow, turn.memory)
        pieces += _before(flow, wording, turn.memory, keys)
        if isinstance(step, End) or step.name == way.aim:
            break
        waited += step.seconds if isinstance(step, Menu) and not keys else 0
        turn = answer(flow, turn.memory, Pressed(keys) if keys else Silence(), world)
    return Heard(tuple(pieces), waited)


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
