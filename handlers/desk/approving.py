"""The second pair of eyes: what was proposed, shown as it would leave; released by another person, or sent back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk import outgoing
from handlers.desk.akin import tell_alike
from handlers.desk.beside import report_with_content
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.outgoing import WORDS, Ready, Refused, Why
from handlers.desk.reading import audited
from handlers.desk.release_words import OUTCOMES, STANDS, STATES, VOIDS, shown_release
from handlers.desk.sessions import Signed
from handlers.desk.tidying import tidy
from handlers.releasing.content import signed_form
from handlers.releasing.deadlines import acknowledge_by, feedback_by
from handlers.releasing.document import LettersNotShown, document_of
from handlers.releasing.package import packed as packed_for
from handlers.releasing.teams import audience_of
from storage import jobs, notes, releases, timeline
from storage.clock import iso_week
from storage.contents import Note
from storage.desk_secrets import SecretLost
from storage.figures import RELEASED, count_released
from storage.handing_over import Handover, hand_over
from storage.jobs import count_up
from storage.keys import KeyFileUnfit, Secret
from storage.people import aliases
from storage.raw import NEVER_LEFT
from storage.releases import KeyReplaced, NotProposed, NotVouchedFor, OwnWork, Proposal
from storage.sealing import seal_item
from storage.signing import read_verifying_key, sign
from storage.signing_key import PUBLIC_FILE, NoSigningKey, SigningKeyExchanged, has_signing_key, signing_key
from storage.statuses import PASSED_ON

MAX_REASON = 2_000
GONE = "It never left, so its words are destroyed by now, as all is that was raw."
NO_REASON = "Write what must be changed, in a sentence: the author reads it"
LONG_REASON = f"Shorten the reason to {MAX_REASON:,} characters or fewer"
REFUSALS: dict[type[Exception], Why] = {
    NotProposed: Why.CHANGED,
    OwnWork: Why.OWN,
    KeyReplaced: Why.KEY,
    NotVouchedFor: Why.FORGED,
    NoSigningKey: Why.NO_KEY,
    KeyFileUnfit: Why.NO_KEY,
    SigningKeyExchanged: Why.EXCHANGED,
    SecretLost: Why.EXCHANGED,
    LettersNotShown: Why.LETTERS,
}


@dataclass(frozen=True)
class Made:
    """What was made of a proposal before the transaction: it takes too long to let others wait for it."""

    ready: Ready
    document: bytes
    public: bytes  # the half of the signing key that the teams were given


# ---- seeing ---------------------------------------------------------------------------------------------------------


def overview(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show what waits for a second person, and everything that was ever proposed or released of a report."""
    found = report_with_content(desk, report_id)
    with desk.database.read() as connection:
        listed = releases.released(connection, report_id)
        names = aliases(connection)
    may_propose = all(one.proposal.state != releases.PROPOSED for one in listed) and found.state != releases.RELEASED
    return render_template(
        "releases.html",
        **frame(desk, signed, "review"),
        report=found,
        listed=listed,
        names=names,
        team_names={team.id: team.name for team in desk.line.teams},
        states=STATES,
        stands=STANDS,
        outcomes=OUTCOMES,
        voids=VOIDS,
        may_propose=may_propose,
    )


def seen(desk: Desk, signed: Signed, report_id: str, release: str) -> ResponseReturnValue:
    """Show again what was proposed or released once: the very bytes, opened from what the desk kept of them."""
    proposal = _proposal(desk, report_id, release)
    with desk.database.write() as connection:
        audited(desk, signed, connection, "release-seen", report_id, release)
    group, mistake, shown = signed.group(desk), "", None
    try:
        with desk.database.read() as connection:
            if proposal.state in NEVER_LEFT and releases.bytes_of(connection, proposal) is None:
                mistake = GONE
            else:
                shown = shown_release(outgoing.opened_bytes(connection, group, proposal)[1])
    except Refused as refused:
        outgoing.refuse(desk, signed, report_id, release, refused.why)
        mistake = WORDS[refused.why]
    with desk.database.read() as connection:
        names = aliases(connection)
    page = {"proposal": proposal, "shown": shown, "names": names, "states": STATES, "mistake": mistake}
    found = report_with_content(desk, report_id)
    return render_template("release.html", **frame(desk, signed, "review"), report=found, **page)


