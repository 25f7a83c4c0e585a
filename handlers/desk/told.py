"""A report's timeline and where its alert stands: deeds of the audit put together with notes out of their seals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.contents import Note
from storage.timeline import ACKNOWLEDGED, ALERTED, NOTED, Deed

DEEDS: dict[str, str] = {
    "report-opened": "Opened for the first time",
    "report-claimed": "Claimed",
    "report-given-back": "Given back",
    "report-given": "Given to",
    "report-confirmed": "Confirmed",
    "report-held": "Held",
    "hold-lifted": "Hold lifted",
    "not-a-report": "Marked as not a report",
    "status-set": "What the caller hears was changed",
    "question-declined": "A team's question was declined",
    "reply-told": "The caller was told",
    "release-proposed": "Proposed to be released",
    "release-returned": "Sent back",
    "release-voided": "Proposal void",
    "report-released": "Released to a team",
    "handed-over": "Handed over by word of mouth",
    "stood-down": "Written down that nobody is in danger",
    "review-claimed": "Taken for review",
    "review-given-back": "Given back from review",
    "review-taken-over": "Taken over for review",
    "review-stopped": "Stopped: it cannot be sanitised",
    "review-resumed": "Waits for review again",
    "report-split": "Split in two",
    "report-begun-by-split": "Split off another report",
    "report-took-in": "Another report became part of it",
    "report-merged": "Became part of another report",
    ALERTED: "Supervisors alerted",
    ACKNOWLEDGED: "Urgency acknowledged",
    NOTED: "Note",
}


@dataclass(frozen=True)
class Event:
    """One entry of the timeline."""

    title: str
    by: str  # a person_id
    at: int | None  # seconds since the epoch, told by the day; None where nobody vouches for it
    to: str = ""  # a person_id, where it went to somebody
    note: str = ""
    is_forged: bool = False  # a note that nobody here wrote
    is_missing: bool = False  # a note that the audit knows and the database does not


@dataclass(frozen=True)
class Alert:
    """Where the alert of supervisors stands."""

    at: int | None  # when somebody here alerted them and nobody acknowledged since
    by: str
    acknowledged_by: str  # "" when nobody did, or somebody must again


def told(deeds: Sequence[Deed], notes: Sequence[tuple[str, Note]], *, gone: bool) -> tuple[Event, ...]:
    """Return the timeline, newest first; a note counts as somebody's when the audit has it with this very author."""
    found = dict(notes)
    events, genuine = [], set()
    for deed in deeds:
        note = found.get(deed.detail) if deed.action == NOTED else None
        if deed.action != NOTED:
            to = deed.detail.removeprefix("to ") if deed.action == "report-given" else ""
            events.append(Event(DEEDS[deed.action], deed.person, deed.at, to))
        elif note is not None and note.by == deed.person and deed.detail not in genuine:
            genuine.add(deed.detail)
            events.append(Event("Note", deed.person, deed.at, note=note.text))
        else:
            events.append(Event("Note", deed.person, deed.at, is_missing=not gone))
    forged = [Event("Note", "", None, note=note.text, is_forged=True) for item, note in notes if item not in genuine]
    return (*forged, *reversed(events))


def alert_of(deeds: Sequence[Deed], urgent_due: int | None) -> Alert:
    """Return where the alert stands: what was alerted last, unless somebody acknowledged after it."""
    last = next((deed for deed in reversed(deeds) if deed.action in (ALERTED, ACKNOWLEDGED)), None)
    alerted = last if last is not None and last.action == ALERTED and urgent_due is not None else None
    acknowledged = last is not None and last.action == ACKNOWLEDGED and urgent_due is None
    return Alert(
        alerted.at if alerted else None,
        alerted.person if alerted else "",
        last.person if last is not None and acknowledged else "",
    )
