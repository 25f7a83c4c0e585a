"""The cookie that carries a session: given, read and taken back, the same way in each application."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from flask import Request, Response

from handlers.web.site import Ground
from storage import signing_in
from storage.people import OpenSession
from storage.sessions import PROOF_SECONDS, NoSession, session_mark, sign_out

MAX_COOKIE_CHARACTERS = 200


def over_tls(ground: Ground) -> bool:
    """Tell whether people reach the application by https; settings allow http on the loopback only."""
    return urlsplit(ground.site.base).scheme == "https"


def cookie_name(ground: Ground, name: str) -> str:
    """Return what a cookie is called here: browsers refuse the prefix over http, that is for the loopback only."""
    return f"__Host-{name}" if over_tls(ground) else name


def at_work(ground: Ground, request: Request, *, quiet: bool = False) -> OpenSession | None:
    """Return who sent this request, or None. A quiet request is the page's own and does not keep anybody signed in."""
    value = request.cookies.get(_name(ground), "")
    if not value or len(value) > MAX_COOKIE_CHARACTERS:
        return None
    try:
        return signing_in.person_of_session(
            ground.database, ground.sessions, cookie_value=value, clock=ground.clock, note_use=not quiet
        )
    except NoSession:
        return None


def proved(ground: Ground, open_session: OpenSession) -> bool:
    """Tell whether this person showed password and second factor a short while ago."""
    return ground.clock.now() - open_session.proved_at < PROOF_SECONDS


def cookie_value(ground: Ground, request: Request) -> str:
    """Return what the browser carries as its session, alive or not."""
    return request.cookies.get(_name(ground), "")[:MAX_COOKIE_CHARACTERS]


def has_cookie(ground: Ground, request: Request) -> bool:
    """Tell whether the browser still carries a session, alive or not."""
    return _name(ground) in request.cookies


def give_cookie(ground: Ground, response: Response, value: str) -> None:
    """Hand the session to the browser: for this host alone, to no script, and gone when the browser closes."""
    response.set_cookie(_name(ground), value, secure=over_tls(ground), httponly=True, samesite="Strict", path="/")


def mark(ground: Ground, request: Request) -> str:
    """Return the name of this request's session, by which what is found stays with it; it opens nothing."""
    return session_mark(request.cookies.get(_name(ground), ""))


def end(ground: Ground, request: Request, response: Response) -> None:
    """End the session here and in the browser, with what was found in it. May run twice."""
    with suppress(NoSession):
        ground.site.forget(ground, mark(ground, request))
    sign_out(ground.sessions, cookie_value(ground, request))
    response.delete_cookie(_name(ground), secure=over_tls(ground), httponly=True, samesite="Strict", path="/")


def _name(ground: Ground) -> str:
    return cookie_name(ground, ground.site.cookie)
