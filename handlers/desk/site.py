"""In what the desk differs from other applications where they show the same pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.desk.frame import frame
from handlers.desk.sessions import signed_of
from handlers.permissions import Role
from handlers.web.site import Site
from storage.roles import READING_ROLES
from storage.settings import DeskSettings

if TYPE_CHECKING:
    from handlers.desk.ground import Desk

SAYS = {
    "it": "the desk",
    "whom": "For the line's own staff.",
    "opened": "the reports",
    "nothing": "no reports",
    "inviter": "An administrator",
    "who_invites": "the administrator",
    "admitters": "two supervisors",
    "name_looks": "",
    "told": "a supervisor",
    "decide": "A report opens only for those who were admitted to the desk's key. Two supervisors decide that, one "
    "after the other.",
    "freed": "Reports that they claimed become free for others.",
    "name_hint": "What they type to sign in. Only they and administrators see it.",
    "key": "the desk's key",
    "another": "Another administrator",
    "another_admitter": "Another supervisor",
    "keys": "yes",  # single keys are shortcuts here
}
FIRST_PAGE = {Role.ADMINISTRATOR: "/health", Role.AUDITOR: "/audit"}


def site_of(settings: DeskSettings) -> Site:
    """Return how the desk is called, where it stands, and what surrounds its pages."""
    return Site(
        name="desk",
        base=settings.desk_base,
        cookie="desk",
        form_key_file=settings.form_key_file,
        password_list=settings.password_list,
        signed=signed_of,
        around=frame,
        first_page=lambda role: FIRST_PAGE.get(Role(role), "/reports"),
        waits=READING_ROLES.__contains__,
        says=SAYS,
        forget=_forget,
    )


def _forget(desk: Desk, mark: str) -> None:
    desk.scans.forget(mark)
