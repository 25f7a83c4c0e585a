"""In what the assessment application differs from the desk where both show the same pages."""

from __future__ import annotations

from handlers.assessment.frame import frame
from handlers.assessment.sessions import COOKIE, signed_of
from handlers.web.site import Site
from storage.roles import TEAM_ROLES
from storage.settings import AssessmentSettings

SAYS = {
    "it": "this application",
    "whom": "For the team's own people.",
    "opened": "what was released to your team",
    "nothing": "nothing",
    "inviter": "Your lead",
    "who_invites": "your lead",
    "admitters": "two of the team (while there is only one, that one)",
    "name_looks": "With your team behind it, such as dev@north.",
    "told": "your lead",
    "decide": "What was released opens only for those who were admitted to the team's key. Two of the team decide "
    "that, one after the other; while there is only one, that one alone.",
    "freed": "Tokens that they made or know go on: revoke them on the page Tokens.",
    "name_hint": "The team's id goes behind it: dev becomes dev@team. Only they and leads see it.",
    "key": "the team's key",
    "another": "Another lead",
    "another_admitter": "Another one of the team",
    "keys": "",
}


def site_of(settings: AssessmentSettings) -> Site:
    """Return how it is called, where it stands, and what surrounds its pages."""
    return Site(
        name="assessment",
        base=settings.base,
        cookie=COOKIE,
        form_key_file=settings.form_key_file,
        password_list=settings.password_list,
        signed=signed_of,
        around=frame,
        first_page=lambda _role: "/releases",
        waits=TEAM_ROLES.__contains__,
        says=SAYS,
        forget=lambda _ground, _mark: None,  # nothing is kept beside a session
    )
