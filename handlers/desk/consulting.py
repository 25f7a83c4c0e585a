"""Help in a call: a colleague is asked, and may be handed the caller; an interpreter is rung. The caller stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers import accompanying as rules
from handlers.desk import colleague_words as words
from handlers.desk.ground import Desk
from handlers.desk.live_call import Refused, done
from handlers.desk.overseeing import as_call, colleagues_now
from handlers.desk.reading import audited_at
from handlers.desk.sessions import Signed
from handlers.live import audit_time
from prompts.interpreters import Interpreter
from storage import writing
from storage.live import colleagues, conduct
from storage.live.conduct import NotTheirs, Talk
from storage.live.queue import TALKING
from storage.live.rooms import CONSULT, INTERPRETER, JOIN, JOINED

ASKED_FOR, ENDED, HANDED = "consult-asked", "consult-ended", "call-handed-over"
BROUGHT, LET_GO = "interpreter-rung", "interpreter-let-go"


@dataclass(frozen=True)
class Help:
    """What a handler can ask for, and who is there to help."""

    askable: tuple[rules.Somebody, ...]
    asked: str  # who is asked at this moment
    here: tuple[tuple[str, str], ...]  # colleagues who are in the call: ids and aliases
    interpreters: tuple[Interpreter, ...]  # of the caller's language first
    ringing: tuple[tuple[str, str], ...]  # interpreters who are in the call or rung: ids and names


def ask(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Hold the caller and ask a colleague to come."""
    wanted, now = request.form.get("person", ""), desk.clock.now()

    def deed(connection: Connection, found: Talk) -> str:
        staff = colleagues_now(desk, connection, found, now)
        fit = {one.person_id: one for one in rules.askable(as_call(found), staff)}
        if wanted not in fit:
            raise Refused(words.NOBODY_CHOSEN)
        try:
            colleagues.ask(connection, found.talk_id, signed.person_id, wanted, now=now)
        except colleagues.ColleagueTaken:
            raise Refused(words.COLLEAGUE_TAKEN) from None
        except colleagues.SomebodySits:
            raise Refused(words.SOMEBODY_SITS) from None
        audited_at(audit_time(now), signed, connection, ASKED_FOR, found.talk_id, f"person {wanted}")
        return words.ASKED.format(alias=fit[wanted].alias)

    return done(desk, signed, talk, deed)


def end_consult(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Let the colleague go, or ask them no longer; the caller hears their handler again."""
    now = desk.clock.now()

    def deed(connection: Connection, found: Talk) -> str:
        colleagues.end_consult(connection, found.talk_id, signed.person_id, now=now)
        audited_at(audit_time(now), signed, connection, ENDED, found.talk_id)
        return words.CONSULT_OVER

    return done(desk, signed, talk, deed)


def hand_over(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Give the caller and the form to a colleague who is in the call; nothing is given unless both are."""
    wanted, now = request.form.get("person", ""), desk.clock.now()

    def deed(connection: Connection, found: Talk) -> str:
        staff = {one.person_id: one for one in colleagues_now(desk, connection, found, now)}
        if wanted not in staff or not rules.may_take_over(as_call(found), staff[wanted]):
            raise Refused(words.NOT_HANDED)
        try:
            conduct.hand_over(connection, found.talk_id, signed.person_id, wanted, now=now)
        except NotTheirs:
            raise Refused(words.NOT_HANDED) from None
        _give_form(connection, found, wanted)
        audited_at(audit_time(now), signed, connection, HANDED, found.talk_id, f"to {wanted}")
        return words.HANDED_OVER.format(alias=staff[wanted].alias)

    return done(desk, signed, talk, deed)


def bring_interpreter(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Let the line ring an interpreter of its own list into the call."""
    wanted, now = request.form.get("interpreter", ""), desk.clock.now()
    listed = {one.id: one for one in desk.line.interpreters}

    def deed(connection: Connection, found: Talk) -> str:
        if wanted not in listed:
            raise Refused(words.NO_INTERPRETER)
        if found.practice:
            raise Refused(words.PRACTICE_RINGS_NOBODY)
        try:
            colleagues.bring_interpreter(connection, found.talk_id, signed.person_id, wanted, now=now)
        except colleagues.SomebodySits:
            raise Refused(words.INTERPRETER_SITS) from None
        except colleagues.InterpretersEnough:
            raise Refused(words.INTERPRETERS_ENOUGH) from None
        audited_at(audit_time(now), signed, connection, BROUGHT, found.talk_id, wanted)
        return words.INTERPRETER_RUNG.format(name=listed[wanted].name)

    return done(desk, signed, talk, deed)


def let_interpreter_go(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """End the line to an interpreter."""
    wanted, now = request.form.get("interpreter", ""), desk.clock.now()

    def deed(connection: Connection, found: Talk) -> str:
        colleagues.let_interpreter_go(connection, found.talk_id, signed.person_id, wanted, now=now)
        audited_at(audit_time(now), signed, connection, LET_GO, found.talk_id, wanted)
        return words.INTERPRETER_GONE

    return done(desk, signed, talk, deed)


def help_card(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Return the part of a call's page in which help is asked for: its page asks for it again and again."""
    with desk.database.read() as connection:
        found = conduct.talk(connection, talk)
        shown = help_in(desk, connection, found, desk.clock.now()) if found else None
    if found is None or shown is None or found.person_id != signed.person_id:
        return ""
    return render_template("_live_colleagues.html", talk=found, help=shown)


# ---- what other pages show of it -----------------------------------------------------------------------------------


def help_in(desk: Desk, connection: Connection, talk: Talk, now: int) -> Help:
    """Return what the handler of a call can ask for at this moment."""
    staff = colleagues_now(desk, connection, talk, now)
    names = {one.person_id: one.alias for one in staff}
    known = {one.id: one.name for one in desk.line.interpreters}
    seats = [one for one in conduct.seats_of(connection, talk.talk_id) if one.person_id != talk.person_id]
    asked = colleagues.asked_in(connection, talk.talk_id, now=now)
    here = [one for one in seats if one.role in (CONSULT, JOIN) and one.state == JOINED]
    rung = [one.person_id for one in seats if one.role == INTERPRETER]
    return Help(
        rules.askable(as_call(talk), staff) if talk.state == TALKING else (),
        names.get(asked, ""),
        tuple((one.person_id, names.get(one.person_id, "A colleague")) for one in here),
        _of_language(desk.line.interpreters, talk.language, but=rung),
        tuple((one, known.get(one, "An interpreter")) for one in rung),
    )


# ---- machinery -----------------------------------------------------------------------------------------------------


def _give_form(connection: Connection, talk: Talk, to: str) -> None:
    if not talk.report_id:
        return
    try:
        writing.take_over(connection, talk.report_id, to)
    except writing.NotTheirs:  # it is finished already: then it is a report, and nobody's
        return


def _of_language(listed: Iterable[Interpreter], language: str, *, but: list[str]) -> tuple[Interpreter, ...]:
    fit = [one for one in listed if one.id not in but]
    return tuple(sorted(fit, key=lambda one: (language not in one.languages, one.name.casefold())))
