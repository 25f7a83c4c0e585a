"""What somebody sees who does not hold their team's key: what to do about it, and the fingerprint to read out."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from handlers.assessment.frame import frame
from handlers.assessment.ground import Assessment
from handlers.assessment.sessions import Signed
from handlers.team_keys import team_of
from storage import people
from storage.keys import Damaged, public_half
from storage.vouching import is_vouched


def is_member(ground: Assessment, signed: Signed) -> bool:
    """Tell whether this one was admitted to the team's current key, in the role they have now.

    Whoever writes the database can give somebody a role, or move them to another team, but cannot make the mark that
    belongs to it: it is made with that team's key.
    """
    try:
        current = signed.epochs(ground)[0]
        with ground.database.read() as connection:
            group = people.group_key(connection, signed.open_session, current)
            mark = people.mark_of(connection, signed.person_id, current)
    except (people.NotAMember, Damaged):
        return False
    return is_vouched(mark, group, signed.person_id, public_half(signed.open_session.private_key), signed.role)


def shown(ground: Assessment, signed: Signed, *, quiet: bool = False) -> ResponseReturnValue:
    """Refuse kindly."""
    if quiet:
        return "", 403
    known = team_of(ground.line, signed.team) is not None
    fingerprint = signed.open_session.fingerprint
    page = frame(ground, signed, "releases")
    return render_template("waiting.html", **page, fingerprint=fingerprint, known=known), 403
