"""The people of the line at the desk: who may sign in, and what an administrator changes of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.permissions import Action, Role, may
from storage import invitations, roster
from storage.people import NotThere, is_name
from storage.roles import READING_ROLES

BAD_ALIAS = "Enter an alias of 1 to 80 characters that can be seen, such as a first name"
ALIAS_TAKEN = "A colleague is called so already, or will be once they accept an invitation: choose another alias"
NO_ROLE = "Choose a role"
ALIAS_CHANGED = "Somebody gave them another alias while you were typing. Yours was not kept: look again"
ROLE_CHANGED = "Somebody gave them another role while you were looking. Yours was not kept: look again"
SAME_ROLE = "That is the role they have: choose another, or leave it"


@dataclass(frozen=True)
class Mistake:
    """What was wrong with one field, and what was typed there."""

    field: str = ""
    words: str = ""
    typed: str = ""


def everyone(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show everyone who may sign in, and the invitations that stand or lapsed."""
    with desk.database.read() as connection:
        members = roster.roster(connection, desk.keys.desk)
        invited = invitations.list_invitations(connection)
    page = frame(desk, signed, "people")
    allowed = {"may_change": may(signed.role, Action.CHANGE_PEOPLE), "may_admit": may(signed.role, Action.ADMIT)}
    return render_template("people.html", **page, **allowed, members=members, invited=invited)


def one(desk: Desk, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Show one person and what may be changed."""
    return _person(desk, signed, person_id)


def rename(desk: Desk, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Give a person another alias."""
    alias, before = request.form.get("alias", "").strip(), request.form.get("before", "")
    if person_id == signed.person_id:
        return own_row()
    if not is_name(alias):
        return _person(desk, signed, person_id, Mistake("alias", BAD_ALIAS, alias), 422)
    try:
        with changing(desk) as connection:
            roster.rename(connection, actor=signed.person_id, person_id=person_id, before=before, alias=alias)
            audited(desk, signed, connection, "person.alias", person_id)
    except roster.AliasTaken:
        return _person(desk, signed, person_id, Mistake("alias", ALIAS_TAKEN, alias), 422)
    except roster.ChangedMeanwhile:
        return _person(desk, signed, person_id, Mistake("alias", ALIAS_CHANGED, alias), 409)
    flash(f"From now on they are called {alias}, also in what the audit shows of before.")
    return redirect(f"/people/{person_id}", 303)


def change_role(desk: Desk, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Ask whether the role is meant to change and say what follows; when it is meant, change it."""
    role, before = request.form.get("role", ""), request.form.get("before", "")
    found = member(desk, person_id)
    if person_id == signed.person_id:
        return own_row()
    if role not in list(Role) or role == before:
        wrong = Mistake("role", SAME_ROLE if role == before else NO_ROLE, role)
        return _person(desk, signed, person_id, wrong, 422)
    if request.form.get("sure") != "yes" and found.role == before:
        page = frame(desk, signed, "people")
        return render_template("role_sure.html", **page, member=found, role=role, reads=role in READING_ROLES)
    try:
        with changing(desk) as connection:
            now = desk.clock.now()
            roster.change_role(
                connection, actor=signed.person_id, person_id=person_id, before=before, role=role, now=now
            )
            audited(desk, signed, connection, "person.role", person_id, f"{before} to {role}")
    except roster.ChangedMeanwhile:
        return _person(desk, signed, person_id, Mistake("role", ROLE_CHANGED, role), 409)
    waits = " They read nothing until two supervisors admit them." if role in READING_ROLES else ""
    flash(f"{found.alias} has another role, and is signed out everywhere.{waits}")
    return redirect("/people", 303)


def let_go(desk: Desk, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Ask whether somebody is to leave and say what follows; when it is meant, let them go."""
    found = member(desk, person_id)
    if person_id == signed.person_id:
        return own_row()
    if request.method == "GET":
        return render_template("leave_sure.html", **frame(desk, signed, "people"), member=found)
    with changing(desk) as connection:
        roster.dismiss_person(connection, actor=signed.person_id, person_id=person_id, now=desk.clock.now())
        audited(desk, signed, connection, "person.left", person_id)
    renew = " They held the desk's key: renew it as soon as you can." if found.is_admitted else ""
    flash(f"{found.alias} has left. Their key is destroyed and they are signed out everywhere.{renew}")
    return redirect("/people", 303)


@contextmanager
def changing(desk: Desk) -> Iterator[Connection]:
    """Give a write transaction, and answer 403 or 404 when who asks, or whom it is about, left meanwhile."""
    try:
        with desk.database.write() as connection:
            yield connection
    except roster.NotAnAdministrator:
        abort(403)
    except NotThere:
        abort(404)


def member(desk: Desk, person_id: str) -> roster.Member:
    """Return one who may sign in, or answer 404."""
    with desk.database.read() as connection:
        try:
            return roster.member(connection, person_id, desk.keys.desk)
        except NotThere:
            abort(404)


def own_row() -> ResponseReturnValue:
    """Refuse what nobody does to themselves."""
    words = "Nobody changes their own role, lets themselves go, or invites themselves again. Another administrator can."
    return render_template("mistake.html", title="Not your own", words=words), 403


def _person(
    desk: Desk, signed: Signed, person_id: str, mistake: Mistake = Mistake(), status: int = 200
) -> ResponseReturnValue:
    found = member(desk, person_id)
    page = frame(desk, signed, "people")
    is_own = person_id == signed.person_id
    return render_template(
        "person.html", **page, member=found, mistake=mistake, is_own=is_own, roles=list(Role)
    ), status
