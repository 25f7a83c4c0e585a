"""The door every request passes: who may do this, what each answer carries, and how a mistake is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from handlers.desk import sessions, waiting
from handlers.desk.claiming import not_yours
from handlers.desk.ground import Desk
from handlers.desk.hearing import CLOSED_POLICY, permissions_for, policy_for
from handlers.desk.ways_back import way_to_proof
from handlers.permissions import Action, Standing, may, may_on, needs_key
from storage import claims
from storage.claims import HeldOtherwise
from storage.writing import WRITING

# Pages that keep time in a tab that nobody looks at may start a worker; no other may.
KEEPING_TIME = ("/board", "/live", "/practice")
MAX_BODY_BYTES = 512 * 1024
log = logging.getLogger("hotline.desk")


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


def protect(app: Flask, desk: Desk) -> None:
    """Check where each request comes from, and send each answer with what keeps it from others."""
    base = urlsplit(desk.settings.desk_base)
    origin = f"{base.scheme}://{base.netloc}"
    app.config["TRUSTED_HOSTS"] = [base.hostname]
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY_BYTES

    @app.before_request
    def refuse_other_origins() -> None:
        sent = request.headers.get("Origin")
        elsewhere = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
        if request.method not in ("GET", "HEAD", "OPTIONS") and ((sent and sent != origin) or elsewhere):
            abort(403)

    @app.after_request
    def seal_answer(response: Response) -> Response:
        headers = response.headers
        speaks = bool(g.get("speaks"))
        headers["Content-Security-Policy"] = policy_for(desk.settings) if speaks else CLOSED_POLICY
        worker = "'self'" if request.path.startswith(KEEPING_TIME) else "'none'"
        headers["Content-Security-Policy"] += f"; worker-src {worker}"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"  # Flask-WTF asks for the referrer under https
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = permissions_for(desk.settings, speaks=speaks)
        if request.endpoint != "static":
            headers["Cache-Control"] = "no-store"
        if base.scheme == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def tell_mistakes(app: Flask) -> None:
    """Answer every failure with a page in words that gives nothing away."""

    @app.errorhandler(CSRFError)
    def form_too_old(_: CSRFError) -> ResponseReturnValue:
        return _mistake(400, "form")

    @app.errorhandler(SecurityError)
    def other_host(_: SecurityError) -> ResponseReturnValue:
        # Under a host name that is not ours no address can be built, so no page of ours either.
        return make_response("This address is not the desk's.\n", 400, {"Content-Type": "text/plain; charset=utf-8"})

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        if error.code is not None and error.code < 400:
            return error.get_response()
        return _mistake(error.code or 500, str(error.code))

    @app.errorhandler(Exception)
    def broke(error: Exception) -> ResponseReturnValue:
        # The kind alone: a message or a traceback could carry what somebody said.
        log.error("desk-page-failed", extra={"kind": type(error).__name__})
        return _mistake(500, "500")


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
        if page.proof and not sessions.proved(desk, signed):
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
    return redirect("/expired" if sessions.has_cookie(desk, request) else "/sign-in", 303)


_MISTAKES: dict[str, tuple[str, str]] = {
    "form": ("This page was open for too long", "Nothing was changed. Go back, load the page again and try once more."),
    "403": ("This is not part of your work", "Your role does not include this page. If it should, ask a supervisor."),
    "404": ("There is no such page", "If you typed the address, check it. A report may have another case number."),
    "405": ("That cannot be done here", "Go back to the list and begin from there."),
    "413": ("That was too much text", "Nothing was changed. Shorten it and try again."),
    "422": ("This clip cannot be opened", "It is kept as it is. Tell whoever runs the desk."),
    "503": ("The desk is busy", "Wait a few seconds and try again."),
}
_OTHERWISE = (
    "Something went wrong",
    "It is not your doing. Try again; if it goes on, tell whoever runs the desk what you were doing and when.",
)


def _mistake(status: int, which: str) -> ResponseReturnValue:
    title, words = _MISTAKES.get(
        which, ("This request cannot be answered", _OTHERWISE[1]) if status < 500 else _OTHERWISE
    )
    return render_template("mistake.html", title=title, words=words), status
