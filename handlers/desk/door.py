"""The door every request passes: who may do this, what each answer carries, and how a mistake is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, abort, g, make_response, redirect, request
from flask.typing import ResponseReturnValue

from handlers.desk import sessions, waiting
from handlers.desk.claiming import not_yours
from handlers.desk.ground import Desk
from handlers.desk.hearing import permissions_for, policy_for
from handlers.permissions import Action, Standing, may, may_on, needs_key
from handlers.web.guarding import CLOSED_POLICY
from handlers.web.sessions import has_cookie, proved
from handlers.web.ways_back import way_to_proof
from storage import claims
from storage.claims import HeldOtherwise
from storage.writing import WRITING

# Pages that keep time in a tab that nobody looks at may start a worker; no other may.
KEEPING_TIME = ("/board", "/live", "/practice")


@dataclass(frozen=True)
class Page:
    """One address of the desk: what it does decides who may ask."""

    rule: str
    name: str
    action: Action
    view: Callable[..., ResponseReturnValue]
    methods: tuple[str, ...] = ("GET",)
    proof: bool = False  # asks for password and second factor again unless they were shown a short while ago
    quiet: bool = False  # asked by the page itself, not by the person: keeps nobody signed in
    speaks: bool = False  # somebody speaks and hears on it: it alone may use the microphone and reach the exchange


def hang(app: Flask, desk: Desk, pages: Iterable[Page]) -> None:
    """Give every page its address, behind the check of its action."""
    for page in pages:
        app.add_url_rule(page.rule, page.name, _guarded(desk, page), methods=page.methods)


def policies(desk: Desk) -> tuple[str, str]:
    """Return what the page that is answered may reach, and what of the device it may use."""
    speaks = bool(g.get("speaks"))
    worker = "'self'" if request.path.startswith(KEEPING_TIME) else "'none'"
    reached = policy_for(desk.settings) if speaks else CLOSED_POLICY
    return f"{reached}; worker-src {worker}", permissions_for(desk.settings, speaks=speaks)


def _guarded(desk: Desk, page: Page) -> Callable[..., ResponseReturnValue]:
    def view(**values: Any) -> ResponseReturnValue:
        if page.action is Action.SIGN_IN:
            return page.view(desk, **values)
        signed = sessions.current(desk, request, quiet=page.quiet)
        if signed is None:
            return _stranger(desk, page)
        if not may(signed.role, page.action):
            abort(403)
        admitted = waiting.is_member if page.quiet else waiting.is_admitted
        if needs_key(page.action) and not admitted(desk, signed):
            return waiting.shown(desk, signed, quiet=page.quiet)
        report_id = values.get("report_id")
        if report_id is not None:
            standing = _standing(desk, signed, report_id)
            if standing.is_blocked:
                abort(404)
            if not may_on(signed.role, page.action, standing):
                return not_yours(desk, signed, report_id)
        if page.proof and not proved(desk, signed.open_session):
            return make_response("", 401) if page.quiet else redirect(way_to_proof(), 303)
        g.speaks = page.speaks
        try:
            return page.view(desk, signed, **values)
        except HeldOtherwise:  # it went to somebody else while this was being answered
            return not_yours(desk, signed, str(report_id))

    return view


def _standing(desk: Desk, signed: sessions.Signed, report_id: str) -> Standing:
    with desk.database.read() as connection:
        found = claims.holder(connection, report_id, reader=signed.person_id)
    if found.state == claims.NOT_THERE:
        return Standing(is_own=False, is_blocked=True)
    return Standing(is_own=found.by == signed.person_id, is_being_written=found.state == WRITING)


def _stranger(desk: Desk, page: Page) -> ResponseReturnValue:
    if page.quiet:
        return make_response("", 401)
    return redirect("/expired" if has_cookie(desk, request) else "/sign-in", 303)


MISTAKES: dict[str, tuple[str, str]] = {
    "form": ("This page was open for too long", "Nothing was changed. Go back, load the page again and try once more."),
    "403": ("This is not part of your work", "Your role does not include this page. If it should, ask a supervisor."),
    "404": ("There is no such page", "If you typed the address, check it. A report may have another case number."),
    "405": ("That cannot be done here", "Go back to the list and begin from there."),
    "413": ("That was too much text", "Nothing was changed. Shorten it and try again."),
    "422": (
        "This cannot be opened",
        "It is kept as it is. Load the page once more; if it says so again, tell whoever runs the desk.",
    ),
    "503": ("The desk is busy", "Wait a few seconds and try again."),
}
