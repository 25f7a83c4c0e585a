"""The commands of whoever runs the line: `hotline database | backup | restore | audit`, beside `keys` and `people`."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.util.exc import CommandError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import DBAPIError

from storage.arguments import own_database_argument, settings_argument
from storage.audit import Head, head, record, verify
from storage.backup import (
    CONTENT_FILE,
    KEYRING_FILE,
    BackupUnfit,
    DatabaseNotEmpty,
    Noted,
    restore_backup,
    write_backup,
)
from storage.clock import SystemClock
from storage.database import Database, create_schema
from storage.jobs import clear_alarm, standing_alarms
from storage.key_commands import COMMAND, fail, open_database
from storage.keys import Damaged
from storage.on_disk import untangle
from storage.opening import read_recovery_key
from storage.public_keys import read_public_keys
from storage.readiness import Standing, must_stand
from storage.settings import database_setting, operator_settings, read_environment

HEAD_LINE = re.compile(r"^([0-9]{1,15}:[0-9a-f]{64})\s*$", re.MULTILINE)


def alarms(argv: list[str]) -> int:
    """List the alarms that stand, or end one that somebody has looked after."""
    parser = ArgumentParser("hotline alarms", description="List the alarms that stand, or end one.")
    parser.add_argument("action", choices=["list", "end"])
    parser.add_argument("name", nargs="?", help="the alarm to end")
    settings_argument(parser)
    own_database_argument(parser)
    given = parser.parse_args(argv)
    if given.action == "end" and not given.name:
        parser.error("say which alarm to end; `hotline alarms list` names them")
    with open_database(database_setting(read_environment(given.settings), assessment=given.assessment)) as opened:
        return _end_alarm(opened, given.name) if given.action == "end" else _list_alarms(opened)


def _list_alarms(opened: Database) -> int:
    with opened.read() as connection:
        standing = standing_alarms(connection)
    for name, note in sorted(standing.items()):
        print(f"{name:<20} {note}")
    if not standing:
        print("No alarm stands.")
    return 0


def _end_alarm(opened: Database, name: str) -> int:
    with opened.write() as connection:
        if not clear_alarm(connection, name):
            return fail(f"no alarm of the name {name!r} stands; `hotline alarms list` names them")
        record(connection, at=SystemClock().now(), person=COMMAND, action="alarm.ended", subject=name)
    print(f"The alarm {name} is ended; it rises again when its reason does.")
    return 0


def database(argv: list[str]) -> int:
    """Bring the database to the newest schema, or write it anew so that no place in it tells what came first."""
    parser = ArgumentParser("hotline database", description=database.__doc__)
    parser.add_argument("action", choices=["upgrade", "untangle"])
    settings_argument(parser)
    own_database_argument(parser)
    given = parser.parse_args(argv)
    url = database_setting(read_environment(given.settings), assessment=given.assessment)
    if given.action == "untangle":
        return _untangle(url)
    must_stand(url, in_any_of=(Standing.FIT, Standing.EMPTY, Standing.OLD))
    try:
        create_schema(url)
    except CommandError:
        return fail("the database stands at a schema that this release does not know: a newer release made it")
    print("The database stands at the newest schema.")
    return 0


def _untangle(url: str) -> int:
    with open_database(url) as opened:
        try:
            untangle(opened)
        except DBAPIError as error:
            return fail(f"not untangled ({type(error.orig).__name__}): run it as the tables' owner, or again later")
    print("What is kept lies in the order of its random ids, written by one transaction.")
    return 0


def backup(argv: list[str]) -> int:
    """Write a sealed backup: two files, which only the offline recovery key opens."""
    parser = ArgumentParser("hotline backup", description="Write a sealed backup, content and keyring apart.")
    parser.add_argument("--out", type=Path, required=True, help="a folder that holds no backup yet")
    settings_argument(parser)
    own_database_argument(parser)
    given = parser.parse_args(argv)
    settings = operator_settings(read_environment(given.settings), assessment=given.assessment)
    now = SystemClock().now()
    try:
        recovery = read_public_keys(settings.public_keys_file, settings.keys_fingerprint).recovery
        with open_database(settings.database_url) as opened, _progress() as noted:
            written = write_backup(opened, given.out, recovery, at=now, noted=noted)
            with opened.write() as connection:
                record(connection, at=now, person=COMMAND, action="backup.made", subject="database")
    except FileExistsError as error:
        return fail(f"{error} is there already; name another folder")
    for part in written:
        print(f"{part.path}  {part.rows} rows  sha256 {part.sha256}")
    print(f"Keep {CONTENT_FILE} as long as your rules say, and {KEYRING_FILE} elsewhere for 7 days at most:")
    print("while a keyring lives, what was deleted after it was written can still be opened with the recovery key.")
    print("Neither holds the pepper or the files of KEYS_DIR. Write the two sha256 down outside this machine.")
    return 0


def restore(argv: list[str]) -> int:
    """Read a sealed backup into an empty database."""
    parser = ArgumentParser("hotline restore", description="Read a sealed backup into an empty database.")
    parser.add_argument("--from", dest="source", type=Path, required=True, help="the folder of the backup")
    parser.add_argument("--keyring", type=Path, help="a newer keyring: what was deleted since then stays gone")
    parser.add_argument("--recovery-key", type=Path, action="append", required=True, help="one file, or twice: halves")
    parser.add_argument("--database-url", help="another database than DATABASE_URL")
    settings_argument(parser)
    own_database_argument(parser)
    given = parser.parse_args(argv)
    named = {"DATABASE_URL": given.database_url} if given.database_url else read_environment(given.settings)
    url = database_setting(named, assessment=given.assessment and not given.database_url)
    content, keyring = given.source / CONTENT_FILE, given.keyring or given.source / KEYRING_FILE
    for part in (content, keyring):
        if not part.is_file():
            return fail(f"there is no {part}")
    try:
        recovery = read_recovery_key(given.recovery_key)
        create_schema(url)
        with open_database(url) as opened, _progress() as noted:
            restored = restore_backup(opened, content, keyring, recovery, noted=noted)
            with opened.write() as connection:
                record(connection, at=SystemClock().now(), person=COMMAND, action="backup.restored", subject="database")
    except DatabaseNotEmpty:
        return fail("the database is not empty; a backup is restored into an empty one only")
    except Damaged:
        return fail("the backup does not open: another recovery key, or damaged files. Nothing was restored")
    except BackupUnfit as error:
        return fail(str(error))
    print(f"Restored {restored.rows} rows; {restored.items_stayed_gone} items stayed gone, as their keys were deleted.")
    print("Now compare `hotline audit verify --head` with the head that is kept outside.")
    return 0


def audit(argv: list[str]) -> int:
    """Verify the audit's chain, with a head that was kept outside or without; or print its head to be kept."""
    parser = ArgumentParser("hotline audit", description="Verify the audit's chain, or print its head.")
    parser.add_argument("action", choices=["verify", "head"])
    outside = parser.add_mutually_exclusive_group()
    outside.add_argument("--head", type=_head, help="a head that was kept outside, as `hotline audit head` printed it")
    outside.add_argument("--head-file", type=Path, help="a file of AUDIT_HEAD_DIR, or the e-mail saved as text")
    settings_argument(parser)
    own_database_argument(parser)
    given = parser.parse_args(argv)
    if given.head_file and not (heads := HEAD_LINE.findall(given.head_file.read_text(encoding="utf-8"))):
        return fail(f"{given.head_file} holds no line that is a head")
    kept_outside = _head(heads[-1]) if given.head_file else given.head
    with open_database(database_setting(read_environment(given.settings), assessment=given.assessment)) as opened:
        return _audit(opened, given.action, kept_outside)


