"""The kinds of step a call is made of, and what a caller can do at one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.asks import Effect, FetchClip, OpenLetter, StartWork, World
from ivr.memory import Memory

BACK = "<back>"  # an exit that leads to where the caller was before an aside
AFTER = "<after the clip>"  # an exit that leads on from a clip that was decided on
SAME = "<the same question>"  # an exit that leads to the question of that clip
NAMED_LATER = (BACK, AFTER, SAME)

AGAIN_KEY, DONE_KEY, PERSON_KEY, EXIT_KEY, SLOWER_KEY = "*", "#", "0", "9", "8"
COMMANDS = AGAIN_KEY + DONE_KEY + PERSON_KEY + EXIT_KEY + SLOWER_KEY


# ---- what was heard -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pressed:
    """The caller pressed keys (ASCII digits, `*`, `#`)."""

    keys: str


@dataclass(frozen=True)
class Recorded:
    """A recording with sound, ended by a key, by `hangup`, or (empty) by silence or the time limit."""

    ended_by: str


@dataclass(frozen=True)
class Silence:
    """Nothing was pressed or said, or the step before was only spoken."""


Heard = Pressed | Recorded | Silence


# ---- the kinds of step that are heard -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Say:
    """Speak without listening, then go on."""

    name: str
    prompts: tuple[str, ...]
    then: str


@dataclass(frozen=True)
class Menu:
    """Speak, then wait for one key."""

    name: str
    prompt: str  # may be empty where languages are offered
    keys: Mapping[str, str]
    unheard: str  # where silences and wrong keys lead in the end
    opening: tuple[str, ...] = ()  # said before the prompt, not when it is repeated shorter
    seconds: int = 6
    tries: int = 3
    begins: str = ""  # the variant that is said first, where what came before it says why the caller is here
    languages: tuple[str, ...] = ()  # offered after the prompt, each in itself; the one a call is in is left out
    closing: tuple[str, ...] = ()  # said after the languages, in the one a call is in
    names_keys: bool = True  # False: an earlier step named them
    plays: str = ""  # "" | reference | clip | letter: what stands at a one-time address
    again: str = ""  # where `*` leads, when saying it again needs more than saying it


@dataclass(frozen=True)
class Choose:
    """A question answered by a key, or by up to `picks` keys one after the other; `#` skips it or ends the picking."""

    name: str
    choices: Mapping[str, str]  # key -> value
    then: str
    picks: int = 1
    seconds: int = 7
    tries: int = 3


@dataclass(frozen=True)
class Digits:
    """Ask for digits; `#` ends them. They are kept as an answer or only remembered for the step that follows."""

    name: str
    length: int
    then: str
    unheard: str
    keeps: bool = False
    seconds: int = 10
    tries: int = 3


@dataclass(frozen=True)
class Record:
    """Ask a question and record the answer in clips; a key during the question commands, `#` skips.

    At `review` a caller decides on each clip that was not ended by a command.
    """

    name: str
    then: str
    max_seconds: int
    silence_seconds: int
    review: str
    max_clips: int = 1
    more: str = ""  # where to ask whether there is more, after a clip that ended by itself
    tries: int = 2
    to_letter: bool = False  # it answers the message that was just heard


@dataclass(frozen=True)
class Hold:
    """Let the caller wait for a person in short rounds: each is a heartbeat, and a key works at once."""

    name: str
    prompt: str
    keys: Mapping[str, str]
    answered: str  # where it is looked what has become of the wish
    given_up: str
    rounds: int = 60  # about twenty minutes


@dataclass(frozen=True)
class Bridge:
    """Bring the caller together with a person, until something else is asked of the call."""

    name: str
    prompt: str
    then: str
    given_up: str
    rounds: int = 30  # a talk is one round, with one more for each time it came to nothing


@dataclass(frozen=True)
class Wait:
    """Say one sentence while slow work goes on, then ask again whether it is done."""

    name: str
    prompt: str
    work: Callable[[Memory], StartWork | FetchClip | OpenLetter]
    ready: str
    late: str
    rounds: int = 5
    seconds: int = 2


@dataclass(frozen=True)
class End:
    """Speak, then hang up."""

    name: str
    prompts: tuple[str, ...]
    counts: str


# ---- the kinds of step that are not heard -------------------------------------------------------------------------


@dataclass(frozen=True)
class Decide:
    """Choose the way on; changes nothing."""

    name: str
    asks: Callable[[Memory, World], str]
    exits: Mapping[str, str]


@dataclass(frozen=True)
class Do:
    """Remember, keep or begin something, then go on."""

    name: str
    does: Callable[[Memory, World], tuple[Memory, tuple[Effect, ...]]]
    then: str


HeardStep = Say | Menu | Choose | Digits | Record | Hold | Bridge | Wait | End
Step = HeardStep | Decide | Do


def exits(step: Step) -> tuple[tuple[str, str], ...]:
    """Return every way out of a step as (why, where): for the drawing and for the check before start."""
    match step:
        case Say() | Do():
            return (("", step.then),)
        case Menu():
            again = ((AGAIN_KEY, step.again),) if step.again else ()
            return (*step.keys.items(), *again, ("silence", step.unheard))
        case Choose():
            return (("answered or skipped", step.then),)
        case Digits():
            return (("keyed", step.then), ("silence", step.unheard))
        case Record():
            more = (("more to say", step.more),) if step.more else ()
            return (("a clip", step.review), ("skipped", step.then), *more)
        case Hold():
            return (*step.keys.items(), ("answered", step.answered), ("nobody came", step.given_up))
        case Bridge():
            return (("asked", step.then), ("nobody came", step.given_up))
        case Wait():
            return (("done", step.ready), ("not yet", step.late))
        case Decide():
            return tuple(step.exits.items())
        case End():
            return ()


class BrokenFlow(Exception):
    """The table names a step that is not there, or one twice; only a change of the code or the questionnaire helps."""


@dataclass(frozen=True)
class Flow:
    """A whole call as a table of steps by name."""

    steps: Mapping[str, Step]
    begin: str
    again: str  # where a call begins again, in words, when its step is no longer known
    person: str  # where `0` leads
    stands: str  # where a call leads on that is moved while its caller waits for a person or is with one
    quick_exit: str
    led_out: str  # where a call leads that lasts too long
    over: str  # where it ends when it goes on all the same
    parts: Mapping[str, tuple[str, ...]]  # the names of steps by part of the call, for people who look at it

    @staticmethod
    def of(parts: Mapping[str, tuple[Step, ...]], **landmarks: str) -> Flow:
        """Make a flow of a table, or raise `BrokenFlow`: a dangling exit must stop the program, not a caller.

        `landmarks`: the step that each field of `Flow` names.
        """
        table = tuple(step for part in parts.values() for step in part)
        steps = {step.name: step for step in table}
        if len(steps) != len(table):
            raise BrokenFlow("two steps share a name")
        for step in table:
            for _, where in exits(step):
                if where not in NAMED_LATER and where not in steps:
                    raise BrokenFlow(f"{step.name} leads to {where}, which is not there")
        for name in landmarks.values():
            if name not in steps:
                raise BrokenFlow(f"{name} is not there")
        names = {str(title): tuple(step.name for step in part) for title, part in parts.items()}
        return Flow(steps, parts=names, **landmarks)
