"""Accepting an invitation: a password, a key made at that moment, a second factor that is proved, a fingerprint."""

from __future__ import annotations

import re
import secrets

import segno
from flask import abort, make_response, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from handlers.web import sessions
from handlers.web.fields import tell
from handlers.web.site import Ground, TooManySignIns
from storage import audit, invitations, people
from storage.clock import iso_week
from storage.invitations import Invitation, NoInvitation
from storage.jobs import count_up
from storage.keys import Secret, person_fingerprint
from storage.passwords import check_password
from storage.roster import AliasTaken
from storage.second_factors import matching_step

DRAWING = re.compile(r"[0-9a-f]{32}")
NOT_THE_SAME = "The two passwords are not the same: enter both again"
WRONG_CODE = "That is not what it shows for this drawing now: scan the drawing, see that the clock is right, try again"
MISSING = "Enter the 6 digits that your authenticator shows now"


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The code alone: with it anybody goes on."""

    code = StringField("Your invitation's code", [InputRequired("Enter the code"), Length(max=400)])


class JoinForm(FlaskForm):  # type: ignore[misc]
    """What makes one of the invited; their code and the drawing come along, so that nothing is kept between pages."""

    invitation = HiddenField()
    drawing = HiddenField()
    password = PasswordField("Choose a password", [InputRequired("Choose a password"), Length(max=512)])
    again = PasswordField("The same password again", [InputRequired("Enter the password again"), Length(max=512)])
    digits = StringField(
        "Code from your authenticator",
        [InputRequired(MISSING), Regexp(r"^\s*[0-9]{3}\s?[0-9]{3}\s*$", message=MISSING)],
    )


def invited(ground: Ground) -> ResponseReturnValue:
    """Ask for the code; with a good one, show what is to be chosen."""
    form = CodeForm()
    if request.method == "GET":
        return _ask(ground, form)
    if not form.validate():
        return _ask(ground, form, status=422)
    try:
        found = _invitation(ground, str(form.code.data))
    except NoInvitation:
        return _refused(ground)
    join = JoinForm(formdata=None, invitation=str(form.code.data), drawing=secrets.token_hex(16))
    return _choose(ground, found, join)


def accept(ground: Ground) -> ResponseReturnValue:
    """Take the password and the proof of the second factor; only with both is there a person."""
    form = JoinForm()
    try:
        found = _invitation(ground, str(form.invitation.data or ""))
    except NoInvitation:
        return _refused(ground)
    if not DRAWING.fullmatch(str(form.drawing.data or "")):
        abort(400)  # not of our making
    try:
        joined = _joined(ground, found, form)
    except (NoInvitation, people.NameTaken, AliasTaken):
        # Somebody else may have got the name meanwhile: only a new invitation helps then, too.
        return _refused(ground)
    except TooManySignIns:
        return _choose(ground, found, form, busy=True, status=503)
    if joined is None:
        return _choose(ground, found, form, status=422)
    return _welcome(ground, joined)


def _joined(ground: Ground, found: Invitation, form: JoinForm) -> people.NewKey | None:
    """Keep the new key; None when the form has a mistake, which it then tells."""
    form.validate()
    secret, now = _secret(ground, form), ground.clock.now()
    step = matching_step(secret, "".join(str(form.digits.data or "").split()), now)
    tell(form.again, "" if form.again.data == form.password.data else NOT_THE_SAME)
    tell(form.digits, "" if step is not None else WRONG_CODE)
    new = ground.sign_ins.run(lambda: _key(ground, found, form, secret))
    if new is None or step is None:
        return None
    with ground.database.write() as connection:
        invitations.accept(connection, found, new, totp_step=step, now=now)
        whose = new.person.person_id
        audit.record(connection, at=now, person=whose, action="person.joined", subject=whose, detail=new.person.role)
    return new


def _key(ground: Ground, found: Invitation, form: JoinForm, secret: Secret) -> people.NewKey | None:
    password, person = str(form.password.data or ""), found.person
    try:
        check_password(password, (person.name, person.alias), ground.site.password_list)
    except people.WeakPassword as error:
        tell(form.password, f"Choose another password: {error}")
    return None if form.errors else people.cut_key(person, password, secret, ground.pepper)


def _secret(ground: Ground, form: JoinForm) -> Secret:
    return invitations.totp_secret_of(str(form.invitation.data), str(form.drawing.data), ground.pepper)


def _invitation(ground: Ground, code: str) -> Invitation:
    now = ground.clock.now()
    try:
        with ground.database.read() as connection:
            return invitations.find(connection, code, now)
    except NoInvitation:
        with ground.database.write() as connection:
            count_up(connection, "invitation.refused", week=iso_week(now))
        raise


def _ask(ground: Ground, form: CodeForm, *, refused: bool = False, status: int = 200) -> ResponseReturnValue:
    return render_template("invited.html", line=ground.line, form=form, refused=refused), status


def _refused(ground: Ground) -> ResponseReturnValue:
    return _ask(ground, CodeForm(formdata=None), refused=True, status=422)


def _choose(
    ground: Ground, found: Invitation, form: JoinForm, *, busy: bool = False, status: int = 200
) -> ResponseReturnValue:
    secret = _secret(ground, form)
    drawing = segno.make(people.totp_address(found.person.name, secret, ground.site.name), error="m")
    svg = drawing.svg_inline(scale=5, border=4, light="#fff", omitsize=True, svgclass=None, lineclass=None)
    text = secret.decode()
    page = render_template(
        "join.html",
        line=ground.line,
        person=found.person,
        again=found.is_again,
        form=form,
        drawing=svg,
        typed_secret=" ".join(text[at : at + 4] for at in range(0, len(text), 4)),
        busy=busy,
    )
    return page, status


def _welcome(ground: Ground, joined: people.NewKey) -> ResponseReturnValue:
    person = joined.person
    words = person_fingerprint(person.person_id, person.public_key)
    reads = ground.site.waits(person.role)
    page = render_template("joined.html", line=ground.line, person=person, fingerprint=words, reads=reads)
    response = make_response(page)
    sessions.end(ground, request, response)  # whoever was signed in here before is not the one who joined
    session.clear()
    return response
