"""`hotline keys init | show | rotate-live`: making a line's keys, and what several commands of an operator share."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.arguments import Subparsers, settings_argument
from storage.clock import SystemClock
from storage.database import Database
from storage.key_making import KeyPlaces, KeysAlreadyThere, make_keys
from storage.keys import rotate_live_key
from storage.public_keys import PublicKeys, unpinned_public_keys
from storage.readiness import must_stand
from storage.settings import folder_setting, read_environment

COMMAND = "command"  # who the audit names when nobody was signed in


def fail(message: str) -> int:
    """Say why a command did nothing, and return its status."""
    print(f"hotline: {message}", file=sys.stderr)
    return 1


@contextmanager
def open_database(url: str, setting: str = "DATABASE_URL") -> Iterator[Database]:
    """Give a database and close it behind the command; raises `SettingsMistakes` when it cannot be used."""
    must_stand(url, setting=setting)
    opened = Database(url, connections=2)
    try:
        yield opened
    finally:
        opened.close()


Run = Callable[[Namespace], int]


def add_actions(actions: Subparsers) -> dict[str, Run]:
    """Teach `hotline keys` to make a line's keys, show the public ones, and rotate the live key."""
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
    return {"init": _init, "show": _show, "rotate-live": _rotate}


def _init(given: Namespace) -> int:
    halves = (given.recovery_out, given.recovery_out_2) if given.recovery_out_2 else (given.recovery_out,)
    if len(set(halves)) != len(halves):
        return fail("the two halves need two files: name another with --recovery-out-2")
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
    for audience in (public.desk, public.worker, public.recovery, *public.earlier):
        before = "  earlier" if audience in public.earlier else ""
        print(f"{audience.name:<9} epoch {audience.epoch}  {audience.public_key.hex()}{before}")
    print(f"fingerprint  {public.fingerprint}")
