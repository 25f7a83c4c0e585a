"""Showing again who one is: password and second factor, before what a stolen moment must not do."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from handlers.web import doorstep, sessions
from handlers.web.second_factor import FactorForm, place_of, shown_in
from handlers.web.site import Ground, Signed, TooManySignIns, around
from handlers.web.ways_back import own_way
from storage import audit, signing_in
from storage.passkeys import Answer

BUSY = "Many people are signing in just now. Wait a few seconds, then try again: nothing was tried."


class ProofForm(FactorForm):
    """What only this person knows, and what only they have."""

    password = PasswordField("Password", [InputRequired("Enter your password"), Length(max=512)])


def prove(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Ask for both factors again, take them, and lead back to where the person was."""
    form, way = ProofForm(), own_way(request.values.get("next", ""))
    if request.method == "GET":
        return _form(ground, signed, form, way)
    if not form.validate():
        return _form(ground, signed, form, way, status=422)
    carried, shown = sessions.cookie_value(ground, request), shown_in(ground, form)
    try:
        cookie_value = ground.sign_ins.run(lambda: _proved(ground, signed, form, carried, shown))
    except TooManySignIns:
        return _form(ground, signed, form, way, BUSY, 503)
    except signing_in.ProofRefused as refused:
        _write_down(ground, signed, "proof-refused")
        return _form(ground, signed, form, way, _refused(refused.left), 422)
    except signing_in.TooManyWrongProofs:
        _write_down(ground, signed, "session-ended", "too many wrong proofs")
        return doorstep.left(ground, "proof_ended.html")
    _write_down(ground, signed, "proof-given")
    if request.form.get("lost"):
        flash("Thank you. Nothing was changed yet: fill in the form again.")
    response = redirect(way, 303)
    sessions.give_cookie(ground, response, cookie_value)  # type: ignore[arg-type]
    return response


def _proved(ground: Ground, signed: Signed, form: ProofForm, cookie_value: str, shown: str | Answer) -> str:
    return signing_in.prove(
        ground.database,
        ground.sessions,
        cookie_value=cookie_value,
        person_id=signed.person_id,
        password=str(form.password.data),
        code=shown,
        clock=ground.clock,
        pepper=ground.pepper,
    )


def _refused(left: int) -> str:
    tries = f"{left} more wrong tries end" if left > 1 else "One more wrong try ends"
    again = f"Wait for a fresh code and try again. {tries} this session."
    return f"The password or the code is not right. We never say which. {again}"


def _write_down(ground: Ground, signed: Signed, action: str, detail: str = "") -> None:
    person = signed.person_id
    with ground.database.write() as connection:
        audit.record(connection, at=ground.clock.now(), person=person, action=action, subject=person, detail=detail)


def _form(
    ground: Ground, signed: Signed, form: ProofForm, way: str, mistake: str = "", status: int = 200
) -> ResponseReturnValue:
    page = around(ground, signed, "account")
    lost = bool(request.values.get("lost"))
    return render_template(
        "prove.html", **page, form=form, way=way, lost=lost, mistake=mistake, place=place_of(ground)
    ), status
