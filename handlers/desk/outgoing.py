"""What is on its way out of a report: its exact bytes, and everything that they must agree with before they leave.

Whoever writes the database can seal to the desk and change rows. So nothing counts by itself: the bytes must have the
digest that the audit knows, the draft that its saver vouches for must make the same bytes again, and the team and its
keys must still be those of the line's own file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask import abort
from sqlalchemy import Connection

from handlers.desk.akin import is_withdrawn
from handlers.desk.beside import subjects_of
from handlers.desk.cleaning_bench import says_else
from handlers.desk.ground import Desk
from handlers.desk.reading import audited, opened_record
from handlers.desk.sessions import Signed
from handlers.desk.unsealing import opened
from handlers.releasing.content import Release, digest, recipient_of, unpacked
from handlers.releasing.drafting import Unready, leaving, missing, release_of
from handlers.releasing.teams import routing
from prompts.line import LineMistakes, read_line
from prompts.teams import Team
from storage import claims, drafts, releases
from storage.clock import month_of, months_later
from storage.contents import Clean, Subject
from storage.jobs import raise_alarm
from storage.keys import Damaged, public_half
from storage.opening import GroupKey
from storage.releases import Proposal

NOTE = "What was proposed to be released is damaged, or nobody here proposed it. Check who can write to the database."
READY = {releases.FULL: ("confirmed",), releases.SAFEGUARDING: ("new", "read", "confirmed")}  # states of the report


class Why(StrEnum):
    """Why something does not leave; the audit keeps the code."""

    CHANGED = "changed"
    OWN = "own-work"
    KEY = "key-replaced"
    FORGED = "not-vouched-for"
    DAMAGED = "damaged"
    DIFFERS = "differs"
    TEAM = "team-changed"
    ROUTE = "not-to-this-team"
    ADDED = "report-changed"
    WITHDRAWN = "withdrawn-by-caller"
    OLD = "too-old"
    LINE = "line-file-changed"
    LETTERS = "letters"
    NO_KEY = "no-signing-key"
    EXCHANGED = "signing-key-exchanged"


WORDS: dict[Why, str] = {
    Why.CHANGED: "It does not stand any more: it was edited, sent back, withdrawn or released since this page was "
    "shown. Look at it as it is now.",
    Why.OWN: "You proposed it, or hold the key of who did. Somebody else must look at it.",
    Why.KEY: "The database names another public key for you than yours. Nothing was released. Tell whoever runs the "
    "desk before you do anything else.",
    Why.FORGED: "Nobody at the desk proposed exactly this: treat it as forged. Tell whoever runs the desk.",
    Why.DAMAGED: "It is damaged: what is stored does not open, or is not what was proposed. Tell whoever runs the "
    "desk.",
    Why.DIFFERS: "The draft makes other bytes now than were proposed, so the proposal is void. Propose it again.",
    Why.TEAM: "The team has other keys or another name now, or is in the line's file no more, so the proposal is void. "
    "Propose it again.",
    Why.ROUTE: "The report may not go to this team any more: see who and what it is about. The proposal is void; "
    "choose another team and propose it again.",
    Why.ADDED: "Something was added to the report, or it is not confirmed any more, so the proposal is void. Confirm "
    "what is new, then propose it again.",
    Why.WITHDRAWN: "The caller has withdrawn the report, so the proposal is void. Only what protects somebody may "
    "still leave, for safeguarding.",
    Why.OLD: "It names a month that is long over, so the proposal is void. Propose it again.",
    Why.LINE: "The line's file was changed and the desk still works by the old one. Ask whoever runs the desk to start "
    "it anew; nothing is released until then.",
    Why.LETTERS: "Its document cannot show some of its letters any more, so the proposal is void. Propose it again.",
    Why.NO_KEY: "There is no key to sign with. Whoever runs the desk makes it once, by: hotline keys signing",
    Why.EXCHANGED: "The signing key here is not the one whose public half the teams were given, or nobody here opens "
    "it. Tell whoever runs the desk; nothing is released until then.",
}
VOIDING = frozenset({Why.DIFFERS, Why.TEAM, Why.ROUTE, Why.ADDED, Why.WITHDRAWN, Why.OLD, Why.LETTERS})
ALARMING = frozenset({Why.KEY, Why.FORGED, Why.DAMAGED, Why.EXCHANGED})


class Refused(Exception):
    """Something does not leave; nothing was changed."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True)
class Draft:
    """A report's draft as it was saved last, and everybody whom the report is confirmed to be about."""

    clean: Clean
    confirmed: Mapping[str, Subject]


@dataclass(frozen=True)
class Ready:
    """What somebody proposed, opened, with all that it must agree with."""

    proposal: Proposal
    packed: bytes
    release: Release
    clean: Clean
    team: Team


# ---- checks, all inside the caller's connection ---------------------------------------------------------------------


def draft_of(connection: Connection, group: GroupKey, report_id: str) -> Draft | None:
    """Return the draft of a report, or None before the first is saved; raises `Damaged`."""
    clean = drafts.last_draft(connection, report_id, group)
    if clean is None:
        return None
    known, unreadable = subjects_of(connection, group, [report_id])
    if unreadable:
        raise Damaged("a subject that does not open may be who the report must be kept from")
    confirmed = {one.item_id: one.subject for one in known.get(report_id, ()) if not one.is_forged}
    return Draft(clean, confirmed)


