"""The command `hotline assessment`: runs the application for teams, opens a team, renews its key."""

from __future__ import annotations

import re
from argparse import SUPPRESS, ArgumentParser, Namespace
from functools import partial
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server import Server

from handlers.assessment.app import create_app
from handlers.assessment.readiness import LOOKS
from handlers.team_keys import epochs_of, key_lines, team_of
from prompts.line import read_line
from storage.arguments import settings_argument
from storage.births import Births
from storage.clock import SystemClock
from storage.database import Database
from storage.epochs import REASONS, Readers
from storage.key_commands import COMMAND, fail, open_database
from storage.keys import RECOVERY_MEMBER, person_fingerprint, read_pepper
from storage.logs import write_events
from storage.on_disk import leave_no_journal
from storage.opening import GroupKey, check_recovery_key, read_recovery_key
from storage.people import (
    MOST_NAME_CHARACTERS,
    NameTaken,
    NotAMember,
    WeakPassword,
    is_name,
    member_group_key,
    member_key_ring,
)
from storage.people_commands import hand_over, typed_password, why_not_written
from storage.presence import present
from storage.public_keys import read_public_keys
from storage.settings import AssessmentSettings, assessment_settings, read_environment
from storage.teams import First, KeyNotPinned, TeamIsOpen, add_lead, make_own_keys, open_team, renew_key, sign_in_name

THREADS = 8
TEAM_ID = re.compile(r"[a-z][a-z0-9-]{0,29}")  # as prompts/teams.py


def assessment(argv: list[str]) -> int:
    """Run the assessment application; open a team with its key and first lead; or give a team a new key."""
    parser = ArgumentParser("hotline assessment", description=assessment.__doc__)
    settings_argument(parser)
    actions = parser.add_subparsers(dest="action")
    opened = actions.add_parser("open", help="make a team's key and its first lead")
    lead = actions.add_parser("lead", help="add a lead to a team that is open and has nobody who can")
    for action in (opened, lead):
        action.add_argument("team", help="the id that stands in the line's file")
        action.add_argument("--name", required=True, help="of the lead: they sign in as NAME@TEAM")
        action.add_argument("--alias", help="what their colleagues see; else NAME")
        action.add_argument("--password-file", type=Path, help="else it is asked for on the terminal")
        action.add_argument("--totp-out", type=Path, help="write the authenticator's secret here, not on the screen")
    renewed = actions.add_parser("renew", help="make a new key for a team, as after somebody left")
    renewed.add_argument("team")
    renewed.add_argument("--reason", choices=REASONS, default="leaver")
    for action in (lead, renewed):
        action.add_argument("--recovery-key", type=Path, action="append", required=True, help="twice: the halves")
    for action in (opened, lead, renewed):
        settings_argument(action)
        action.set_defaults(settings=SUPPRESS)  # else it would forget what stood before the action's name
    given = parser.parse_args(argv)
    return {"open": _open, "lead": _lead, "renew": _renew, None: _serve}[given.action](given)


# ---- teams --------------------------------------------------------------------------------------------------------


def _why_not(given: Namespace, alias: str) -> str:
    """Return what is wrong with what was given of a lead, or nothing."""
    if not TEAM_ID.fullmatch(given.team):
        return "a team's id begins with a small letter, then small letters, digits and hyphens: 30 at most"
    if "@" in given.name or not all(map(is_name, (sign_in_name(given.name, given.team), alias))):
        return f"a name and an alias have 1 to {MOST_NAME_CHARACTERS} characters that can be seen, and no @"
    return why_not_written(given.totp_out) if given.totp_out is not None else ""


def _open(given: Namespace) -> int:
    name, alias = given.name, given.alias or given.name
    if why := _why_not(given, alias):
        return fail(why)
    settings = assessment_settings(read_environment(given.settings))
    recovery = read_public_keys(settings.public_keys_file, settings.keys_fingerprint).recovery
    now = SystemClock().now()
    try:
        with open_database(settings.own_database_url, "ASSESSMENT_DATABASE_URL") as opened:
            first = First(name, alias, typed_password(given.password_file))
            with opened.write() as connection:
                make_own_keys(connection, settings.pepper_file, settings.form_key_file)
                pepper = read_pepper(settings.pepper_file)
                made = open_team(
                    connection,
                    given.team,
                    first,
                    recovery=recovery,
                    pepper=pepper,
                    password_list=settings.password_list,
                    now=now,
                )
    except WeakPassword as error:
        return fail(f"the password is refused: {error}")
    except TeamIsOpen:
        return fail(f"{given.team} is open already: its leads invite others, `hotline assessment renew` renews its key")
    hand_over(made.lead, given.totp_out)
    print(f"\nFor the [[teams]] section of {given.team} in the line's file, by a way that nobody can change on it:")
    _print_lines(made.key, ())
    return 0


