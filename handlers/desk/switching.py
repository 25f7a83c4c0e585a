"""The switches of the line at the desk: a supervisor closes it, or has a surge or an outage told, until a time."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from prompts.wording import read_wording_file
from storage.switches import CLOSED, OUTAGE, SURGE, SWITCHES, Switch, all_switches, end_switch, set_switch

HOURS = (1, 2, 4, 8, 12, 24, 48, 72, 168)  # the last is as long as a switch may last
ASK_FOR_END = "Choose when it ends"
NO_SUCH = "Choose one of the three switches"
MEANWHILE = "Nothing was changed: somebody else set or ended it meanwhile. Look at what stands now"
PROMPTS = {CLOSED: "closed_until", SURGE: "surge", OUTAGE: "outage"}
TITLES = {CLOSED: "Nobody answers", SURGE: "Many are ringing", OUTAGE: "A part does not work"}


@dataclass(frozen=True)
class Offered:
    """One switch on the page."""

    name: str
    title: str
    does: str
    heard: str  # by callers in English
    stands: Switch | None


def overview(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show what is switched on, and what callers hear of it."""
    return _shown(desk, signed)


def switch_on(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Set a switch, or give it another end."""
    name, hours = request.form.get("name", ""), request.form.get("hours", "")
    if name not in SWITCHES:
        return _shown(desk, signed, NO_SUCH, 422)
    if hours not in map(str, HOURS):
        return _shown(desk, signed, ASK_FOR_END, 422, name)
    now = desk.clock.now()
    with desk.database.write() as connection:
        as_seen = _is_as_seen(connection, name, now)
        if as_seen:
            until = now + int(hours) * 3600
            set_switch(connection, name, until=until, by=_name(signed), person=signed.person_id, now=now)
    if not as_seen:
        return _shown(desk, signed, MEANWHILE, 409, name)
    flash(f"{TITLES[name]}: callers hear it from now on.")
    return redirect("/switches", 303)


def switch_off(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """End a switch before its time."""
    name, now = request.form.get("name", ""), desk.clock.now()
    if name not in SWITCHES:
        return _shown(desk, signed, NO_SUCH, 422)
    with desk.database.write() as connection:
        ended = _is_as_seen(connection, name, now) and end_switch(
            connection, name, by=_name(signed), person=signed.person_id, now=now
        )
    if not ended:
        return _shown(desk, signed, MEANWHILE, 409, name)
    flash(f"{TITLES[name]}: ended. Callers do not hear it any more.")
    return redirect("/switches", 303)


def _is_as_seen(connection: Connection, name: str, now: int) -> bool:
    until = next((one.until for one in all_switches(connection, now=now) if one.name == name), "")
    return str(until) == request.form.get("seen", "")


def _name(signed: Signed) -> str:
    return signed.open_session.person.name


def _shown(desk: Desk, signed: Signed, mistake: str = "", status: int = 200, at: str = CLOSED) -> ResponseReturnValue:
    said = read_wording_file("en").texts()
    around = frame(desk, signed, "switches")
    with desk.database.read() as connection:
        stand = {one.name: one for one in all_switches(connection, now=desk.clock.now())}
    offered = [
        Offered(name, TITLES[name], does, said[PROMPTS[name]], stand.get(name)) for name, does in SWITCHES.items()
    ]
    page = render_template("switches.html", **around, offered=offered, hours=HOURS, mistake=mistake, at=at)
    return page, status


def hours_words(hours: int) -> str:
    """Return so many hours as staff say it: `In 2 days`."""
    number, unit = (hours // 24, "day") if hours % 24 == 0 else (hours, "hour")
    return f"In {number} {unit}{'' if number == 1 else 's'}"
