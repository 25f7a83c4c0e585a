"""A contact that is not a report: its content goes, the week and the reason are counted."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.linking import forget_links
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.words import REASON_WORDS, REASONS
from storage import intake, on_disk

NO_REASON = "Choose why it is not a report"
ON_HOLD = "It is on legal hold: lift the hold first"
STILL_ARRIVING = "It is still arriving: wait until the call is over and its clips are here"


def choose(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask for the reason, then ask whether it is meant."""
    found = _found(desk, report_id)
    if request.method == "GET":
        return _reasons(desk, signed, found)
    reason = request.form.get("reason", "")
    if reason not in REASON_WORDS:
        return _reasons(desk, signed, found, NO_REASON, 422)
    if found.state == "arriving":
        return _reasons(desk, signed, found, STILL_ARRIVING, 409)
    if found.held:
        return _reasons(desk, signed, found, ON_HOLD, 409)
    page = frame(desk, signed, "reports")
    return render_template("dismiss_sure.html", **page, report=found, reason=reason, words=REASON_WORDS[reason])


def dismiss(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Destroy the content, count the contact, and write both down."""
    reason = request.form.get("reason", "")
    if reason not in REASON_WORDS:
        abort(400)
    found = _found(desk, report_id)
    try:
        with desk.database.write() as connection:
            forget_links(desk, signed, connection, report_id)
            items = intake.dismiss(connection, report_id, reason)
            audited(desk, signed, connection, "not-a-report", report_id, f"{reason}, {items} items destroyed")
    except intake.StillArriving:
        return _reasons(desk, signed, found, STILL_ARRIVING, 409)
    except intake.OnHold:
        return _reasons(desk, signed, found, ON_HOLD, 409)
    except intake.AlreadyDismissed:
        flash(f"Somebody marked {found.case_number} before you.")
        return redirect("/reports", 303)
    on_disk.forget_on_disk(desk.database)
    flash(f"{found.case_number} is not a report. Its content is destroyed.")
    return redirect("/reports", 303)


def _reasons(
    desk: Desk, signed: Signed, found: intake.ListedReport, mistake: str = "", status: int = 200
) -> ResponseReturnValue:
    page = frame(desk, signed, "reports")
    return render_template("dismiss.html", **page, report=found, reasons=REASONS, mistake=mistake), status


def _found(desk: Desk, report_id: str) -> intake.ListedReport:
    with desk.database.read() as connection:
        try:
            found = intake.report(connection, report_id)
        except intake.ReportNotThere:
            abort(404)
    if found.state == "not_a_report":
        abort(404)
    return found
