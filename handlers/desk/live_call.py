"""A call: its page with script and form side by side, and what a handler asks for while the caller is there."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, jsonify, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers import live as rules
from handlers.desk import live_words as words
from handlers.desk.filling import opened_form
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.live import SEAT
from handlers.desk.live_forms import take_over, types_form
from handlers.desk.reading import audited, audited_at
from handlers.desk.sessions import Signed
from storage import notes, timeline
from storage.live import conduct
from storage.live.queue import ASIDE as ASIDE_STATE
from storage.live.queue import JOINING, TALKING
from storage.reports import note_reference_heard

FINISHED, ASIDE = "call-finished", "call-led-aside"
GONE = (rules.Stage.ELSEWHERE, rules.Stage.OFFERED)
HAD = (JOINING, TALKING, ASIDE_STATE)
Deed = Callable[[Connection, conduct.Talk], str]


class Refused(Exception):
    """What was asked for is not done, and this is what to do about it."""


def call(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Show a call to whoever has it, or had it a moment ago and still types its form."""
    with desk.database.read() as connection:
        found = conduct.talk(connection, talk)
        types = types_form(connection, signed, found.report_id) if found else False
        said = conduct.reminders_said(connection, talk)
    stage = rules.stage(found, signed.person_id, types_form=types)
    if found is None or stage in GONE:
        return redirect("/live", 303)
    if not types and found.person_id == signed.person_id and found.state in HAD:
        types = _form_comes_along(desk, signed, found)
    form = opened_form(desk, signed, found.report_id) if types else None
    return render_template(
        "live_call.html",
        **frame(desk, signed, "live"),
        words=words,
        talk=found,
        stage=stage.value,
        needs=words.needs_words(found.needs),
        said=said,
        form=form,
        differs=False,
        seat=_seat(talk),
        opening=words.opening_words(desk.line.name, signed.alias),
        softphone=desk.settings.softphone,
        address=desk.settings.softphone_address or desk.settings.twilio_edge,
    )


def hold(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Let the caller hear music, or their handler again."""
    held, now = request.form.get("held") == "yes", desk.clock.now()

    def deed(connection: Connection, found: conduct.Talk) -> str:
        conduct.hold(connection, found.talk_id, signed.person_id, held=held, now=now)
        return words.HOLDS[held]

    return done(desk, signed, talk, deed)


def aside(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Let the line's own voice give the caller a reference, or ask them what they answer by a key."""
    asked, now = request.form.get("asked", ""), desk.clock.now()

    def deed(connection: Connection, found: conduct.Talk) -> str:
        if asked not in conduct.ASIDES:
            raise Refused(words.NOT_NOW)
        if asked == conduct.REFERENCE and not found.report_id and not found.practice:
            raise Refused(words.NO_ASIDE)
        conduct.ask_aside(connection, found.talk_id, signed.person_id, asked, now=now)
        if asked == conduct.REFERENCE and not found.practice:
            # Before it is heard: from now on a caller may hold it, and what it leads to must not go by itself.
            note_reference_heard(connection, found.report_id)
        audited_at(rules.audit_time(now), signed, connection, ASIDE, found.talk_id, asked)
        return words.ASKING[asked]

    return done(desk, signed, talk, deed)


def finish(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """End the call for a reason; the caller hears closing words."""
    reason, now = request.form.get("reason", ""), desk.clock.now()

    def deed(connection: Connection, found: conduct.Talk) -> str:
        if reason not in conduct.ENDINGS:
            raise Refused(words.NO_ENDING)
        if rules.needs_certainty(reason) and request.form.get("sure") != "yes":
            raise Refused(words.NOT_CERTAIN)
        conduct.finish(connection, found.talk_id, signed.person_id, reason, now=now)
        audited_at(rules.audit_time(now), signed, connection, FINISHED, found.talk_id, reason)
        hears_on = found.state == ASIDE_STATE and reason != conduct.ABUSIVE and not found.practice
        return words.ENDED_AFTER_ASIDE if hears_on else words.ENDED

    return done(desk, signed, talk, deed)


def remind(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Note that the caller was told something before they said more."""
    reminder, now = request.form.get("said", ""), desk.clock.now()

    def deed(connection: Connection, found: conduct.Talk) -> str:
        if reminder not in rules.REMINDERS:
            raise Refused(words.NOT_NOW)
        if reminder not in conduct.reminders_said(connection, found.talk_id):
            audited_at(rules.audit_time(now), signed, connection, conduct.SAID, found.talk_id, reminder)
        return words.SAID

    return done(desk, signed, talk, deed)


def alert(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Alert the supervisors about what this caller tells, once until one acknowledges."""

    def deed(connection: Connection, found: conduct.Talk) -> str:
        if found.practice:
            return words.PRACTICE_ALERT
        try:
            before = notes.raise_alert(connection, found.report_id, now=desk.clock.now())
        except notes.NothingToNote:
            raise Refused(words.ALERT_GONE) from None
        if before is None:
            audited(desk, signed, connection, timeline.ALERTED, found.report_id)
        return words.ALERTED if before is None else words.ALERTED_BEFORE

    return done(desk, signed, talk, deed)


# ---- machinery -----------------------------------------------------------------------------------------------------


def _form_comes_along(desk: Desk, signed: Signed, talk: conduct.Talk) -> bool:
    # The worker gives a call whose handler was lost to a colleague who sits in it; it opens no form.
    with desk.database.write() as connection:
        return talk.report_id != "" and take_over(desk, signed, connection, talk.report_id)


def _seat(talk: str) -> str:
    # Once: a page that is loaded again, or in a second tab, finds none, and so takes no second seat.
    of_talk, _, token = session.pop(SEAT, "").partition(" ")
    return token if of_talk == talk else ""


def done(desk: Desk, signed: Signed, talk: str, deed: Deed) -> ResponseReturnValue:
    """Do something with somebody's own call, and tell them: to a script in a few words, else on the page."""
    try:
        with desk.database.write() as connection:
            found = conduct.talk(connection, talk)
            if found is None or found.person_id != signed.person_id:
                raise conduct.NotTheirs
            said, status = deed(connection, found), 200
    except conduct.NotTheirs:
        said, status = words.NOT_NOW, 409
    except Refused as refused:
        said, status = str(refused), 422
    if request.accept_mimetypes.best == "application/json":
        return jsonify(said=said), status
    if status != 200:
        return render_template("mistake.html", title="Nothing was changed", words=said), status
    flash(said)
    return redirect(f"/live/call/{talk}", 303)
