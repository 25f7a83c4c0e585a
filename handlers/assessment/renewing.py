"""A new key for the team, made by a lead: whoever left opens nothing that is released from then on."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.assessment.frame import frame
from handlers.assessment.ground import Assessment
from handlers.assessment.sessions import Signed
from handlers.team_keys import key_lines
from storage.epochs import readers_of
from storage.people import group_key
from storage.teams import KeyNotPinned, newest_epoch, renew_key


def renew(ground: Assessment, signed: Signed) -> ResponseReturnValue:
    """Say for whom the new key would be; when it is meant, make it and show what the line's file must name."""
    epochs = signed.epochs(ground)
    with ground.database.read() as connection:
        current = group_key(connection, signed.open_session, epochs[0])
        newest = newest_epoch(connection, current.name)
        readers = readers_of(connection, current, signed.house)
    waits = newest > current.epoch
    if request.method == "GET" or waits:
        page = frame(ground, signed, "people")
        status = 200 if request.method == "GET" else 409
        return render_template("renew.html", **page, readers=readers, waits=waits, epoch=newest), status
    if request.form.get("epoch") != str(current.epoch):
        flash("The key was renewed a moment ago. Look again before you renew it once more.")
        return redirect("/people/key", 303)
    try:
        with ground.database.write() as connection:
            new, kept = renew_key(
                connection,
                current,
                ground.keys.recovery,
                by=signed.person_id,
                reason="by a lead",
                now=ground.clock.now(),
            )
    except KeyNotPinned:
        return redirect("/people/key", 303)
    lines = key_lines(new, tuple(one.public_key.hex() for one in epochs))
    page = frame(ground, signed, "people")
    return render_template("renewed.html", **page, lines=lines, readers=kept, epoch=new.epoch)