def built(desk: Desk, draft: Draft, *, release_id: str, month: str) -> Release:
    """Return the release that a draft makes; raises `Unready`."""
    if lacks := missing(draft.clean, draft.confirmed, desk.line):
        raise Unready(lacks)
    team = next(team for team in desk.line.teams if team.id == draft.clean.team)
    subjects = leaving(draft.clean, draft.confirmed)
    return release_of(draft.clean, release_id=release_id, subjects=subjects, line=desk.line, team=team, month=month)


def checked(desk: Desk, connection: Connection, group: GroupKey, proposal: Proposal) -> Ready:
    """Return what was proposed, once it agrees with everything; raises `Refused`."""
    if proposal.state != releases.PROPOSED:
        raise Refused(Why.CHANGED)
    if not releases.is_vouched_for(connection, proposal, standing=True):
        raise Refused(Why.FORGED)
    packed, release = opened_bytes(connection, group, proposal)
    _check_report(connection, group, proposal)
    if release.month not in _these_months(desk):
        raise Refused(Why.OLD)
    team = _team_of(desk, release)
    try:
        draft = draft_of(connection, group, proposal.report_id)
    except Damaged:
        raise Refused(Why.DAMAGED) from None
    if draft is None or draft.clean.by != proposal.author:
        raise Refused(Why.DIFFERS)
    if not routing(tuple(draft.confirmed.values()), desk.line).allows(team.id):
        raise Refused(Why.ROUTE)
    try:
        again = built(desk, draft, release_id=release.release, month=release.month).packed()
    except Unready:
        raise Refused(Why.DIFFERS) from None
    if again != packed:
        raise Refused(Why.DIFFERS)
    return Ready(proposal, packed, release, draft.clean, team)


def opened_bytes(connection: Connection, group: GroupKey, proposal: Proposal) -> tuple[bytes, Release]:
    """Return the very bytes that somebody proposed, and what they say; raises `Refused`."""
    if not releases.is_vouched_for(connection, proposal):
        raise Refused(Why.FORGED)
    item = releases.bytes_of(connection, proposal)
    if item is None:
        raise Refused(Why.DAMAGED)
    try:
        packed = opened(item, group)
        release = unpacked(packed)
    except Damaged:
        raise Refused(Why.DAMAGED) from None
    named = (release.release, release.to.team, release.purpose.value)
    if digest(packed) != proposal.digest or named != (proposal.release_id, proposal.team, proposal.purpose):
        raise Refused(Why.DAMAGED)
    return packed, release


def is_newer(desk: Desk, signed: Signed, report_id: str, clean: Clean) -> bool:
    """Say whether the report says something else by now than what a draft was made from; the caller audits it.

    It opens the whole report, so ask outside a transaction.
    """
    return says_else(opened_record(desk, signed, report_id), clean)


def check_line(desk: Desk) -> None:
    """Raise `Refused` when the line's file is not the one that the desk began with: a team's key may be another."""
    try:
        now = read_line(desk.settings.line_file)
    except LineMistakes:
        raise Refused(Why.LINE) from None
    if now != desk.line:
        raise Refused(Why.LINE)


def own_key(signed: Signed) -> str:
    """Return the public half of the key that somebody holds in their hands, in hexadecimal; raises `Refused`.

    The database names one for them too; where the two differ, somebody put a key of theirs in its place.
    """
    held = public_half(signed.open_session.private_key)
    if held != signed.open_session.person.public_key:
        raise Refused(Why.KEY)
    return held.hex()


def check_open(signed: Signed, connection: Connection, report_id: str) -> None:
    """Answer as for no report when it was closed to this person since the door looked."""
    if claims.holder(connection, report_id, reader=signed.person_id).state == claims.NOT_THERE:
        abort(404)


def refuse(desk: Desk, signed: Signed, report_id: str, release_id: str, why: Why) -> None:
    """Write down that something did not leave, let it stand no more where it never could, and raise an alarm."""
    with desk.database.write() as connection:
        audited(desk, signed, connection, "release-refused", report_id, f"{release_id}: {why}")
        standing = releases.proposal_of(connection, report_id)
        if why in VOIDING and standing is not None and standing.release_id == release_id:
            releases.void(connection, report_id)
            audited(desk, signed, connection, releases.VOIDED_ACTION, report_id, f"{release_id}: {why}")
        if why in ALARMING:
            raise_alarm(connection, "storage", NOTE, now=desk.clock.now())


def _check_report(connection: Connection, group: GroupKey, proposal: Proposal) -> None:
    state = claims.holder(connection, proposal.report_id).state
    if state not in READY.get(proposal.purpose, ()):
        raise Refused(Why.ADDED)
    if proposal.purpose == releases.FULL and is_withdrawn(connection, group, proposal.report_id):
        raise Refused(Why.WITHDRAWN)


def _team_of(desk: Desk, release: Release) -> Team:
    team = next((team for team in desk.line.teams if team.id == release.to.team), None)
    if team is None or recipient_of(team) != release.to:
        raise Refused(Why.TEAM)
    return team


def _these_months(desk: Desk) -> tuple[str, str]:
    # The last one too: what is proposed in a month's last hour is looked at in the next one's first.
    this = month_of(desk.clock.now())
    return this, months_later(this, -1)
