"""Live calls as supervisors see them, and the place beside a call: to listen, whisper, join, or help when asked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers import accompanying as rules
from handlers.desk import colleague_words as words
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.live import takes_calls
from handlers.desk.live_words import seat_words
from handlers.desk.reading import audited_at
from handlers.desk.sessions import Signed
from handlers.live import audit_time
from handlers.permissions import Action, may
from storage import blocks, people
from storage.live import colleagues, conduct, offers, shifts
from storage.live.conduct import NotTheirs, Seat, Talk
from storage.live.queue import OVER, TALKING, WAITING
from storage.live.rooms import ASKED, CONSULT, TALK_ROLE
from storage.roles import READING_ROLES

SAT_DOWN, CHANGED, GOT_UP, SAID_NO = "call-accompanied", "call-role-changed", "call-left", "consult-declined"


@dataclass(frozen=True)
class Row:
    """A live call in the list."""

    talk_id: str
    language: str
    urgent: bool
    practice: bool
    state: str
    band: str
    handler: str
    is_mine: bool
    is_open: bool  # somebody can sit beside it now


@dataclass(frozen=True)
class Invitation:
    """That a colleague asks somebody into a call, as they see it."""

    talk_id: str
    handler: str
    language: str
    urgent: bool
    practice: bool


def calls(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show every live call, but those about a report that is closed to whoever looks."""
    return render_template("live_calls.html", **frame(desk, signed, "live"), **_rows(desk, signed))