# ---- approving ------------------------------------------------------------------------------------------------------


def approve(desk: Desk, signed: Signed, report_id: str, release: str) -> ResponseReturnValue:
    """Show what would leave, byte for byte; when it is meant, release exactly that."""
    proposal = _proposal(desk, report_id, release)
    if request.method == "GET":
        with desk.database.write() as connection:
            audited(desk, signed, connection, "release-opened", report_id, release)
        return _shown(desk, signed, proposal)
    try:
        made = _made(desk, signed, proposal)
        if request.form.get("digest", "") != made.ready.proposal.digest:
            raise Refused(Why.CHANGED)
        _release(desk, signed, made)
    except Refused as refused:
        return _refused(desk, signed, proposal, refused.why)
    except tuple(REFUSALS) as error:
        return _refused(desk, signed, proposal, REFUSALS[type(error)])
    flash(f"It is released to {made.ready.team.name}.")
    return redirect(f"/reports/{report_id}/release", 303)


def give_back(desk: Desk, signed: Signed, report_id: str, release: str) -> ResponseReturnValue:
    """Send a proposal back to its author, with a reason that stays sealed beside the report."""
    proposal, reason = _proposal(desk, report_id, release), tidy(request.form.get("reason", ""))
    if not reason or len(reason) > MAX_REASON:
        mistakes = {"reason": LONG_REASON if reason else NO_REASON}
        return _shown(desk, signed, proposal, typed={"reason": reason}, mistakes=mistakes, status=422)
    note = Note(f"Sent back: {reason}", signed.person_id, desk.clock.now())
    item = seal_item(note.packed(), report_id=report_id, kind="note", audiences=(desk.keys.desk,))
    try:
        with desk.database.write() as connection:
            releases.lock(connection, report_id)
            outgoing.check_open(signed, connection, report_id)
            releases.give_back(connection, proposal, approver=signed.person_id)
            notes.add_note(connection, item)
            audited(desk, signed, connection, timeline.NOTED, report_id, item.item_id)
            audited(desk, signed, connection, releases.RETURNED_ACTION, report_id, release)
    except (NotProposed, OwnWork) as error:
        return _refused(desk, signed, proposal, REFUSALS[type(error)], typed={"reason": reason})
    flash("It is sent back. The reason stands among the notes of the report.")
    return redirect(f"/reports/{report_id}/release", 303)


def withdraw(desk: Desk, signed: Signed, report_id: str, release: str) -> ResponseReturnValue:
    """Let a proposal stand no more; its draft can be edited and proposed again."""
    with desk.database.write() as connection:
        standing = releases.proposal_of(connection, report_id)
        gone = standing is not None and standing.release_id == release and releases.void(connection, report_id)
        if gone:
            audited(desk, signed, connection, releases.VOIDED_ACTION, report_id, f"{release}: withdrawn")
    flash("It is withdrawn: nobody can release it." if gone else "It stood no more before.")
    return redirect(f"/reports/{report_id}/release", 303)


# ---- the one transaction --------------------------------------------------------------------------------------------


def _made(desk: Desk, signed: Signed, proposal: Proposal) -> Made:
    outgoing.check_line(desk)
    group = signed.group(desk)
    with desk.database.read() as connection:
        ready = outgoing.checked(desk, connection, group, proposal)
    _is_newer(desk, signed, ready)
    return Made(ready, document_of(ready.release), _public_half(desk))


def _is_newer(desk: Desk, signed: Signed, ready: Ready) -> bool:
    """Say whether something was added to the report since; raises `Refused` for a full release, which lacks it.

    What protects somebody does not wait for the rest to be written down.
    """
    proposal = ready.proposal
    newer = outgoing.is_newer(desk, signed, proposal.report_id, ready.clean)
    if newer and proposal.purpose == releases.FULL:
        raise Refused(Why.ADDED)
    return newer


