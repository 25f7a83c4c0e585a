"""The page of live calls: somebody's shift, the caller whom they are offered, and whether they take the call."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import flash, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers import live as rules
from handlers.desk import live_words as words
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.live_forms import drop_empty, form_for, live_drafts, new_form
from handlers.desk.reading import audited_at
from handlers.desk.sessions import Signed
from handlers.skills import in_force
from storage import welfare
from storage.live import conduct, offers, shifts
from storage.live.queue import OFFERED
from storage.skills import Skill, skills_of

ACCEPTED, DECLINED, TAKEN_UP = "call-accepted", "call-declined", "call-taken-up-again"
SEAT = "seat"  # in the signed cookie: the token of a seat on its way to the page of the call, for a minute


@dataclass(frozen=True)
class Offer:
    """A caller who is offered to somebody, as the card shows them."""

    talk_id: str
    language: str
    urgent: bool
    first: bool
    practice: bool
    needs: tuple[str, ...]
    waited: str
    left: int  # seconds until it is taken back


def page(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show somebody's shift and what is offered to them."""
    return _shown(desk, signed)


def choose(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Let somebody be available, on a break or away."""
    wanted, now = request.form.get("state", ""), desk.clock.now()
    with desk.database.read() as connection:
        shift = shift_of(connection, signed, now)
        held = skills_of(connection, signed.person_id)
        drafts = live_drafts(connection, signed)
    if wanted not in words.STATE_SET:
        return _shown(desk, signed, words.NO_STATE, 422)
    if wanted == shifts.AVAILABLE and (refusal := _refusal(desk, shift.state, held)):
        return _shown(desk, signed, refusal, 422 if refusal == words.CHECK_FIRST else 409)
    left = drop_empty(desk, signed, drafts) if shift.state == shifts.WRAP_UP else drafts
    with desk.database.write() as connection:
        if not shifts.choose(connection, signed.person_id, wanted, now=now):
            return _shown(desk, signed, words.ON_CALL_NOW, 409)
    flash(" ".join([words.STATE_SET[wanted], *(words.STILL_OPEN.format(case=one.case_number) for one in left)]))
    return redirect("/live", 303)


def accept(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Take the call that is offered, with a form beside it."""
    return _taken(desk, signed, talk, ACCEPTED)


def take_up(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Take a call again whose line broke, before it is offered to somebody else."""
    return _taken(desk, signed, talk, TAKEN_UP)


def decline(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Give an offer back, with a reason; the caller keeps their place."""
    given = request.form.get("reason", "")
    if given not in set(rules.Decline):
        return _shown(desk, signed, words.NO_REASON, 422)
    reason, now = rules.Decline(given), desk.clock.now()
    try:
        with desk.database.write() as connection:
            offers.decline(connection, talk, signed.person_id)
            if after := rules.AFTER_DECLINE.get(reason):
                shifts.choose(connection, signed.person_id, after, now=now)
            audited_at(rules.audit_time(now), signed, connection, DECLINED, talk, reason.value)
    except offers.TooLate:
        flash(words.TOO_LATE)
        return redirect("/live", 303)
    flash(words.DECLINED[reason])
    return redirect("/live", 303)


def ask_for_word(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Let supervisors know that this person would like a word; after which call is written down nowhere."""
    with desk.database.write() as connection:
        welfare.ask(connection, signed.person_id)
    flash(words.WORD)
    return redirect("/live", 303)


def shift_of(connection: Connection, signed: Signed, now: int) -> shifts.Shift:
    """Return what somebody does now; whoever never came to the page is away."""
    found = shifts.shift_of(connection, signed.person_id)
    return found or shifts.Shift(signed.person_id, shifts.AWAY, now, now)


def offer_of(talk: conduct.Talk | None, now: int) -> Offer | None:
    """Return the offer that a talk is at this moment, or None."""
    if talk is None or talk.state != OFFERED:
        return None
    waited, needs = words.waited_words(now - talk.since), words.needs_words(talk.needs)
    left = rules.seconds_left(talk.offered_at, now)
    return Offer(talk.talk_id, talk.language, talk.urgent, talk.first, talk.practice, needs, waited, left)


def takes_calls(desk: Desk) -> bool:
    """Say whether a softphone is set up here."""
    return desk.settings.softphone != "off"


def today(desk: Desk) -> date:
    """Return the day, by which qualifications end."""
    return datetime.fromtimestamp(desk.clock.now(), UTC).date()


# ---- machinery -----------------------------------------------------------------------------------------------------


def _refusal(desk: Desk, state: str, held: tuple[Skill, ...]) -> str:
    if not takes_calls(desk):
        return words.NO_SOFTPHONE
    if not rules.may_take_calls(held, today(desk)):
        return words.NO_SKILLS
    if rules.asks_for_sound(state) and request.form.get("checked") != "yes":
        return words.CHECK_FIRST
    return ""


def _taken(desk: Desk, signed: Signed, talk_id: str, action: str) -> ResponseReturnValue:
    now, token = desk.clock.now(), secrets.token_hex(16)
    with desk.database.read() as connection:
        found = conduct.talk(connection, talk_id)
        held = skills_of(connection, signed.person_id)
    if found is None or not takes_calls(desk):
        return _refused(desk, signed, words.TOO_LATE)
    if not rules.may_answer(held, found, today(desk)):
        return _refused(desk, signed, words.NOT_TRAINED)
    form = new_form(desk, signed, found.language)
    try:
        with desk.database.write() as connection:
            again = action == TAKEN_UP
            if again and not conduct.take_up_again(connection, talk_id, signed.person_id, now=now):
                raise offers.TooLate
            report_id = form_for(desk, signed, connection, found, form)
            offers.accept(connection, talk_id, signed.person_id, token=token, report_id=report_id, now=now)
            audited_at(rules.audit_time(now), signed, connection, action, talk_id)
    except offers.TooLate:
        return _refused(desk, signed, words.TOO_LATE)
    session[SEAT] = f"{talk_id} {token}"
    return redirect(f"/live/call/{talk_id}", 303)


def _refused(desk: Desk, signed: Signed, said: str) -> ResponseReturnValue:
    return _shown(desk, signed, said, 409)


def _shown(desk: Desk, signed: Signed, mistake: str = "", status: int = 200) -> ResponseReturnValue:
    now = desk.clock.now()
    with desk.database.read() as connection:
        shift, talk = shift_of(connection, signed, now), conduct.talk_of(connection, signed.person_id)
        drafts, held = live_drafts(connection, signed), skills_of(connection, signed.person_id)
        word = welfare.word_of(connection, signed.person_id)
    languages, _ = in_force(held, today(desk))
    shown = render_template(
        "live.html",
        **frame(desk, signed, "live"),
        words=words,
        shift=shift,
        choices=rules.CHOICES[shift.state],
        asks_for_sound=rules.asks_for_sound(shift.state),
        offer=offer_of(talk, now),
        call=talk if talk is not None and talk.state != OFFERED else None,
        drafts=drafts,
        languages=sorted(languages),
        may_take_calls=rules.may_take_calls(held, today(desk)),
        takes_calls=takes_calls(desk),
        own_word=word,
        mistake=mistake,
    )
    return make_response(shown, status)
