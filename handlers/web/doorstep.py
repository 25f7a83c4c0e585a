"""Coming and going: signing in, signing out, and the page that keeps nothing."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from handlers.web import sessions
from handlers.web.second_factor import FactorForm, place_of, shown_in
from handlers.web.site import Ground, Signed, TooManySignIns
from storage import audit, people, signing_in
from storage.passkeys import Answer
from storage.second_factors import RECOVERY_CODE, recovery_left

# Clears what the browser still holds of pages that were open; understood over https and on the loopback.
CLEAR = '"cache", "storage"'


class SignInForm(FactorForm):
    """Everything in one form: with a second step a guesser would learn that the password was right."""

    name = StringField("Name", [InputRequired("Enter your name"), Length(max=80, message="Enter a shorter name")])
    password = PasswordField("Password", [InputRequired("Enter your password"), Length(max=512)])


def sign_in(ground: Ground) -> ResponseReturnValue:
    """Show the form, or take it: the password unlocks the person's key."""
    form = SignInForm()
    if request.method == "GET":
        found = sessions.at_work(ground, request)
        return redirect(ground.site.first_page(found.person.role), 303) if found else _form(ground, form)
    if not form.validate():
        return _form(ground, form, status=422)
    shown = shown_in(ground, form)
    try:
        done = ground.sign_ins.run(lambda: _sign_in(ground, form, shown))
    except people.SignInRefused:
        return _form(ground, form, refused=True, status=422)
    except TooManySignIns:
        return _form(ground, form, busy=True, status=503)
    session.clear()  # a form token of before the sign-in is worth nothing after it
    if done.by == RECOVERY_CODE:
        flash(f"You used a recovery code. {_codes_left(ground, done.person.person_id)}")
    response = redirect(ground.site.first_page(done.person.role), 303)
    sessions.give_cookie(ground, response, done.cookie_value)  # type: ignore[arg-type]
    return response


def sign_out(ground: Ground) -> ResponseReturnValue:
    """End the session, here and in the browser."""
    found = sessions.at_work(ground, request)
    if found is not None:
        _write_down(ground, found.person.person_id, "signed-out")
    return left(ground, "signed_out.html")


def expired(ground: Ground) -> ResponseReturnValue:
    """Show a page that keeps nothing of what was open before; a session still used in another tab lives on."""
    if sessions.at_work(ground, request, quiet=True) is not None:
        return render_template("cleared.html", line=ground.line)
    return left(ground, "expired.html")


def stay(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Note that the person is at work: looking the session up did it."""
    del ground, signed
    return "", 204


def _sign_in(ground: Ground, form: SignInForm, shown: str | Answer) -> signing_in.SignedIn:
    done = signing_in.sign_in(
        ground.database,
        ground.sessions,
        name=str(form.name.data).strip(),
        password=str(form.password.data),
        code=shown,
        clock=ground.clock,
        pepper=ground.pepper,
    )
    _write_down(ground, done.person.person_id, "signed-in", f"by {done.by}")
    return done


def _codes_left(ground: Ground, person_id: str) -> str:
    with ground.database.read() as connection:
        left = recovery_left(connection, person_id)
    return f"You have {left} left: see your own page, under your name." if left else "It was your last one."


def _write_down(ground: Ground, person: str, action: str, detail: str = "") -> None:
    with ground.database.write() as connection:
        audit.record(connection, at=ground.clock.now(), person=person, action=action, subject=person, detail=detail)


def _form(
    ground: Ground, form: SignInForm, *, refused: bool = False, busy: bool = False, status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "sign_in.html", line=ground.line, form=form, refused=refused, busy=busy, place=place_of(ground)
    )
    return page, status


def left(ground: Ground, template: str) -> ResponseReturnValue:
    """Answer with a page that keeps nothing of what was open, and end the session here and in the browser."""
    response = make_response(render_template(template, line=ground.line))
    sessions.end(ground, request, response)
    session.clear()
    response.headers["Clear-Site-Data"] = CLEAR
    return response
