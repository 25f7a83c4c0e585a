"""What a call may ask of the service: things to keep or begin with the commit, and questions answered at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ivr.talk import Talk, TalkEffect

MAX_CALL_SECONDS, MAX_CALL_TURNS = 3600, 400  # three times what a whole report with every question takes
MOST_CALL_SECONDS = 4 * 3600  # with all that was spent waiting for a person and with one
GRACE_SECONDS, GRACE_TURNS = 300, 40  # to be led out in: for the reference and a goodbye


class Length(StrEnum):
    """How long a call has lasted: nobody may hold a place for ever, and nobody is cut off in the middle of a word."""

    FINE = ""
    LONG = "long"  # it is led to its end, and may still hear its reference
    OVER = "over"  # it went on all the same: a goodbye


@dataclass(frozen=True)
class Spent:
    """How much of the line a call has used."""

    seconds: int = 0
    turns: int = 0


def length_of(spent: Spent, excused: Spent) -> Length:
    """Say whether a call lasts too long; `excused` went by until its caller last waited for a person or met one."""
    seconds, turns = spent.seconds - excused.seconds, spent.turns - excused.turns
    over = max(seconds - MAX_CALL_SECONDS, spent.seconds - MOST_CALL_SECONDS)
    if over > GRACE_SECONDS or turns > MAX_CALL_TURNS + GRACE_TURNS:
        return Length.OVER
    return Length.LONG if over > 0 or turns > MAX_CALL_TURNS else Length.FINE


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
    report_id: str  # from now on it is kept for a caller who rings back, however little was said; "": staff see to it


@dataclass(frozen=True)
class StartWork:
    """Slow work to begin after the commit; may be begun twice."""

    name: str  # under which its finding is asked for; unique within the call
    work: str  # issue | look_up
    reference: str
    report_id: str = ""


@dataclass(frozen=True)
class OpenLetter:
    """Slow work: a message is opened with the key that its caller's reference gave, and put behind an address."""

    name: str
    lookup: str  # the look-up whose finding holds that key: it is in no memory and no effect
    report_id: str
    letter_id: str
    token: str

    @property
    def work(self) -> str:
        """Return which kind of slow work this is."""
        return "letter"


@dataclass(frozen=True)
class NoteHeard:
    """A message was played to its end."""

    letter_id: str


@dataclass(frozen=True)
class NoteAnswered:
    """A question was answered."""

    letter_id: str


@dataclass(frozen=True)
class NoteAddition:
    """Something was keyed into a report that had arrived before: staff are to see it."""

    report_id: str
    urgent: str = ""  # "" | yes | unsure | no: keyed now


@dataclass(frozen=True)
class Withdraw:
    """The caller withdraws: their reference opens nothing from now on, and staff are told."""

    report_id: str


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
    | OpenLetter
    | NoteHeard
    | NoteAnswered
    | NoteAddition
    | Withdraw
    | Count
    | TalkEffect
)


@dataclass(frozen=True)
class Letter:
    """A message that waits for who holds a reference, or waited."""

    letter_id: str
    kind: str  # message | question | yes_no
    is_new: bool


@dataclass(frozen=True)
class Mailbox:
    """What a caller who rings back can be told."""

    status: str
    letters: tuple[Letter, ...] = ()  # the first sent first


class World(Protocol):
    """What a call may ask while it walks. Answers come at once: nothing here waits."""

    def is_line_open(self) -> bool:
        """Say whether the line's hours, holidays and switch allow a handler to answer now."""
        ...

    def is_switched(self, name: str) -> bool:
        """Say whether staff have set that switch for the whole line (`closed`)."""
        ...

    def news(self) -> str:
        """Return the prompt that callers are to hear beside the main menu now, or an empty text."""
        ...

    def is_crowded(self) -> bool:
        """Say whether more calls are under way than the line takes; asked once, when a call rings."""
        ...

    def spent(self) -> Spent:
        """Return how long this call has lasted."""
        ...

    def length(self, excused: Spent) -> Length:
        """Say whether this call lasts too long, apart from what is excused."""
        ...

    def is_handler_on_duty(self, language: str) -> bool:
        """Say whether a trained handler who speaks the language works now, and could be offered a call."""
        ...

    def talk(self) -> Talk | None:
        """Return how this call's talk with a person stands; None when it never asked for one."""
        ...

    def finding(self, name: str) -> str | None:
        """Return what slow work of that name found, or None while it is under way; of a clip, that it can be heard."""
        ...

    def mailbox(self, report_id: str) -> Mailbox:
        """Return what waits for who holds that report's reference; asked only of one that was keyed."""
        ...

    def was_fetched(self, token: str) -> bool:
        """Say whether the sound at a one-time address was fetched: what was not, nobody heard."""
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
