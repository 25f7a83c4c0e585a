"""Inviting: whoever looks after people gives somebody a link, once, to begin or to begin anew."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import Connection
from wtforms import StringField
from wtforms.validators import InputRequired

from handlers.web.fields import tell
from handlers.web.site import Ground, Signed, around, audited
from handlers.web.staff import ALIAS_TAKEN, BAD_ALIAS, NO_ROLE, changing, member, own_row
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


def invite(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Ask who is to come, then give the link."""
    form = InviteForm()
    if request.method == "GET":
        return _form(ground, signed, form)
    name, alias, role = str(form.name.data or "").strip(), str(form.alias.data or "").strip(), str(form.role.data or "")
    form.validate()
    signs_in = signed.sign_in_name(name)
    tell(form.name, "" if is_name(signs_in) else BAD_NAME)
    tell(form.alias, "" if is_name(alias) else BAD_ALIAS)
    tell(form.role, "" if role in signed.house.roles else NO_ROLE)
    if form.errors:
        return _form(ground, signed, form, 422)

    def make(connection: Connection) -> invitations.Given:
        whom = {"actor": signed.person_id, "name": signs_in, "alias": alias, "role": role}
        return invitations.invite(connection, **whom, now=ground.clock.now(), house=signed.house)

    try:
        return _give(ground, signed, make, "person.invited")
    except NameTaken:
        tell(form.name, NAME_TAKEN)
    except roster.AliasTaken:
        tell(form.alias, ALIAS_TAKEN)
    return _form(ground, signed, form, 422)


def invite_again(ground: Ground, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Say what a new beginning means for somebody who forgot their password; when it is meant, give the link."""
    found = member(ground, signed, person_id)
    if person_id == signed.person_id:
        return own_row(ground)
    if request.method == "GET":
        return render_template("again_sure.html", **around(ground, signed, "people"), member=found)
    now = ground.clock.now()
    return _give(
        ground,
        signed,
        lambda connection: invitations.invite_again(
            connection, actor=signed.person_id, person_id=person_id, now=now, house=signed.house
        ),
        "person.invited-again",
    )


def renew(ground: Ground, signed: Signed, invitation_id: str) -> ResponseReturnValue:
    """Give another link in the place of one that lapsed or was lost."""
    now = ground.clock.now()
    return _give(
        ground,
        signed,
        lambda connection: invitations.renew(
            connection, actor=signed.person_id, invitation_id=invitation_id, now=now, house=signed.house
        ),
        "person.invitation-renewed",
    )


def withdraw(ground: Ground, signed: Signed, invitation_id: str) -> ResponseReturnValue:
    """Make a link worthless."""
    try:
        with changing(ground) as connection:
            whose = invitations.withdraw(
                connection, actor=signed.person_id, invitation_id=invitation_id, house=signed.house
            )
            audited(ground, signed, connection, "person.invitation-withdrawn", whose)
        flash("The invitation is withdrawn. Its link is worth nothing any more.")
    except invitations.NoInvitation:
        flash(OVER)
    return redirect("/people", 303)


def _give(
    ground: Ground, signed: Signed, make: Callable[[Connection], invitations.Given], action: str
) -> ResponseReturnValue:
    try:
        with changing(ground) as connection:
            given = make(connection)
            person = given.invitation.person
            audited(ground, signed, connection, action, person.person_id, person.role)
    except invitations.NoInvitation:
        flash(OVER)
        return redirect("/people", 303)
    # Behind the #, which no browser sends: so it stands in no log of a proxy and in no referrer.
    link = f"{ground.site.base}/invited#{given.code}"
    return render_template("invitation.html", **around(ground, signed, "people"), given=given, link=link)


def _form(ground: Ground, signed: Signed, form: InviteForm, status: int = 200) -> ResponseReturnValue:
    return render_template(
        "invite.html", **around(ground, signed, "people"), form=form, roles=signed.house.roles
    ), status
