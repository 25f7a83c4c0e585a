"""Who and what a report is about: confirmed, corrected and removed by people, sealed one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.beside import (
    CONFIRMED,
    REMOVED,
    KnownSubject,
    index_report,
    report_with_content,
    sealed,
    subjects_of,
)
from handlers.desk.beside_words import FIELDS, NEEDED, NEEDED_WORDS, WHATS, subject_line
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited, opened_record
from handlers.desk.record import Record
from handlers.desk.recusal import close_to_the_connected
from handlers.desk.sessions import Signed
from handlers.desk.tidying import tidied, too_long
from handlers.tokens import RANKS, folded
from storage import asides, on_disk, releases
from storage.clips import add_items
from storage.contents import Subject
from storage.desk_secrets import SecretReplaced

CHANGED = "Somebody changed or removed it while you were writing. Nothing of yours was kept: see how it stands now."
TRIES = 2  # another key of the index may come in between, once


@dataclass(frozen=True)
class Form:
    """A form as it was typed, and what is to be said about it."""

    what: str
    typed: Mapping[str, str]
    item_id: str = ""  # of what is corrected
    mistakes: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()  # words that the caller asked to leave out, perhaps
    conflict: str = ""


def add(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask who or what the report is about, and keep it."""
    what = request.values.get("what", "officer")
    if what not in FIELDS:
        abort(400)
    if request.method == "GET":
        return _page(desk, signed, report_id, Form(what, {}))
    return _take(desk, signed, report_id, Form(what, tidied(request.form, FIELDS[what])))


def correct(desk: Desk, signed: Signed, report_id: str, item: str) -> ResponseReturnValue:
    """Show a subject as it stands to be corrected, and keep what it is corrected to; the old version is destroyed."""
    known = _known(desk, signed, report_id, item)
    if known is None:
        return _gone(desk, signed, report_id, item)
    what = known.subject.what
    if request.method == "GET":
        return _page(desk, signed, report_id, Form(what, vars(known.subject), item))
    return _take(desk, signed, report_id, Form(what, tidied(request.form, FIELDS[what]), item))


def remove(desk: Desk, signed: Signed, report_id: str, item: str) -> ResponseReturnValue:
    """Ask whether a subject is to go; when it is meant, destroy it."""
    known = _known(desk, signed, report_id, item)
    if known is None:
        return _gone(desk, signed, report_id, item)
    found = report_with_content(desk, report_id)
    if request.method == "GET":
        page = frame(desk, signed, "reports")
        said = subject_line(known.subject)
        return render_template("subject_remove.html", **page, report=found, known=known, said=said)
    try:
        _put(desk, signed, report_id, item, None)
    except asides.Gone:
        return _gone(desk, signed, report_id, item)
    flash("It is removed. Nothing of it is kept.")
    return redirect(f"/reports/{report_id}#subjects", 303)


def left_out_words(record: Record, typed: Mapping[str, str]) -> tuple[str, ...]:
    """Return words that were typed and that the caller named when asked what to leave out."""
    told = [answered for answered in record.answered if answered.question == "leave_out"]
    clips = [clip for answered in told for clip in answered.clips]
    named = " ".join(clip.transcript.text if clip.transcript else clip.draft for clip in clips)
    words = set(folded(named).split()) - RANKS
    mine = [word for value in typed.values() for word in folded(value).split()]
    return tuple(dict.fromkeys(word for word in mine if len(word) > 2 and word in words))


def _take(desk: Desk, signed: Signed, report_id: str, form: Form) -> ResponseReturnValue:
    mistakes = _mistakes(form)
    if mistakes:
        return _page(desk, signed, report_id, Form(form.what, form.typed, form.item_id, mistakes), 422)
    with desk.database.write() as connection:
        audited(desk, signed, connection, "subject-checking", report_id)
    left_out = left_out_words(opened_record(desk, signed, report_id), form.typed)
    if left_out and request.form.get("sure", "").split() != list(left_out):
        return _page(desk, signed, report_id, Form(form.what, form.typed, form.item_id, left_out=left_out))
    try:
        _put(desk, signed, report_id, form.item_id, Subject(form.what, **form.typed, by=signed.person_id))
    except asides.Gone:
        return _page(desk, signed, report_id, Form(form.what, form.typed, conflict=CHANGED), 409)
    flash(
        "It is corrected; what stood there is gone." if form.item_id else "It is kept, and the report is found by it."
    )
    return redirect(f"/reports/{report_id}#subjects", 303)


def _mistakes(form: Form) -> dict[str, str]:
    fields = FIELDS[form.what]
    mistakes = too_long(form.typed, fields)
    if not any(folded(form.typed.get(name, "")) for name in NEEDED[form.what]):
        mistakes.setdefault(NEEDED[form.what][0], NEEDED_WORDS[form.what])
    return mistakes


def _put(desk: Desk, signed: Signed, report_id: str, old: str, subject: Subject | None) -> None:
    """Keep a subject in the place of another or beside the others, or only take the other away; raises `Gone`."""
    for rest in reversed(range(TRIES)):
        try:
            with desk.database.write() as connection:
                _change(desk, signed, connection, report_id, old, subject)
            break
        except SecretReplaced:
            if not rest:
                raise
    if old:
        on_disk.forget_on_disk(desk.database)


def _change(
    desk: Desk, signed: Signed, connection: Connection, report_id: str, old: str, subject: Subject | None
) -> None:
    group = signed.group(desk)
    if not asides.lock_report(connection, report_id):
        raise asides.Gone
    voided = releases.void(connection, report_id)  # whom it is about decides where it may go
    if old:
        asides.destroy_item(connection, report_id, "subject", old)
        audited(desk, signed, connection, REMOVED, old, f"report {report_id}")
    if subject is not None:
        item = sealed(desk, report_id, "subject", subject)
        add_items(connection, [item])
        audited(desk, signed, connection, CONFIRMED, item.item_id, f"report {report_id}")
    if voided:
        audited(desk, signed, connection, releases.VOIDED_ACTION, report_id, "subjects changed")
    index_report(connection, group, report_id)
    if subject is not None:
        close_to_the_connected(desk, connection, group, report_id, subject)


def _known(desk: Desk, signed: Signed, report_id: str, item: str) -> KnownSubject | None:
    with desk.database.write() as connection:
        audited(desk, signed, connection, "subject-opened", item, f"report {report_id}")
    group = signed.group(desk)
    with desk.database.read() as connection:
        known, _ = subjects_of(connection, group, [report_id])
    return next((one for one in known.get(report_id, ()) if one.item_id == item), None)


def _gone(desk: Desk, signed: Signed, report_id: str, item: str) -> ResponseReturnValue:
    """Show what was typed, to be kept as a new one: the one it was meant for is not there any more."""
    del item
    what = request.values.get("what", "officer")
    if what not in FIELDS:
        abort(400)
    return _page(desk, signed, report_id, Form(what, tidied(request.form, FIELDS[what]), conflict=CHANGED), 409)


def _page(desk: Desk, signed: Signed, report_id: str, form: Form, status: int = 200) -> ResponseReturnValue:
    found, now = report_with_content(desk, report_id), tuple[str, ...]()
    if form.conflict:
        group = signed.group(desk)
        with desk.database.read() as connection:
            known, _ = subjects_of(connection, group, [report_id])
        now = tuple(subject_line(one.subject) for one in known.get(report_id, ()))
    page = frame(desk, signed, "reports")
    fields, whats = FIELDS[form.what], WHATS
    return render_template(
        "subject.html", **page, report=found, form=form, fields=fields, whats=whats, now_kept=now
    ), status
