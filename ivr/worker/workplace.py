"""What every job of the worker works with, wired once at the start."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Protocol

from ivr.worker.carrier import Carrier
from ivr.worker.decryption import RecordingKeys
from ivr.worker.live_carrier import LiveCarrier
from ivr.worker.post import Post
from ivr.worker.speech import OwnVoice, Speaker
from ivr.worker.transcriber import Transcriber
from prompts.line import Line
from storage.clock import Clock
from storage.database import Database
from storage.jobs import clear_alarm, raise_alarm, standing_alarms
from storage.keys import Audience
from storage.opening import GroupKey
from storage.public_keys import PublicKeys
from storage.retention import Keeping

log = logging.getLogger("hotline.worker")


@dataclass(frozen=True)
class Rules:
    """What the operator decided."""

    line: str
    numbers: tuple[str, ...]  # the line's own, as people write them
    encryption_required: bool
    close_after_seconds: int
    backlog_alarm_seconds: int
    sound_days: int
    daily_minutes_alarm: int
    desk: str  # the address that messages name
    zone: tzinfo  # of the line: the call log says six hours of its local day
    keeping: Keeping = field(default_factory=Keeping)
    wait_alarm_seconds: int = 300
    escalate_seconds: int = 300  # after which the next of those on call is told
    head_dir: Path | None = None  # where the audit's head is written once a day
    assessment: str = ""  # the address of the teams' application, that notices name


@dataclass(frozen=True)
class Live:
    """What live calls need: the carrier's conferences, our own addresses, and whom the line may ring itself."""

    carrier: LiveCarrier
    base: str  # of the public door
    overrides: str  # how often and how long the carrier tries an address
    passes: PassMaker | None  # None: no softphone can be admitted
    interpreters: Mapping[str, str] = field(default_factory=dict, repr=False)  # numbers by id

    @property
    def hold_sound(self) -> str:
        """Return where the carrier finds what a caller hears on hold."""
        return f"{self.base}/hold{self.overrides}"


class PassMaker(Protocol):
    """Makes access tokens for softphones."""

    def make(self) -> str:
        """Return a token for one softphone."""
        ...


@dataclass(frozen=True)
class Workplace:
    """The worker's ground, tools and keys."""

    database: Database
    clock: Clock
    carrier: Carrier
    transcriber: Transcriber
    post: Post
    keys: PublicKeys
    worker_key: GroupKey
    recording_keys: RecordingKeys
    rules: Rules
    live: Live
    line: Line | None = None  # who is on call, and when the line is open; None in tests of other things
    speaker: Speaker = field(default_factory=OwnVoice)  # of replies
    outside: Post | None = None  # to whom the audit's head goes, where somebody is named
    first_seen: dict[str, int] = field(default_factory=dict)  # since when this process knows of an arriving report

    @property
    def readers(self) -> tuple[Audience, ...]:
        """Return who may open what the worker seals; the recovery key is a member of the desk's group."""
        return (self.keys.desk,)

    def alarm(self, name: str, note: str) -> None:
        """Let an alarm stand until somebody or something ends it, and have it told once."""
        with self.database.write() as connection:
            if raise_alarm(connection, name, note, now=self.clock.now()):
                log.error("alarm raised: %s", name)

    def end_alarm(self, name: str) -> None:
        """End an alarm whose reason is over; does nothing, and writes nothing, when it does not stand."""
        with self.database.read() as connection:
            if name not in standing_alarms(connection):
                return
        with self.database.write() as connection:
            clear_alarm(connection, name)
        log.info("alarm ended: %s", name)


class Later(Exception):
    """A row must wait and nothing is wrong; it is tried again after some seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"in {seconds} s")
        self.seconds = seconds


class LostLease(Exception):
    """Another worker has the row, or the caller changed it; whatever was done here is rolled back."""
