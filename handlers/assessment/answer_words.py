"""How pages say what a team does with a release, and how far both sides are."""

from __future__ import annotations

from datetime import date

from handlers.assessment.api.shapes import Disposition, ReleaseState, SaidState
from handlers.releasing.classification import Wording
from handlers.releasing.content import Purpose

DISPOSITIONS: dict[str, Wording] = {
    Disposition.INVESTIGATE: Wording(
        "We investigate", "Your team opens a case, or adds it to one. Give your own reference if there is one."
    ),
    Disposition.SAFEGUARD: Wording(
        "We protect somebody first", "There is a danger now. You act on it before anything else is looked into."
    ),
    Disposition.RECORD: Wording(
        "We keep it for the future", "Not enough to act on alone. You keep it as intelligence and look again by a date."
    ),
    Disposition.OUTSIDE_REMIT: Wording(
        "It is not for our team", "Say below whose it may be, as far as you can. The line decides where it goes then."
    ),
}
DECIDED: dict[str, str] = {
    Disposition.INVESTIGATE: "Investigating",
    Disposition.SAFEGUARD: "Safeguarding",
    Disposition.RECORD: "Kept for the future",
    Disposition.OUTSIDE_REMIT: "Not for this team",
}
STATES: dict[str, str] = {
    ReleaseState.SENT: "New",
    ReleaseState.RECEIVED: "Opened",
    ReleaseState.DECIDED: "Answered",
}
SAID_STATES: dict[str, str] = {
    SaidState.NEW: "Sent to the line",
    SaidState.SEEN: "Read at the line",
    SaidState.ANSWERED: "Put to whoever reported",
    SaidState.DECLINED: "Declined by the line",
}
PURPOSES: dict[str, str] = {Purpose.FULL: "Full release", Purpose.SAFEGUARDING: "For safeguarding"}


def date_words(day: str) -> str:
    """Return a day as people say it: `31 March 2027`."""
    try:
        when = date.fromisoformat(day)
    except ValueError:
        return "a day that cannot be read"
    return f"{when.day} {when:%B %Y}"


def short(release_id: str) -> str:
    """Return a release's id as people say it: its first eight letters, as on its document."""
    return release_id[:8]
