"""The people of one house: who may sign in, and what those who look after people change of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.web.site import Ground, Signed, around, audited
from storage import invitations, roster
from storage.people import NotThere, is_name

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


def everyone(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Show everyone who may sign in, and the invitations that stand or lapsed."""
    with ground.database.read() as connection:
        members = roster.roster(connection, signed.audience(ground), signed.house)
        invited = invitations.list_invitations(connection, signed.house)
    return render_template("people.html", **around(ground, signed, "people"), members=members, invited=invited)


def one(ground: Ground, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Show one person and what may be changed."""
    return _person(ground, signed, person_id)


def rename(ground: Ground, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Give a person another alias."""
    alias, before = request.form.get("alias", "").strip(), request.form.get("before", "")
    if person_id == signed.person_id:
        return own_row(ground)
    if not is_name(alias):
        return _person(ground, signed, person_id, Mistake("alias", BAD_ALIAS, alias), 422)
    try:
        with changing(ground) as connection:
            whose = {"actor": signed.person_id, "person_id": person_id}
            roster.rename(connection, **whose, before=before, alias=alias, house=signed.house)
            audited(ground, signed, connection, "person.alias", person_id)
    except roster.AliasTaken:
        return _person(ground, signed, person_id, Mistake("alias", ALIAS_TAKEN, alias), 422)
    except roster.ChangedMeanwhile:
        return _person(ground, signed, person_id, Mistake("alias", ALIAS_CHANGED, alias), 409)
    flash(f"From now on they are called {alias}, also in what the audit shows of before.")
    return redirect(f"/people/{person_id}", 303)


def change_role(ground: Ground, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Ask whether the role is meant to change and say what follows; when it is meant, change it."""
    role, before = request.form.get("role", ""), request.form.get("before", "")
    found = member(ground, signed, person_id)
    if person_id == signed.person_id:
        return own_row(ground)
    if role not in signed.house.roles or role == before:
        wrong = Mistake("role", SAME_ROLE if role == before else NO_ROLE, role)
        return _person(ground, signed, person_id, wrong, 422)
    if request.form.get("sure") != "yes" and found.role == before:
        page = around(ground, signed, "people")
        return render_template("role_sure.html", **page, member=found, role=role, reads=role in signed.house.reading)
    try:
        with changing(ground) as connection:
            now = ground.clock.now()
            roster.change_role(
                connection,
                actor=signed.person_id,
                person_id=person_id,
                before=before,
                role=role,
                now=now,
                house=signed.house,
            )
            audited(ground, signed, connection, "person.role", person_id, f"{before} to {role}")
    except roster.ChangedMeanwhile:
        return _person(ground, signed, person_id, Mistake("role", ROLE_CHANGED, role), 409)
    says = ground.site.says
    waits = f" They read nothing until {says['admitters']} admit them." if role in signed.house.reading else ""
    flash(f"{found.alias} has another role, and is signed out everywhere.{waits}")
    return redirect("/people", 303)


def let_go(ground: Ground, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Ask whether somebody is to leave and say what follows; when it is meant, let them go."""
    found = member(ground, signed, person_id)
    if person_id == signed.person_id:
        return own_row(ground)
    if request.method == "GET":
        return render_template("leave_sure.html", **around(ground, signed, "people"), member=found)
    with changing(ground) as connection:
        whose = {"actor": signed.person_id, "person_id": person_id}
        roster.dismiss_person(connection, **whose, now=ground.clock.now(), house=signed.house)
        audited(ground, signed, connection, "person.left", person_id)
    renew = f" They held {ground.site.says['key']}: renew it as soon as you can." if found.is_admitted else ""
    flash(f"{found.alias} has left. Their key is destroyed and they are signed out everywhere.{renew}")
    return redirect("/people", 303)


@contextmanager
def changing(ground: Ground) -> Iterator[Connection]:
    """Give a write transaction, and answer 403 or 404 when who asks, or whom it is about, left meanwhile."""
    try:
        with ground.database.write() as connection:
            yield connection
    except roster.NotAnAdministrator:
        abort(403)
    except NotThere:
        abort(404)


def member(ground: Ground, signed: Signed, person_id: str) -> roster.Member:
    """Return one who may sign in, or answer 404."""
    with ground.database.read() as connection:
        try:
            return roster.member(connection, person_id, signed.audience(ground), signed.house)
        except NotThere:
            abort(404)


def own_row(ground: Ground) -> ResponseReturnValue:
    """Refuse what nobody does to themselves."""
    another = ground.site.says["another"]
    words = f"Nobody changes their own role, lets themselves go, or invites themselves again. {another} can."
    return render_template("mistake.html", title="Not your own", words=words), 403


def _person(
    ground: Ground, signed: Signed, person_id: str, mistake: Mistake = Mistake(), status: int = 200
) -> ResponseReturnValue:
    found = member(ground, signed, person_id)
    page = around(ground, signed, "people")
    is_own = person_id == signed.person_id
    return render_template(
        "person.html", **page, member=found, mistake=mistake, is_own=is_own, roles=signed.house.roles
    ), status
