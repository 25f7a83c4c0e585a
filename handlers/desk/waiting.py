"""What a reader sees who was not admitted to the desk's key: what to do about it, and the fingerprint to read out."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from storage import people
from storage.keys import person_fingerprint, public_half


def is_admitted(desk: Desk, signed: Signed) -> bool:
    """Tell whether two people gave this one the desk's key, in its current epoch."""
    with desk.database.read() as connection:
        return people.is_admitted(connection, signed.person_id, desk.keys.desk)


def shown(desk: Desk, signed: Signed, *, quiet: bool = False) -> ResponseReturnValue:
    """Refuse kindly."""
    if quiet:
        return "", 403
    page = render_template("waiting.html", **frame(desk, signed, "reports"), fingerprint=own_fingerprint(signed))
    return page, 403


def own_fingerprint(signed: Signed) -> str:
    """Return the fingerprint of the key that this person's password opened.

    Not of the one in the database: if somebody exchanged that, the two who compare must see it.
    """
    return person_fingerprint(signed.person_id, public_half(signed.open_session.private_key))
