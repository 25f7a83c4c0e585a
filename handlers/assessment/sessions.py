"""Who of which team is at work, and what they unlock for one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Request

from handlers.assessment.permissions import Role
from handlers.team_keys import epochs_of, team_of
from handlers.web import site
from handlers.web.sessions import at_work
from storage import people
from storage.keys import Audience
from storage.opening import KeyRing
from storage.roles import House, team_house
from storage.teams import sign_in_name

if TYPE_CHECKING:
    from handlers.assessment.ground import Assessment

COOKIE = "assessment"


@dataclass(frozen=True)
class Signed(site.Signed):
    """One of a team's people at work, for the length of one request.

    A page gets it as its second argument. `team` is the only team it may ask the line's database for: it comes from the
    person's row, and the door has seen that they hold that very team's key before any page that shows something runs.
    """

    role: Role
    team: str

    @property
    def house(self) -> House:
        """Return which people belong to their team."""
        return team_house(self.team)

    def epochs(self, ground: Assessment) -> Sequence[Audience]:
        """Return every epoch of the team's key that the line's file pins, the newest first.

        Raises `NotAMember` where the line's file does not name the team, or not yet.
        """
        team = team_of(ground.line, self.team)
        if team is None:
            raise people.NotAMember(self.team)
        return epochs_of(team)

    def audience(self, ground: Assessment) -> Audience:
        """Return the team's group in its current epoch; raises `NotAMember` like `epochs`."""
        return self.epochs(ground)[0]

    def sign_in_name(self, typed: str) -> str:
        """Return the name with the team behind it, so that no team learns from a refusal who is in another."""
        return sign_in_name(typed, self.team) if "@" not in typed else ""

    def group(self, ground: Assessment) -> KeyRing:
        """Return the team's private keys that they hold, of every epoch: `open_item(..., group=...)` takes it.

        Raises `NotAMember` for whoever was never admitted, and `Damaged` for a row that holds another key than the
        pinned one.
        """
        epochs = self.epochs(ground)
        with ground.database.read() as connection:
            return people.key_ring(connection, self.open_session, epochs)


def signed_of(found: people.OpenSession) -> Signed:
    """Return who is at work as the pages know them."""
    person = found.person
    return Signed(person.person_id, person.alias, Role(person.role), found, person.team)


def current(ground: Assessment, request: Request, *, quiet: bool = False) -> Signed | None:
    """Return who sent this request, or None. A quiet request is the page's own and does not keep anybody signed in."""
    found = at_work(ground, request, quiet=quiet)
    return signed_of(found) if found and found.person.team else None
