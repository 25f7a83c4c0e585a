"""What speaks against confirming a clip yet: a rule, and the plain question that it leads to."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.desk.record import Clip


@dataclass(frozen=True)
class Doubt:
    """One reason to ask again, in words."""

    name: str
    words: str


UNPLAYED = Doubt(
    "unplayed",
    "You have not played this clip since you signed in. The voice will be gone for good, and nobody can check the "
    "words against it any more.",
)
CLOSED = Doubt(
    "closed",
    "The sound of this clip is damaged and cannot be played now. Whoever runs the desk may be able to mend it, but not "
    "once you have confirmed.",
)
UNCHANGED = Doubt(
    "unchanged",
    "These are the machine's words, exactly. A machine mishears names and numbers, and leaves out a “not”. Once the "
    "voice is gone, nobody can tell.",
)
UNCHANGED_AND_SILENT = Doubt(
    "unchanged-silent",
    "These are the machine's words, exactly, and the sound is gone already: nobody can check them any more. Confirm "
    "only if you stand by them; whoever reads them will take them for words that a person heard.",
)


def doubts_about(clip: Clip, words: str, *, played: bool, opens: bool) -> tuple[Doubt, ...]:
    """Return what to ask before these words take the clip's place; `opens`: its sound can be played now."""
    found = []
    if clip.has_sound and not opens:
        found.append(CLOSED)
    elif clip.has_sound and not played:
        found.append(UNPLAYED)
    if clip.draft and words.split() == clip.draft.split():
        found.append(UNCHANGED if clip.has_sound else UNCHANGED_AND_SILENT)
    return tuple(found)