def _audit(opened: Database, action: str, kept_outside: Head | None) -> int:
    with opened.read() as connection:
        if action == "head":
            print(head(connection))
            return 0
        finding = verify(connection, kept_outside)
    if not finding.is_sound:
        return fail(f"the audit is broken at entry {finding.broken_at}: {finding.why}")
    print(f"{finding.entries} entries fit. Head: {finding.head}")
    if kept_outside is None:
        print(
            "This shows no cut end and no chain written anew: compare with a head kept outside (--head or --head-file)."
        )
    return 0


def _head(argument: str) -> Head:
    sequence, _, digest = argument.partition(":")
    if not re.fullmatch(r"[0-9]{1,15}", sequence):
        raise ArgumentTypeError("it is no head: give it as `hotline audit head` printed it")
    return Head(int(sequence), digest)


@contextmanager
def _progress() -> Iterator[Noted]:
    """Show what is being read or written, on a terminal only."""
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield _silent
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed} rows"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        tasks = {"": progress.add_task("", visible=False)}

        def noted(table: str) -> None:
            if table not in tasks:
                tasks[table] = progress.add_task(table, total=None)
            progress.advance(tasks[table])

        yield noted


def _silent(_table: str) -> None:
    """Note nothing: there is nobody at a terminal."""
