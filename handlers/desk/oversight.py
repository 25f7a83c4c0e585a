"""What administrators and auditors see: health and events, never what anybody said."""

from __future__ import annotations

import re

from flask import render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reminders import reminders
from handlers.desk.sessions import Signed
from handlers.desk.words import HIDDEN_PARTS
from storage import audit
from storage.intake import all_beats
from storage.jobs import ALARM
from storage.key_state import key_state
from storage.people import aliases

ENTRIES_ON_A_PAGE = 50
MOST_SUBJECT_CHARACTERS = 64
NO_HEAD = "Enter a head as `hotline audit head` prints it: a number, a colon and 64 letters and digits, or nothing"


def health(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show when each part last did its round, and the alarms that stand."""
    with desk.database.read() as connection:
        beats = all_beats(connection)
        state = key_state(connection, desk.keys.desk)
    parts = [beat for beat in beats if not beat.name.startswith(ALARM) and beat.name not in HIDDEN_PARTS]
    parts.sort(key=lambda beat: (beat.name != "worker", -beat.seen_at))
    raised = [beat for beat in beats if beat.name.startswith(ALARM)]
    shown = {"parts": parts, "raised": raised, "key_state": state, "reminders": reminders(desk, signed)}
    return render_template("health.html", **frame(desk, signed, "health"), **shown)


def events(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show who did what, newest first, and whether the entries of this page fit one another."""
    before = request.args.get("before", "")
    below = int(before) if re.fullmatch(r"[0-9]{1,15}", before) else None
    wanted = _wanted()
    return _shown(desk, signed, below=below) if wanted.is_all else _found(desk, signed, wanted, below)


def _wanted() -> audit.Wanted:
    column, _, value = request.args.get("by", "").partition(":")
    subject = request.args.get("on", "").strip()[:MOST_SUBJECT_CHARACTERS]
    known = column in ("person", "action") and value
    return audit.Wanted(column, value, subject) if known else audit.Wanted(subject=subject)


def _found(desk: Desk, signed: Signed, wanted: audit.Wanted, below: int | None) -> ResponseReturnValue:
    with desk.database.read() as connection:
        page = audit.found_page(connection, wanted, below=below, size=ENTRIES_ON_A_PAGE)
        names, actions = aliases(connection), audit.actions(connection)
    by = f"{wanted.column}:{wanted.value}" if wanted.column else ""
    shown = {"names": names, "actions": actions, "first": below is None, "by": by, "on": wanted.subject}
    return render_template("audit_found.html", **frame(desk, signed, "audit"), page=page, **shown)


def check(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Walk the whole chain because somebody asked for it; with a head that was kept outside, compare that too."""
    typed = request.form.get("head", "").strip()
    parts = re.fullmatch(r"([0-9]{1,15}):([0-9a-f]{64})", typed)
    if typed and parts is None:
        return _shown(desk, signed, mistake=NO_HEAD, typed=typed), 422
    kept_outside = audit.Head(int(parts[1]), parts[2]) if parts else None
    with desk.database.read() as connection:
        whole = audit.verify(connection, kept_outside)
    return _shown(desk, signed, whole=whole, typed=typed)


def _shown(
    desk: Desk,
    signed: Signed,
    *,
    below: int | None = None,
    whole: audit.Finding | None = None,
    mistake: str = "",
    typed: str = "",
) -> str:
    with desk.database.read() as connection:
        page = audit.page(connection, below=below, size=ENTRIES_ON_A_PAGE)
        names, actions = aliases(connection), audit.actions(connection)
    around = frame(desk, signed, "audit")
    first = below is None
    shown = {"names": names, "actions": actions, "first": first, "by": "", "on": ""}
    return render_template("audit.html", **around, page=page, whole=whole, mistake=mistake, typed=typed, **shown)
