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
    "inviter": "Your lead",
    "who_invites": "your lead",
    "admitters": "somebody of your team who is admitted; where there are several, to two",
    "told": "your lead",
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