def _release(desk: Desk, signed: Signed, made: Made) -> None:
    """Release exactly what was made ready, or nothing: everything is compared again under the report's lock."""
    group, key = signed.group(desk), outgoing.own_key(signed)
    proposal, week = made.ready.proposal, iso_week(desk.clock.now())
    with desk.database.write() as connection:
        releases.lock(connection, proposal.report_id)
        outgoing.check_open(signed, connection, proposal.report_id)
        standing = releases.find(connection, proposal.report_id, proposal.release_id)
        if standing != proposal or outgoing.checked(desk, connection, group, proposal).packed != made.ready.packed:
            raise Refused(Why.CHANGED)
        releases.approve(connection, proposal, approver=signed.person_id, approver_key=key, week=week)
        tell_alike(connection, group, proposal.report_id, PASSED_ON)
        private = signing_key(connection, group, made.public)
        _hand_over(desk, connection, made, private)
        count_up(connection, f"{RELEASED}{proposal.purpose}", week=week)
        if proposal.purpose == releases.FULL:
            count_released(connection, proposal.report_id, made.ready.clean.categories, week=week)
        audited(desk, signed, connection, releases.RELEASED_ACTION, proposal.report_id, proposal.told())


def _hand_over(desk: Desk, connection: Connection, made: Made, private: Secret) -> None:
    release, team, now = made.ready.release, made.ready.team, desk.clock.now()
    # Sealed under the release's id, to the team alone: nothing of it names the report.
    item = seal_item(made.ready.packed, report_id=release.release, kind="release", audiences=(audience_of(team),))
    week = iso_week(now)
    until = (acknowledge_by(week), feedback_by(week))
    package = packed_for(made.ready.packed, made.document, private=private)
    signature = sign(signed_form(made.ready.packed), private)
    handover = Handover(release.release, team.id, release.purpose.value, release.month, *until, signature)
    hand_over(connection, handover, item=item, package=package)
    if team.email:
        jobs.add_message(connection, jobs.NOTICE, team.id, now=now)


def _public_half(desk: Desk) -> bytes:
    return read_verifying_key(desk.settings.public_keys_file.with_name(PUBLIC_FILE))


# ---- pages ----------------------------------------------------------------------------------------------------------


def _proposal(desk: Desk, report_id: str, release_id: str) -> Proposal:
    with desk.database.read() as connection:
        found = releases.find(connection, report_id, release_id)
    return found or abort(404)


def _refused(
    desk: Desk, signed: Signed, proposal: Proposal, why: Why, typed: dict[str, str] | None = None
) -> ResponseReturnValue:
    outgoing.refuse(desk, signed, proposal.report_id, proposal.release_id, why)
    with desk.database.read() as connection:
        now = releases.find(connection, proposal.report_id, proposal.release_id)
    return _shown(desk, signed, now or proposal, refused=why, typed=typed, status=409)


def _shown(
    desk: Desk,
    signed: Signed,
    proposal: Proposal,
    *,
    refused: Why | None = None,
    typed: dict[str, str] | None = None,
    mistakes: dict[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    group, shown, newer = signed.group(desk), None, False
    try:
        outgoing.check_line(desk)
        with desk.database.read() as connection:
            ready = outgoing.checked(desk, connection, group, proposal)
        newer = _is_newer(desk, signed, ready)
        shown = shown_release(ready.release, ready.clean)
    except Refused as error:
        if refused is None:
            outgoing.refuse(desk, signed, proposal.report_id, proposal.release_id, error.why)
            status = 409
        refused = refused or error.why
    with desk.database.read() as connection:
        names, can_sign = aliases(connection), has_signing_key(connection)
    page = render_template(
        "approve.html",
        **frame(desk, signed, "review"),
        report=report_with_content(desk, proposal.report_id),
        proposal=proposal,
        shown=shown,
        names=names,
        voids=VOIDS,
        newer=newer,
        refused=WORDS[refused] if refused else "",
        may_release=refused is None and proposal.author != signed.person_id,
        no_key="" if can_sign else WORDS[Why.NO_KEY],
        typed=typed or {},
        mistakes=mistakes or {},
    )
    return page, status
