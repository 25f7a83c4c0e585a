"""What administrators and auditors see: health and events, never what anybody said."""

from __future__ import annotations

import re

from flask import render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.desk.words import HIDDEN_PARTS
from storage import audit
from storage.intake import all_beats
from storage.jobs import ALARM
from storage.people import list_people

ENTRIES_ON_A_PAGE = 50


def health(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show when each part last did its round, and the alarms that stand."""
    with desk.database.read() as connection:
        beats = all_beats(connection)
    parts = [beat for beat in beats if not beat.name.startswith(ALARM) and beat.name not in HIDDEN_PARTS]
    parts.sort(key=lambda beat: (beat.name != "worker", -beat.seen_at))
    raised = [beat for beat in beats if beat.name.startswith(ALARM)]
    return render_template("health.html", **frame(desk, signed, "health"), parts=parts, raised=raised)


def events(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show who did what, newest first, and whether the chain is whole."""
    before = request.args.get("before", "")
    below = int(before) if re.fullmatch(r"[0-9]{1,15}", before) else None
    with desk.database.read() as connection:
        finding = audit.verify(connection)
        entries = audit.newest(connection, below=below, limit=ENTRIES_ON_A_PAGE + 1)
        names = {person.person_id: person.alias for person in list_people(connection)}
    shown = entries[:ENTRIES_ON_A_PAGE]
    following = shown[-1].sequence if len(entries) > ENTRIES_ON_A_PAGE else None
    page = frame(desk, signed, "audit")
    return render_template(
        "audit.html", **page, finding=finding, entries=shown, names=names, following=following, first=below is None
    )
