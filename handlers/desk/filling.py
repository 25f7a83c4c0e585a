"""The form at work: shown, saved by itself and by its button, compared with another version, finished."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from handlers.desk import form_rules as rules
from handlers.desk.form import NO_REMARKS, Form, Remarks, Version, form_of, said
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited_at
from handlers.desk.sessions import Signed
from handlers.desk.unsealing import open_form
from handlers.desk.words import QUESTIONS, categories_of, question_words
from handlers.live import audit_time
from storage import intake, on_disk, writing
from storage.contents import Given, Written
from storage.jobs import raise_alarm
from storage.keys import Damaged
from storage.reports import ALERTING
from storage.sealing import SealedItem, seal_item

UNREADABLE = "A form that is being written cannot be opened. Check the disk, the database and who can write to it."
ORIGINAL = " File or destroy the original by your line's rules."
MAX_VERSIONS = 120  # that one page may not know the fate of: a long time without network


@dataclass(frozen=True)
class Posted:
    """What a page of the form sent."""

    given: tuple[Given, ...]
    version: Version


def form(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show the form as it was saved last."""
    shown = opened_form(desk, signed, report_id)
    return redirect(f"/reports/{report_id}", 303) if shown is None else _page(desk, signed, shown)


def save(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Save the form by its button, and show it again with the questions that the answers call for."""
    if request.method == "GET":
        return redirect(f"/reports/{report_id}/form", 303)  # the address of a saved form, loaded once more
    posted = _posted(desk)
    if mistakes := rules.too_long(posted.given):
        return _again(desk, signed, report_id, posted, Remarks(mistakes), 422)
    try:
        _keep(desk, signed, report_id, posted)
    except writing.NotTheirs:
        return _lost(desk, signed, report_id, posted)
    except writing.OtherVersion:
        return _conflict(desk, signed, report_id, posted)
    flash("Saved.")
    saved = Posted(posted.given, Version((posted.version.save,)))
    return _again(desk, signed, report_id, saved, NO_REMARKS, 200)


def autosave(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Save the form as the page asks every few seconds, and tell it which questions to show; nothing is audited."""
    posted = _posted(desk)
    if mistakes := rules.too_long(posted.given):
        return jsonify(mistakes=mistakes), 422
    try:
        draft = _keep(desk, signed, report_id, posted)
    except writing.NotTheirs:
        return jsonify(), 403
    except writing.OtherVersion:
        return jsonify(), 409
    now = _form(desk, draft, posted.given, posted.version)
    return jsonify(
        shown=[one.id for one in now.shown],
        answered=[one.id for one in now.shown if one.field.is_answered],
        unasked=[one.id for one in now.shown if not one.field.is_asked],
        hints={one.id: one.hints for one in now.shown if one.hints},
    )


def token(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Give the page a new form token after its person signed in again in another window."""
    del desk, signed, report_id  # the door has checked that the report is theirs
    return jsonify(token=generate_csrf())


def finish(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Make a report of the form, once it holds what a report needs."""
    if request.method == "GET":
        return redirect(f"/reports/{report_id}/form", 303)
    posted = _posted(desk)
    if mistakes := rules.mistakes_in(desk.questionnaire, posted.given):
        return _again(desk, signed, report_id, posted, Remarks(mistakes), 422)
    try:
        draft = _finished(desk, signed, report_id, posted)
    except writing.NotTheirs:
        return _lost(desk, signed, report_id, posted)
    except writing.OtherVersion:
        return _conflict(desk, signed, report_id, posted)
    on_disk.forget_on_disk(desk.database)
    is_live = draft.channel == writing.LIVE
    flash(f"{draft.case_number} is now a report, new in the list.{'' if is_live else ORIGINAL}")
    return redirect("/live" if is_live else "/writing", 303)


def opened_form(desk: Desk, signed: Signed, report_id: str) -> Form | None:
    """Open a form as it was saved last, for the page that shows it; None when it is not being written any more."""
    with desk.database.write() as connection:
        draft = writing.draft(connection, report_id)
        if draft is None:
            return None
        audited_at(time_for(desk, draft), signed, connection, "writing-opened", report_id)
    stored = _stored(desk, signed, report_id)
    given = rules.carried_over(desk.questionnaire, stored.given, QUESTIONS)
    return _form(desk, draft, given, Version((stored.save,)))


def time_for(desk: Desk, draft: writing.Draft | None) -> int:
    """Return under which time the audit keeps what is done with a form: a coarse one where it tells of a call's."""
    now = desk.clock.now()
    return audit_time(now) if draft is not None and draft.channel == writing.LIVE else now


def sealed_form(desk: Desk, report_id: str, whole: Written) -> SealedItem:
    """Seal one version of a form under an id that comes from its name."""
    item_id = writing.item_of(report_id, whole.save)
    to = (desk.keys.desk,)
    return seal_item(whole.packed(), report_id=report_id, kind="form", audiences=to, item_id=item_id)


# ---- machinery ----------------------------------------------------------------------------------------------------


def _posted(desk: Desk) -> Posted:
    fields = {name[2:]: request.form.getlist(name) for name in request.form if name.startswith("q-")}
    replaces, name = request.form.get("replaces", "").split(), request.form.get("save", "")
    known = 0 < len(replaces) <= MAX_VERSIONS and all(re.fullmatch(intake.OUR_ID, one) for one in (*replaces, name))
    if not known:
        abort(400)
    try:
        return Posted(rules.read_given(desk.questionnaire, fields), Version(tuple(replaces), name))
    except rules.NotOfThisForm:
        abort(400)


def _keep(desk: Desk, signed: Signed, report_id: str, posted: Posted) -> writing.Draft:
    version, now = posted.version, desk.clock.now()
    with desk.database.read() as connection:
        draft = writing.draft(connection, report_id)
    if draft is None or draft.person != signed.person_id:
        raise writing.NotTheirs
    item = sealed_form(desk, report_id, Written(posted.given, draft.language, signed.person_id, now, version.save))
    urgent = _urgency(posted.given)
    with desk.database.write() as connection:
        writing.save(connection, signed.person_id, item, _items(report_id, version))
        if urgent in ALERTING:
            writing.alert(connection, report_id, urgent, now=now)
    return draft


def _finished(desk: Desk, signed: Signed, report_id: str, posted: Posted) -> writing.Draft:
    now = desk.clock.now()
    with desk.database.read() as connection:
        draft = writing.draft(connection, report_id)
    if draft is None or draft.person != signed.person_id:
        raise writing.NotTheirs
    unasked = rules.unasked(desk.questionnaire, posted.given)
    whole = Written(posted.given, draft.language, signed.person_id, now, unasked=unasked)
    item = seal_item(whole.packed(), report_id=report_id, kind="written", audiences=(desk.keys.desk,))
    replaces = _items(report_id, posted.version)
    with desk.database.write() as connection:
        writing.finish(connection, signed.person_id, item, replaces, _urgency(posted.given), now=now)
        detail = f"{writing.seal_of(item)} report {report_id}"
        audited_at(time_for(desk, draft), signed, connection, writing.WRITTEN_ACTION, item.item_id, detail)
    return draft


def _items(report_id: str, version: Version) -> tuple[str, ...]:
    return tuple(writing.item_of(report_id, name) for name in (*version.replaces, version.save))


def _urgency(given: Sequence[Given]) -> str:
    return next((one.values[0] for one in given if one.question == "urgent" and one.values), "")


def _stored(desk: Desk, signed: Signed, report_id: str) -> Written:
    with desk.database.read() as connection:
        texts = intake.texts_of(connection, report_id)
    try:
        item = next(item for item in texts if item.kind == "form")
        return open_form(item, signed.group(desk))
    except (Damaged, StopIteration):
        with desk.database.write() as connection:
            raise_alarm(connection, "storage", UNREADABLE, now=desk.clock.now())
        abort(422)


def _form(
    desk: Desk, draft: writing.Draft, given: Sequence[Given], version: Version, remarks: Remarks = NO_REMARKS
) -> Form:
    return form_of(desk.questionnaire, categories_of(desk.line), draft, given, version, remarks)


def _again(
    desk: Desk, signed: Signed, report_id: str, posted: Posted, remarks: Remarks, status: int
) -> ResponseReturnValue:
    with desk.database.read() as connection:
        draft = writing.draft(connection, report_id)
    if draft is None or draft.person != signed.person_id:
        return _lost(desk, signed, report_id, posted)
    version = Version(posted.version.replaces)
    return _page(desk, signed, _form(desk, draft, posted.given, version, remarks), remarks, status)


def _conflict(desk: Desk, signed: Signed, report_id: str, posted: Posted) -> ResponseReturnValue:
    """Show both versions: what was typed here in the fields, what was saved elsewhere beside those that differ."""
    with desk.database.write() as connection:
        at = time_for(desk, writing.draft(connection, report_id))
        audited_at(at, signed, connection, "writing-opened", report_id)
    stored = _stored(desk, signed, report_id)
    both = Posted(posted.given, Version((stored.save,)))
    return _again(desk, signed, report_id, both, Remarks(theirs=stored.given), 409)


def _page(
    desk: Desk, signed: Signed, shown: Form, remarks: Remarks = NO_REMARKS, status: int = 200
) -> ResponseReturnValue:
    page = frame(desk, signed, "writing")
    return render_template("form.html", **page, form=shown, differs=remarks.theirs is not None), status


def _lost(desk: Desk, signed: Signed, report_id: str, posted: Posted) -> ResponseReturnValue:
    """Give back what was typed to whoever may not save it any more: nothing of what others wrote, and nothing lost."""
    with desk.database.read() as connection:
        draft = writing.draft(connection, report_id)
    words = [(question_words(one.question), said(one, categories_of(desk.line))) for one in posted.given]
    page = frame(desk, signed, "writing")
    return render_template("form_lost.html", **page, words=words, is_over=draft is None), 403 if draft else 409
