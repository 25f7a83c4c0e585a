"""Reports that came by another way than a call: who writes which, how one begins, is discarded or taken over."""

from __future__ import annotations

import secrets

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.filling import sealed_form, time_for
from handlers.desk.form_words import WAY_WORDS, WAYS_IT_CAME, languages_first
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited, audited_at
from handlers.desk.sessions import Signed
from handlers.desk.words import LANGUAGES
from handlers.permissions import Action, may
from storage import on_disk, writing
from storage.clock import iso_week
from storage.contents import Received, Written
from storage.people import aliases
from storage.sealing import seal_item

NO_WAY = "Choose how it came"
NO_LANGUAGE = "Choose the language that it is written in"


def being_written(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show what this person is writing, and to a supervisor what others are."""
    sees_others = may(signed.role, Action.TAKE_OVER)
    with desk.database.read() as connection:
        own = writing.drafts(connection, of=signed.person_id)
        others = writing.drafts(connection, but_of=signed.person_id) if sees_others else ()
        names = aliases(connection) if others else {}
    page = frame(desk, signed, "writing")
    return render_template("writing.html", **page, own=own, others=others, names=names, sees_others=sees_others)


def begin(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Ask how it came and in which language, then begin the form."""
    if request.method == "GET":
        return _beginning(desk, signed, {}, 200)
    way, language = request.form.get("way", ""), request.form.get("language", "")
    mistakes = {} if way in WAY_WORDS else {f"way-{WAYS_IT_CAME[0].name}": NO_WAY}
    mistakes |= {} if language in LANGUAGES else {"language": NO_LANGUAGE}
    if mistakes:
        return _beginning(desk, signed, mistakes, 422)
    report_id, now, first = secrets.token_hex(16), desk.clock.now(), secrets.token_hex(16)
    received = Received(now, language, way, "", desk.questionnaire.version)
    sealed = (
        seal_item(received.packed(), report_id=report_id, kind="received", audiences=(desk.keys.desk,)),
        sealed_form(desk, report_id, Written((), language, signed.person_id, now, first)),
    )
    new = writing.NewDraft(report_id, desk.line.id, language, signed.person_id)
    with desk.database.write() as connection:
        writing.begin(connection, new, sealed, week=iso_week(now))
        audited(desk, signed, connection, "writing-begun", report_id)
    return redirect(f"/reports/{report_id}/form", 303)


def discard(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask whether it is meant, then destroy what was typed."""
    with desk.database.read() as connection:
        draft = writing.draft(connection, report_id)
    if draft is None:
        return redirect("/writing", 303)
    page = {**frame(desk, signed, "writing"), "draft": draft}
    if request.method == "GET":
        return render_template("discard_sure.html", **page)
    try:
        with desk.database.write() as connection:
            writing.discard(connection, report_id, signed.person_id)
            audited_at(time_for(desk, draft), signed, connection, "writing-discarded", report_id)
    except writing.CallerHasReference:
        return render_template("discard_sure.html", **page, caller_has_reference=True), 409
    except writing.AlertStands:
        return render_template("discard_sure.html", **page, alert_stands=True), 409
    except writing.NotTheirs:
        abort(403)
    on_disk.forget_on_disk(desk.database)
    flash(f"{draft.case_number} is discarded. What was typed is destroyed.")
    return redirect("/writing", 303)


def take_over(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask whether it is meant, then let this supervisor go on with what somebody else began."""
    with desk.database.read() as connection:
        draft, names = writing.draft(connection, report_id), aliases(connection)
    if draft is None or draft.person == signed.person_id:
        return redirect("/writing", 303)
    if request.method == "GET":
        page = frame(desk, signed, "writing")
        return render_template("take_over_sure.html", **page, draft=draft, writer=names.get(draft.person))
    try:
        with desk.database.write() as connection:
            before = writing.take_over(connection, report_id, signed.person_id)
            at = time_for(desk, draft)
            audited_at(at, signed, connection, "writing-taken-over", report_id, f"from {before}")
    except writing.NotTheirs:
        return redirect("/writing", 303)
    return redirect(f"/reports/{report_id}/form", 303)


def _beginning(desk: Desk, signed: Signed, mistakes: dict[str, str], status: int) -> ResponseReturnValue:
    languages = languages_first(tuple(language.code for language in desk.line.languages))
    chosen = {"way": request.form.get("way", ""), "language": request.form.get("language", "en")}
    page = frame(desk, signed, "writing")
    shown = render_template(
        "new_writing.html", **page, ways_it_came=WAYS_IT_CAME, languages=languages, chosen=chosen, mistakes=mistakes
    )
    return shown, status
