"""Reports that are closed to a colleague: by themselves, by a supervisor, or by what a supervisor wrote down of them.

A block wins over every role. To whom a report is closed, it is as if it were not there.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.akin import akin
from handlers.desk.beside import (
    CLOSED,
    OPENED,
    genuine,
    reader_of,
    reasons_of,
    report_with_content,
    sealed,
    subjects_of,
)
from handlers.desk.beside_words import HOWS, INTEREST_FIELDS, interest_line
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.tidying import tidied, tidy, too_long
from handlers.tokens import concerns, folded, interest_choices
from storage import audit, blocks, claims, desk_secrets, intake, interests, on_disk, people, releases, search_index
from storage.contents import BlockReason, Interest, Subject
from storage.desk_secrets import DeskSecret, SecretLost
from storage.jobs import raise_alarm
from storage.opening import GroupKey
from storage.review_rows import leave_review
from storage.roles import READING_ROLES

THE_DESK = "desk"  # who did what happens by itself, in seals and in the audit
MAX_REASON = 500
NO_REASON = "Write why, in a sentence"
LONG_REASON = f"Shorten the reason to {MAX_REASON} characters or fewer"
NOBODY = "Choose a colleague"
YOURSELF = "This is you: say instead on the report that you know somebody in it"
ALREADY = "It is closed to them already"
NOTHING = "Fill in at least one of the fields"
CONFLICT_NOTE = "A report was closed to somebody by itself. Supervisors see which on the page Conflicts."
UNREADABLE_INTEREST = (
    "Whom a colleague is connected to cannot be opened, so that reports may stay open to them. See the page Conflicts."
)
MOST_SHOWN = 50
ALL_OF_THEM = 100_000
COMPARED_AT_ONCE = 200


@dataclass(frozen=True)
class Closed:
    """To whom a report is closed, and why, as a supervisor sees it."""

    person_id: str
    how: str
    reason: str
    by: str


# ---- on one report ------------------------------------------------------------------------------------------------


def recuse(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask for the reason; then the report is closed to whoever gave it."""
    found = report_with_content(desk, report_id)
    reason = tidy(request.form.get("reason", ""))
    mistake = "" if request.method == "GET" else LONG_REASON if len(reason) > MAX_REASON else ""
    if request.method == "GET" or mistake:
        with desk.database.read() as connection:
            last = signed.role == "supervisor" and not blocks.supervisors_left(
                connection, report_id, without=signed.person_id
            )
        page = frame(desk, signed, "reports")
        shown = {"report": found, "mistake": mistake, "typed": reason, "is_last": last}
        return render_template("recuse.html", **page, **shown), 422 if mistake else 200
    with suppress(blocks.AlreadyBlocked), desk.database.write() as connection:  # pressed twice, or closed meanwhile
        _close(desk, connection, BlockReason(signed.person_id, "recused", reason, signed.person_id), report_id)
        _close_akin(desk, signed, connection, report_id)
    flash(f"{found.case_number} is closed to you. A supervisor can open it to you again.")
    return redirect("/reports", 303)


