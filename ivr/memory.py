"""What a call remembers between two webhooks: it lives under the live key and dies with the call."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import Any

LED_OUT = "led_out"  # the mark of a call that is led to its end because it lasts too long


@dataclass(frozen=True)
class Memory:
    """Where a call stands and what its next steps depend on."""

    step: str
    language: str
    variant: str = ""  # "" | silence | silence2 | wrong_key | more: which wording of the step comes next
    preface: tuple[str, ...] = ()  # prompts said before the step's own
    afterword: tuple[str, ...] = ()  # prompts said after the step's own
    tries: int = 0  # silences and wrong keys at this step
    rounds: int = 0  # of a hold or a wait
    leaving: bool = False  # `9` was pressed: a second one within 2 s is the quick exit
    slower: bool = False  # the caller pressed `8`: slower words and twice the time
    patient: bool = False  # a question met silence: twice the time from then on, in words of the usual speed
    touched: bool = False  # something was pressed or said in this call
    back: str = ""  # where an aside returns to
    mode: str = ""  # "" | voice | keys
    consent: bool = False  # to recording
    report_id: str = ""
    answers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    order: int = 0
    clips: int = 0  # kept so far for the question that `clips_of` names
    clips_of: str = ""
    after: str = ""  # where the call goes on once the last clip is decided on
    clips_told: int = 0  # how often it was said in this call what one may do with a clip
    hearings: int = 0  # clips heard back in this call
    place: int = 0  # of the last recording asked for, within the call
    intent_id: str = ""
    quiet: int = 0  # questions in a row that nobody answered
    reference: str = ""
    reference_told: bool = False
    audio_token: str = ""
    keyed: str = ""  # digits that the next step reads
    lookup: str = ""  # the name of the look-up under way
    lookups: int = 0
    adding: bool = False  # to an earlier report
    letters: tuple[str, ...] = ()  # messages still to be heard, in their order
    letter: str = ""  # the message heard now
    letter_kind: str = ""  # message | question | yes_no
    opened: int = 0  # messages opened in this call
    marks: tuple[str, ...] = ()  # small things that happened in this call
    queued: bool = False  # waits for a person, or is with one
    told_place: str = ""  # the prompt that last told how many come before
    room: str = ""  # the conference's name
    aside: str = ""  # what a handler lets the caller hear alone, while they do
    talk_report: str = ""  # the form that a handler writes, and its reference
    talk_reference: str = ""
    excused_seconds: int = 0  # of this call, until its caller last waited for a person or was with one
    excused_turns: int = 0

    @property
    def reference_to_tell(self) -> str:
        """Return the reference that is told now."""
        return self.talk_reference if self.aside else self.reference

    @property
    def report_to_tell(self) -> str:
        """Return the report whose reference is told now."""
        return self.talk_report if self.aside else self.report_id

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
        for name in ("preface", "afterword", "marks", "letters"):
            if name in known:
                known[name] = tuple(known[name])
        return Memory(**known)


_MEMORY_FIELDS = tuple(item.name for item in fields(Memory))
