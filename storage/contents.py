"""What stands inside a seal: one shape for each kind of item, so that writer and reader cannot differ."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

FORM_STEP_BYTES = 4096


@dataclass(frozen=True)
class _Packed:
    """A shape that is sealed as JSON."""

    def packed(self) -> bytes:
        """Return the bytes to seal."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """Read what `packed` wrote; a field that this release does not know is left out."""
        raw: dict[str, Any] = json.loads(packed)
        return cls(**{name: raw[name] for name in cls.__dataclass_fields__ if name in raw})


@dataclass(frozen=True)
class Received(_Packed):
    """Kind `received`: how a report began. Its exact time stands only here, inside the seal."""

    at: int  # seconds since the epoch
    language: str
    channel: str  # voice | keys | of what staff entered: letter | email | web | in_person | other
    wording: str  # the version of the wording that was consented to
    questionnaire: str  # the version of the questions


@dataclass(frozen=True)
class Answer(_Packed):
    """Kind `answer`: what was keyed at one question; no values means it was skipped."""

    question: str
    values: tuple[str, ...]
    order: int
    at: int
    language: str
    part: str = ""  # of what another caller gave, in a report that was merged: the id under which it began

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))  # JSON knows only lists


@dataclass(frozen=True)
class Transcript(_Packed):
    """Kind `draft` (by machine) or `transcript` (confirmed by a person): the words of one clip."""

    sound: str  # the item id of the clip
    question: str
    place: int
    language: str
    text: str
    by: str  # the engine, or the person's id
    at: int


@dataclass(frozen=True)
class Note(_Packed):
    """Kind `note`: what a member of staff wrote about a report; it never leaves the desk."""

    text: str
    by: str  # the person's id; the audit must say the same
    at: int


@dataclass(frozen=True)
class Given:
    """What stands at one question of a form: chosen values, or typed words."""

    question: str
    values: tuple[str, ...] = ()
    text: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        given: tuple[object, ...] = (self.question, self.text, *self.values)
        if not all(isinstance(one, str) for one in given):
            raise TypeError("an answer of a form holds text alone")


@dataclass(frozen=True)
class Written(_Packed):
    """Kind `form` (being written) or `written` (finished): a report as a member of staff typed it.

    All answers stand in one item, so that neither their number nor the order in which they came shows outside.
    """

    given: tuple[Given, ...]
    language: str
    by: str  # the person's id
    at: int
    save: str = ""  # of a form: the name of this version, from which its item's id comes
    unasked: tuple[str, ...] = ()  # of a finished one: answered, though the other answers did not call for them
    part: str = ""  # as of an `Answer`

    def __post_init__(self) -> None:
        raw: tuple[Any, ...] = tuple(self.given)  # JSON knows only lists of fields
        given = tuple(one if isinstance(one, Given) else Given(**one) for one in raw)
        object.__setattr__(self, "given", given)
        object.__setattr__(self, "unasked", tuple(self.unasked))

    def packed(self) -> bytes:
        """Return the bytes to seal, in steps of 4 KiB: a form is sealed again and again as it grows."""
        packed = super().packed()
        return packed.ljust(-(-(len(packed) + 1) // FORM_STEP_BYTES) * FORM_STEP_BYTES - 1)


@dataclass(frozen=True)
class Subject(_Packed):
    """Kind `subject`: who or what a report is about, as a person at the desk confirmed it. Never about the caller."""

    what: str  # officer | vehicle | unit
    name: str = ""  # also a nickname
    rank: str = ""
    number: str = ""  # on the shoulder
    team: str = ""
    unit: str = ""  # or station
    force: str = ""
    registration: str = ""
    description: str = ""
    by: str = ""  # the person's id


@dataclass(frozen=True)
class Link(_Packed):
    """Kind `link`: one side of a link between two reports; the other side is sealed under the other report."""

    link_id: str  # as the audit names it: a digest of all the rest
    salt: str
    other: str  # the other report's id
    first: str  # the id of the report on which the link was made
    relation: str
    reason: str
    by: str


@dataclass(frozen=True)
class BlockReason(_Packed):
    """Kind `block`: why a report is closed to a member of staff."""

    person: str  # to whom it is closed
    how: str  # recused | blocked | interest
    reason: str
    by: str


@dataclass(frozen=True)
class Interest(_Packed):
    """Whom or what a member of staff is connected to, as a supervisor wrote it down."""

    name: str = ""
    number: str = ""
    unit: str = ""
    registration: str = ""
    by: str = ""


@dataclass(frozen=True)
class Sound:
    """Kind `sound`: one clip with what it answers."""

    question: str
    place: int  # of the recording within its call
    language: str
    seconds: float
    at: int
    wav: bytes

    def packed(self) -> bytes:
        """Return the bytes to seal: the length of a JSON header (4 bytes, big-endian), the header, the WAV file."""
        header = {name: value for name, value in vars(self).items() if name != "wav"}
        packed = json.dumps(header, separators=(",", ":")).encode()
        return len(packed).to_bytes(4, "big") + packed + self.wav

    @staticmethod
    def unpacked(packed: bytes) -> Sound:
        """Read what `packed` wrote."""
        length = int.from_bytes(packed[:4], "big")
        return Sound(**json.loads(packed[4 : 4 + length]), wav=packed[4 + length :])


@dataclass(frozen=True)
class Changed:
    """One edit of a clean text: places count characters of the raw text. As `handlers.sanitising.edits.Edit`."""

    start: int
    end: int
    put: str
    reason: str  # a code of `handlers.sanitising.reasons`


@dataclass(frozen=True)
class Kept:
    """A time or a place that stays exact, and why: a code of `handlers.sanitising.reasons`."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True)
