"""A release as the desk's pages show it: its document's parts, its digest, its team's key, and the raw text beside."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.releasing.content import Release, digest
from handlers.releasing.document import PURPOSES, Section, sections
from handlers.releasing.drafting import edits_of
from handlers.sanitising.edits import EditMistake, Piece, pieces
from handlers.sanitising.reasons import EDIT_WORDS
from storage.contents import Clean

GROUP = 4  # letters: as people read them to one another
TAIL = 12  # letters of a team's public key: what the team read out by telephone when it gave it
STATES = {
    "proposed": "Waits for a second person",
    "returned": "Sent back",
    "void": "Void",
    "released": "Released",
}
STANDS = {
    "sent": "Not opened by the team yet",
    "received": "The team has it",
    "decided": "The team has decided",
}
OUTCOMES = {
    "investigate": "they investigate",
    "safeguard": "they protect somebody",
    "record": "they keep it for the future",
    "outside_remit": "it is outside their remit",
}
VOIDS = (
    "any change of the clean text or of what else was chosen with it",
    "a subject that is added, corrected or removed",
    "closing the report to a colleague, or opening it again",
    "something new from the caller",
    "another key or name of the team, or another file of the line",
)


@dataclass(frozen=True)
class Shown:
    """One release as a page shows it."""

    release: Release
    sections: tuple[Section, ...]
    digest: str
    groups: tuple[str, ...]  # of the digest
    key_tail: tuple[str, ...]  # of the team's public key
    purpose: str
    exact: str  # the bytes themselves, as text
    raw: tuple[Piece, ...]
    reasons: dict[str, str]


def shown_release(release: Release, clean: Clean | None = None) -> Shown:
    """Return a release for a page, with the raw text and what was done to it where that is known."""
    packed = release.packed()
    whole = digest(packed)
    return Shown(
        release=release,
        sections=tuple(sections(release)),
        digest=whole,
        groups=grouped(whole),
        key_tail=grouped(release.to.age[-TAIL:]),
        purpose=PURPOSES[release.purpose],
        exact=packed.decode(),
        raw=_raw(clean) if clean is not None else (),
        reasons={reason.value: words for reason, words in EDIT_WORDS.items()},
    )


def grouped(letters: str) -> tuple[str, ...]:
    """Return letters in groups of four."""
    return tuple(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def _raw(clean: Clean) -> tuple[Piece, ...]:
    try:
        return pieces(clean.raw, edits_of(clean))
    except (EditMistake, ValueError):
        return ()  # it would not have been proposed
