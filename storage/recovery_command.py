"""`hotline keys recover`: what the offline key opens, and admitting somebody with it where no two others can."""

from __future__ import annotations

import hmac
import sys
from argparse import Namespace

from sqlalchemy import Connection

from storage import audit
from storage.admissions import ADMITTED, DIFFERS
from storage.arguments import Subparsers, settings_argument
from storage.clock import SystemClock
from storage.epoch_commands import line_keys, recovery_argument
from storage.epochs import epochs_to_give, restore_recovery, ring_by_recovery
from storage.key_commands import COMMAND, Run, fail, open_database
from storage.keys import person_fingerprint
from storage.opening import GroupKey, KeyRing
from storage.people import Person, admit, list_people
from storage.public_keys import PublicKeys
from storage.rewrapping import opens_some
from storage.roles import READING_ROLES

TRIED = 20


def add_actions(actions: Subparsers) -> dict[str, Run]:
    """Teach `hotline keys` to recover."""
    recover = actions.add_parser("recover", help="try the recovery key, and admit somebody with it")
    recovery_argument(recover)
    recover.add_argument("--admit", metavar="NAME", help="what the person types to sign in")
    recover.add_argument("--fingerprint", help="all eight groups as they read them; else asked for on the terminal")
    settings_argument(recover)
    return {"recover": _recover}


def _recover(given: Namespace) -> int:
    settings, public, recovery = line_keys(given)
    print("The recovery key is whole, and it is this line's.")
    with open_database(settings.database_url) as opened:
        with opened.read() as connection:
            keys = ring_by_recovery(connection, settings.keys_dir, recovery, public)
            for line in _what_opens(connection, keys, public):
                print(line)
            person = _reader(connection, given.admit) if given.admit else None
        if given.admit is None:
            print("Nothing was changed. Put the recovery key away again.")
            return 0
        if person is None:
            return fail(f"no handler or supervisor signs in as {given.admit!r}; `hotline people list` shows who does")
        with opened.write() as connection:
            if not _is_theirs(given, person):
                _record(connection, DIFFERS, person, "by recovery key")
            else:
                restore_recovery(connection, recovery, keys)
                _admit(connection, keys, person)
                print(f"{person.name} is admitted and can read reports. Put the recovery key away again.")
                return 0
    return fail("that is not the fingerprint of their key here. Nobody was admitted: let them read it again, slowly")


def _what_opens(connection: Connection, keys: KeyRing, public: PublicKeys) -> list[str]:
    held = {key.epoch: key for key in keys.every}
    lines = []
    for one in public.desk_epochs:
        key = held.get(one.epoch)
        if key is None:
            lines.append(f"Epoch {one.epoch}: its key is gone, and what only it opened.")
            continue
        opened, tried = opens_some(connection, key, TRIED)
        lines.append(f"Epoch {one.epoch}: its key opens; {opened} of {tried} keys of items tried with it open.")
    return lines


def _reader(connection: Connection, name: str) -> Person | None:
    return next((one for one in list_people(connection) if one.name == name and one.role in READING_ROLES), None)


def _is_theirs(given: Namespace, person: Person) -> bool:
    heard = given.fingerprint or (input("All eight groups as they read them: ") if sys.stdin.isatty() else "")
    wanted = person_fingerprint(person.person_id, person.public_key)
    plain = ["".join(char for char in text.lower() if char.isalnum()) for text in (heard, wanted)]
    return hmac.compare_digest(plain[0].encode(), plain[1].encode())


def _admit(connection: Connection, keys: KeyRing, person: Person) -> None:
    given: tuple[GroupKey, ...] = epochs_to_give(connection, keys)
    for key in given:
        admit(connection, member=person.person_id, public_key=person.public_key, group=key, role=person.role)
    _record(connection, ADMITTED, person, f"{keys.name} by recovery key")


def _record(connection: Connection, action: str, person: Person, detail: str) -> None:
    now = SystemClock().now()
    audit.record(connection, at=now, person=COMMAND, action=action, subject=person.person_id, detail=detail)
