"""The command `hotline doctor`: looks for what leaks from a deployment."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ivr.diagnosis import diagnose, exit_status
from ivr.facts import Check, Verdict
from ivr.symptoms import Asked, gather
from storage.clock import SystemClock
from storage.settings import read_environment

COLOURS = {Verdict.SOUND: "green", Verdict.LEAKS: "bold red", Verdict.UNKNOWN: "yellow"}
MANUAL = """Look for what leaks from this deployment. Run it on the machine itself, best as root.
Status: 0 all is sound, 1 something leaks, 2 something could not be known (which is never taken for sound)."""


def doctor(argv: list[str]) -> int:
    """Check a deployment and say how to mend what leaks."""
    parser = ArgumentParser("hotline doctor", description=MANUAL)
    parser.add_argument("--settings", type=Path, help="the settings file (else HOTLINE_SETTINGS, else ./config.env)")
    parser.add_argument("--ivr-user", help="the user that runs the public side")
    parser.add_argument("--backups", type=Path, nargs="+", help="the folders where backups are kept")
    parser.add_argument("--keys", type=Path, nargs="+", default=[], help="folders with each process's copies of keys")
    given = parser.parse_args(argv)
    asked = Asked(given.ivr_user, None if given.backups is None else tuple(given.backups), tuple(given.keys))
    checks = diagnose(gather(read_environment(given.settings), asked, SystemClock().now()))
    show(checks, Console())
    return exit_status(checks)


def show(checks: list[Check], screen: Console) -> None:
    """Print the outcome of every check, and how many there are of each kind."""
    for check in checks:
        title = Text.assemble((f"{check.verdict:<9}", COLOURS[check.verdict]), (check.name, "bold"))
        lines = [title, *(Text(f"{'':9}{line}") for line in (check.why, check.mend) if line)]  # a path is no markup
        screen.print(*lines, sep="\n", soft_wrap=True)  # and is never cut in two: it is copied from here
    counts = (f"{sum(check.verdict is verdict for check in checks)} {verdict}" for verdict in Verdict)
    screen.print(", ".join(counts), highlight=False)
