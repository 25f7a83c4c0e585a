"""What a TwiML document can ask of a call, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Say:
    """Speak words. `loop` 0 is Twilio's "until the caller hangs up"."""

    text: str
    language: str = "en-US"
    voice: str = "man"
    loop: int = 1


@dataclass(frozen=True)
class Play:
    """Play the sound at an address."""

    url: str
    loop: int = 1


@dataclass(frozen=True)
class Pause:
    """Be silent for some seconds."""

    seconds: int = 1


Prompt = Say | Play | Pause


@dataclass(frozen=True)
class Gather:
    """Speak and listen for keys."""

    prompts: tuple[Prompt, ...] = ()
    action: str = ""
    method: str = "POST"
    timeout: int = 5
    digits: int | None = None
    finish_on_key: str = "#"
    action_on_empty: bool = False


@dataclass(frozen=True)
class Record:
    """Record the caller until a key, silence, the time limit or the end of the call."""

    action: str = ""
    method: str = "POST"
    timeout: int = 5
    finish_on_key: str = "1234567890*#"
    max_seconds: int = 3600
    beep: bool = True
    trim: bool = True
    callback: str = ""
    callback_method: str = "POST"
    callback_events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True)
class Conference:
    """A room in which legs hear each other."""

    name: str
    starts: bool = True  # whoever comes before the first that starts it waits
    ends: bool = False  # the room is over for all when this leg leaves
    muted: bool = False
    coach: str = ""  # the call that alone hears this leg
    beeps: bool = True
    callback: str = ""
    callback_method: str = "POST"
    callback_events: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Dial:
    """Connect the call with a conference; an empty action goes on with the next verb afterwards."""

    conference: Conference
    action: str = ""
    method: str = "POST"
    seconds: int = 14400


@dataclass(frozen=True)
class Redirect:
    """Go on with the document at another address."""

    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True)
class Reject:
    """Do not answer at all."""

    reason: str = "rejected"


Verb = Prompt | Gather | Record | Dial | Redirect | Hangup | Reject


@dataclass(frozen=True)
class Fault:
    """Something in a document that Twilio warns of and leaves out."""

    code: int
    reason: str


@dataclass(frozen=True)
class Document:
    """A document as Twilio would obey it, and what it would complain of."""

    verbs: tuple[Verb, ...]
    faults: tuple[Fault, ...] = ()
