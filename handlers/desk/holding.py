"""Legal hold: a supervisor keeps a report from expiring, for a reason, and lifts that again."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.words import HOLD_REASONS, HOLD_WORDS
from storage import intake

NO_REASON = "Choose why it is held"
NOT_TO_BE_HELD = "It cannot be held: it is still arriving, held already, or its content is gone"


def choose(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask for the reason, then ask whether it is meant."""
    found = _found(desk, report_id)
    if request.method == "GET":
        return _reasons(desk, signed, found)
    reason = request.form.get("reason", "")
    if reason not in HOLD_WORDS:
        return _reasons(desk, signed, found, NO_REASON, 422)
    page = frame(desk, signed, "reports")
    return render_template("hold_sure.html", **page, report=found, reason=reason)


def hold(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Hold the report, and write down who did and why."""
    reason = request.form.get("reason", "")
    if reason not in HOLD_WORDS:
        abort(400)
    found = _found(desk, report_id)
    try:
        with desk.database.write() as connection:
            intake.hold(connection, report_id, reason)
            audited(desk, signed, connection, "report-held", report_id, reason)
    except intake.NotToBeHeld:
        return _reasons(desk, signed, found, NOT_TO_BE_HELD, 409)
    flash(f"{found.case_number} is held: it is kept until a supervisor lifts the hold.")
    return redirect(f"/reports/{report_id}", 303)


def lift(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask whether the hold is to end; when it is meant, end it."""
    found = _found(desk, report_id)
    if request.method == "GET" and found.held:
        return render_template("lift_sure.html", **frame(desk, signed, "reports"), report=found)
    lifted = False
    if request.method == "POST":
        with desk.database.write() as connection:
            lifted = intake.lift(connection, report_id)
            if lifted:
                audited(desk, signed, connection, "hold-lifted", report_id, found.held)
    told = "is not held any more. It is kept as long as others of its kind." if lifted else "was not held."
    flash(f"{found.case_number} {told}")
    return redirect(f"/reports/{report_id}", 303)


def _reasons(
    desk: Desk, signed: Signed, found: intake.ListedReport, mistake: str = "", status: int = 200
) -> ResponseReturnValue:
    page = frame(desk, signed, "reports")
    return render_template("hold.html", **page, report=found, reasons=HOLD_REASONS, mistake=mistake), status


def _found(desk: Desk, report_id: str) -> intake.ListedReport:
    with desk.database.read() as connection:
        try:
            return intake.report(connection, report_id)
        except intake.ReportNotThere:
            abort(404)
