"""Who acts for a team on a page, and with what: the same way that its own system goes."""

from __future__ import annotations

from flask import abort

from handlers.assessment import saying
from handlers.assessment.ground import Assessment
from handlers.assessment.saying import Means, Speaker, once_key_of
from handlers.assessment.sessions import Signed
from handlers.team_keys import team_of
from storage.handed import Handed
from storage.team_answers import NotTheirs


def means_of(ground: Assessment) -> Means:
    """Return what saying something needs of the application's ground."""
    return Means(ground.clock, ground.handed, ground.database, ground.keys.desk, once_key_of(ground.pepper))


def speaker_of(ground: Assessment, signed: Signed) -> Speaker:
    """Return who acts; ends the request where the line's file does not name their team any more."""
    team = team_of(ground.line, signed.team)
    if team is None:
        abort(404)
    return Speaker(team, signed.person_id, signed.person_id)


def handed_or_404(ground: Assessment, signed: Signed, release_id: str) -> Handed:
    """Return a release of this person's team; ends the request for another team's as for none, and audits that."""
    try:
        return saying.find(means_of(ground), speaker_of(ground, signed), release_id)
    except NotTheirs:
        abort(404)
