"""The commands `hotline keys` and `hotline people`: making a line's keys, and who may open what."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import segno
from sqlalchemy import Connection

from storage.arguments import settings_argument
from storage.audit import record
from storage.clock import SystemClock
from storage.database import Database
from storage.key_making import KeyPlaces, KeysAlreadyThere, desk_key_by_recovery, make_keys
from storage.keys import (
    Audience,
    Damaged,
    PublicKeys,
    read_pepper,
    read_public_keys,
    rotate_live_key,
    unpinned_public_keys,
    write_secret_file,
)
from storage.opening import RECOVERY_MEMBER, GroupKey, read_recovery_key
from storage.people import (
    READING_ROLES,
    ROLES,
    NameTaken,
    NewPerson,
    NotAMember,
    WeakPassword,
    add_person,
    admit,
    list_people,
    member_group_key,
)
from storage.readiness import must_stand
from storage.settings import OperatorSettings, database_setting, folder_setting, operator_settings, read_environment

COMMAND = "command"  # who the audit names when nobody was signed in


def fail(message: str) -> int:
    """Say why a command did nothing, and return its status."""
    print(f"hotline: {message}", file=sys.stderr)
    return 1


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """Give a database and close it behind the command; raises `SettingsMistakes` when it cannot be used."""
    must_stand(url)
    opened = Database(url, connections=2)
    try:
        yield opened
    finally:
        opened.close()


# ---- keys ---------------------------------------------------------------------------------------------------------


def keys(argv: list[str]) -> int:
    """Make a line's keys, show the fingerprint of the public ones, or rotate the live key."""
    parser = ArgumentParser("hotline keys", description="Make keys, show fingerprints, rotate the live key.")
    actions = parser.add_subparsers(dest="action", required=True)
    init = actions.add_parser("init", help="make every key of a new line; never over an old one")
    init.add_argument("--recovery-out", type=Path, required=True, help="the recovery key; keep it offline")
    init.add_argument("--recovery-out-2", type=Path, help="split it: this file gets the second half")
    show = actions.add_parser("show", help="print the fingerprint of the public keys")
    rotate = actions.add_parser("rotate-live", help="make a new live key; the one before works for 24 h")
    for action in (init, show):
        action.add_argument("--keys-dir", type=Path)
    for action in (init, rotate):
        action.add_argument("--runtime-dir", type=Path, help="a folder on tmpfs")
    for action in (init, show, rotate):
        settings_argument(action)
    given = parser.parse_args(argv)
    return {"init": _init, "show": _show, "rotate-live": _rotate}[given.action](given)


def _init(given: Namespace) -> int:
    halves = (given.recovery_out, given.recovery_out_2) if given.recovery_out_2 else (given.recovery_out,)
    places = KeyPlaces(_folder(given, "keys_dir"), _folder(given, "runtime_dir"), halves)
    try:
        made = make_keys(places, SystemClock().now())
    except KeysAlreadyThere as error:
        return fail(f"already there, and keys are never written over: {error}")
    _print_public(made)
    print(f"\nSet KEYS_FINGERPRINT={made.fingerprint} for every process, from this screen and not from a file.")
    where = " and ".join(str(path) for path in halves)
    print(f"Recovery key: {where}. Take it off this machine now, onto media kept offline")
    print("(two halves: with two people), and delete it here. Without it, forgotten passwords lose every report.")
    print(f"Upload {places.keys_dir / 'recording-public.pem'} to Twilio as the key for recording encryption.")
    print(f"Back {places.keys_dir} up offline: it holds the pepper, which no backup of the database holds.")
    return 0


def _show(given: Namespace) -> int:
    _print_public(unpinned_public_keys(_folder(given, "keys_dir") / "public.json"))
    return 0


def _rotate(given: Namespace) -> int:
    folder = _folder(given, "runtime_dir")
    if not folder.is_dir():
        return fail(f"there is no folder {folder}: make it on tmpfs, for the public door's user alone (mode 0700)")
    rotate_live_key(folder / "live.key", SystemClock().now())
    print("A new live key is in use; calls under the one before go on for 24 h.")
    return 0


def _folder(given: Namespace, name: str) -> Path:
    named: Path | None = getattr(given, name)
    return named or folder_setting(read_environment(given.settings), name.upper())


def _print_public(public: PublicKeys) -> None:
    for audience in (public.desk, public.worker, public.recovery):
        print(f"{audience.name:<9} epoch {audience.epoch}  {audience.public_key.hex()}")
    print(f"fingerprint  {public.fingerprint}")


# ---- people -------------------------------------------------------------------------------------------------------


