"""What a caller would hear at a time, with switches set: the real flow and words, walked without any service."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from xml.etree import ElementTree

from ivr.asks import Length, Mailbox, Spent
from ivr.call_flow import ISSUED
from ivr.memory import Memory
from ivr.steps import DONE_KEY, Choose, Digits, End, Flow, Heard, Hold, Menu, Pressed, Record, Silence, Step
from ivr.talk import Stands, Talk
from ivr.twiml import Documents
from ivr.walk import answer, begin
from prompts.line import Line, is_open
from storage.switches import CLOSED, news

MOST_ACTS = 120
REFERENCE = "0" * 16  # nobody's: it is played, never printed


@dataclass(frozen=True)
class Planned:
    """A world at a time that somebody wonders about."""

    line: Line
    at: datetime
    on: frozenset[str] = frozenset()  # switches
    crowded: bool = False
    staffed: bool = False  # as if handlers were on duty in the line's hours

    def is_line_open(self) -> bool:
        """Say whether hours, holidays and switches let a handler answer then."""
        return is_open(self.line, self.at, switched_off=self.is_switched(CLOSED))

    def is_switched(self, name: str) -> bool:
        """Say whether that switch is supposed to be set."""
        return name in self.on or (name == CLOSED and self.line.closed)

    def news(self) -> str:
        """Return what callers are told beside the main menu."""
        return news(self.on if self.is_line_open() else self.on | {CLOSED})

    def is_crowded(self) -> bool:
        """Say whether too many calls are supposed to be under way."""
        return self.crowded

    def spent(self) -> Spent:
        """Return that a walk takes no time."""
        return Spent()

    def length(self, excused: Spent) -> Length:
        """Say that no walk lasts too long."""
        del excused
        return Length.FINE

    def is_handler_on_duty(self, language: str) -> bool:
        """Say whether a handler is supposed to be there."""
        del language
        return self.staffed and self.is_line_open()

    def talk(self) -> Talk | None:
        """Return that who asks for a person waits for one, as long as somebody is there."""
        return Talk(Stands.WAITING)

    def finding(self, name: str) -> str | None:
        """Return that a reference is ready at once."""
        return ISSUED if name == "issue" else None

    def mailbox(self, report_id: str) -> Mailbox:
        """Return that nothing waits: nobody rings back in a walk."""
        del report_id
        return Mailbox("received")

    def was_fetched(self, token: str) -> bool:
        """Say that no sound was fetched: none is made."""
        del token
        return False

    def is_well_formed(self, reference: str) -> bool:
        """Say that no reference is."""
        del reference
        return False

    def new_id(self) -> str:
        """Return an id that stands for all."""
        return "0" * 32

    def new_intent_id(self, report_id: str, question: str, place: int, language: str) -> str:
        """Return an id that stands for all: nothing is recorded here."""
        del report_id, question, place, language
        return self.new_id()

    def new_reference(self) -> str:
        """Return a reference that is nobody's."""
        return REFERENCE


@dataclass(frozen=True)
class Scene:
    """One step of the walk: what is heard there, and what the caller then does (nothing at the last)."""

    step: str
    language: str
    said: tuple[str, ...]
    does: str = ""


def played(documents: Documents, world: Planned, language: str, *, silent: bool = False) -> Iterator[Scene]:
    """Walk from the ring to a person, a tone or a goodbye, as a caller of that language who wants a person first.

    `silent`: one who never does anything. Raises `LookupError` when no key of the opening leads to the language.
    """
    flow = documents.flow
    own = world.line.primary.code
    keys = iter(() if silent else keys_to(flow, own, language, replace(world, crowded=False)))
    memory, has_met_menu = begin(flow, own, world).memory, False
    for turn in count(1):
        has_met_menu = has_met_menu or memory.step == flow.again
        said = words_in(documents.speak(memory, turn))
        if isinstance(flow.steps[memory.step], Hold | Record | End) or turn > MOST_ACTS:
            yield Scene(memory.step, memory.language, said)
            return
        key = next(keys, "") or (_key_at(flow.steps[memory.step]) if has_met_menu and not silent else "")
        heard = Pressed(key) if key else Silence()
        yield Scene(memory.step, memory.language, said, _told(heard))
        memory = answer(flow, memory, heard, world).memory


def keys_to(flow: Flow, own: str, language: str, world: Planned) -> tuple[str, ...]:
    """Return the fewest keys, one a step, that change from the line's own language to another."""
    waiting: deque[tuple[Memory, tuple[str, ...]]] = deque([(begin(flow, own, world).memory, ())])
    been = {flow.again}
    while waiting:
        memory, pressed = waiting.popleft()
        if memory.language == language:
            return pressed
        step = flow.steps[memory.step]
        if isinstance(step, Menu) and step.name not in been:
            been.add(step.name)
            waiting += [(answer(flow, memory, Pressed(key), world).memory, (*pressed, key)) for key in step.keys]
    raise LookupError(language)


def words_in(document: str) -> tuple[str, ...]:
    """Return what a document lets a caller hear, one sentence or sound after another."""
    heard = []
    for verb in ElementTree.fromstring(document).iter():  # noqa: S314 (our own document, written a moment ago)
        match verb.tag:
            case "Say":
                heard.append("".join(verb.itertext()))
            case "Play":
                heard.append(f"({(verb.text or '').partition('#')[0].rpartition('/')[2]} is played)")
            case "Record":
                heard.append("(a tone; what is said now is recorded)")
            case "Hangup":
                heard.append("(the call ends)")
    return tuple(heard)


def _key_at(step: Step) -> str:
    match step:
        case Menu():
            return "1"  # a person, then to speak, then yes
        case Choose() | Digits():
            return DONE_KEY
        case _:
            return ""


def _told(heard: Heard) -> str:
    return f"presses {heard.keys}" if isinstance(heard, Pressed) else "waits"
