"""What a reader sees who was not admitted to the desk's key: what to do about it, and the fingerprint to read out."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from storage import people
from storage.keys import Damaged, public_half
from storage.vouching import is_vouched


def is_member(desk: Desk, signed: Signed) -> bool:
    """Tell whether this one holds the current key of the desk: enough for what a page asks every few seconds."""
    with desk.database.read() as connection:
        return people.is_admitted(connection, signed.person_id, desk.keys.desk)


def is_admitted(desk: Desk, signed: Signed) -> bool:
    """Tell whether two people gave this one the desk's key, in its current epoch and for the role they have now.

    Whoever writes the database can give somebody a role, but cannot make the mark that belongs to it.
    """
    try:
        with desk.database.read() as connection:
            group = people.group_key(connection, signed.open_session, desk.keys.desk)
            mark = people.mark_of(connection, signed.person_id, desk.keys.desk)
    except (people.NotAMember, Damaged):
        return False
    return is_vouched(mark, group, signed.person_id, public_half(signed.open_session.private_key), signed.role)


def shown(desk: Desk, signed: Signed, *, quiet: bool = False) -> ResponseReturnValue:
    """Refuse kindly."""
    if quiet:
        return "", 403
    page = render_template(
        "waiting.html", **frame(desk, signed, "reports"), fingerprint=signed.open_session.fingerprint
    )
    return page, 403
