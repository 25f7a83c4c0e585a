"""The command `hotline package`: a team's own key, and checking what it opens, on the team's machine alone."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from handlers.releasing.package import LONGEST_PACKAGE_BYTES, Package, opened
from storage.age_files import new_identity, read_identity, recipient_of
from storage.keys import KeyFileUnfit, write_secret_file
from storage.signing import read_verifying_key, verifying_fingerprint

LONGEST_BYTES = LONGEST_PACKAGE_BYTES + 1024 * 1024  # with age's own


def package(argv: list[str]) -> int:
    """Open and check a package with the team's key, or make that key."""
    parser = ArgumentParser("hotline package", description=package.__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    key = actions.add_parser("key", help="make the team's key, where age-keygen is not at hand")
    key.add_argument("--out", type=Path, required=True, help="a new file; it never leaves this machine")
    verify = actions.add_parser("verify", help=_verify.__doc__)
    verify.add_argument("file", type=Path, help="the package, as the line gave it")
    verify.add_argument("--team-key", type=Path, required=True, help="the team's private key, as age-keygen wrote it")
    verify.add_argument("--signing-key", type=Path, required=True, help="the public half of the line's signing key")
    verify.add_argument("--out", type=Path, help="a new folder for the files; without it nothing is written")
    given = parser.parse_args(argv)
    return _key(given) if given.action == "key" else _verify(given)


def _key(given: Namespace) -> int:
    identity = new_identity()
    public = recipient_of(identity)
    try:
        write_secret_file(given.out, f"# public key: {public}\n".encode() + identity + b"\n")
    except FileExistsError:
        print(f"hotline: {given.out} is there already, and a key is never written over", file=sys.stderr)
        return 1
    print(f"Made {given.out}. Keep a copy offline: nobody else can open what is sealed to it. For the line's file:")
    print(f'  age = "{public}"')
    return 0


def _verify(given: Namespace) -> int:
    """Open a package, check its signature and hashes, and write its files where that is asked."""
    public = read_verifying_key(given.signing_key)
    release, found = opened(_read(given.file), identity=read_identity(given.team_key), public=public)
    print(f"Signed by the key {verifying_fingerprint(public)}.")
    print(
        f"Release {release.release} for {release.to.name}, grade {release.grade.code}. Every file is as it was signed."
    )
    if given.out is None:
        print("Nothing was written; --out FOLDER writes the files.")
        return 0
    try:
        _write(given.out, found)
    except FileExistsError:
        print(f"hotline: {given.out} is there already; name a new folder", file=sys.stderr)
        return 1
    print(f"Written: {', '.join(str(given.out / name) for name in found.files())}")
    return 0


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_BYTES)
    except OSError as error:
        raise KeyFileUnfit(f"{path}: the package is missing, or cannot be read") from error


def _write(folder: Path, found: Package) -> None:
    folder.mkdir(mode=0o700)
    for name, content in found.files().items():
        (folder / name).write_bytes(content)
