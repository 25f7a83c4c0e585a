"""What was seen on a machine, and what a check says of it: the words of `hotline doctor`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from storage.key_state import KeyState


class Verdict(StrEnum):
    """What a check says."""

    SOUND = "sound"
    LEAKS = "leaks"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """The outcome of one check."""

    name: str
    verdict: Verdict
    why: str
    mend: str = ""


@dataclass(frozen=True)
class Swap:
    """One place that memory may be written to; None where it could not be seen whether it is encrypted."""

    device: str
    encrypted: bool | None


@dataclass(frozen=True)
class Backup:
    """One file of a backup."""

    path: str
    is_keyring: bool
    age_seconds: int


@dataclass(frozen=True)
class SoftphoneApp:
    """The TwiML App that softphones ring, as the carrier has it."""

    is_there: bool
    voice_url: str = ""
    voice_method: str = ""
    status_callback: str = ""
    is_open_to_others: bool = False  # other accounts may ring it
    takes_messages: bool = False


@dataclass(frozen=True)
class Facts:
    """What was seen on a machine; None where it could not be seen. Paths are absolute."""

    settings: Mapping[str, str] = field(default_factory=dict)
    file_mistakes: tuple[str, ...] | None = None  # what is wrong in the settings file itself
    swaps: tuple[Swap, ...] | None = None
    can_hibernate: bool | None = None
    core_pattern: str | None = None
    core_limit: int | None = None  # bytes; the hard limit that a process started here has, -1 for none
    secret_modes: Mapping[str, int | None] | None = None  # permission bits of each secret file
    database_modes: Mapping[str, int | None] | None = None  # of SQLite's file, its journals and its folder
    recovery_here: bool | None = None
    database_dir: str | None = None  # of a SQLite database
    keys_dirs: tuple[str, ...] | None = None  # the line's keys, and each process's copies
    runtime_filesystem: str | None = None
    readable_by_public: tuple[str, ...] | None = None  # secrets of the worker that the public side's user can read
    postgresql: Mapping[str, str] | None = None
    desk_key: KeyState | None = None
    backups: tuple[Backup, ...] | None = None
    backup_dirs: tuple[str, ...] = ()
    unsigned: tuple[str, ...] | None = None
    live_key_age_seconds: int | None = None
    softphone_app: SoftphoneApp | None = None

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is a file."""
        return self.settings.get("DATABASE_URL", "").startswith("sqlite")


def sound(name: str, why: str) -> Check:
    """Return that a check found nothing."""
    return Check(name, Verdict.SOUND, why)


def leaks(name: str, why: str, mend: str) -> Check:
    """Return that a check found a leak."""
    return Check(name, Verdict.LEAKS, why, mend)


def unknown(name: str, why: str, mend: str) -> Check:
    """Return that a check could not be made: never taken for sound."""
    return Check(name, Verdict.UNKNOWN, why, mend)
