"""A small world for a call that is walked without any service: everything it answers can be set."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ivr.asks import Effect, Length, Letter, Mailbox, NoteAnswered, NoteHeard, Spent
from ivr.call_flow import make_flow
from ivr.steps import Flow, Heard, Pressed
from ivr.talk import ComeBack, JoinQueue, LeaveQueue, SayOver, Stands, Talk
from ivr.walk import Turn, answer, begin, moved
from prompts.questionnaire import read_questionnaire
from storage.switches import news

REFERENCE = "1234567890123456"


def the_flow() -> Flow:
    return make_flow(read_questionnaire(), [("en", "1"), ("pl", "2")])


@dataclass
class SmallWorld:
    is_open: bool = True
    handler: bool = False
    found: dict[str, str] = field(default_factory=dict)
    well_formed: bool = True
    ids: int = 0
    switched: frozenset[str] = frozenset()
    crowded: bool = False
    lasts: Length = Length.FINE
    has_lasted: Spent = field(default_factory=Spent)
    stands: Talk | None = None
    mail: Mailbox = field(default_factory=lambda: Mailbox("received"))
    fetched: bool = True
    opens: bool = True

    def mailbox(self, report_id: str) -> Mailbox:
        return self.mail

    def was_fetched(self, token: str) -> bool:
        return self.fetched

    def finding(self, name: str) -> str | None:
        return "opened" if name.startswith("letter_") and self.opens else self.found.get(name)

    def is_switched(self, name: str) -> bool:
        return name in self.switched

    def news(self) -> str:
        return news(self.switched)

    def is_crowded(self) -> bool:
        return self.crowded

    def spent(self) -> Spent:
        return self.has_lasted

    def length(self, excused: Spent) -> Length:
        return Length.FINE if excused == self.has_lasted != Spent() else self.lasts

    def talk(self) -> Talk | None:
        return self.stands

    def keep(self, effect: Effect) -> None:
        """Let the talk stand as the database would have it."""
        match effect:
            case JoinQueue(room=room) if self.stands is None or self.stands.stands is Stands.OVER:
                self.stands = Talk(Stands.WAITING, room=room)
            case LeaveQueue(why) if self.stands is not None and self.stands.stands is not Stands.OVER:
                self.stands = replace(self.stands, stands=Stands.OVER, ending=self.stands.ending or why)
            case ComeBack() if self.stands is not None and self.stands.stands is Stands.ASIDE:
                self.stands = replace(self.stands, stands=Stands.MEETING, asked="")
            case SayOver() if self.stands is not None:
                self.stands = replace(self.stands, stands=Stands.OVER)
            case NoteHeard(letter_id) | NoteAnswered(letter_id):
                letters = (
                    Letter(o.letter_id, o.kind, o.is_new and o.letter_id != letter_id) for o in self.mail.letters
                )
                self.mail = Mailbox(self.mail.status, tuple(letters))
            case _:
                pass

    def is_line_open(self) -> bool:
        return self.is_open

    def is_handler_on_duty(self, language: str) -> bool:
        return self.handler

    def is_well_formed(self, reference: str) -> bool:
        return self.well_formed

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:032x}"

    def new_intent_id(self, report_id: str, question: str, place: int, language: str) -> str:
        return self.new_id()

    def new_reference(self) -> str:
        return REFERENCE


@dataclass
class WalkedCall:
    """A caller who walks through the flow; remembers everything the call asked of the service."""

    flow: Flow = field(default_factory=the_flow)
    world: SmallWorld = field(default_factory=SmallWorld)
    effects: list[Effect] = field(default_factory=list)
    language: str = "en"
    turn: Turn = field(init=False)

    def __post_init__(self) -> None:
        self.turn = begin(self.flow, self.language, self.world)

    @property
    def step(self) -> str:
        return self.turn.memory.step

    def hears(self, heard: Heard) -> WalkedCall:
        return self.takes(answer(self.flow, self.turn.memory, heard, self.world))

    def is_moved(self, **stands: object) -> WalkedCall:
        """Change how the talk stands, and let the worker move the call."""
        assert self.world.stands is not None
        self.world.stands = replace(self.world.stands, **stands)  # type: ignore[arg-type]
        turn = moved(self.flow, self.turn.memory, self.world)
        return self if turn is None else self.takes(turn)

    def takes(self, turn: Turn) -> WalkedCall:
        """Stand where a turn says, once what it asks for is kept."""
        self.turn = turn
        self.effects += turn.effects
        for effect in turn.effects:
            self.world.keep(effect)
        return self

    def presses(self, *keys: str) -> WalkedCall:
        for key in keys:
            self.hears(Pressed(key))
        return self

    def asked(self, kind: type[Effect]) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]
