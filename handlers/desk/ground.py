"""What every page of the desk stands on: settings, clock, stores, keys and words, wired once at start."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.desk.recent import Recent
from handlers.desk.scans import Scans
from handlers.desk.site import site_of
from handlers.web.site import SignInPool, Site
from prompts.line import Line, read_line
from prompts.questionnaire import Questionnaire, read_questionnaire
from storage.clock import Clock
from storage.database import Database, open_session_store
from storage.glance import Glance
from storage.keys import Secret, read_pepper
from storage.live.board import Board, look
from storage.public_keys import PublicKeys, read_public_keys
from storage.settings import DeskSettings


@dataclass(frozen=True)
class Desk:
    """The wired ground."""

    settings: DeskSettings
    clock: Clock
    database: Database
    sessions: Database
    keys: PublicKeys
    pepper: Secret
    line: Line
    questionnaire: Questionnaire
    sign_ins: SignInPool
    scans: Scans
    board: Glance[Board]
    recent: Recent

    @property
    def site(self) -> Site:
        """In what the desk differs from other applications."""
        return site_of(self.settings)

    def close(self) -> None:
        """Let go of the stores and threads."""
        self.scans.close()
        self.database.close()
        self.sessions.close()
        self.sign_ins.close()


def lay(settings: DeskSettings, clock: Clock) -> Desk:
    """Read what the settings name; raises the reason when something cannot be read."""
    database = Database(settings.database_url)
    return Desk(
        settings=settings,
        clock=clock,
        database=database,
        sessions=open_session_store(settings.sessions_url),
        keys=read_public_keys(settings.public_keys_file, settings.keys_fingerprint),
        pepper=read_pepper(settings.pepper_file),
        line=read_line(settings.line_file),
        questionnaire=read_questionnaire(),
        sign_ins=SignInPool(),
        scans=Scans(),
        board=Glance(database, clock, lambda connection: look(connection, now=clock.now()), first=Board()),
        recent=Recent(),
    )