def listing(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Return the list alone: the page asks for it again and again."""
    return render_template("_live_calls.html", signed=signed, **_rows(desk, signed))


def beside(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Show the place beside a call, to a supervisor and to a colleague who was asked."""
    now = desk.clock.now()
    with desk.database.read() as connection:
        found = conduct.talk(connection, talk)
        seat = _seat(connection, signed, talk, now)
        names = people.aliases(connection)
        if found is None or not (seat or _may_sit(connection, signed, found, now)):
            found = None
    if found is None:
        flash(words.NOT_THIS_CALL)
        return redirect(_way_back(signed), 303)
    return render_template(
        "live_beside.html",
        **frame(desk, signed, "live"),
        talk=found,
        handler=names.get(found.person_id, ""),
        band=rules.band(now - (found.met_at or found.since)),
        state=state_words(found),
        seat=seat,
        asks=seat is not None and seat.state == ASKED,
        parts=words.PARTS,
        way_back=_way_back(signed),
        takes_calls=takes_calls(desk),
        softphone=desk.settings.softphone,
        address=desk.settings.softphone_address or desk.settings.twilio_edge,
    )


def sit(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Give a seat to the page that asks, with the token that its softphone brings: to a script, and to nobody else."""
    part, now, token = request.form.get("part", ""), desk.clock.now(), secrets.token_hex(16)
    try:
        with desk.database.write() as connection:
            found = conduct.talk(connection, talk)
            if found is None or not takes_calls(desk):
                raise NotTheirs
            if part == CONSULT:
                _accept(connection, signed, found, token, now)
            else:
                _sit_beside(connection, signed, found, part, token, now)
            audited_at(audit_time(now), signed, connection, SAT_DOWN, talk, part)
    except NotTheirs:
        return jsonify(said=words.NOT_THIS_CALL), 409
    except offers.TooLate:
        return jsonify(said=words.TOO_LATE), 409
    except colleagues.ColleagueTaken:
        return jsonify(said=words.BUSY_YOURSELF), 409
    return jsonify(seat=token, said=words.PART_NOW[part])


def change(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Let somebody listen, whisper or join from now on."""
    part, now = request.form.get("part", ""), desk.clock.now()
    try:
        with desk.database.write() as connection:
            if part not in conduct.BESIDE_ROLES or not may(signed.role, Action.LISTEN_IN):
                raise NotTheirs
            conduct.change_role(connection, talk, signed.person_id, part, now=now)
            audited_at(audit_time(now), signed, connection, CHANGED, talk, part)
    except NotTheirs:
        return jsonify(said=words.NOT_THIS_CALL), 409
    return jsonify(said=words.PART_NOW[part])


def leave(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Get up from beside a call. May be sent twice."""
    now = desk.clock.now()
    with desk.database.write() as connection:
        seat = _seat(connection, signed, talk, now)
        if seat is not None and seat.role != TALK_ROLE:
            conduct.leave_seat(connection, talk, signed.person_id, now=now)
            audited_at(audit_time(now), signed, connection, GOT_UP, talk)
            flash(words.LEFT)
    return redirect(_way_back(signed), 303)


def say_no(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Say no to a colleague who asks for help."""
    now = desk.clock.now()
    with desk.database.write() as connection:
        if said := colleagues.decline(connection, talk, signed.person_id, now=now):
            audited_at(audit_time(now), signed, connection, SAID_NO, talk)
    flash(words.SAID_NO if said else words.TOO_LATE)
    return redirect(_way_back(signed), 303)


def state(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Tell the page beside a call how it stands for whoever sits there, and that their page is there."""
    now = desk.clock.now()
    with desk.database.read() as connection:
        found = conduct.talk(connection, talk)
        seat = _seat(connection, signed, talk, now)
        shift = shifts.shift_of(connection, signed.person_id)
        is_there = found is not None and found.state != OVER and (seat or _may_sit(connection, signed, found, now))
        others = others_in(connection, talk, signed.person_id) if is_there else []
    if shift is not None and shifts.is_stale(shift, now=now):
        with desk.database.write() as connection:
            shifts.note_seen(connection, signed.person_id, now=now)
    if found is None or not is_there:
        return jsonify(there=False, said=words.NOT_THIS_CALL)
    part = seat.role if seat is not None and seat.state != ASKED else ""
    return jsonify(
        there=True,
        part=part,
        now=words.PART_NOW.get(part, ""),
        mine=found.person_id == signed.person_id,
        words=state_words(found),
        band=rules.band(now - (found.met_at or found.since)),
        others=others,
    )


# ---- being asked ---------------------------------------------------------------------------------------------------


def invitation(connection: Connection, signed: Signed, now: int) -> Invitation | None:
    """Return what somebody is asked into at this moment, or None."""
    seat = colleagues.asked(connection, signed.person_id, now=now)
    found = conduct.talk(connection, seat.talk_id) if seat else None
    if found is None:
        return None
    handler = people.aliases(connection).get(found.person_id, "A colleague")
    return Invitation(found.talk_id, handler, found.language, found.urgent, found.practice)


def invitation_card(asked: Invitation) -> str:
    """Return the card that asks somebody into a call."""
    return render_template("_live_asked.html", asked=asked)


# ---- what others use too -------------------------------------------------------------------------------------------


def others_in(connection: Connection, talk_id: str, person_id: str) -> list[dict[str, str]]:
    """Return who else is in a call: what they are called, and what they do there."""
    names = people.aliases(connection)
    return [
        {"name": names.get(one.person_id, "An interpreter"), "words": seat_words(one), "state": one.state}
        for one in conduct.seats_in(connection, talk_id)
        if one.person_id != person_id
    ]


def state_words(talk: Talk) -> str:
    """Return how a call stands, as staff say it."""
    if talk.held and talk.state == TALKING:
        return words.HELD
    return words.LOST if talk.state == WAITING and talk.first else words.CALL_STATES[talk.state]


def as_call(talk: Talk) -> rules.Call:
    """Return a talk as the rules know it."""
    reports = frozenset(one for one in (talk.report_id, talk.begun_report) if one)
    return rules.Call(talk.talk_id, talk.state, talk.person_id, reports)


def colleagues_now(desk: Desk, connection: Connection, talk: Talk | None, now: int) -> tuple[rules.Somebody, ...]:
    """Return everybody who reads at the desk, and how they stand at this moment to a call."""
    seen = {one.person_id: one for one in shifts.all_shifts(connection)}
    taken = colleagues.taken(connection, now=now, but=talk.talk_id if talk else "")
    closed = blocks.closed_to(connection, as_call(talk).reports) if talk else {}
    admitted = people.admitted(connection, desk.keys.desk)
    nobody: frozenset[str] = frozenset()
    return tuple(
        rules.Somebody(
            one.person_id,
            one.alias,
            is_supervisor=may_listen_in(one.role),
            state=seen[one.person_id].state if one.person_id in seen else shifts.AWAY,
            is_here=one.person_id in seen and seen[one.person_id].is_here(now),
            is_taken=one.person_id in taken,
            closed=closed.get(one.person_id, nobody),
        )
        for one in people.list_people(connection)
        if one.role in READING_ROLES and one.person_id in admitted
    )


# ---- machinery -----------------------------------------------------------------------------------------------------


def may_listen_in(role: str) -> bool:
    """Say whether a role supervises calls."""
    return role == "supervisor"


def _rows(desk: Desk, signed: Signed) -> dict[str, object]:
    now = desk.clock.now()
    with desk.database.read() as connection:
        live = conduct.live_talks(connection)
        names = people.aliases(connection)
        every = frozenset().union(*(as_call(one).reports for one in live))
        closed = blocks.closed_to(connection, every).get(signed.person_id, frozenset()) if every else frozenset()
        me = _me(connection, signed, closed, now)
        asked = invitation(connection, signed, now)
    shown = [_row(one, me, names, now) for one in live if not as_call(one).reports & closed]
    with_somebody = [one for one in shown if one.handler]
    waiting = [one for one in shown if not one.handler]
    return {"asked": asked, "talking": with_somebody, "waiting": waiting, "is_busy": me.is_taken and not asked}


def _row(talk: Talk, me: rules.Somebody, names: dict[str, str], now: int) -> Row:
    return Row(
        talk.talk_id,
        talk.language,
        talk.urgent,
        talk.practice,
        state_words(talk),
        rules.band(now - (talk.met_at or talk.since)),
        names.get(talk.person_id, "A colleague") if talk.person_id else "",
        is_mine=talk.person_id == me.person_id,
        is_open=rules.may_sit_beside(as_call(talk), me),
    )


def _me(connection: Connection, signed: Signed, closed: frozenset[str], now: int) -> rules.Somebody:
    is_taken = colleagues.is_taken(connection, signed.person_id, now=now)
    supervises = may(signed.role, Action.LISTEN_IN)
    return rules.Somebody(signed.person_id, signed.alias, supervises, is_taken=is_taken, closed=closed)


def _may_sit(connection: Connection, signed: Signed, talk: Talk, now: int) -> bool:
    closed = blocks.closed_to(connection, as_call(talk).reports).get(signed.person_id, frozenset())
    return rules.may_sit_beside(as_call(talk), _me(connection, signed, closed, now))


def _seat(connection: Connection, signed: Signed, talk_id: str, now: int) -> Seat | None:
    """Return where somebody sits in this call, or is asked to sit, or None."""
    asked = colleagues.asked(connection, signed.person_id, now=now)
    seat = asked or conduct.seat_of(connection, signed.person_id)
    return seat if seat is not None and seat.talk_id == talk_id and (seat.state != ASKED or asked) else None


def _accept(connection: Connection, signed: Signed, talk: Talk, token: str, now: int) -> None:
    closed = blocks.closed_to(connection, as_call(talk).reports).get(signed.person_id, frozenset())
    if not rules.is_seen_by(as_call(talk), rules.Somebody(signed.person_id, signed.alias, closed=closed)):
        raise offers.TooLate  # it was closed to them since they were asked
    colleagues.accept(connection, talk.talk_id, signed.person_id, token=token, now=now)


def _sit_beside(connection: Connection, signed: Signed, talk: Talk, part: str, token: str, now: int) -> None:
    if colleagues.is_taken(connection, signed.person_id, now=now):
        raise colleagues.ColleagueTaken
    if part not in conduct.BESIDE_ROLES or not _may_sit(connection, signed, talk, now):
        raise NotTheirs
    offers.add_seat(connection, talk.talk_id, signed.person_id, part, token=token, now=now)


def _way_back(signed: Signed) -> str:
    return "/live/calls" if may(signed.role, Action.LISTEN_IN) else "/live"
