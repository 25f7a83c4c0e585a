"""The command `hotline probe`: rings the line through its public address and says whether a caller is answered."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from ivr.probe import InventedCaller, LineNotWell, Probe, planted, posted
from storage.arguments import settings_argument
from storage.settings import probe_settings, read_environment

WELL, NOT_WELL = 0, 1
MANUAL = """\
Ring the line through its public address, signed as Twilio signs, and leave by the quick exit.
Run it by a timer, best on another machine, and let a failure ring somebody's telephone: the line cannot say that
it is away. With --plant, what the invented caller brought is written to a file for `hotline scan --canaries`.
Status: 0 a caller is answered, 1 not."""


def probe(argv: list[str]) -> int:
    """Play one short call by an invented caller."""
    parser = ArgumentParser("hotline probe", description=MANUAL, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--plant", type=Path, help="a new file for the list of what was planted")
    settings_argument(parser)
    told = parser.parse_args(argv)
    settings = probe_settings(read_environment(told.settings))
    caller = InventedCaller.new()
    if told.plant is not None and not _written(told.plant, planted(caller.canaries())):
        return NOT_WELL
    try:
        steps = Probe(settings, caller, posted).call()
    except LineNotWell as why:
        print(f"hotline probe: the line is NOT well: {why}", file=sys.stderr)
        return NOT_WELL
    print(f"The line is well: {' > '.join(steps)}.")
    return WELL


def _written(path: Path, text: str) -> bool:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        print(f"hotline probe: {path} was not written: {error.strerror}. Name a new file.", file=sys.stderr)
        return False
    return True