def people(argv: list[str]) -> int:
    """Add a member of staff, or list those who may sign in."""
    parser = ArgumentParser("hotline people", description="Add a member of staff, or list them.")
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a person; who reads reports is admitted to the desk's key")
    add.add_argument("--name", required=True, help="what they type to sign in")
    add.add_argument("--alias", required=True, help="what colleagues see")
    add.add_argument("--role", required=True, choices=ROLES)
    add.add_argument("--recovery-key", type=Path, action="append", help="for handlers and supervisors; twice: halves")
    add.add_argument("--password-file", type=Path, help="else it is asked for on the terminal")
    add.add_argument("--totp-out", type=Path, help="write the authenticator's secret (base32) here, not on the screen")
    shown = actions.add_parser("list", help="list those who may sign in")
    for action in (add, shown):
        settings_argument(action)
    given = parser.parse_args(argv)
    return _add(given) if given.action == "add" else _list(given)


def _add(given: Namespace) -> int:
    reads = given.role in READING_ROLES
    if reads and not given.recovery_key:
        return fail(f"a {given.role} reads reports: name the recovery key with --recovery-key to admit them")
    if given.totp_out is not None and (why := _why_not_written(given.totp_out)):
        return fail(why)
    settings = operator_settings(read_environment(given.settings))
    public = read_public_keys(settings.public_keys_file, settings.keys_fingerprint)
    recovery = read_recovery_key(given.recovery_key) if reads else None
    must_stand(settings.database_url)  # before anybody thinks of a password
    try:
        password = _password(given.password_file)
        with open_database(settings.database_url) as opened, opened.write() as connection:
            new = _added(connection, given, password, settings)
            if recovery is not None:
                _admit_by_recovery(connection, settings.keys_dir, public.desk, recovery, new)
    except WeakPassword as error:
        return fail(f"the password is refused: {error}")
    except NameTaken:
        return fail("somebody already signs in by that name")
    except Damaged:
        return fail("this recovery key does not open the desk's key of this line; nobody was added")
    _hand_over(new, given.totp_out)
    return 0


def _why_not_written(path: Path) -> str:
    # Asked before anybody is added: a person whose second factor nobody has can never sign in.
    if path.exists():
        return f"{path} is there already"
    return "" if os.access(path.absolute().parent, os.W_OK | os.X_OK) else f"{path} cannot be written: no such folder"


def _added(connection: Connection, given: Namespace, password: str, settings: OperatorSettings) -> NewPerson:
    pepper = read_pepper(settings.pepper_file)
    new = add_person(connection, name=given.name, alias=given.alias, role=given.role, password=password, pepper=pepper)
    now, subject = SystemClock().now(), new.person.person_id
    record(connection, at=now, person=COMMAND, action="person.added", subject=subject, detail=given.role)
    return new


def _admit_by_recovery(
    connection: Connection, keys_dir: Path, desk: Audience, recovery: GroupKey, new: NewPerson
) -> None:
    try:
        group = member_group_key(connection, RECOVERY_MEMBER, recovery.private, desk)
    except NotAMember:
        group = desk_key_by_recovery(keys_dir, recovery, desk)
        admit(connection, member=RECOVERY_MEMBER, public_key=recovery.public_key, group=group)
    admit(connection, member=new.person.person_id, public_key=new.person.public_key, group=group)
    now, subject = SystemClock().now(), new.person.person_id
    record(connection, at=now, person=COMMAND, action="person.admitted", subject=subject, detail=desk.name)


def _hand_over(new: NewPerson, totp_out: Path | None) -> None:
    print(f"Added {new.person.name} ({new.person.role}).")
    if totp_out is not None:
        write_secret_file(totp_out, new.totp_secret + b"\n")
        print(f"The authenticator's secret is in {totp_out}: hand it over and delete it.")
        return
    print("Scan this once with their authenticator; it is shown nowhere again.")
    segno.make(new.totp_address, error="m").terminal(compact=True)
    print(new.totp_address)


def _password(password_file: Path | None) -> str:
    if password_file is not None:
        return password_file.read_text(encoding="utf-8").rstrip("\r\n")
    if not sys.stdin.isatty():
        raise WeakPassword("there is no terminal to ask on; name a file with --password-file")
    password = getpass.getpass("Password (15 characters or more, four words do well): ")
    if getpass.getpass("Again: ") != password:
        raise WeakPassword("the two differ")
    return password


def _list(given: Namespace) -> int:
    with open_database(database_setting(read_environment(given.settings))) as opened, opened.read() as connection:
        for person in list_people(connection):
            print(f"{person.name:<24} {person.alias:<24} {person.role:<14} {person.public_key.hex()[:16]}")
    return 0