def closed(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show to whom a report is closed; close it to one more."""
    found = report_with_content(desk, report_id)
    if request.method == "GET":
        with desk.database.write() as connection:
            audited(desk, signed, connection, "blocks-seen", report_id)
            blocks.mark_seen(connection, report_id)
        return _closed_page(desk, signed, found, {}, {})
    typed = {"person": request.form.get("person", ""), "reason": tidy(request.form.get("reason", ""))}
    mistakes = _mistakes(desk, signed, typed)
    if mistakes:
        return _closed_page(desk, signed, found, typed, mistakes, 422)
    why = BlockReason(typed["person"], "blocked", typed["reason"], signed.person_id)
    try:
        with desk.database.write() as connection:
            _close(desk, connection, why, report_id)
            _close_akin(desk, signed, connection, report_id)
    except blocks.AlreadyBlocked:
        return _closed_page(desk, signed, found, typed, {"person": ALREADY}, 409)
    flash("It is closed to them from now on. They are not told.")
    return redirect(f"/reports/{report_id}/closed", 303)


def open_again(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Open a report to a colleague again and destroy the reason; nobody gets here for themselves."""
    person_id = request.form.get("person", "")
    with desk.database.write() as connection:
        item_id = next((b.item_id for b in blocks.blocks_of(connection, report_id) if b.person_id == person_id), "")
        lifted = blocks.lift_block(connection, person_id, report_id)
        if lifted:
            audited(desk, signed, connection, OPENED, item_id, f"report {report_id}, person {person_id}")
            _void(desk, connection, report_id, signed.person_id)
    if lifted:
        on_disk.forget_on_disk(desk.database)
    flash("It is open to them again." if lifted else "It was not closed to them.")
    return redirect(f"/reports/{report_id}/closed", 303)


def close_to_the_connected(
    desk: Desk, connection: Connection, group: GroupKey, report_id: str, subject: Subject
) -> None:
    """Close a report to everybody whom a supervisor wrote down as connected to a subject that was just confirmed."""
    secret = _secret(connection, group)
    kept = interests.all_interests(connection, secret) if secret is not None else ()
    if secret is None or any(one.interest is None for one in kept):
        raise_alarm(connection, "storage", UNREADABLE_INTEREST, now=desk.clock.now())
    matching = {one.person_id for one in kept if one.interest is not None and concerns(one.interest, subject)}
    for person_id in sorted(matching):
        _close_by_itself(desk, connection, group, person_id, report_id)


def close_alike(desk: Desk, signed: Signed, connection: Connection, to: str, like: str) -> None:
    """Close a report to everybody to whom another is closed: what was taken from that stands in it."""
    why = reasons_of(connection, signed.group(desk), like)
    for row in blocks.blocks_of(connection, like):
        if not blocks.is_blocked(connection, row.person_id, to):
            known = _closed(row, why.get(row.item_id))
            reason = BlockReason(row.person_id, known.how or "blocked", known.reason, signed.person_id)
            _close(desk, connection, reason, to)


def _close_akin(desk: Desk, signed: Signed, connection: Connection, report_id: str) -> None:
    """Close to whom a report was just closed what it was split from or into: it holds what the same caller told."""
    for one in _akin_with_content(connection, signed.group(desk), report_id):
        close_alike(desk, signed, connection, one, report_id)


def _akin_with_content(connection: Connection, group: GroupKey, report_id: str) -> tuple[str, ...]:
    gone = (claims.NOT_THERE, "not_a_report")
    others = sorted(akin(connection, group, report_id) - {report_id})
    return tuple(one for one in others if claims.holder(connection, one).state not in gone)


# ---- what colleagues are connected to -----------------------------------------------------------------------------


def conflicts(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show what the desk closed by itself, and what is written down of colleagues; write down one more."""
    if request.method == "GET":
        return _conflicts_page(desk, signed, {}, {})
    typed = {**tidied(request.form, INTEREST_FIELDS), "person": request.form.get("person", "")}
    mistakes = too_long(typed, INTEREST_FIELDS)
    if typed["person"] not in _colleagues(desk, signed):
        mistakes["person"] = NOBODY
    if not any(folded(typed[field.name]) for field in INTEREST_FIELDS):
        mistakes.setdefault("name", NOTHING)
    if mistakes:
        return _conflicts_page(desk, signed, typed, mistakes, 422)
    person_id = typed.pop("person")
    with desk.database.write() as connection:
        secret = _secret(connection, signed.group(desk))
        if secret is None:
            abort(503)
        kept = Interest(**typed, by=signed.person_id)
        interest_id = interests.add_interest(connection, secret, person_id, kept)
        audited(desk, signed, connection, "interest-declared", interest_id, f"person {person_id}")
        _close_what_is_there(desk, signed, connection, person_id, kept)
    flash("It is written down. Reports with such a subject are closed to them, those of today and those to come.")
    return redirect("/conflicts", 303)


def forget_interest(desk: Desk, signed: Signed, interest: str) -> ResponseReturnValue:
    """Destroy what was written down. Nobody does it for themselves."""
    with desk.database.write() as connection:
        person_id = interests.person_of_interest(connection, interest)
        if person_id == signed.person_id:
            abort(404)
        removed = interests.remove_interest(connection, interest)
        if removed:
            audited(desk, signed, connection, "interest-removed", interest, f"person {person_id}")
    flash(
        "It is removed. Reports that it closed stay closed until you open them." if removed else "It was gone before."
    )
    return redirect("/conflicts", 303)


# ---- machinery ----------------------------------------------------------------------------------------------------


def _close(desk: Desk, connection: Connection, why: BlockReason, report_id: str) -> None:
    item = sealed(desk, report_id, "block", why)
    by_itself = why.how == "interest"
    blocks.block(connection, why.person, item, unseen=by_itself, now=desk.clock.now())
    entry = {"action": CLOSED, "subject": item.item_id, "detail": f"report {report_id}, person {why.person}, {why.how}"}
    audit.record(connection, at=desk.clock.now(), person=why.by, **entry)
    _void(desk, connection, report_id, why.by)
    leave_review(connection, why.person, report_id)  # with them it would wait for nobody


def _void(desk: Desk, connection: Connection, report_id: str, by: str) -> None:
    """Let nobody release what was proposed while others could look at it than can now."""
    if releases.void(connection, report_id):
        entry = {"action": releases.VOIDED_ACTION, "subject": report_id, "detail": "who may read it changed"}
        audit.record(connection, at=desk.clock.now(), person=by, **entry)


def _close_by_itself(desk: Desk, connection: Connection, group: GroupKey, person_id: str, report_id: str) -> None:
    for one in (report_id, *_akin_with_content(connection, group, report_id)):
        if not blocks.is_blocked(connection, person_id, one):
            _close(desk, connection, BlockReason(person_id, "interest", "", THE_DESK), one)
            raise_alarm(connection, "conflict", CONFLICT_NOTE, now=desk.clock.now())


def _close_what_is_there(
    desk: Desk, signed: Signed, connection: Connection, person_id: str, interest: Interest
) -> None:
    """Close the reports whose subjects were confirmed before the connection was written down."""
    group = signed.group(desk)
    found = _perhaps_concerned(connection, group, interest)
    for start in range(0, len(found), COMPARED_AT_ONCE):
        known, _ = subjects_of(connection, group, sorted(found)[start : start + COMPARED_AT_ONCE])
        for report_id, subjects in known.items():
            if any(concerns(interest, subject) for subject in genuine(subjects)):
                _close_by_itself(desk, connection, group, person_id, report_id)


def _perhaps_concerned(connection: Connection, group: GroupKey, interest: Interest) -> set[str]:
    """Return reports to compare: by the index, or every one with a subject while the index is lost or not complete."""
    try:
        secret = desk_secrets.desk_secret(connection, desk_secrets.SEARCH, group)
    except SecretLost:
        secret = None
    if secret is None or not secret.ready:
        return set(search_index.reports_with_subjects(connection, "", ALL_OF_THEM))
    found: set[str] = set()
    for words in interest_choices(interest):
        found.update(search_index.with_all(connection, secret, words, reader=blocks.Reader(""), most=ALL_OF_THEM))
    return found


def _mistakes(desk: Desk, signed: Signed, typed: dict[str, str]) -> dict[str, str]:
    mistakes = {}
    if typed["person"] == signed.person_id:
        mistakes["person"] = YOURSELF
    elif typed["person"] not in _colleagues(desk, signed):
        mistakes["person"] = NOBODY
    if not typed["reason"] or len(typed["reason"]) > MAX_REASON:
        mistakes["reason"] = LONG_REASON if typed["reason"] else NO_REASON
    return mistakes


def _colleagues(desk: Desk, signed: Signed) -> dict[str, str]:
    """Return those who may read reports, but the one who asks: aliases by id."""
    with desk.database.read() as connection:
        reading = [one for one in people.list_people(connection) if one.role in READING_ROLES]
    return {one.person_id: one.alias for one in reading if one.person_id != signed.person_id}


def _secret(connection: Connection, group: GroupKey) -> DeskSecret | None:
    try:
        return desk_secrets.desk_secret(connection, desk_secrets.INTERESTS, group)
    except SecretLost:
        return None


def _closed_page(
    desk: Desk,
    signed: Signed,
    found: intake.ListedReport,
    typed: dict[str, str],
    mistakes: dict[str, str],
    status: int = 200,
) -> ResponseReturnValue:
    group = signed.group(desk)
    with desk.database.read() as connection:
        why = reasons_of(connection, group, found.report_id)
        rows = blocks.blocks_of(connection, found.report_id)
        names = people.aliases(connection)
    shown = [_closed(one, why.get(one.item_id)) for one in rows]
    free = {name: alias for name, alias in _colleagues(desk, signed).items() if name not in {b.person_id for b in rows}}
    page = frame(desk, signed, "reports")
    words = {"names": names, "closed": shown, "colleagues": free, "hows": HOWS}
    return render_template("closed.html", **page, report=found, typed=typed, mistakes=mistakes, **words), status


def _closed(row: blocks.Block, why: BlockReason | None) -> Closed:
    if why is None or why.person != row.person_id:
        return Closed(row.person_id, "", "", "")
    return Closed(row.person_id, why.how, why.reason, why.by)


def _conflicts_page(
    desk: Desk, signed: Signed, typed: dict[str, str], mistakes: dict[str, str], status: int = 200
) -> ResponseReturnValue:
    with desk.database.write() as connection:
        audited(desk, signed, connection, "interests-seen", "all")
        secret = _secret(connection, signed.group(desk))
        kept = interests.all_interests(connection, secret) if secret is not None else ()
        unseen = blocks.unseen_blocks(connection, reader=reader_of(signed), most=MOST_SHOWN)
        listed = intake.listed_reports(connection, [one.report_id for one in unseen], reader=reader_of(signed))
        names = people.aliases(connection)
    # What is written down of the person who asks is another supervisor's to see.
    others = [one for one in kept if one.person_id != signed.person_id]
    shown = [(one, interest_line(one.interest) if one.interest else "") for one in others]
    page = frame(desk, signed, "conflicts")
    words = {"names": names, "kept": shown, "unseen": unseen, "listed": listed, "lost": secret is None}
    colleagues = _colleagues(desk, signed)
    form = {"typed": typed, "mistakes": mistakes, "fields": INTEREST_FIELDS, "colleagues": colleagues}
    return render_template("conflicts.html", **page, **words, **form), status
