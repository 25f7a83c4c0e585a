"""Who works on a report: claiming it, giving it back, giving it on, and what those see who do not have it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.desk.typed import Typed, typed_in
from handlers.permissions import Action, Scope, scope
from storage import audit, claims
from storage.intake import ReportNotThere, report
from storage.people import aliases

NO_PERSON = "Choose who works on it"
MOVED = "Somebody else gave this report to another person, or took it back, while you chose. Look who has it now."
SOMEBODY = "a colleague"


def claim(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Take a report that nobody has, and open it."""
    try:
        with desk.database.write() as connection:
            if claims.claim(connection, report_id, signed.person_id):
                _audited(desk, signed, connection, "report-claimed", report_id)
    except claims.ClaimedBefore:
        return not_yours(desk, signed, report_id, 409, was_first=True)
    except claims.NothingToClaim:
        return not_yours(desk, signed, report_id)
    return redirect(f"/reports/{report_id}", 303)


def give_back(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Free the report for others; what was typed and not kept is told first."""
    typed = typed_in(request.form)
    if typed.new_words and "sure" not in request.form:
        page = frame(desk, signed, "reports")
        return render_template("give_back_sure.html", **page, report_id=report_id, typed=typed), 409
    with desk.database.write() as connection:
        if claims.give_back(connection, report_id, signed.person_id):
            _audited(desk, signed, connection, "report-given-back", report_id)
    flash("You gave the report back. Everything that was kept in it is still there.")
    return redirect("/reports?show=mine", 303)


def give_on(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask to whom a report goes, then give it to them: to oneself is taking it over."""
    if request.method == "GET":
        return _choice(desk, signed, report_id)
    to, was = request.form.get("to", ""), request.form.get("was", "")
    try:
        with desk.database.write() as connection:
            claims.give_to(connection, report_id, to, was=was)
            _audited(desk, signed, connection, claims.GIVEN, report_id, f"to {to}")
            name = claims.readers(connection)[to]
    except claims.NotAReader:
        return _choice(desk, signed, report_id, NO_PERSON, 422)
    except claims.HeldOtherwise:
        return _choice(desk, signed, report_id, MOVED, 409)
    except claims.NothingToClaim:
        abort(404)
    flash("You have the report now." if to == signed.person_id else f"{name} has the report now.")
    return redirect(f"/reports/{report_id}", 303)


def stay_yours(signed: Signed, connection: Connection, action: Action, report_id: str) -> None:
    """Keep the report theirs until the write is done, where their role needs that.

    Raises `HeldOtherwise` when it went to somebody else meanwhile; the door answers with `not_yours`.
    """
    if scope(signed.role, action) is Scope.OWN:
        claims.stay_claimed(connection, report_id, signed.person_id)


def not_yours(
    desk: Desk, signed: Signed, report_id: str, status: int = 403, *, was_first: bool = False
) -> ResponseReturnValue:
    """Say who has a report and what to do, with nothing of the report, and with what was typed still there."""
    with desk.database.read() as connection:
        found = claims.holder(connection, report_id)
        name = aliases(connection).get(found.by, SOMEBODY)
    if found.state == claims.NOT_THERE:
        abort(404)
    typed = typed_in(request.form) if request.method == "POST" else Typed()
    page = render_template(
        "not_yours.html",
        **frame(desk, signed, "reports"),
        report_id=report_id,
        holder=found,
        name=name,
        typed=typed,
        was_first=was_first,
        yours=found.by == signed.person_id,
    )
    return page, 409 if typed.new_words else status


def _choice(desk: Desk, signed: Signed, report_id: str, mistake: str = "", status: int = 200) -> ResponseReturnValue:
    with desk.database.read() as connection:
        try:
            found = report(connection, report_id)
        except ReportNotThere:
            abort(404)
        people = claims.readers(connection)
    if found.state not in claims.LIVING:
        abort(404)
    page = frame(desk, signed, "reports")
    return render_template("give_on.html", **page, report=found, people=people, mistake=mistake), status


def _audited(desk: Desk, signed: Signed, connection: Connection, action: str, subject: str, detail: str = "") -> None:
    now = desk.clock.now()
    audit.record(connection, at=now, person=signed.person_id, action=action, subject=subject, detail=detail)
