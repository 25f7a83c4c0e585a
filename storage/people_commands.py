"""The command `hotline people`: who may sign in and read, from their first day to their last."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import segno
from sqlalchemy import Connection

from storage.arguments import settings_argument
from storage.audit import record
from storage.clock import SystemClock
from storage.epochs import epochs_to_give, restore_recovery, ring_by_recovery
from storage.key_commands import COMMAND, fail, open_database
from storage.keys import Damaged, read_pepper, write_secret_file
from storage.opening import GroupKey, read_recovery_key
from storage.people import (
    MOST_NAME_CHARACTERS,
    NameTaken,
    NewPerson,
    NotThere,
    Person,
    SignInRefused,
    WeakPassword,
    add_person,
    admit,
    change_password,
    is_name,
    leave,
    list_people,
    readers_left,
    rewrapped,
)
from storage.public_keys import PublicKeys, read_public_keys
from storage.readiness import must_stand
from storage.roles import READING_ROLES, ROLES
from storage.settings import OperatorSettings, database_setting, operator_settings, read_environment


def people(argv: list[str]) -> int:
    """Add a member of staff, change their password, let them go, or list those who may sign in."""
    parser = ArgumentParser("hotline people", description=people.__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a person; who reads reports is admitted to the desk's key")
    add.add_argument("--name", required=True, help="what they type to sign in")
    add.add_argument("--alias", required=True, help="what colleagues see")
    add.add_argument("--role", required=True, choices=ROLES)
    add.add_argument("--recovery-key", type=Path, action="append", help="for handlers and supervisors; twice: halves")
    add.add_argument("--password-file", type=Path, help="else it is asked for on the terminal")
    add.add_argument("--totp-out", type=Path, help="write the authenticator's secret (base32) here, not on the screen")
    password = actions.add_parser("password", help="change a password by the old one; their sessions end")
    password.add_argument("--old-password-file", type=Path, help="else it is asked for on the terminal")
    password.add_argument("--password-file", type=Path, help="the new one; else it is asked for on the terminal")
    left = actions.add_parser("leave", help="let a person go: what they hold of keys is destroyed, their sessions end")
    shown = actions.add_parser("list", help="list those who may sign in")
    for action in (password, left):
        action.add_argument("name", help="what they type to sign in")
    for action in (add, password, left, shown):
        settings_argument(action)
    given = parser.parse_args(argv)
    try:
        return {"add": _add, "password": _change, "leave": _leave, "list": _list}[given.action](given)
    except NotThere:
        return fail(f"nobody signs in as {given.name!r}; `hotline people list` shows who does")


def _add(given: Namespace) -> int:
    reads = given.role in READING_ROLES
    if not all(map(is_name, (given.name, given.alias))):
        return fail(
            f"a name and an alias have 1 to {MOST_NAME_CHARACTERS} characters that can be seen, none of them odd"
        )
    if reads and not given.recovery_key:
        return fail(f"a {given.role} reads reports: name the recovery key with --recovery-key to admit them")
    if given.totp_out is not None and (why := why_not_written(given.totp_out)):
        return fail(why)
    settings = operator_settings(read_environment(given.settings))
    public = read_public_keys(settings.public_keys_file, settings.keys_fingerprint)
    recovery = read_recovery_key(given.recovery_key) if reads else None
    must_stand(settings.database_url)  # before anybody thinks of a password
    try:
        password = typed_password(given.password_file)
        with open_database(settings.database_url) as opened, opened.write() as connection:
            new = _added(connection, given, password, settings)
            if recovery is not None:
                _admit_by_recovery(connection, settings.keys_dir, public, recovery, new)
    except WeakPassword as error:
        return fail(f"the password is refused: {error}")
    except NameTaken:
        return fail("somebody already signs in by that name")
    except Damaged:
        return fail("this recovery key does not open the desk's key of this line; nobody was added")
    hand_over(new, given.totp_out)
    return 0


def why_not_written(path: Path) -> str:
    """Return why a secret cannot be written to a new file, or nothing."""
    # Asked before anybody is added: a person whose second factor nobody has can never sign in.
    if path.exists():
        return f"{path} is there already"
    return "" if os.access(path.absolute().parent, os.W_OK | os.X_OK) else f"{path} cannot be written: no such folder"


def _added(connection: Connection, given: Namespace, password: str, settings: OperatorSettings) -> NewPerson:
    pepper = read_pepper(settings.pepper_file)
    new = add_person(
        connection,
        name=given.name,
        alias=given.alias,
        role=given.role,
        password=password,
        pepper=pepper,
        password_list=settings.password_list,
    )
    now, subject = SystemClock().now(), new.person.person_id
    record(connection, at=now, person=COMMAND, action="person.added", subject=subject, detail=given.role)
    return new


def _admit_by_recovery(
    connection: Connection, keys_dir: Path, public: PublicKeys, recovery: GroupKey, new: NewPerson
) -> None:
    keys = ring_by_recovery(connection, keys_dir, recovery, public)
    restore_recovery(connection, recovery, keys)
    for key in epochs_to_give(connection, keys):
        admit(connection, member=new.person.person_id, public_key=new.person.public_key, group=key)
    now, subject = SystemClock().now(), new.person.person_id
    record(connection, at=now, person=COMMAND, action="person.admitted", subject=subject, detail=keys.name)


def hand_over(new: NewPerson, totp_out: Path | None) -> None:
    """Tell who was added, and give their authenticator's secret once: into a file, or as a drawing."""
    print(f"Added {new.person.name} ({new.person.role}).")
    if totp_out is not None:
        write_secret_file(totp_out, new.totp_secret + b"\n")
        print(f"The authenticator's secret is in {totp_out}: hand it over and delete it.")
        return
    print("Scan this once with their authenticator; it is shown nowhere again.")
    segno.make(new.totp_address, error="m").terminal(compact=True)
    print(new.totp_address)


