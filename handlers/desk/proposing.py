"""Proposing to release a report: the exact bytes and their digest are shown first, then kept for a second person."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk import outgoing
from handlers.desk.beside import report_with_content
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.outgoing import WORDS, Draft, Refused, Why
from handlers.desk.reading import audited
from handlers.desk.release_words import shown_release
from handlers.desk.sessions import Signed
from handlers.releasing.content import Release, digest
from handlers.releasing.document import LettersNotShown, document_of
from handlers.releasing.drafting import Unready
from storage import drafts, jobs, releases
from storage.blocks import able_supervisors
from storage.clock import iso_week, month_of
from storage.keys import Damaged
from storage.releases import Proposal
from storage.sealing import seal_item
from storage.sessions import signed_in

NOTHING_SAVED = "No clean text is saved yet. Sanitise the report first."
NOT_YOURS = "A colleague saved the draft last. Whoever proposes it must have saved it: read it, then save it as yours."
NOT_REVIEWED = "The report is not with you for review. Take it in the review queue first."
UNREADABLE = "The draft is damaged: it does not open, or nobody here saved it. Tell whoever runs the desk."
NOT_READY = (
    "Confirm the report first: only for safeguarding may something leave before. Or something was added since; confirm "
    "it too."
)
NEWER = "The report says something else by now. Open the text, take in what is new, and save it"
RELEASED = "It is released in full already. Only when the caller adds something may more be released of it."
MEANWHILE = "The draft was changed since this page was shown. Nothing was proposed: read it as it is now."
STANDS = "A proposal stands already, or the report went to somebody else for review. Nothing was proposed."


def propose(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show exactly what would leave; when it is meant, keep those bytes for a second person."""
    release_id = request.form.get("release", "") or secrets.token_hex(16)
    if not re.fullmatch(r"[0-9a-f]{32}", release_id):
        abort(400)
    draft, lacks = _draft(desk, signed, report_id)
    if draft is None or lacks:
        return _lacking(desk, signed, report_id, lacks, 200 if request.method == "GET" else 409)
    try:
        release = _built(desk, draft, release_id)
    except Unready as unready:
        return _lacking(desk, signed, report_id, unready.missing, 200 if request.method == "GET" else 409)
    if request.method == "GET":
        return _shown(desk, signed, report_id, release, draft)
    return _propose(desk, signed, report_id, release, draft)


def _propose(desk: Desk, signed: Signed, report_id: str, release: Release, draft: Draft) -> ResponseReturnValue:
    if request.form.get("digest", "") != digest(release.packed()):
        return _shown(desk, signed, report_id, release, draft, MEANWHILE, 409)
    try:
        document_of(release)  # what its letters cannot show is told to who writes, not to nobody
        there = _keep(desk, signed, report_id, release)
    except LettersNotShown as error:
        return _shown(desk, signed, report_id, release, draft, _letters(error.letters), 422)
    except releases.NotToBeProposed:
        return _shown(desk, signed, report_id, release, draft, STANDS, 409)
    except Refused as refused:
        outgoing.refuse(desk, signed, report_id, release.release, refused.why)
        told = MEANWHILE if refused.why is Why.DIFFERS else WORDS[refused.why]
        return _shown(desk, signed, report_id, release, draft, told, 409)
    flash(
        "It is proposed. Another supervisor looks at exactly these words and releases them, or sends them back."
        if there
        else "It is proposed. Nobody else who may release it is signed in: those on call are asked by e-mail."
    )
    return redirect(f"/reports/{report_id}/release", 303)


def _keep(desk: Desk, signed: Signed, report_id: str, release: Release) -> bool:
    """Keep exact bytes as a proposal, and say whether somebody is signed in who may approve them."""
    outgoing.check_line(desk)
    packed, now, group = release.packed(), desk.clock.now(), signed.group(desk)
    item = seal_item(packed, report_id=report_id, kind="release", audiences=(desk.keys.desk,))
    author = (signed.person_id, outgoing.own_key(signed))
    to = (release.to.team, release.purpose.value, digest(packed), item.item_id)
    proposal = Proposal(release.release, report_id, *to, *author, iso_week(now))
    with desk.database.write() as connection:
        releases.lock(connection, report_id)
        outgoing.check_open(signed, connection, report_id)
        releases.propose(connection, proposal, item)
        audited(desk, signed, connection, releases.PROPOSED_ACTION, report_id, proposal.told())
        outgoing.checked(desk, connection, group, proposal)  # against the draft as it stands now
        others = able_supervisors(connection, report_id, without=signed.person_id)
        there = bool(others & signed_in(desk.sessions, now))
        if not there:
            jobs.add_message(connection, jobs.SECOND, "", now=now)
    return there


def _draft(desk: Desk, signed: Signed, report_id: str) -> tuple[Draft | None, Sequence[str]]:
    """Return the draft of whoever asks, or what keeps it from being proposed."""
    with desk.database.write() as connection:
        audited(desk, signed, connection, "release-previewed", report_id)
    group, found = signed.group(desk), report_with_content(desk, report_id)
    try:
        with desk.database.read() as connection:
            draft = outgoing.draft_of(connection, group, report_id)
            standing = drafts.standing(connection, report_id)
    except Damaged:
        outgoing.refuse(desk, signed, report_id, "draft", Why.DAMAGED)
        return None, (UNREADABLE,)
    if draft is None:
        return None, (NOTHING_SAVED,)
    in_full = draft.clean.purpose == releases.FULL
    return draft, [
        *_unready(found.state, draft.clean.purpose),
        *([NEWER] if in_full and outgoing.is_newer(desk, signed, report_id, draft.clean) else []),
        *([NOT_REVIEWED] if standing is None or standing.reviewer != signed.person_id else []),
        *([NOT_YOURS] if draft.clean.by != signed.person_id else []),
    ]


def _unready(state: str, purpose: str) -> Sequence[str]:
    if state == releases.RELEASED:
        return (RELEASED,)
    return () if state in outgoing.READY.get(purpose, ()) else (NOT_READY,)


def _built(desk: Desk, draft: Draft, release_id: str) -> Release:
    return outgoing.built(desk, draft, release_id=release_id, month=month_of(desk.clock.now()))


def _letters(letters: str) -> str:
    return f"The document cannot show these letters: {letters}. Write that place in Latin letters."


def _lacking(desk: Desk, signed: Signed, report_id: str, lacks: Sequence[str], status: int) -> ResponseReturnValue:
    page = {"report": report_with_content(desk, report_id), "lacks": lacks}
    return render_template("propose_lacking.html", **frame(desk, signed, "review"), **page), status


def _shown(
    desk: Desk, signed: Signed, report_id: str, release: Release, draft: Draft, mistake: str = "", status: int = 200
) -> ResponseReturnValue:
    with desk.database.read() as connection:
        others = able_supervisors(connection, report_id, without=signed.person_id)
    page = render_template(
        "propose.html",
        **frame(desk, signed, "review"),
        report=report_with_content(desk, report_id),
        shown=shown_release(release, draft.clean),
        mistake=mistake,
        nobody=not others,
        newer=outgoing.is_newer(desk, signed, report_id, draft.clean),
    )
    return page, status
