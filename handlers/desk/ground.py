"""What every page of the desk stands on: settings, clock, stores, keys and words, wired once at start."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import TypeVar

from handlers.desk.recent import Recent
from handlers.desk.scans import Scans
from prompts.line import Line, read_line
from prompts.questionnaire import Questionnaire, read_questionnaire
from storage.clock import Clock
from storage.database import Database, open_session_store
from storage.glance import Glance
from storage.keys import Secret, read_pepper
from storage.live.board import Board, look
from storage.public_keys import PublicKeys, read_public_keys
from storage.settings import DeskSettings

SIGN_INS_AT_ONCE = 2  # each takes 64 MiB and a core for a quarter of a second
SIGN_INS_WAITING = 6

T = TypeVar("T")


class TooManySignIns(Exception):
    """More people sign in at this moment than the machine can check; trying again in a few seconds helps."""


@dataclass(frozen=True)
class SignInPool:
    """A few threads that check passwords, so that everybody else's pages stay fast."""

    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(SIGN_INS_AT_ONCE, "sign-in"))
    _places: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(SIGN_INS_WAITING))

    def run(self, check: Callable[[], T]) -> T:
        """Run a check and return what it returned; raises `TooManySignIns` at once instead of queueing without end."""
        if not self._places.acquire(blocking=False):
            raise TooManySignIns
        try:
            return self._threads.submit(check).result()
        finally:
            self._places.release()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()


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
