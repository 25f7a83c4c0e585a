"""How far a call came, by which path, and what it left so far: read off the table of steps, for the call log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from ivr.memory import Memory
from ivr.steps import End, Flow
from prompts.questionnaire import is_partial_report, is_report
from storage.traces import ADDED, NO_REPORT, NOT_YET, PARTIAL, REPORT, TOO_LITTLE, Trace


class Part(StrEnum):
    """The parts of a call, in the order in which people read them."""

    OPENING = "Greeting, safety, promise and main menu"
    PERSON = "Speaking to a person"
    TALK = "With a person"
    BEGINNING = "A report begins"
    QUESTIONS = "The questions"
    CLIP = "A clip before it counts"
    REFERENCE = "The reference"
    ENDING = "The end"
    RETURNING = "Ringing back"


STAGE_OF: Mapping[str, str] = {
    Part.OPENING: "greeting",
    Part.PERSON: "person",
    Part.TALK: "person",
    Part.BEGINNING: "consent",
    Part.QUESTIONS: "questions",
    Part.CLIP: "questions",
    Part.REFERENCE: "reference",
    Part.ENDING: "end",
    Part.RETURNING: "return",
}
# A caller who comes to these parts chose a path; a report that was begun says more, an end of these kinds the most.
PATH_OF: Mapping[str, str] = {
    Part.PERSON: "person",
    Part.TALK: "person",
    Part.RETURNING: "returned",
}
# The opening is one part to people who read it, and two things to those who ask where callers leave.
STAGE_OF_STEP: Mapping[str, str] = dict.fromkeys(("main_menu", "scope", "doors", "safe_calling"), "menu")
PATH_OF_STEP: Mapping[str, str] = dict.fromkeys(("scope", "doors", "safe_calling"), "information")
PATH_OF_END: Mapping[str, str] = {
    "calls.silent": "silent",
    "calls.crowded": "crowded",
    "calls.quick_exit": "quick_exit",
}


@dataclass(frozen=True)
class Whereabouts:
    """What one flow's steps say of the calls that stand at them."""

    flow: Flow

    def trace(self, memory: Memory, before: Trace = NOT_YET) -> Trace:
        """Return what the call's row says once it stands there; `before` is what it said until now."""
        stage = STAGE_OF_STEP.get(memory.step) or STAGE_OF[self._parts[memory.step]]
        if memory.aside:  # a reference heard there belongs to the talk
            stage = STAGE_OF[Part.TALK]
        if memory.step == self.flow.quick_exit:
            stage = before.stage or stage  # what it was left at says more than that it was left
        return Trace(memory.language, stage, self._path(memory) or before.path, outcome(memory))

    @cached_property
    def _parts(self) -> dict[str, str]:
        return {name: part for part, names in self.flow.parts.items() for name in names}

    def _path(self, memory: Memory) -> str:
        step = self.flow.steps[memory.step]
        if isinstance(step, End) and step.counts in PATH_OF_END:
            return PATH_OF_END[step.counts]
        if outcome(memory) == ADDED:
            return "added"
        if memory.report_id and not memory.adding:
            return memory.mode
        return PATH_OF_STEP.get(memory.step) or PATH_OF.get(self._parts[memory.step], "")


def outcome(memory: Memory) -> str:
    """Return what a call left if it ended now."""
    answers = memory.answered()
    if memory.adding:
        return ADDED if any(answers.values()) else NO_REPORT
    if not memory.report_id:
        return NO_REPORT
    if is_report(answers):
        return REPORT
    return PARTIAL if is_partial_report(answers) else TOO_LITTLE
