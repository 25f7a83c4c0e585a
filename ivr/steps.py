"""The kinds of step a call is made of, what a caller can do at one, and what a call may ask of the service."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

BACK = "<back>"  # an exit that leads to where the caller was before an aside

AGAIN_KEY, DONE_KEY, PERSON_KEY, EXIT_KEY, SLOWER_KEY = "*", "#", "0", "9", "8"


# ---- what was heard -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pressed:
    """The caller pressed keys (ASCII digits, `*`, `#`)."""

    digits: str


@dataclass(frozen=True)
class Recorded:
    """A recording with sound ended by a key, `hangup`, or `` for silence or the time limit."""

    key: str


@dataclass(frozen=True)
class Silence:
    """Nothing was pressed or said, or the step before was only spoken."""


Heard = Pressed | Recorded | Silence


# ---- what the call remembers --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Memory:
    """Where a call stands and what its next steps depend on. Lives under the live key and dies with the call."""

    step: str
    language: str
    variant: str = ""  # "" | silence | silence2 | wrong_key: which wording of the step's prompt comes next
    tries: int = 0
    rounds: int = 0
    preface: tuple[str, ...] = ()  # prompts said before the step's own
    leaving: bool = False  # `9` was pressed: a second one within 2 s is the quick exit
    slower: bool = False
    back: str = ""
    mode: str = ""  # "" | voice | keys
    consent: bool = False
    report_id: str = ""
    answers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    order: int = 0
    clips: int = 0  # of the question being answered
    place: int = 0  # of the last recording asked for, within the call
    intent_id: str = ""
    quiet: int = 0  # questions in a row that nobody answered
    reference: str = ""
    reference_told: bool = False
    after_reference: str = ""
    audio_token: str = ""
    lookup: str = ""  # the name of slow work under way
    lookups: int = 0
    keyed_reference: str = ""
    adding: bool = False

    def answered(self) -> dict[str, tuple[str, ...]]:
        """Return the answers by question; an empty tuple means skipped."""
        return dict(self.answers)

    def with_answer(self, question: str, values: tuple[str, ...]) -> Memory:
        """Return the memory with one answer more, or changed."""
        kept = tuple(pair for pair in self.answers if pair[0] != question)
        return replace(self, answers=(*kept, (question, values)), order=self.order + 1)

    def packed(self) -> bytes:
        """Return the memory as compact JSON; fields at their default are left out."""
        changed = {
            item.name: getattr(self, item.name)
            for item in fields(self)
            if item.name in ("step", "language") or getattr(self, item.name) != item.default
        }
        return json.dumps(changed, separators=(",", ":")).encode()

    @staticmethod
    def unpacked(packed: bytes) -> Memory:
        """Return the memory that `packed` wrote; a field this release does not know is left out."""
        raw: dict[str, Any] = json.loads(packed)
        known = {name: raw[name] for name in _MEMORY_FIELDS if name in raw}
        if "answers" in known:
            known["answers"] = tuple((question, tuple(values)) for question, values in known["answers"])
        if "preface" in known:
            known["preface"] = tuple(known["preface"])
        return Memory(**known)


_MEMORY_FIELDS = tuple(item.name for item in fields(Memory))


# ---- what a step asks to be kept or begun, in the same transaction ------------------------------------------------


@dataclass(frozen=True)
class OpenReport:
    """A report begins: its row commits before anything can be said into it."""

    report_id: str
    language: str
    channel: str


@dataclass(frozen=True)
class KeepAnswer:
    """A keyed answer, sealed at once."""

    report_id: str
    question: str
    values: tuple[str, ...]
    order: int
    language: str


@dataclass(frozen=True)
class AskRecording:
    """A recording is about to be asked for; without this row it could not be matched."""

    intent_id: str
    report_id: str
    question: str
    place: int
    language: str


@dataclass(frozen=True)
class RaiseAlert:
    """The caller said that somebody may be hurt soon, or that they are not sure."""

    report_id: str
    urgent: str


@dataclass(frozen=True)
class NoteSubstance:
    """Something was keyed that makes even a broken-off call a partial report."""

    report_id: str


@dataclass(frozen=True)
class ChangeChannel:
    """The caller goes on by keys only, or by voice again."""

    report_id: str
    channel: str


@dataclass(frozen=True)
class FinishReport:
    """The caller reached the end of the questions."""

    report_id: str


@dataclass(frozen=True)
class NoteAddition:
    """A caller who rang back added to a report."""

    report_id: str


@dataclass(frozen=True)
class OfferSound:
    """A reference is to be heard once, by this caller, at an address made for it."""

    token: str
    reference: str
    language: str


@dataclass(frozen=True)
class StartWork:
    """Slow work to begin after the commit; may be begun twice."""

    work: str  # issue_reference | look_up_reference
    name: str
    reference: str
    report_id: str


@dataclass(frozen=True)
class Count:
    """Something to count by week, with no trace of who."""

    name: str


Effect = (
    OpenReport
    | KeepAnswer
    | AskRecording
    | RaiseAlert
    | NoteSubstance
    | ChangeChannel
    | FinishReport
    | NoteAddition
    | OfferSound
    | StartWork
    | Count
)


class World(Protocol):
    """What a call may ask of the service while it walks. Answers come at once: nothing here waits."""

    def is_handler_on_duty(self, language: str) -> bool:
        """Say whether a trained handler who speaks the language can be offered a call now."""
        ...

    def finding(self, name: str) -> str | None:
        """Return what slow work of that name found, or None while it is under way."""
        ...

    def new_id(self) -> str:
        """Return 32 random hexadecimal characters."""
        ...

    def new_reference(self) -> str:
        """Return a reference of 16 digits that nobody has."""
        ...


# ---- the kinds of step --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Say:
    """Speak, then go on."""

    name: str
    prompts: tuple[str, ...]
    then: str
    may_interrupt: bool = False  # a key during the sentence ends it


@dataclass(frozen=True)
class Menu:
    """Speak and wait for one key."""

    name: str
    prompt: str
    keys: Mapping[str, str]
    unheard: str  # where silence and wrong keys lead in the end
    tries: int = 3
    seconds: int = 6
    also: tuple[str, ...] = ()  # further prompts within the same breath
    plays_reference: bool = False


@dataclass(frozen=True)
class Choose:
    """A question answered by one key, or up to `picks` keys; `#` skips it."""

    name: str
    choices: Mapping[str, str]  # key -> value
    then: str
    picks: int = 1
    tries: int = 3
    seconds: int = 7


@dataclass(frozen=True)
class Digits:
    """Ask for digits. `#` ends; with `keeps`, what was keyed is an answer, else `reads` decides what it means."""

    name: str
    length: int
    then: str
    keeps: bool = False
    seconds: int = 8
    tries: int = 3
    unheard: str = ""


@dataclass(frozen=True)
class Record:
    """Ask a question and record the answer as clips; a key during the question commands, `#` skips."""

    name: str
    then: str
    max_seconds: int
    silence_seconds: int
    max_clips: int = 1
    more: str = ""  # where to ask whether there is more
    tries: int = 3


@dataclass(frozen=True)
class Hold:
    """Let the caller wait in short rounds; each round is a heartbeat and a key works at once."""

    name: str
    prompt: str
    keys: Mapping[str, str]
    given_up: str
    rounds: int = 30
    seconds: int = 15


@dataclass(frozen=True)
class Wait:
    """Say one sentence while slow work goes on, then ask again."""

    name: str
    prompt: str
    work: Callable[[Memory], StartWork]
    ready: str
    late: str
    rounds: int = 4


@dataclass(frozen=True)
class Decide:
    """Unheard: choose the way on."""

    name: str
    asks: Callable[[Memory, World], str]
    exits: Mapping[str, str]


@dataclass(frozen=True)
class Do:
    """Unheard: remember or keep something, then go on."""

    name: str
    does: Callable[[Memory, World], tuple[Memory, tuple[Effect, ...]]]
    then: str


@dataclass(frozen=True)
class End:
    """Speak and hang up."""

    name: str
    prompts: tuple[str, ...]
    counts: str = ""


HeardStep = Say | Menu | Choose | Digits | Record | Hold | Wait | End
Step = HeardStep | Decide | Do


def exits(step: Step) -> tuple[tuple[str, str], ...]:
    """Return every way out of a step as (why, where): what the drawing shows and what is checked at import."""
    match step:
        case Say():
            return (("", step.then),)
        case Menu():
            return (*step.keys.items(), ("silence", step.unheard))
        case Choose():
            return (("answered or skipped", step.then),)
        case Digits():
            return (("", step.then), *((("silence", step.unheard),) if step.unheard else ()))
        case Record():
            return (("", step.then), *((("kept", step.more),) if step.more else ()))
        case Hold():
            return (*step.keys.items(), ("nobody", step.given_up))
        case Wait():
            return (("ready", step.ready), ("late", step.late))
        case Decide():
            return tuple(step.exits.items())
        case Do():
            return (("", step.then),)
        case End():
            return ()


class BrokenFlow(Exception):
    """The table names a step that is not there, or one twice; only a change of the code helps."""


@dataclass(frozen=True)
class Flow:
    """A whole call as a table of steps by name."""

    begin: str
    steps: Mapping[str, Step]
    languages: tuple[str, ...]
    needs_person: str  # where `0` leads
    quick_exit: str
    names: frozenset[str] = field(default_factory=frozenset)

    @staticmethod
    def of(
        begin: str, table: tuple[Step, ...], *, languages: tuple[str, ...], needs_person: str, quick_exit: str
    ) -> Flow:
        """Make a flow of a table, or raise `BrokenFlow`: a dangling exit must stop the program, not a caller."""
        steps = {step.name: step for step in table}
        if len(steps) != len(table):
            raise BrokenFlow("two steps share a name")
        for step in table:
            for _, where in exits(step):
                if where != BACK and where not in steps:
                    raise BrokenFlow(f"{step.name} leads to {where}, which is not there")
        for name in (begin, needs_person, quick_exit):
            if name not in steps:
                raise BrokenFlow(f"{name} is not there")
        return Flow(begin, steps, languages, needs_person, quick_exit, frozenset(steps))
