"""A small world for a call that is walked without any service: everything it answers can be set."""

from __future__ import annotations

from dataclasses import dataclass, field

from ivr.asks import Effect, Length
from ivr.call_flow import make_flow
from ivr.steps import Flow, Heard, Pressed
from ivr.walk import Turn, answer, begin
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

    def is_switched(self, name: str) -> bool:
        return name in self.switched

    def news(self) -> str:
        return news(self.switched)

    def is_crowded(self) -> bool:
        return self.crowded

    def length(self) -> Length:
        return self.lasts

    def is_line_open(self) -> bool:
        return self.is_open

    def is_handler_on_duty(self, language: str) -> bool:
        return self.handler

    def finding(self, name: str) -> str | None:
        return self.found.get(name)

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
        self.turn = answer(self.flow, self.turn.memory, heard, self.world)
        self.effects += self.turn.effects
        return self

    def presses(self, *keys: str) -> WalkedCall:
        for key in keys:
            self.hears(Pressed(key))
        return self

    def asked(self, kind: type[Effect]) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]
