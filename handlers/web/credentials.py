"""New credentials of one's own: password, authenticator, passkey, each proved before it counts."""

from __future__ import annotations

import base64
import binascii
from functools import partial

import pyotp
import segno
from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from handlers.web import doorstep, sessions
from handlers.web.account import change
from handlers.web.proving import BUSY
from handlers.web.second_factor import MAKE, challenge_given, give_challenge, options, place_of
from handlers.web.site import Ground, Signed, TooManySignIns, around, audited
from storage import people, second_factors
from storage.clock import month_of
from storage.keys import Damaged, Secret
from storage.opening import lock_as_person, open_as_person
from storage.passkeys import MOST_ANSWER_CHARACTERS, Answer, PasskeyRefused, creation_options, made
from storage.sessions import NoSession, count_proof

NEW_AUTHENTICATOR = "new authenticator"
WRONG_CODE = "This is not the code that belongs to this picture now. Wait for a fresh one"
OLD_PICTURE = "The picture was too old. Scan this new one"
NOT_MADE = "The passkey was not made. Try again; the browser asks you to confirm with a finger, a face or a PIN"


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The old one unlocks the key, which is then locked under the new one."""

    old = PasswordField("Old password", [InputRequired("Enter your old password"), Length(max=512)])
    new = PasswordField("New password", [InputRequired("Enter a new password"), Length(max=512)])
    again = PasswordField("New password again", [EqualTo("new", "Enter the same new password twice"), Length(max=512)])


class AuthenticatorForm(FlaskForm):  # type: ignore[misc]
    """A picture to scan, and the code that shows it was scanned."""

    locked = HiddenField(validators=[Length(max=500)])
    code = StringField(
        "Code that it shows now", [InputRequired("Enter the 6 digits that it shows now"), Length(max=20)]
    )


class PasskeyForm(FlaskForm):  # type: ignore[misc]
    """What the person calls the passkey, and what the browser made."""

    name = StringField(
        "Name of this passkey",
        [InputRequired("Enter a name, such as “blue key”"), Length(max=40, message="Use 40 characters at most")],
    )
    passkey = HiddenField(validators=[Length(max=MOST_ANSWER_CHARACTERS)])


def password(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Put one's key under a new password."""
    form = PasswordForm()
    show = partial(_page, ground, signed, "account_password.html", form)
    if request.method == "GET":
        return show()
    if not form.validate():
        return show(status=422)
    typed, name = (str(form.old.data), str(form.new.data)), signed.open_session.person.name
    try:
        new = ground.sign_ins.run(
            lambda: people.rewrapped(
                ground.database,
                name=name,
                old=typed[0],
                new=typed[1],
                pepper=ground.pepper,
                password_list=ground.site.password_list,
            )
        )
        return change(
            ground,
            signed,
            lambda connection: _put(people.change_password(connection, new)),
            audit_as="person.password",
            told="You have a new password.",
        )
    except people.WeakPassword as error:
        form.new.errors = [f"Choose another one: {error}"]
    except people.SignInRefused:
        if not _counted(ground, signed):
            return doorstep.left(ground, "proof_ended.html")
        form.old.errors = ["This is not your old password. Nothing was changed"]
    except TooManySignIns:
        form.old.errors = [BUSY]
    except second_factors.NotHeld:
        form.old.errors = ["Your password was changed somewhere else at the same time. Sign in again"]
    return show(status=422)


def authenticator(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Show a new secret as a picture; a code of it puts it in the place of the old one."""
    form, person, private = AuthenticatorForm(), signed.person_id, signed.open_session.private_key
    secret = _secret_in(str(form.locked.data or ""), person, private)
    mistake = ""
    if request.method == "POST":
        valid, step = form.validate(), None
        if valid and secret is not None:
            step = second_factors.matching_step(secret, str(form.code.data), ground.clock.now())
        if secret is not None and step is not None:
            keep = partial(second_factors.keep_authenticator, totp_secret=secret, step=step)
            return change(
                ground,
                signed,
                lambda connection: keep(connection, person, private),
                audit_as="authenticator-renewed",
                told="From now on only your new authenticator is good here.",
            )
        mistake = "" if not valid else WRONG_CODE if secret else OLD_PICTURE
    secret = secret or Secret(pyotp.random_base32().encode())
    form.locked.data = base64.b64encode(
        lock_as_person(secret, person_id=person, purpose=NEW_AUTHENTICATOR, private=private)
    ).decode()
    if mistake:
        form.code.errors = [mistake]
    address = people.totp_address(signed.open_session.person.name, secret, ground.site.name)
    picture = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", omitsize=False)
    words = " ".join(secret.decode()[at : at + 4] for at in range(0, len(secret), 4))
    status = 422 if request.method == "POST" else 200
    return _page(ground, signed, "account_authenticator.html", form, status=status, picture=picture, words=words)


def passkey(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Take a passkey that the browser made."""
    form, person, private = PasskeyForm(), signed.person_id, signed.open_session.private_key
    show = partial(_page, ground, signed, "account_passkey.html", form, place=place_of(ground))
    if request.method == "GET":
        return show()
    if not form.validate():
        return show(status=422)
    answer = Answer(str(form.passkey.data), challenge_given(ground, MAKE), place_of(ground))
    try:
        new, counter = made(answer, name=str(form.name.data).strip(), month=month_of(ground.clock.now()))
        return change(
            ground,
            signed,
            lambda connection: second_factors.add_passkey(connection, person, private, new, counter),
            audit_as="passkey-added",
            told="You have a new passkey.",
        )
    except PasskeyRefused:
        form.name.errors = [NOT_MADE]
    except second_factors.TooManyPasskeys:
        form.name.errors = [f"You have {second_factors.MOST_PASSKEYS} passkeys. Remove one first"]
    return show(status=422)


def ask_new(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Tell the browser what passkey to make."""
    with ground.database.read() as connection:
        held = second_factors.passkeys_of(connection, signed.person_id, signed.open_session.private_key)
    asked = creation_options(
        place_of(ground),
        give_challenge(ground, MAKE),
        line=f"{ground.line.name} {ground.site.name}",
        person_id=signed.person_id,
        name=signed.open_session.person.name,
        held=[one.passkey for one in held],
    )
    return options(asked)


def _counted(ground: Ground, signed: Signed) -> bool:
    # Whoever sits at an open screen must not find the password out here.
    with ground.database.write() as connection:
        audited(ground, signed, connection, "proof-refused", signed.person_id, "old password")
    try:
        return count_proof(ground.sessions, sessions.cookie_value(ground, request), ground.clock.now()) > 0
    except NoSession:
        return False


def _put(kept: bool) -> None:
    if not kept:
        raise second_factors.NotHeld


def _secret_in(locked: str, person_id: str, private: Secret) -> Secret | None:
    try:
        raw = base64.b64decode(locked, validate=True)
        return open_as_person(raw, person_id=person_id, purpose=NEW_AUTHENTICATOR, private=private)
    except (Damaged, binascii.Error, ValueError):
        return None


def _page(
    ground: Ground, signed: Signed, template: str, form: FlaskForm, *, status: int = 200, **more: object
) -> ResponseReturnValue:
    return render_template(template, **around(ground, signed, "account"), form=form, **more), status
