"""What every page of the assessment application stands on, wired once at start.

Two databases that know nothing of one another: its own, where its people, their keys and its audit stand, and the
line's, of which this process may see what was handed to teams and nothing else (docs/deployment/roles.sql).
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.assessment.site import site_of
from handlers.web.site import SignInPool, Site
from prompts.line import Line, read_line
from storage.clock import Clock
from storage.database import Database, open_session_store
from storage.keys import Secret, read_pepper
from storage.public_keys import PublicKeys, read_public_keys
from storage.settings import AssessmentSettings


@dataclass(frozen=True)
class Assessment:
    """The wired ground."""

    settings: AssessmentSettings
    clock: Clock
    database: Database  # its own: people, second factors, memberships, the audit
    handed: Database  # the line's: handovers, team_items, team_wraps, packages, api_tokens
    sessions: Database
    keys: PublicKeys  # public ones only: `keys.desk` is whom to seal an answer to, beside the team
    pepper: Secret
    line: Line
    sign_ins: SignInPool

    @property
    def site(self) -> Site:
        """In what it differs from other applications."""
        return site_of(self.settings)

    def close(self) -> None:
        """Let go of the stores and threads."""
        self.database.close()
        self.handed.close()
        self.sessions.close()
        self.sign_ins.close()


def lay(settings: AssessmentSettings, clock: Clock) -> Assessment:
    """Read what the settings name; raises the reason when something cannot be read."""
    return Assessment(
        settings=settings,
        clock=clock,
        database=Database(settings.own_database_url),
        handed=Database(settings.database_url),
        sessions=open_session_store(settings.sessions_url),
        keys=read_public_keys(settings.public_keys_file, settings.keys_fingerprint),
        pepper=read_pepper(settings.pepper_file),
        line=read_line(settings.line_file),
        sign_ins=SignInPool(),
    )
