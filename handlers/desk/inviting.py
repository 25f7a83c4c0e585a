"""Inviting at the desk: an administrator gives somebody a link, once, to begin or to begin anew."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import Connection
from wtforms import StringField
from wtforms.validators import InputRequired

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.staff import ALIAS_TAKEN, BAD_ALIAS, NO_ROLE, changing, member, own_row
from handlers.desk.words import ROLES
from handlers.web.fields import tell
from storage import invitations, roster
from storage.people import NameTaken, is_name

BAD_NAME = "Enter a sign-in name of 1 to 80 characters that can be seen and typed"
OVER = "That invitation was over already: accepted, withdrawn or given anew."
NAME_TAKEN = "Somebody signs in by that name, or was invited to: choose another, or look at the list of people"


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Who is to come."""

    name = StringField("Sign-in name", [InputRequired(BAD_NAME)])
    alias = StringField("Alias", [InputRequired(BAD_ALIAS)])
    role = StringField("Role", [InputRequired(NO_ROLE)])


def invite(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Ask who is to come, then give the link."""
    form = InviteForm()
    if request.method == "GET":
        return _form(desk, signed, form)
    name, alias, role = str(form.name.data or "").strip(), str(form.alias.data or "").strip(), str(form.role.data or "")
    form.validate()
    tell(form.name, "" if is_name(name) else BAD_NAME)
    tell(form.alias, "" if is_name(alias) else BAD_ALIAS)
    tell(form.role, "" if role in ROLES else NO_ROLE)
    if form.errors:
        return _form(desk, signed, form, 422)

    def make(connection: Connection) -> invitations.Given:
        now = desk.clock.now()
        return invitations.invite(connection, actor=signed.person_id, name=name, alias=alias, role=role, now=now)

    try:
        return _give(desk, signed, make, "person.invited")
    except NameTaken:
        tell(form.name, NAME_TAKEN)
    except roster.AliasTaken:
        tell(form.alias, ALIAS_TAKEN)
    return _form(desk, signed, form, 422)


def invite_again(desk: Desk, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Say what a new beginning means for somebody who forgot their password; when it is meant, give the link."""
    found = member(desk, person_id)
    if person_id == signed.person_id:
        return own_row()
    if request.method == "GET":
        return render_template("again_sure.html", **frame(desk, signed, "people"), member=found)
    now = desk.clock.now()
    return _give(
        desk,
        signed,
        lambda connection: invitations.invite_again(connection, actor=signed.person_id, person_id=person_id, now=now),
        "person.invited-again",
    )


def renew(desk: Desk, signed: Signed, invitation_id: str) -> ResponseReturnValue:
    """Give another link in the place of one that lapsed or was lost."""
    now = desk.clock.now()
    return _give(
        desk,
        signed,
        lambda connection: invitations.renew(connection, actor=signed.person_id, invitation_id=invitation_id, now=now),
        "person.invitation-renewed",
    )


def withdraw(desk: Desk, signed: Signed, invitation_id: str) -> ResponseReturnValue:
    """Make a link worthless."""
    try:
        with changing(desk) as connection:
            whose = invitations.withdraw(connection, actor=signed.person_id, invitation_id=invitation_id)
            audited(desk, signed, connection, "person.invitation-withdrawn", whose)
        flash("The invitation is withdrawn. Its link is worth nothing any more.")
    except invitations.NoInvitation:
        flash(OVER)
    return redirect("/people", 303)


def _give(
    desk: Desk, signed: Signed, make: Callable[[Connection], invitations.Given], action: str
) -> ResponseReturnValue:
    try:
        with changing(desk) as connection:
            given = make(connection)
            person = given.invitation.person
            audited(desk, signed, connection, action, person.person_id, person.role)
    except invitations.NoInvitation:
        flash(OVER)
        return redirect("/people", 303)
    # Behind the #, which no browser sends: so it stands in no log of a proxy and in no referrer.
    link = f"{desk.settings.desk_base}/invited#{given.code}"
    return render_template("invitation.html", **frame(desk, signed, "people"), given=given, link=link)


def _form(desk: Desk, signed: Signed, form: InviteForm, status: int = 200) -> ResponseReturnValue:
    return render_template("invite.html", **frame(desk, signed, "people"), form=form, roles=ROLES), status
