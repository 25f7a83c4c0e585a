"""Looks at what settings name before a process starts: keys, database, sessions, and the place to listen."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, make_url
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError, SQLAlchemyError

from storage.database import Database, DatabaseHeld, open_session_store
from storage.keys import KeyFileUnfit, read_live_key, read_pepper
from storage.mistakes import Mistake, SettingsMistakes
from storage.models import metadata
from storage.public_keys import FingerprintMismatch, read_public_keys
from storage.settings import DeskSettings, IvrSettings, WorkerSettings

PATIENCE_SECONDS = 2.0
UPGRADE = "run `hotline database upgrade` with the owner's DATABASE_URL"


class Standing(Enum):
    """How a database stands, as far as a process that is about to use it can see."""

    FIT = "it can be used"
    AWAY = "it does not answer"  # it may come back by itself
    REFUSED = "it answers, and lets this process not in"
    UNREADABLE = "this process may not read and write its file, or not its folder"
    STRANGE = "the file is no SQLite database"
    EMPTY = "there is no database yet, or it has no tables"
    OLD = "its tables are older than this release"


MENDS = {
    Standing.AWAY: "start it, or mend the address",
    Standing.REFUSED: "mend the user, the password or the name of the database",
    Standing.UNREADABLE: "let this process's user write the file and its folder",
    Standing.STRANGE: "name another file",
    Standing.EMPTY: UPGRADE,
    Standing.OLD: UPGRADE,
}


def keys_fit(read: Callable[[], object]) -> list[Mistake]:
    """Return what is wrong with files of keys: what `read` raises, or nothing."""
    try:
        read()
    except FingerprintMismatch as why:
        mend = "compare `hotline keys show` with the paper from the ceremony: an exchanged file would hand answers away"
        return [Mistake("KEYS_FINGERPRINT", str(why), mend)]
    except KeyFileUnfit as why:
        return [Mistake("KEYS_DIR", str(why), "run `hotline keys init`, or restore the file from its backup")]
    return []


def public_keys_fit(settings: IvrSettings | WorkerSettings | DeskSettings) -> list[Mistake]:
    """Look at the public keys that a process is pinned to."""
    return keys_fit(lambda: read_public_keys(settings.public_keys_file, settings.keys_fingerprint))


def pepper_fits(settings: IvrSettings | DeskSettings) -> list[Mistake]:
    """Look at the pepper of a process that stretches passwords or references."""
    return keys_fit(lambda: read_pepper(settings.pepper_file))


def live_key_fits(path: Path) -> list[Mistake]:
    """Look at the live key in a runtime folder."""
    try:
        read_live_key(path)
    except KeyFileUnfit as why:
        return [Mistake("RUNTIME_DIR", str(why), "run `hotline keys rotate-live`, as after each boot")]
    return []


# ---- the database -------------------------------------------------------------------------------------------------


def database_fits(url: str, setting: str = "DATABASE_URL") -> list[Mistake]:
    """Look at the database; one that does not answer is no mistake here, since it may come back: see `standing`."""
    found = standing(url)
    if found in (Standing.FIT, Standing.AWAY):
        return []
    return [Mistake(setting, _told(url, found), MENDS[found])]


def must_stand(url: str, *, in_any_of: tuple[Standing, ...] = (Standing.FIT,), setting: str = "DATABASE_URL") -> None:
    """Raise `SettingsMistakes` unless the database can be used: for commands that can do nothing without it."""
    found = standing(url)
    if found not in in_any_of:
        raise SettingsMistakes([Mistake(setting, _told(url, found), MENDS[found])])


def standing(url: str) -> Standing:
    """Say how the database at an address stands. Makes no file, and waits two seconds at most for a server."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and (unfit := _file_stands(Path(str(parsed.database)))):
        return unfit
    database = Database(url, connections=1, patience=PATIENCE_SECONDS)
    try:
        with database.read() as connection:
            return _schema_stands(connection)
    except OperationalError as error:
        said = str(error.orig)
        if database.is_sqlite:
            return Standing.AWAY if "locked" in said else Standing.UNREADABLE
        # The server's own word for a refused sign-in; while it starts it says so too, and is only away.
        return Standing.REFUSED if "FATAL" in said and "system is" not in said else Standing.AWAY
    except DatabaseError:
        return Standing.STRANGE
    except (SQLAlchemyError, OSError):
        return Standing.AWAY
    finally:
        database.close()


def database_sentence(failure: SQLAlchemyError) -> str:
    """Say what a statement that failed means to an operator: its kind alone, since its text may hold values."""
    kind = type(failure).__name__
    match failure:
        case DatabaseHeld():
            return "somebody else holds the database for long: try again"
        case OperationalError():
            return f"the database does not answer, or its file cannot be used ({kind}): look at DATABASE_URL"
        case ProgrammingError():
            return f"the database refuses ({kind}): {UPGRADE}, and docs/deployment/roles.sql after it"
        case _:
            return f"the database cannot be used ({kind}): look at DATABASE_URL"


def _told(url: str, found: Standing) -> str:
    parsed = make_url(url)
    where = str(parsed.database) if parsed.get_backend_name() == "sqlite" else f"the server of {parsed.database}"
    return f"{where}: {found.value}"


def _file_stands(path: Path) -> Standing | None:
    try:
        if not path.exists() or path.stat().st_size == 0:
            return Standing.EMPTY
    except OSError:
        return Standing.UNREADABLE
    usable = path.is_file() and os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)
    return None if usable else Standing.UNREADABLE


def _schema_stands(connection: Connection) -> Standing:
    # Tables themselves and not alembic's row: no process's role may read that.
    there = {name: {str(column["name"]) for column in columns} for (_, name), columns in _columns(connection).items()}
    wanted = {table.name: {column.name for column in table.columns} for table in metadata.tables.values()}
    if not there.keys() & wanted.keys():
        return Standing.EMPTY
    fits = all(columns <= there.get(name, set()) for name, columns in wanted.items())
    return Standing.FIT if fits else Standing.OLD


def _columns(connection: Connection) -> Any:
    return inspect(connection).get_multi_columns()


def sessions_fit(url: str) -> list[Mistake]:
    """Look at the store of staff sessions, and make it where it is not there yet."""
    try:
        open_session_store(url).close()
    except (SQLAlchemyError, OSError) as why:
        name = "SESSIONS_URL" if not url.startswith("sqlite") else "RUNTIME_DIR or SESSIONS_URL"
        kind = "cannot be written" if url.startswith("sqlite") else "does not answer, or lets this process not in"
        mend = "name a folder or database that the desk's user may write"
        return [Mistake(name, f"the store of sessions {kind} ({type(why).__name__})", mend)]
    return []


# ---- the place to listen ------------------------------------------------------------------------------------------


def may_listen(setting: str, place: tuple[str, int]) -> list[Mistake]:
    """Look whether this process can listen at a host and port."""
    why = why_not_listen(*place)
    return [Mistake(setting, why, "name a host of this machine and a port that is free")] if why else []


def why_not_listen(host: str, port: int) -> str:
    """Return why nobody can listen at a host and port, or nothing."""
    where = f"{host}:{port}"
    try:
        family, kind, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        return f"this machine knows no host {host}"
    except PermissionError:
        return f"this process may not listen at {where}: ports below 1024 are the system's"
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        return f"{where} is taken: something listens there already" if taken else f"this machine has no address {host}"
    return ""