def _change(given: Namespace) -> int:
    settings = operator_settings(read_environment(given.settings))
    pepper = read_pepper(settings.pepper_file)
    with open_database(settings.database_url) as opened:
        try:
            old = _old_password(given.old_password_file)
            new = typed_password(given.password_file)
            made = rewrapped(
                opened, name=given.name, old=old, new=new, pepper=pepper, password_list=settings.password_list
            )
        except WeakPassword as error:
            return fail(f"the password is refused, and the old one stays: {error}")
        except SignInRefused:
            return fail("that is not the old password; nothing was changed")
        with opened.write() as connection:
            if not change_password(connection, made):
                return fail("somebody else changed it at the same time; nothing was changed here")
            _write_down(connection, "person.password", made.person)
    print(f"{given.name} has a new password. Wherever they were signed in, they are not any more.")
    return 0


def _leave(given: Namespace) -> int:
    with open_database(database_setting(read_environment(given.settings))) as opened, opened.write() as connection:
        person = leave(connection, given.name, now=SystemClock().now())
        _write_down(connection, "person.left", person)
        readers = readers_left(connection)
    print(
        f"{given.name} has left: they cannot sign in, their sessions are over, and what they held of keys is destroyed."
    )
    if person.role in READING_ROLES:
        print("If they could have copied the desk's key, they still open what was sealed so far, should they also get")
        print("the database. Take away their access to the machines and their second factor today.")
    if not readers:
        print("Nobody is left who reads reports. `hotline people add --recovery-key ...` admits somebody.")
    return 0


def _write_down(connection: Connection, action: str, person: Person) -> None:
    record(connection, at=SystemClock().now(), person=COMMAND, action=action, subject=person.person_id)


def _old_password(password_file: Path | None) -> str:
    if password_file is not None:
        return password_file.read_text(encoding="utf-8").rstrip("\r\n")
    if not sys.stdin.isatty():
        raise WeakPassword("there is no terminal to ask on; name a file with --old-password-file")
    return getpass.getpass("Old password: ")


def typed_password(password_file: Path | None) -> str:
    """Return a password out of a file, or typed twice on the terminal; raises `WeakPassword`."""
    if password_file is not None:
        return password_file.read_text(encoding="utf-8").rstrip("\r\n")
    if not sys.stdin.isatty():
        raise WeakPassword("there is no terminal to ask on; name a file with --password-file")
    password = getpass.getpass("New password (15 characters or more, four words do well): ")
    if getpass.getpass("Again: ") != password:
        raise WeakPassword("the two differ")
    return password


def _list(given: Namespace) -> int:
    with open_database(database_setting(read_environment(given.settings))) as opened, opened.read() as connection:
        for person in list_people(connection):
            print(f"{person.name:<24} {person.alias:<24} {person.role:<14} {person.public_key.hex()[:16]}")
    return 0
