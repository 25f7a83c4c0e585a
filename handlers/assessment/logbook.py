"""What a lead sees of the audit: the deeds of their own team, and whether the chain of all entries is whole."""

from __future__ import annotations

import re

from flask import render_template, request
from flask.typing import ResponseReturnValue

from handlers.assessment.frame import frame
from handlers.assessment.ground import Assessment
from handlers.assessment.sessions import Signed
from storage import audit
from storage.people import aliases
from storage.team_audit import team_page

ENTRIES_ON_A_PAGE = 50


def events(ground: Assessment, signed: Signed) -> ResponseReturnValue:
    """Show who of the team did what, newest first."""
    return _shown(ground, signed)


def check(ground: Assessment, signed: Signed) -> ResponseReturnValue:
    """Walk the whole chain because somebody asked for it. How long it is would tell of other teams: it is not told."""
    with ground.database.read() as connection:
        found = audit.verify(connection)
    return _shown(ground, signed, checked=True, is_sound=found.is_sound)


def _shown(ground: Assessment, signed: Signed, *, checked: bool = False, is_sound: bool = True) -> ResponseReturnValue:
    before = request.args.get("before", "")
    below = int(before) if re.fullmatch(r"[0-9]{1,15}", before) else None
    with ground.database.read() as connection:
        page = team_page(connection, signed.team, below=below, size=ENTRIES_ON_A_PAGE)
        names = aliases(connection, signed.house)
    shown = {"page": page, "names": names, "first": below is None, "checked": checked, "is_sound": is_sound}
    return render_template("audit.html", **frame(ground, signed, "audit"), **shown)
