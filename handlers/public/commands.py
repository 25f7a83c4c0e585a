"""The command `hotline public`: writes the page of figures and promises, for the charity to put on its website."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

from handlers.public.facts import CanaryUnread, Limits, facts_of, read_canary
from handlers.public.page import files_of
from prompts.line import read_line
from storage.arguments import settings_argument
from storage.build import build_digest, version_here
from storage.clock import SystemClock
from storage.key_commands import open_database
from storage.settings import PublicSettings, public_settings, read_environment


def public(argv: list[str]) -> int:
    """Write the public page into a folder, or print the digest of the program as it runs here."""
    parser = ArgumentParser("hotline public", description=public.__doc__)
    settings_argument(parser)
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--out", type=Path, help="the folder to write the files into; others in it stay")
    wanted.add_argument("--hash", action="store_true", help="print the build's digest alone; needs no settings")
    parser.add_argument("--canary", type=Path, help="what `hotline scan --result` wrote")
    given = parser.parse_args(argv)
    if given.hash:
        print(build_digest())
        return 0
    settings = public_settings(read_environment(given.settings))
    try:
        files = _made(settings, given.canary)
    except CanaryUnread as error:
        print(f"hotline public: nothing was written: {error}", file=sys.stderr)
        return 1
    _write(given.out, files)
    print(f"{len(files)} files in {given.out}. Read the page, then put the folder on the website.")
    return 0


def _made(settings: PublicSettings, canary: Path | None) -> dict[str, bytes]:
    searched = read_canary(canary) if canary is not None else None
    limits = Limits(settings.close_after_seconds, settings.backlog_alarm_minutes * 60, settings.keeping)
    line = read_line(settings.line_file)
    with open_database(settings.database_url) as opened, opened.read() as connection:
        facts = facts_of(connection, limits, searched, now=SystemClock().now())
    return files_of(line, facts, sound_days=settings.sound_days, version=version_here(), build=build_digest())


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Put the files in their places, each whole: the page last, since it names the others."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(files, key=lambda one: one.endswith(".html")):
        new = folder / f".{name}.new"
        new.write_bytes(files[name])
        new.replace(folder / name)
