"""Gathers, on a machine, the facts that `ivr.diagnosis` judges; what cannot be seen is None, never a guess."""

from __future__ import annotations

import grp
import pwd
import re
import resource
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from ivr.diagnosis import POSTGRESQL_LOG
from ivr.facts import Backup, Facts, Swap
from ivr.softphone_app import app_of
from prompts.line import read_line
from prompts.mistakes import FileMistakes
from prompts.signatures import unsigned
from prompts.wording import read_wording
from storage.database import Database
from storage.key_state import KeyState, key_state
from storage.keys import KeyFileUnfit
from storage.public_keys import FingerprintMismatch, read_public_keys
from storage.reader import SettingsText, is_database

NAMED_SECRETS = ("TWILIO_AUTH_TOKENS_FILE", "TWILIO_SHARED_KEYS_FILE", "TWILIO_API_SECRET_FILE", "SMTP_PASSWORD_FILE")
WORKERS_SECRETS = ("TWILIO_API_SECRET_FILE", "SMTP_PASSWORD_FILE")
OPEN_IN_KEYS_DIR = ("public.json", "-public.pem")  # public halves: reading them is no leak
CONTENT_FILE = "content.sealed"  # as storage.backup names it, which also opens and so is not imported here
DESK_FOR_RECOVERY = re.compile(r"desk(-[0-9]+)?\.recovery")  # wrapped for the recovery key
PROC, SYS = Path("/proc"), Path("/sys")

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """What the operator told, since no file says it."""

    ivr_user: str | None = None
    backups: tuple[Path, ...] | None = None
    keys: tuple[Path, ...] = ()  # folders with each process's copies of keys, beside KEYS_DIR


def gather(settings: Mapping[str, str], asked: Asked, now: int, *, proc: Path = PROC, sys: Path = SYS) -> Facts:
    """Look at this machine; `proc` and `sys` are where the kernel tells about itself."""
    runtime = _folder(settings, "RUNTIME_DIR")
    keys = [*filter(None, [_folder(settings, "KEYS_DIR")]), *(folder.absolute() for folder in asked.keys)]
    secrets, database = _secrets(settings, keys, runtime), _sqlite_file(settings, "DATABASE_URL")
    teams = _sqlite_file(settings, "ASSESSMENT_DATABASE_URL")
    swaps = _or_none(lambda: _swaps(proc, sys))
    return Facts(
        settings=settings,
        file_mistakes=_file_mistakes(settings),
        swaps=swaps,
        can_hibernate=_or_none(lambda: "disk" in (sys / "power/state").read_text().split() and swaps != ()),
        core_pattern=_or_none(lambda: (proc / "sys/kernel/core_pattern").read_text().strip()),
        core_limit=resource.getrlimit(resource.RLIMIT_CORE)[1],
        secret_modes={str(path): _mode(path) for path in secrets},
        database_modes={**(_database_modes(database) or {}), **(_database_modes(teams) or {})} or None,
        recovery_here=_or_none(lambda: _is_recovery_here(keys)),
        database_dir=str(database.parent) if database else None,
        keys_dirs=tuple(map(str, keys)),
        runtime_filesystem=_or_none(lambda: _filesystem(runtime, proc)),
        readable_by_public=_or_none(lambda: _readable(asked.ivr_user, _of_the_worker(settings, keys))),
        postgresql=_postgresql(settings),
        desk_key=_desk_key(settings),
        backups=_backups(asked.backups, now),
        backup_dirs=tuple(str(folder.absolute()) for folder in asked.backups or ()),
        unsigned=_unsigned(settings),
        softphone_app=app_of(settings),
        live_key_age_seconds=_or_none(lambda: now - int((_there(runtime) / "live.key").stat().st_mtime)),
    )


class _NotSet(Exception):
    """A setting that would be needed is missing."""


def _or_none(look: Callable[[], T]) -> T | None:
    try:
        return look()
    except (OSError, _NotSet, KeyError):
        return None


def _there(path: Path | None) -> Path:
    if path is None:
        raise _NotSet
    return path


def _folder(settings: Mapping[str, str], name: str) -> Path | None:
    named = settings.get(name, "").strip()
    return Path(named).absolute() if named else None


def _mode(path: Path) -> int | None:
    return _or_none(lambda: stat.S_IMODE(path.stat().st_mode))


def _file_mistakes(settings: Mapping[str, str]) -> tuple[str, ...] | None:
    if not isinstance(settings, SettingsText):
        return None
    return tuple(f"{one.setting}: {one.why}" for one in settings.mistakes)


# ---- the machine --------------------------------------------------------------------------------------------------


def _swaps(proc: Path, sys: Path) -> tuple[Swap, ...]:
    rows = [line.split() for line in (proc / "swaps").read_text().splitlines()[1:]]
    return tuple(Swap(row[0], _is_encrypted(row[0], row[1], sys)) for row in rows if row)


def _is_encrypted(device: str, kind: str, sys: Path) -> bool | None:
    name = Path(device).resolve().name if kind == "partition" else ""
    if name.startswith("zram"):
        return True  # compressed memory, on no disk
    uuid = _or_none((sys / "block" / name / "dm/uuid").read_text) if name else None
    if uuid is not None and uuid.startswith("CRYPT-"):
        return True
    # A file or a mapped device may lie on an encrypted one below; a bare partition does not.
    return None if kind != "partition" or name.startswith("dm-") else False