class Clean(_Packed):
    """Kind `clean`: what a supervisor made of a report's raw text, with everything a release needs, as last saved.

    The raw text stands inside, so that the places of the edits keep their meaning when something is added later.
    """

    raw: str
    edits: tuple[Changed, ...] = ()
    kept: tuple[Kept, ...] = ()
    when: str = ""  # a band
    where: str = ""  # an area
    categories: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    source: str = ""  # the grade's figure and letters; empty while not chosen
    information: str = ""
    handling: str = ""
    conditions: str = ""
    subjects: tuple[str, ...] = ()  # ids of the items of kind `subject` that leave
    team: str = ""
    purpose: str = "full"
    by: str = ""
    at: int = 0
    save: str = ""  # the name of this version

    def __post_init__(self) -> None:
        for name, kind in (("edits", Changed), ("kept", Kept)):
            raw: tuple[Any, ...] = tuple(getattr(self, name))  # JSON knows only lists of fields
            object.__setattr__(self, name, tuple(one if isinstance(one, kind) else kind(**one) for one in raw))
        for name in ("categories", "flags", "grounds", "subjects"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def packed(self) -> bytes:
        """Return the bytes to seal, in steps of 4 KiB: it is sealed again and again as it grows."""
        packed = super().packed()
        return packed.ljust(-(-(len(packed) + 1) // FORM_STEP_BYTES) * FORM_STEP_BYTES - 1)


@dataclass(frozen=True)
class Outcome(_Packed):
    """Kind `outcome`: what a team decided about a release, sealed to the desk and to the team."""

    disposition: str  # investigate | safeguard | record | outside_remit
    reference: str = ""  # the team's own
    due: str = ""  # 2026-12-31: when the team looks again or has done it
    words: str = ""  # for the desk: it never reaches a caller as it stands
    by: str = ""  # a person_id of the team, or "" for their system
    at: int = 0  # seconds since the epoch


@dataclass(frozen=True)
class Question(_Packed):
    """Kind `question`: what a team asks, sealed to the desk and to the team. A handler puts it in other words."""

    text: str
    by: str = ""  # a person_id of the team, or "" for their system
    at: int = 0  # seconds since the epoch


@dataclass(frozen=True)
class Refusal(_Packed):
    """Kind `refusal`: why the desk does not put a team's question to a caller, sealed to the team and the desk."""

    question: str  # the item id of what they asked
    reason: str  # one of `handlers.releasing.coming_back.REFUSALS`: no words, which could point to the caller


@dataclass(frozen=True)
class Reply(_Packed):
    """Kind `reply`: what a caller will hear, as a handler wrote it; the sound is sealed to the reference's key."""

    text: str
    language: str
    by: str


@dataclass(frozen=True)
class HandedOver(_Packed):
    """Kind `handover`: how an urgent report was given to somebody by word of mouth, and who took it there."""

    to: str  # the desk or room that was rung, never a caller
    who: str  # who took it, with rank or collar number
    reference: str  # theirs
    said: str
    by: str
    at: int


@dataclass(frozen=True)
class Contact(_Packed):
    """Kind `contact`: how a caller who offered it may be reached, apart from the report; opened with a reason alone."""

    text: str
    by: str
