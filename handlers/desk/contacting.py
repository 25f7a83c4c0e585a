"""How somebody may be reached who offered it: kept apart from the report, opened with a reason, and each time audited.

The line never asks for it, and it stands on no other page: not on the report, in no search, in no release.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.beside import report_with_content
from handlers.desk.claiming import stay_yours
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.tidying import TURNING
from handlers.desk.unsealing import opened
from handlers.desk.words import Reason
from handlers.permissions import Action, may
from storage import contacts, on_disk
from storage.contents import Contact
from storage.keys import Damaged
from storage.sealing import SealedItem, seal_item

MOST_CHARACTERS = 1000
REASONS: tuple[Reason, ...] = (
    Reason("danger", "Somebody is in danger", "And can only be warned or helped in this way"),
    Reason("asked", "They asked to be reached", "In the report, or when they rang back"),
    Reason("answer", "The team asks something", "And they cannot be asked by their reference"),
    Reason("erasure", "They ask for it to be changed or destroyed", "To see that it is theirs"),
)
REASON_NAMES = frozenset(reason.name for reason in REASONS)
NOTHING = "Write how they may be reached, in their own words"
TOO_LONG = f"Shorten it to {MOST_CHARACTERS} characters or fewer"
NOT_OFFERED = "Say that they offered it themselves. If they did not, it must not be kept"
NO_REASON = "Choose why it is opened"
MEANWHILE = "Somebody kept, changed or removed it while you were writing. Nothing of yours was kept; it stands below."
DAMAGED = "It cannot be opened. It is kept as it is; tell whoever runs the desk."


@dataclass(frozen=True)
class Form:
    """What was typed, and what is wrong with it."""

    text: str = ""
    offered: bool = False
    mistake: str = ""  # about the text
    not_offered: str = ""


def contact(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show whether something is kept, never what; keep something, in the place of what was kept before."""
    if request.method == "GET":
        return _page(desk, signed, report_id, Form())
    form = _typed()
    if form.mistake or form.not_offered:
        return _page(desk, signed, report_id, form, 422)
    packed = Contact(form.text, signed.person_id).packed()
    item = seal_item(packed, report_id=report_id, kind=contacts.KIND, audiences=(desk.keys.desk,))
    try:
        _put(desk, signed, report_id, item)
    except contacts.ChangedMeanwhile:
        return _page(desk, signed, report_id, Form(form.text, form.offered, MEANWHILE), 409)
    flash("It is kept apart from the report. Nobody sees it without giving a reason.")
    return redirect(f"/reports/{report_id}/contact", 303)


def remove(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Destroy what is kept."""
    try:
        _put(desk, signed, report_id, None)
    except contacts.ChangedMeanwhile:
        return _page(desk, signed, report_id, Form(mistake=MEANWHILE), 409)
    flash("It is destroyed. Nothing of it is kept.")
    return redirect(f"/reports/{report_id}/contact", 303)


def open_contact(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask why it is to be opened; then write that down, and show it on this one answer."""
    report = report_with_content(desk, report_id)
    around = frame(desk, signed, "reports")
    shown = {"report": report, "reasons": REASONS}
    reason = request.form.get("reason", "")
    if request.method == "GET" or reason not in REASON_NAMES:
        mistake = NO_REASON if request.method == "POST" else ""
        page = render_template("contact_open.html", **around, **shown, mistake=mistake, text="")
        return page, 422 if mistake else 200
    with desk.database.write() as connection:
        item = contacts.contact_of(connection, report_id)
        if item is not None:
            audited(desk, signed, connection, "contact-opened", report_id, reason)
    if item is None:
        flash("Nothing is kept any more.")
        return redirect(f"/reports/{report_id}/contact", 303)
    try:
        text = Contact.unpacked(opened(item, signed.group(desk))).text
    except (Damaged, ValueError, TypeError):
        return render_template("contact_open.html", **around, **shown, mistake=DAMAGED, text=""), 422
    return render_template("contact_open.html", **around, **shown, mistake="", text=text)


def _put(desk: Desk, signed: Signed, report_id: str, item: SealedItem | None) -> None:
    was = request.form.get("was", "")
    try:
        with desk.database.write() as connection:
            stay_yours(signed, connection, Action.KEEP_CONTACT, report_id)
            contacts.keep_contact(connection, report_id, item, was=was)
            done = "contact-kept" if item is not None else "contact-removed"
            audited(desk, signed, connection, done, report_id)
    except contacts.NoSuchReport:
        abort(404)
    if was:
        on_disk.forget_on_disk(desk.database)


def _typed() -> Form:
    text = request.form.get("text", "").strip().translate(TURNING)
    offered = request.form.get("offered") == "yes"
    mistake = NOTHING if not text else TOO_LONG if len(text) > MOST_CHARACTERS else ""
    return Form(text, offered, mistake, "" if offered else NOT_OFFERED)


def _page(desk: Desk, signed: Signed, report_id: str, form: Form, status: int = 200) -> ResponseReturnValue:
    report = report_with_content(desk, report_id)
    with desk.database.read() as connection:
        kept = contacts.contact_id(connection, report_id)
    page = render_template(
        "contact.html",
        **frame(desk, signed, "reports"),
        report=report,
        form=form,
        kept=kept,
        may_open=may(signed.role, Action.OPEN_CONTACT),
        weeks=desk.settings.keeping.raw_weeks,
    )
    return page, status
