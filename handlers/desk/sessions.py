"""Who is at work: the cookie that carries the session, and what it unlocks for one request."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Request, Response

from handlers.desk.ground import Desk
from handlers.permissions import Role
from storage import people, signing_in
from storage.opening import KeyRing
from storage.sessions import PROOF_SECONDS, NoSession, session_mark, sign_out

COOKIE = "__Host-desk"
COOKIE_WITHOUT_TLS = "desk"  # browsers refuse the prefix over http; that is for this machine's own loopback only
MAX_COOKIE_CHARACTERS = 200


@dataclass(frozen=True)
class Signed:
    """A member of staff at work, for the length of one request."""

    person_id: str
    alias: str
    role: Role
    open_session: people.OpenSession

    def group(self, desk: Desk) -> KeyRing:
        """Return the desk's private keys that they hold; raises `NotAMember` for whoever was never admitted."""
        with desk.database.read() as connection:
            return people.key_ring(connection, self.open_session, desk.keys.desk_epochs)


def over_tls(desk: Desk) -> bool:
    """Tell whether staff reach the desk by https; settings allow http on the loopback only."""
    return urlsplit(desk.settings.desk_base).scheme == "https"


def current(desk: Desk, request: Request, *, quiet: bool = False) -> Signed | None:
    """Return who sent this request, or None. A quiet request is the page's own and does not keep anybody signed in."""
    value = request.cookies.get(_name(desk), "")
    if not value or len(value) > MAX_COOKIE_CHARACTERS:
        return None
    try:
        found = signing_in.person_of_session(
            desk.database, desk.sessions, cookie_value=value, clock=desk.clock, note_use=not quiet
        )
    except NoSession:
        return None
    return Signed(found.person.person_id, found.person.alias, Role(found.person.role), found)


def proved(desk: Desk, signed: Signed) -> bool:
    """Tell whether this person showed password and second factor a short while ago."""
    return desk.clock.now() - signed.open_session.proved_at < PROOF_SECONDS


def cookie_value(desk: Desk, request: Request) -> str:
    """Return what the browser carries as its session, alive or not."""
    return request.cookies.get(_name(desk), "")[:MAX_COOKIE_CHARACTERS]


def has_cookie(desk: Desk, request: Request) -> bool:
    """Tell whether the browser still carries a session, alive or not."""
    return _name(desk) in request.cookies


def give_cookie(desk: Desk, response: Response, value: str) -> None:
    """Hand the session to the browser: for this host alone, to no script, and gone when the browser closes."""
    response.set_cookie(_name(desk), value, secure=over_tls(desk), httponly=True, samesite="Strict", path="/")


def mark(desk: Desk, request: Request) -> str:
    """Return the name of this request's session, by which what is found stays with it; it opens nothing."""
    return session_mark(request.cookies.get(_name(desk), ""))


def end(desk: Desk, request: Request, response: Response) -> None:
    """End the session here and in the browser, with what was found in it. May run twice."""
    with suppress(NoSession):
        desk.scans.forget(mark(desk, request))
    sign_out(desk.sessions, cookie_value(desk, request))
    response.delete_cookie(_name(desk), secure=over_tls(desk), httponly=True, samesite="Strict", path="/")


def _name(desk: Desk) -> str:
    return COOKIE if over_tls(desk) else COOKIE_WITHOUT_TLS
