"""The command `hotline package`: opens and checks a package on a team's own machine, without the line's service."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

from handlers.releasing.package import LONGEST_PACKAGE_BYTES, Package, opened
from storage.age_files import read_identity
from storage.keys import KeyFileUnfit
from storage.signing import read_verifying_key, verifying_fingerprint

LONGEST_BYTES = LONGEST_PACKAGE_BYTES + 1024 * 1024  # with age's own


def package(argv: list[str]) -> int:
    """Open a package with the team's key, check its signature and hashes, and write its files where that is asked."""
    parser = ArgumentParser("hotline package", description=package.__doc__)
    parser.add_argument("action", choices=["verify"])
    parser.add_argument("file", type=Path, help="the package, as the line gave it")
    parser.add_argument("--team-key", type=Path, required=True, help="the team's private key, as age-keygen wrote it")
    parser.add_argument("--signing-key", type=Path, required=True, help="the public half of the line's signing key")
    parser.add_argument("--out", type=Path, help="a new folder for the files; without it nothing is written")
    given = parser.parse_args(argv)
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
