"""Legal hold: a supervisor keeps a report from expiring, for a reason, and lifts that again."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.words import HOLD_REASONS, HOLD_WORDS, month_words
from storage import holds, intake
from storage.clock import month_of, months_later
from storage.people import aliases

USUAL_MONTHS = 6
MOST_MONTHS = 24  # nobody who holds a report for longer than that has looked at it
OFFERED_MONTHS = (1, 2, 3, 6, 9, 12, 18, MOST_MONTHS)
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
    return render_template("hold_sure.html", **page, report=found, reason=reason, review=_review(desk))


def hold(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Hold the report, and write down who did and why."""
    reason, review_in = request.form.get("reason", ""), _review(desk)
    if reason not in HOLD_WORDS:
        abort(400)
    found = _found(desk, report_id)
    try:
        with desk.database.write() as connection:
            intake.hold(connection, report_id, reason)
            since = month_of(desk.clock.now())
            holds.note_hold(connection, report_id, holds.Hold(signed.person_id, since, review_in))
            audited(desk, signed, connection, "report-held", report_id, f"{reason}, review {review_in}")
    except intake.NotToBeHeld:
        return _reasons(desk, signed, found, NOT_TO_BE_HELD, 409)
    flash(f"{found.case_number} is held: it is kept until a supervisor lifts the hold.")
    return redirect(f"/reports/{report_id}", 303)


def lift(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask whether the hold is to end; when it is meant, end it."""
    found = _found(desk, report_id)
    if request.method == "GET" and found.held:
        return _asked_to_lift(desk, signed, found)
    lifted = False
    if request.method == "POST":
        with desk.database.write() as connection:
            lifted = intake.lift(connection, report_id)
            if lifted:
                holds.forget_hold(connection, report_id)
                audited(desk, signed, connection, "hold-lifted", report_id, found.held)
    told = "is not held any more. It is kept as long as others of its kind." if lifted else "was not held."
    flash(f"{found.case_number} {told}")
    return redirect(f"/reports/{report_id}", 303)


def review(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Keep the hold, and say when somebody looks again."""
    found, review_in = _found(desk, report_id), _review(desk)
    with desk.database.write() as connection:
        put_off = holds.review_again(connection, report_id, review=review_in, seen=request.form.get("seen", ""))
        if put_off:
            audited(desk, signed, connection, "hold-reviewed", report_id, f"{found.held}, review {review_in}")
    if not put_off:
        flash(f"Nothing was changed: somebody else looked at the hold on {found.case_number} meanwhile.")
        return _asked_to_lift(desk, signed, found, 409)
    flash(f"{found.case_number} stays held. Look at it again in {month_words(review_in)}.")
    return redirect(f"/reports/{report_id}", 303)


def _review(desk: Desk) -> str:
    """Return the month that was chosen for the review; refuses one that is not offered."""
    months = _months(desk)
    chosen = request.form.get("review") or months[OFFERED_MONTHS.index(USUAL_MONTHS)]
    if chosen not in months:
        abort(400)
    return chosen


def _months(desk: Desk) -> tuple[str, ...]:
    this = month_of(desk.clock.now())
    return tuple(months_later(this, number) for number in OFFERED_MONTHS)


def _asked_to_lift(desk: Desk, signed: Signed, found: intake.ListedReport, status: int = 200) -> ResponseReturnValue:
    with desk.database.read() as connection:
        hold_now = holds.holds_of(connection, [found.report_id]).get(found.report_id)
        names = aliases(connection)
    around = frame(desk, signed, "reports")
    usual = _months(desk)[OFFERED_MONTHS.index(USUAL_MONTHS)]
    page = render_template(
        "lift_sure.html", **around, report=found, hold=hold_now, names=names, months=_months(desk), usual=usual
    )
    return page, status


def _reasons(
    desk: Desk, signed: Signed, found: intake.ListedReport, mistake: str = "", status: int = 200
) -> ResponseReturnValue:
    page = frame(desk, signed, "reports")
    months = _months(desk)
    shown = {"reasons": HOLD_REASONS, "mistake": mistake, "months": months}
    usual = request.form.get("review") or months[OFFERED_MONTHS.index(USUAL_MONTHS)]
    return render_template("hold.html", **page, report=found, usual=usual, **shown), status


def _found(desk: Desk, report_id: str) -> intake.ListedReport:
    with desk.database.read() as connection:
        try:
            return intake.report(connection, report_id)
        except intake.ReportNotThere:
            abort(404)
