"""What a call may ask of the service: things to keep or begin with the commit, and questions answered at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class OpenReport:
    """A report begins: its row commits before anything can be said into it."""

    report_id: str
    language: str
    channel: str  # voice | keys


@dataclass(frozen=True)
class KeepAnswer:
    """A keyed answer, sealed at once; no values means it was skipped."""

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
class AcceptClip:
    """The caller went on from a clip: from now on it counts, and the worker collects it."""

    intent_id: str


@dataclass(frozen=True)
class RefuseClip:
    """The caller took a clip back before it counted: it is deleted at the carrier and never collected."""

    intent_id: str


@dataclass(frozen=True)
class FetchClip:
    """A clip is to be heard by its caller, at an address made for it: an order to the worker."""

    name: str  # under which the walk asks whether it is there
    intent_id: str
    token: str


@dataclass(frozen=True)
class NoteUrgency:
    """The caller answered whether somebody may be hurt soon; yes and not sure alert a supervisor."""

    report_id: str
    urgent: str  # yes | unsure | no


@dataclass(frozen=True)
class NoteSubstance:
    """Something was keyed that makes even a broken-off call a partial report."""

    report_id: str


@dataclass(frozen=True)
class ChangeChannel:
    """The caller goes on by keys only, or by voice."""

    report_id: str
    channel: str


@dataclass(frozen=True)
class FinishReport:
    """The caller reached the end of the questions with enough for a report."""

    report_id: str


@dataclass(frozen=True)
class OfferSound:
    """A reference is to be heard by this caller only, at an address made for it."""

    token: str
    reference: str
    language: str
    report_id: str  # from now on it is kept for a caller who rings back, however little was said


@dataclass(frozen=True)
class StartWork:
    """Slow work to begin after the commit; may be begun twice."""

    name: str  # under which its finding is asked for; unique within the call
    work: str  # issue | look_up
    reference: str
    report_id: str = ""


@dataclass(frozen=True)
class Count:
    """Something to count by week, with no trace of who."""

    name: str


Effect = (
    OpenReport
    | KeepAnswer
    | AskRecording
    | AcceptClip
    | RefuseClip
    | FetchClip
    | NoteUrgency
    | NoteSubstance
    | ChangeChannel
    | FinishReport
    | OfferSound
    | StartWork
    | Count
)


class World(Protocol):
    """What a call may ask while it walks. Answers come at once: nothing here waits."""

    def is_line_open(self) -> bool:
        """Say whether the line's hours, holidays and switch allow a handler to answer now."""
        ...

    def is_handler_on_duty(self, language: str) -> bool:
        """Say whether a trained handler who speaks the language can be offered a call now."""
        ...

    def finding(self, name: str) -> str | None:
        """Return what slow work of that name found, or None while it is under way; of a clip, that it can be heard."""
        ...

    def is_well_formed(self, reference: str) -> bool:
        """Say whether a keyed reference has the right length and check digit."""
        ...

    def new_id(self) -> str:
        """Return 32 random hexadecimal characters."""
        ...

    def new_intent_id(self, report_id: str, question: str, place: int, language: str) -> str:
        """Return a new id for a recording that is about to be asked for: 32 hexadecimal characters, bound to this."""
        ...

    def new_reference(self) -> str:
        """Return a reference of 16 digits, drawn at random."""
        ...
