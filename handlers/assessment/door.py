"""The door every request passes: who may do this, and whether they hold their team's key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, abort, make_response, redirect, request
from flask.typing import ResponseReturnValue

from handlers.assessment import sessions, waiting
from handlers.assessment.ground import Assessment
from handlers.assessment.permissions import Action, may, needs_key
from handlers.web.guarding import CLOSED_POLICY, NOTHING_USED
from handlers.web.sessions import has_cookie, proved
from handlers.web.ways_back import way_to_proof


@dataclass(frozen=True)
class Page:
    """One address of the application: what it does decides who may ask.

    A view is called `view(ground, signed, **values)`, where `signed` is a `sessions.Signed` who may do `action` and,
    unless the action is in `WITHOUT_KEY`, holds the team's current key; `view(ground, **values)` for SIGN_IN.
    """

    rule: str
    name: str
    action: Action
    view: Callable[..., ResponseReturnValue]
    methods: tuple[str, ...] = ("GET",)
    proof: bool = False  # asks for password and second factor again unless they were shown a short while ago
    quiet: bool = False  # asked by the page itself, not by the person: keeps nobody signed in


def hang(app: Flask, ground: Assessment, pages: Iterable[Page]) -> None:
    """Give every page its address, behind the check of its action."""
    for page in pages:
        app.add_url_rule(page.rule, page.name, _guarded(ground, page), methods=page.methods)


def policies() -> tuple[str, str]:
    """Return what every page here may reach, and what of the device it may use: nothing else, and nothing."""
    return f"{CLOSED_POLICY}; worker-src 'none'", NOTHING_USED


def _guarded(ground: Assessment, page: Page) -> Callable[..., ResponseReturnValue]:
    def view(**values: Any) -> ResponseReturnValue:
        if page.action is Action.SIGN_IN:
            return page.view(ground, **values)
        signed = sessions.current(ground, request, quiet=page.quiet)
        if signed is None:
            return _stranger(ground, page)
        if not may(signed.role, page.action):
            abort(403)
        if needs_key(page.action) and not waiting.is_member(ground, signed):
            return waiting.shown(ground, signed, quiet=page.quiet)
        if page.proof and not proved(ground, signed.open_session):
            return make_response("", 401) if page.quiet else redirect(way_to_proof(), 303)
        return page.view(ground, signed, **values)

    return view


def _stranger(ground: Assessment, page: Page) -> ResponseReturnValue:
    if page.quiet:
        return make_response("", 401)
    return redirect("/expired" if has_cookie(ground, request) else "/sign-in", 303)


MISTAKES: dict[str, tuple[str, str]] = {
    "form": ("This page was open for too long", "Nothing was changed. Go back, load the page again and try once more."),
    "403": ("This is not part of your work", "Your role does not include this page. If it should, ask your lead."),
    "404": (
        "There is no such page",
        "Check the address, if you typed it. Only what was released to your team is here.",
    ),
    "405": ("That cannot be done here", "Go back to the list and begin from there."),
    "413": ("That was too much text", "Nothing was changed. Shorten it and try again."),
    "422": ("This cannot be opened", "It is kept as it is. Tell whoever runs the application."),
    "503": ("The application is busy", "Wait a few seconds and try again."),
}
