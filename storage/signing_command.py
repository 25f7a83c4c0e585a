"""`hotline keys signing`: makes the key that releases are signed with, and hands out its public half."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from storage import audit
from storage.arguments import Subparsers, settings_argument
from storage.clock import SystemClock
from storage.epoch_commands import line_keys, recovery_argument
from storage.epochs import ring_by_recovery
from storage.key_commands import COMMAND, Run, fail, open_database
from storage.signing import verifying_fingerprint, verifying_pem
from storage.signing_key import PUBLIC_FILE, has_signing_key, make_signing_key

MADE, REPLACED = "signing-key-made", "signing-key-replaced"


def add_actions(actions: Subparsers) -> dict[str, Run]:
    """Teach `hotline keys` to make a signing key."""
    signing = actions.add_parser("signing", help="make the key that signs what teams are given")
    recovery_argument(signing)
    signing.add_argument("--replace", action="store_true", help="a new one in its place; every team needs the new half")
    settings_argument(signing)
    return {"signing": _signing}


def _signing(given: Namespace) -> int:
    settings, public, recovery = line_keys(given)
    path = settings.keys_dir / PUBLIC_FILE
    with open_database(settings.database_url) as opened, opened.write() as connection:
        was_there = has_signing_key(connection) or path.exists()
        if was_there and not given.replace:
            return fail(
                f"there is a signing key, and nothing was changed. Its public half is {path}; --replace makes another "
                "one, and then no team can check what is signed until it has the new half"
            )
        keys = ring_by_recovery(connection, settings.keys_dir, recovery, public)
        made = make_signing_key(connection, keys)
        done, detail = REPLACED if was_there else MADE, verifying_fingerprint(made)
        now = SystemClock().now()
        audit.record(connection, at=now, person=COMMAND, action=done, subject="releases", detail=detail)
    # After the commit: a key without its file signs nothing, a file without its key would be handed to teams in vain.
    _write_public(path, verifying_pem(made))
    print(f"Made. Its private half is a key of the desk's own: nobody signs but who is signed in there. Public: {path}")
    print(f"fingerprint  {verifying_fingerprint(made)}")
    print("Copy that file into the desk's KEYS_DIR, and give it to every team. Read the fingerprint to each one by")
    print("telephone, at a number that you knew before. Then put the recovery key away again.")
    return 0


def _write_public(path: Path, pem: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(pem)
    fresh.replace(path)
