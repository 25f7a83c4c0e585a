"""Who is at work at the desk, and what they unlock for one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Request

from handlers.permissions import Role
from handlers.web import site
from handlers.web.sessions import at_work, mark
from storage import people
from storage.keys import Audience
from storage.opening import KeyRing
from storage.roles import DESK, House

if TYPE_CHECKING:
    from handlers.desk.ground import Desk

__all__ = ["COOKIE", "Signed", "current", "mark", "signed_of"]
COOKIE = "__Host-desk"


@dataclass(frozen=True)
class Signed(site.Signed):
    """A member of staff at work, for the length of one request."""

    role: Role

    @property
    def house(self) -> House:
        """Return the desk's people."""
        return DESK

    def audience(self, desk: Desk) -> Audience:
        """Return the desk's group in its current epoch."""
        return desk.keys.desk

    def group(self, desk: Desk) -> KeyRing:
        """Return the desk's private keys that they hold; raises `NotAMember` for whoever was never admitted."""
        with desk.database.read() as connection:
            return people.key_ring(connection, self.open_session, desk.keys.desk_epochs)


def signed_of(found: people.OpenSession) -> Signed:
    """Return who is at work as the pages know them."""
    return Signed(found.person.person_id, found.person.alias, Role(found.person.role), found)


def current(desk: Desk, request: Request, *, quiet: bool = False) -> Signed | None:
    """Return who sent this request, or None. A quiet request is the page's own and does not keep anybody signed in."""
    found = at_work(desk, request, quiet=quiet)
    return signed_of(found) if found else None
