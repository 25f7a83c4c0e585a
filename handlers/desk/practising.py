"""Practice calls: a supervisor rings a handler and plays a caller out of a script. Nothing of it is kept."""

from __future__ import annotations

import secrets

from flask import flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers import accompanying as rules
from handlers.desk import colleague_words as words
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.live import takes_calls
from handlers.desk.overseeing import colleagues_now, others_in
from handlers.desk.reading import audited_at
from handlers.desk.sessions import Signed
from handlers.live import audit_time
from prompts.practice import read_scripts, script_of
from storage.live import colleagues, conduct, practising, shifts
from storage.live.conduct import NotTheirs, Talk
from storage.live.practising import HandlerNotFree, NewPractice
from storage.live.queue import ASIDE, OVER

RUNG, ENDED = "practice-rung", "practice-ended"


def choose(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show the callers that can be played, and who could answer."""
    return _chosen(desk, signed, {})


def play(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show one script, with what is needed to ring a handler where one was chosen."""
    scripts = read_scripts()
    script = script_of(scripts, request.args.get("script", ""))
    wanted = request.args.get("person", "")
    handler = _free(desk, signed).get(wanted)
    mistakes = {} if script else {f"script-{scripts[0].id}": words.CHOOSE_SCRIPT}
    mistakes |= {"person": words.NOT_FREE} if wanted and not handler else {}
    if script is None or mistakes:
        return _chosen(desk, signed, mistakes, 422)
    return render_template(
        "practice_play.html",
        **frame(desk, signed, "practice"),
        script=script,
        handler=handler,
        takes_calls=takes_calls(desk),
        softphone=desk.settings.softphone,
        address=desk.settings.softphone_address or desk.settings.twilio_edge,
    )


def ring(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Offer the practice call to the handler, and give the page the token for the caller's seat."""
    script = script_of(read_scripts(), request.form.get("script", ""))
    now, token = desk.clock.now(), secrets.token_hex(16)
    if script is None or not takes_calls(desk):
        return jsonify(said=words.CHOOSE_SCRIPT), 422
    new = NewPractice(
        secrets.token_hex(16), script.language, script.urgent, signed.person_id, request.form.get("person", "")
    )
    try:
        with desk.database.write() as connection:
            if colleagues.is_taken(connection, signed.person_id, now=now):
                return jsonify(said=words.BUSY_YOURSELF), 409
            if new.handler not in {one.person_id for one in _could_answer(desk, signed, connection, now)}:
                raise HandlerNotFree
            practising.ring(connection, new, token=token, now=now)
            audited_at(audit_time(now), signed, connection, RUNG, new.talk_id, f"person {new.handler}")
    except HandlerNotFree:
        return jsonify(said=words.NOT_FREE), 409
    return jsonify(talk=new.talk_id, seat=token, said=words.RINGING)


def state(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Tell whoever plays the caller how the call stands; to others it looks like one that is long over."""
    now = desk.clock.now()
    with desk.database.read() as connection:
        played = practising.is_played_by(connection, talk, signed.person_id)
        found = conduct.talk(connection, talk) if played else None
        others = others_in(connection, talk, signed.person_id) if found and found.state != OVER else []
        shift = shifts.shift_of(connection, signed.person_id)
    if shift is not None and shifts.is_stale(shift, now=now):
        with desk.database.write() as connection:
            shifts.note_seen(connection, signed.person_id, now=now)
    if found is None:
        return jsonify(over=True, words=words.PRACTICE_OVER, asks=False, others=[])
    return jsonify(over=found.state == OVER, words=_told(found), asks=found.state == ASIDE, others=others)


def answer(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Answer by a key what the handler let the line's own voice ask."""
    given, now = request.form.get("answer", ""), desk.clock.now()
    try:
        with desk.database.write() as connection:
            if given not in practising.ANSWERS or not practising.is_played_by(connection, talk, signed.person_id):
                raise NotTheirs
            practising.answer(connection, talk, given, now=now)
    except NotTheirs:
        return jsonify(said=words.NOT_THIS_CALL), 409
    return jsonify(said=words.CHANGED)


def hang_up(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """End the practice call as its caller. May be sent twice."""
    now = desk.clock.now()
    with desk.database.write() as connection:
        if practising.is_played_by(connection, talk, signed.person_id):
            found = conduct.talk(connection, talk)
            practising.hang_up(connection, talk, now=now)
            if found is not None and found.state != OVER:
                audited_at(audit_time(now), signed, connection, ENDED, talk)
    flash(words.PRACTICE_OVER)
    return redirect("/practice", 303)


# ---- machinery -----------------------------------------------------------------------------------------------------


def _could_answer(desk: Desk, signed: Signed, connection: Connection, now: int) -> tuple[rules.Somebody, ...]:
    return rules.practisers(colleagues_now(desk, connection, None, now), signed.person_id)


def _free(desk: Desk, signed: Signed) -> dict[str, rules.Somebody]:
    with desk.database.read() as connection:
        found = _could_answer(desk, signed, connection, desk.clock.now())
    return {one.person_id: one for one in found}


def _chosen(desk: Desk, signed: Signed, mistakes: dict[str, str], status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "practice.html",
        **frame(desk, signed, "practice"),
        scripts=read_scripts(),
        free=tuple(_free(desk, signed).values()),
        chosen=request.args,
        mistakes=mistakes,
        takes_calls=takes_calls(desk),
    )
    return page, status


def _told(talk: Talk) -> str:
    if talk.state == OVER and talk.met_at is None:
        return words.NOBODY_TOOK_IT
    return words.ASIDE_WORDS.get(talk.asked, "") or words.PRACTICE_WORDS.get(talk.state, words.PRACTICE_OVER)