def _lead(given: Namespace) -> int:
    alias = given.alias or given.name
    if why := _why_not(given, alias):
        return fail(why)
    settings = assessment_settings(read_environment(given.settings))
    team = team_of(read_line(settings.line_file), given.team)
    if team is None:
        return fail(f"the line's file names no team {given.team}: only to a key that it pins can somebody be admitted")
    _, recovery = _recovery(given, settings)
    try:
        with open_database(settings.own_database_url, "ASSESSMENT_DATABASE_URL") as opened:
            first = First(given.name, alias, typed_password(given.password_file))
            with opened.write() as connection:
                held = member_key_ring(connection, RECOVERY_MEMBER, recovery.private, epochs_of(team))
                pepper, listed = read_pepper(settings.pepper_file), settings.password_list
                now = SystemClock().now()
                made = add_lead(connection, held, first, pepper=pepper, password_list=listed, now=now)
    except WeakPassword as error:
        return fail(f"the password is refused: {error}")
    except NameTaken:
        return fail("somebody already signs in by that name")
    except NotAMember:
        return fail("the recovery key holds no key of this team here: is this the assessment application's database?")
    hand_over(made, given.totp_out)
    print("Their team sees in its audit that a command did this.")
    return 0


def _renew(given: Namespace) -> int:
    settings = assessment_settings(read_environment(given.settings))
    team = team_of(read_line(settings.line_file), given.team)
    if team is None:
        return fail(f"the line's file names no team {given.team}: only a key that it pins can be followed by another")
    public, recovery = _recovery(given, settings)
    epochs = epochs_of(team)
    try:
        with (
            open_database(settings.own_database_url, "ASSESSMENT_DATABASE_URL") as opened,
            opened.write() as connection,
        ):
            current = member_group_key(connection, RECOVERY_MEMBER, recovery.private, epochs[0])
            now = SystemClock().now()
            new, readers = renew_key(connection, current, public, by=COMMAND, reason=given.reason, now=now)
    except NotAMember:
        return fail("the recovery key holds no key of this team here: is this the assessment application's database?")
    except KeyNotPinned as error:
        return fail(
            f"epoch {error.epoch} of this team was made before, and the line's file does not name it yet. As the audit "
            f'has it: group_key = "{error.public_key}". Write that there, before you make another'
        )
    _tell(readers)
    print(f"\nIn the [[teams]] section of {given.team} in the line's file, these lines take the place of theirs:")
    _print_lines(new, tuple(one.public_key.hex() for one in epochs))
    print("First here, then at the desk, the worker and the public door; start each again. What was released before")
    print("still opens. Whoever left keeps what they copied, and opens nothing that is released from then on.")
    return 0


def _recovery(given: Namespace, settings: AssessmentSettings) -> tuple[Any, GroupKey]:
    public = read_public_keys(settings.public_keys_file, settings.keys_fingerprint).recovery
    recovery = read_recovery_key(given.recovery_key)
    check_recovery_key(recovery, public)
    return public, recovery


def _tell(readers: Readers) -> None:
    print("The new key is wrapped for:")
    for person in readers.vouched:
        print(f"  {person.name:<32} {person.role:<9} {person_fingerprint(person.person_id, person.public_key)}")
    if not readers.vouched:
        print("  nobody but the recovery key")
    for person in readers.doubted:
        print(f"NOT for {person.name}: not with this key and in this role were they admitted, or they left before.")


def _print_lines(key: GroupKey, earlier: tuple[str, ...]) -> None:
    for line in key_lines(key, earlier):
        print(f"  {line}")


# ---- serving ------------------------------------------------------------------------------------------------------


def _serve(given: Namespace) -> int:
    settings = assessment_settings(read_environment(given.settings), LOOKS)
    write_events()
    load(settings)  # so that a mistake is told here and now, and not by a process that dies again and again
    host, port = settings.listen
    births = Births(1)
    server = Server(
        "the assessment application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        log_access=False,
        log_enabled=False,
        workers_kill_timeout=10,
    )
    server.on_reload(births.begin_again)
    does = f"The assessment application listens on {host}:{port} for {settings.base}"
    line = read_line(settings.line_file)
    with present("assessment", does, line=line.name, demo=settings.demo, database_url=settings.own_database_url):
        server.serve(target_loader=partial(born, settings, births), wrap_loader=False)
        leave_no_journal(settings.own_database_url)
    return 0


def born(settings: AssessmentSettings, births: Births) -> Any:
    """Make the application inside the process that serves it, and note when another one has died there."""
    app = load(settings)
    database = Database(settings.own_database_url)
    births.tell(database, SystemClock(), who="the assessment application")
    database.close()
    return app


def load(settings: AssessmentSettings) -> Any:
    """Make the application."""
    return create_app(settings, SystemClock())
