"""What happened in a call: what was heard, what the caller did, and what the caller cannot do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


class CallIsOver(Exception):
    """The caller is no longer on the line."""


class NotRecording(Exception):
    """Nobody is listening to what the caller says; wait until a recording begins."""


class EndlessDocuments(Exception):
    """The service leads the call from document to document without ever letting the caller do anything."""


@dataclass(frozen=True)
class Spoken:
    """Words the caller heard."""

    text: str
    language: str
    voice: str


@dataclass(frozen=True)
class Played:
    """Sound the caller heard."""

    url: str
    sound: bytes
    content_type: str = "audio/x-wav"


Heard = Spoken | Played


@dataclass(frozen=True)
class Moment:
    """One thing that happened in a call, for writing it down as a script."""

    what: Literal["heard", "pressed", "said", "played", "waited", "hung up"]
    words: str = ""


def step_of(document: str) -> str:
    """Return the step named by the first address of the form `/call/<step>/<turn>` in a document, else empty."""
    found = re.search(r"/call/([\w.-]+)/\d+", document)
    return found.group(1) if found else ""
