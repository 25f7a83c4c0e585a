"""Coming and going: signing in, signing out, and the page that keeps nothing."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from handlers.desk import sessions
from handlers.desk.ground import Desk, TooManySignIns
from handlers.desk.second_factor import FactorForm, place_of, shown_in
from handlers.desk.sessions import Signed
from handlers.permissions import Role
from storage import audit, people, signing_in
from storage.passkeys import Answer
from storage.second_factors import RECOVERY_CODE, recovery_left

# Clears what the browser still holds of pages that were open; understood over https and on the loopback.
CLEAR = '"cache", "storage"'
FIRST_PAGE = {Role.ADMINISTRATOR: "/health", Role.AUDITOR: "/audit"}


class SignInForm(FactorForm):
    """Everything in one form: with a second step a guesser would learn that the password was right."""

    name = StringField("Name", [InputRequired("Enter your name"), Length(max=80, message="Enter a shorter name")])
    password = PasswordField("Password", [InputRequired("Enter your password"), Length(max=512)])


def sign_in(desk: Desk) -> ResponseReturnValue:
    """Show the form, or take it: the password unlocks the person's key."""
    form = SignInForm()
    if request.method == "GET":
        signed = sessions.current(desk, request)
        return redirect(_first_page(signed.role), 303) if signed else _form(desk, form)
    if not form.validate():
        return _form(desk, form, status=422)
    shown = shown_in(desk, form)
    try:
        done = desk.sign_ins.run(lambda: _sign_in(desk, form, shown))
    except people.SignInRefused:
        return _form(desk, form, refused=True, status=422)
    except TooManySignIns:
        return _form(desk, form, busy=True, status=503)
    session.clear()  # a form token of before the sign-in is worth nothing after it
    if done.by == RECOVERY_CODE:
        flash(f"You used a recovery code. {_codes_left(desk, done.person.person_id)}")
    response = redirect(_first_page(Role(done.person.role)), 303)
    sessions.give_cookie(desk, response, done.cookie_value)  # type: ignore[arg-type]
    return response


def sign_out(desk: Desk) -> ResponseReturnValue:
    """End the session, here and in the browser."""
    signed = sessions.current(desk, request)
    if signed is not None:
        _write_down(desk, signed.person_id, "signed-out")
    return left(desk, "signed_out.html")


def expired(desk: Desk) -> ResponseReturnValue:
    """Show a page that keeps nothing of what was open before; a session still used in another tab lives on."""
    if sessions.current(desk, request, quiet=True) is not None:
        return render_template("cleared.html", line=desk.line)
    return left(desk, "expired.html")


def stay(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Note that the person is at work: looking the session up did it."""
    del desk, signed
    return "", 204


def _sign_in(desk: Desk, form: SignInForm, shown: str | Answer) -> signing_in.SignedIn:
    done = signing_in.sign_in(
        desk.database,
        desk.sessions,
        name=str(form.name.data).strip(),
        password=str(form.password.data),
        code=shown,
        clock=desk.clock,
        pepper=desk.pepper,
    )
    _write_down(desk, done.person.person_id, "signed-in", f"by {done.by}")
    return done


def _codes_left(desk: Desk, person_id: str) -> str:
    with desk.database.read() as connection:
        left = recovery_left(connection, person_id)
    return f"You have {left} left: see your own page, under your name." if left else "It was your last one."


def _write_down(desk: Desk, person: str, action: str, detail: str = "") -> None:
    with desk.database.write() as connection:
        audit.record(connection, at=desk.clock.now(), person=person, action=action, subject=person, detail=detail)


def _form(
    desk: Desk, form: SignInForm, *, refused: bool = False, busy: bool = False, status: int = 200
) -> ResponseReturnValue:
    page = render_template("sign_in.html", line=desk.line, form=form, refused=refused, busy=busy, place=place_of(desk))
    return page, status


def left(desk: Desk, template: str) -> ResponseReturnValue:
    """Answer with a page that keeps nothing of what was open, and end the session here and in the browser."""
    response = make_response(render_template(template, line=desk.line))
    sessions.end(desk, request, response)
    session.clear()
    response.headers["Clear-Site-Data"] = CLEAR
    return response


def _first_page(role: Role) -> str:
    return FIRST_PAGE.get(role, "/reports")
