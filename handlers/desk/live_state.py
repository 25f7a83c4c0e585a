"""What the live pages ask for by themselves: how things stand, each second, and a pass for the softphone."""

from __future__ import annotations

import re
from typing import Any

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers import live as rules
from handlers.desk import live_words as words
from handlers.desk.ground import Desk
from handlers.desk.live import Offer, offer_of, shift_of, takes_calls
from handlers.desk.live_forms import types_form
from handlers.desk.overseeing import invitation, invitation_card
from handlers.desk.sessions import Signed
from storage.intake import OUR_ID
from storage.live import conduct, passes, shifts
from storage.people import aliases
from storage.sealing import open_with_token


def state(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Tell a page how things stand, and note that it is there; `talk` in the address: the call that it shows."""
    asked, now = request.args.get("talk", ""), desk.clock.now()
    with desk.database.read() as connection:
        shift = shift_of(connection, signed, now)
        mine = conduct.talk_of(connection, signed.person_id)
        shown = mine if mine is not None and mine.talk_id == asked else _asked(connection, asked)
        call = _call(connection, signed, shown, now) if asked else None
        asked_of = invitation(connection, signed, now)
    if shifts.is_stale(shift, now=now):
        with desk.database.write() as connection:
            shifts.note_seen(connection, signed.person_id, now=now)
    offer = offer_of(mine, now)
    return jsonify(
        shift={"state": shift.state, "words": words.SHIFT_WORDS[shift.state], "lasts": _lasts(shift, now)},
        offer=_told(offer) if offer else None,
        own=mine.talk_id if mine is not None and offer is None else None,
        call=call,
        asked={"talk": asked_of.talk_id, "html": invitation_card(asked_of)} if asked_of else None,
    )


def ask_pass(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Ask the worker for a token of the carrier, for somebody who is invited to a seat; only the asker can open it."""
    token, now = request.form.get("token", ""), desk.clock.now()
    if not re.fullmatch(OUR_ID, token):
        return jsonify(), 400
    with desk.database.read() as connection:
        is_invited = conduct.seat_of(connection, signed.person_id) is not None
    if not is_invited or not takes_calls(desk):
        return jsonify(), 409
    with desk.database.write() as connection:
        passes.ask(connection, token, passes.sealed_order(token, desk.keys.worker), now=now)
    return jsonify(), 202


def take_pass(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Give the page the pass that it asked for, or say that it is not there yet."""
    del signed  # whoever drew the token has it
    token, now = request.form.get("token", ""), desk.clock.now()
    if not re.fullmatch(OUR_ID, token):
        return jsonify(), 400
    with desk.database.write() as connection:
        sealed = passes.take(connection, token, now=now)
    return (jsonify(), 202) if sealed is None else jsonify(given=open_with_token(sealed, token).decode())


# ---- machinery -----------------------------------------------------------------------------------------------------


def _asked(connection: Connection, talk_id: str) -> conduct.Talk | None:
    return conduct.talk(connection, talk_id) if re.fullmatch(OUR_ID, talk_id) else None


def _call(connection: Connection, signed: Signed, talk: conduct.Talk | None, now: int) -> dict[str, Any]:
    types = types_form(connection, signed, talk.report_id) if talk else False
    stage = rules.stage(talk, signed.person_id, types_form=types)
    if talk is None or stage in (rules.Stage.ELSEWHERE, rules.Stage.OVER):
        return {"stage": stage, "words": words.STAGE_WORDS[stage], "others": []}
    names = aliases(connection)
    others = [
        {"name": names.get(one.person_id, words.AN_INTERPRETER), "role": one.role, "words": words.seat_words(one)}
        for one in conduct.seats_in(connection, talk.talk_id)
        if one.person_id != signed.person_id
    ]
    return {
        "stage": stage,
        "words": words.HELD_WORDS if talk.held else words.ASKING.get(talk.asked, words.STAGE_WORDS[stage]),
        "held": talk.held,
        "asked": talk.asked,
        "answer": words.ANSWERS.get(talk.answer, ""),
        "lasts": words.minutes_words(now - talk.met_at) if talk.met_at else "",
        "urgent": talk.urgent,
        "others": others,
    }


def _told(offer: Offer) -> dict[str, Any]:
    card = render_template("_live_offer.html", offer=offer, words=words)
    return {"talk": offer.talk_id, "left": offer.left, "urgent": offer.urgent, "html": card}


def _lasts(shift: shifts.Shift, now: int) -> str:
    return words.minutes_words(now - shift.since)
