"""Showing again who one is: password and second factor, before what a stolen moment must not do."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from handlers.desk import doorstep, sessions
from handlers.desk.frame import frame
from handlers.desk.ground import Desk, TooManySignIns
from handlers.desk.second_factor import FactorForm, place_of, shown_in
from handlers.desk.sessions import Signed
from handlers.desk.ways_back import own_way
from storage import audit, signing_in
from storage.passkeys import Answer

BUSY = "Many people are signing in just now. Wait a few seconds, then try again: nothing was tried."


class ProofForm(FactorForm):
    """What only this person knows, and what only they have."""

    password = PasswordField("Password", [InputRequired("Enter your password"), Length(max=512)])


def prove(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Ask for both factors again, take them, and lead back to where the person was."""
    form, way = ProofForm(), own_way(request.values.get("next", ""))
    if request.method == "GET":
        return _form(desk, signed, form, way)
    if not form.validate():
        return _form(desk, signed, form, way, status=422)
    carried, shown = sessions.cookie_value(desk, request), shown_in(desk, form)
    try:
        cookie_value = desk.sign_ins.run(lambda: _proved(desk, signed, form, carried, shown))
    except TooManySignIns:
        return _form(desk, signed, form, way, BUSY, 503)
    except signing_in.ProofRefused as refused:
        _write_down(desk, signed, "proof-refused")
        return _form(desk, signed, form, way, _refused(refused.left), 422)
    except signing_in.TooManyWrongProofs:
        _write_down(desk, signed, "session-ended", "too many wrong proofs")
        return doorstep.left(desk, "proof_ended.html")
    _write_down(desk, signed, "proof-given")
    if request.form.get("lost"):
        flash("Thank you. Nothing was changed yet: fill in the form again.")
    response = redirect(way, 303)
    sessions.give_cookie(desk, response, cookie_value)  # type: ignore[arg-type]
    return response


def _proved(desk: Desk, signed: Signed, form: ProofForm, cookie_value: str, shown: str | Answer) -> str:
    return signing_in.prove(
        desk.database,
        desk.sessions,
        cookie_value=cookie_value,
        person_id=signed.person_id,
        password=str(form.password.data),
        code=shown,
        clock=desk.clock,
        pepper=desk.pepper,
    )


def _refused(left: int) -> str:
    tries = f"{left} more wrong tries end" if left > 1 else "One more wrong try ends"
    again = f"Wait for a fresh code and try again. {tries} this session."
    return f"The password or the code is not right. We never say which. {again}"


def _write_down(desk: Desk, signed: Signed, action: str, detail: str = "") -> None:
    person = signed.person_id
    with desk.database.write() as connection:
        audit.record(connection, at=desk.clock.now(), person=person, action=action, subject=person, detail=detail)


def _form(
    desk: Desk, signed: Signed, form: ProofForm, way: str, mistake: str = "", status: int = 200
) -> ResponseReturnValue:
    page = frame(desk, signed, "account")
    lost = bool(request.values.get("lost"))
    return render_template(
        "prove.html", **page, form=form, way=way, lost=lost, mistake=mistake, place=place_of(desk)
    ), status