def _filesystem(folder: Path | None, proc: Path) -> str:
    """Return the file system of a folder by the longest mount point above it; the last mounted wins."""
    wanted = _there(folder).resolve(strict=True)
    mounts = [line.split()[1:3] for line in (proc / "mounts").read_text().splitlines()]
    above = [(len(Path(point).parts), kind) for point, kind in mounts if wanted.is_relative_to(point)]
    longest = max(length for length, _ in above)
    return [kind for length, kind in above if length == longest][-1]


# ---- files --------------------------------------------------------------------------------------------------------


def _secrets(settings: Mapping[str, str], keys: Sequence[Path], runtime: Path | None) -> list[Path]:
    named = [Path(settings[name]).absolute() for name in NAMED_SECRETS if settings.get(name)]
    live = [runtime / "live.key"] if runtime else []
    found = [path for folder in keys for path in _or_none(partial(_private_files, folder)) or [folder]]
    return list(dict.fromkeys([*found, *live, *named]))


def _private_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.endswith(OPEN_IN_KEYS_DIR)]


def _of_the_worker(settings: Mapping[str, str], keys: Sequence[Path]) -> list[Path]:
    named = [Path(settings[name]).absolute() for name in WORKERS_SECRETS if settings.get(name)]
    private = [path for folder in keys for path in _private_files(folder)]
    own = [path for path in private if path.name == "worker.key" or path.name.startswith("recording")]
    if not any(path.name == "worker.key" for path in own):
        raise _NotSet  # the worker's folder is not among them
    return list(dict.fromkeys([*named, *own]))


def _readable(user: str | None, paths: Iterable[Path]) -> tuple[str, ...]:
    if user is None:
        raise _NotSet
    known = pwd.getpwnam(user)
    groups = {known.pw_gid, *(group.gr_gid for group in grp.getgrall() if user in group.gr_mem)}
    return tuple(str(path) for path in paths if may_read(path.stat(), known.pw_uid, groups))


def may_read(found: object, uid: int, groups: set[int]) -> bool:
    """Tell by owner, group and permission bits alone whether a user may read a file; root reads all."""
    mode, owner, group = (getattr(found, name) for name in ("st_mode", "st_uid", "st_gid"))
    if uid == 0:
        return True
    bit = stat.S_IRUSR if owner == uid else stat.S_IRGRP if group in groups else stat.S_IROTH
    return bool(mode & bit)


def _sqlite_file(settings: Mapping[str, str], setting: str) -> Path | None:
    url = settings.get(setting, "")
    named = make_url(url).database if is_database(url) and url.startswith("sqlite") else None
    return Path(named).absolute() if named else None


def _database_modes(database: Path | None) -> dict[str, int | None] | None:
    if database is None or not database.exists():
        return None
    beside = [database.with_name(database.name + end) for end in ("-wal", "-shm", "-journal")]
    return {str(path): _mode(path) for path in (database, *(path for path in beside if path.exists()))}


def _is_recovery_here(keys: Sequence[Path]) -> bool:
    if not keys:
        raise _NotSet
    folders = {folder for one in keys for folder in (one, one.parent)}
    names = [path.name for folder in folders for path in folder.iterdir() if path.is_file()]
    return any("recovery" in name.lower() and not DESK_FOR_RECOVERY.fullmatch(name) for name in names)


def _backups(folders: tuple[Path, ...] | None, now: int) -> tuple[Backup, ...] | None:
    if folders is None or not all(folder.is_dir() for folder in folders):
        return None
    found = [path for folder in folders for path in folder.rglob("*.sealed") if path.is_file()]
    return tuple(
        Backup(str(path), path.name != CONTENT_FILE, now - int(path.stat().st_mtime)) for path in sorted(found)
    )


# ---- the line and its database ------------------------------------------------------------------------------------


def _postgresql(settings: Mapping[str, str]) -> dict[str, str] | None:
    url = settings.get("DATABASE_URL", "")
    if not is_database(url) or not url.startswith("postgresql"):
        return None
    database = Database(url, connections=1)
    try:
        with database.read() as connection:
            shown = {name: connection.exec_driver_sql(f"SHOW {name}") for name in (*POSTGRESQL_LOG, "archive_mode")}
            return {name: str(answer.scalar_one()) for name, answer in shown.items()}
    except SQLAlchemyError:
        return None
    finally:
        database.close()


def _desk_key(settings: Mapping[str, str]) -> KeyState | None:
    url = settings.get("DATABASE_URL", "")
    if not is_database(url) or not settings.get("KEYS_DIR"):
        return None
    try:
        public = read_public_keys(Path(settings["KEYS_DIR"]) / "public.json", settings.get("KEYS_FINGERPRINT", ""))
    except (KeyFileUnfit, FingerprintMismatch):
        return None
    database = Database(url, connections=1)
    try:
        with database.read() as connection:
            return key_state(connection, public.desk)
    except SQLAlchemyError:
        return None
    finally:
        database.close()


def _unsigned(settings: Mapping[str, str]) -> tuple[str, ...] | None:
    try:
        line = read_line(Path(settings["LINE_FILE"]))
        return unsigned(line, read_wording(line))
    except (OSError, KeyError, FileMistakes):
        return None
