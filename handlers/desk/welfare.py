"""Those who would like a word: a supervisor sees the name, talks, and the card is gone."""

from __future__ import annotations

from flask import abort, flash, redirect
from flask.typing import ResponseReturnValue

from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from storage import welfare

TALK = "Take your time. When you have talked, press Done: then nothing of it is left here."
TAKEN = "Another supervisor talks to them, or they were talked to already."


def talk(desk: Desk, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Say that this supervisor talks to them, so that two do not."""
    _not_oneself(signed, person_id)
    with desk.database.write() as connection:
        taken = welfare.take_on(connection, person_id, signed.person_id)
    flash(TALK if taken else TAKEN)
    return redirect("/reports", 303)


def talked(desk: Desk, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Delete the card: it was nobody else's matter and is over."""
    _not_oneself(signed, person_id)
    with desk.database.write() as connection:
        welfare.forget(connection, person_id)
    flash("Thank you. Nothing of it is kept.")
    return redirect("/reports", 303)


def _not_oneself(signed: Signed, person_id: str) -> None:
    if person_id == signed.person_id:
        abort(403)
