"""The command `hotline scan`: searches what a machine stores for a planted caller."""

from __future__ import annotations

import json
import secrets
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from ivr.canary import KINDS, Canary, CanaryUnfit
from ivr.scan import Finding, ScanProvedNothing, files_below
from ivr.scan import scan as search
from storage.clock import SystemClock

CLEAN, FOUND, PROVED_NOTHING = 0, 1, 2
CONTROL_PREFIX = "hotline-scan-control-"

MANUAL = f"""\
Ring the line from a number you plant, say and key what you plant, hang up; then search.
The file names what was planted, one `kind=value` a line, and may be kept off this machine (`-` reads it from a pipe).
Kinds: {", ".join(KINDS)}.
`control` is something that each place does hold; without one, a file is put into each folder for the time of the scan.
Status: 0 nothing was found, 1 something was found, 2 the scan proved nothing."""


class NoCanaries(Exception):
    """The list of what was planted cannot be used; the message says which line."""


def scan(argv: list[str]) -> int:
    """Search places for canaries; what is found is named by kind and form, never shown."""
    given = _parser().parse_args(argv)
    screen = Console(soft_wrap=True)
    try:
        canaries, control = read_canaries(_text(given.canaries, given.places))
        with _planted(given.places, control) as sought:
            findings = _scanned(given.places, canaries, sought)
    except (ScanProvedNothing, NoCanaries, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        print(f"hotline: nothing is proved: {reason}", file=sys.stderr)
        return PROVED_NOTHING
    for finding in findings:
        screen.print(told(finding), markup=False, highlight=False)
    kinds = ", ".join(sorted({canary.kind for canary in canaries}))
    print(f"{len(findings)} found. Sought: {kinds}. The control was found in every place.")
    if given.result is not None:
        _write_result(given.result, len(findings), canaries)
    return FOUND if findings else CLEAN


def read_canaries(text: str) -> tuple[list[Canary], Canary | None]:
    """Return the canaries of a list and its control; raises `NoCanaries`."""
    canaries: list[Canary] = []
    for number, line in enumerate(text.splitlines(), start=1):
        kind, equals, value = line.strip().partition("=")
        if not kind or kind.startswith("#"):
            continue
        try:
            canaries.append(Canary(kind.strip(), value.strip() if equals else ""))
        except CanaryUnfit as error:
            raise NoCanaries(f"line {number} of the list: {error}") from None
    controls = [canary for canary in canaries if canary.kind == "control"]
    sought = [canary for canary in canaries if canary.kind != "control"]
    if not sought or len(controls) > 1:
        raise NoCanaries("the list needs one canary or more, and one control at most")
    return sought, next(iter(controls), None)


def told(finding: Finding) -> str:
    """Return a finding as an operator reads it."""
    inside = ", within compressed bytes" if finding.compressed else ""
    return f"FOUND  {finding.kind} ({finding.form}{inside}) at byte {finding.offset} of {finding.place}"


def _parser() -> ArgumentParser:
    parser = ArgumentParser("hotline scan", description=MANUAL, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--canaries", required=True, help="the list of what was planted, or - for a pipe")
    parser.add_argument(
        "--places", nargs="+", type=Path, required=True, help="databases, logs, temporary files, backups, exports"
    )
    parser.add_argument(
        "--result", type=Path, help="a file for `hotline public`: the day, what was sought, how much found"
    )
    return parser


def _write_result(path: Path, found: int, canaries: Sequence[Canary]) -> None:
    # Kinds alone: what was planted stays with whoever planted it.
    day = datetime.fromtimestamp(SystemClock().now(), UTC).date().isoformat()
    told = {"day": day, "found": found, "sought": sorted({canary.kind for canary in canaries})}
    path.write_text(f"{json.dumps(told, sort_keys=True)}\n", encoding="utf-8")


def _text(name: str, places: Sequence[Path]) -> str:
    if name == "-":
        return sys.stdin.read()
    path = Path(name)
    if any(path.resolve().is_relative_to(place.resolve()) for place in places):
        raise NoCanaries("the list lies in a place that is searched, so everything would be found; move it away")
    return path.read_text(encoding="utf-8")


@contextmanager
def _planted(places: Sequence[Path], control: Canary | None) -> Iterator[Canary]:
    """Give the control, planted into every folder when the operator named none."""
    if control is not None:
        yield control
        return
    planted: list[Path] = []
    control = Canary("control", CONTROL_PREFIX + secrets.token_hex(16))
    try:
        for place in places:
            if place.is_dir():
                path = place / (CONTROL_PREFIX + secrets.token_hex(4))
                planted.append(path)
                path.write_text(control.text, encoding="ascii")
        yield control
    finally:
        for path in planted:
            path.unlink(missing_ok=True)


def _scanned(places: Sequence[Path], canaries: Sequence[Canary], control: Canary) -> list[Finding]:
    columns = (TextColumn("Searching"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    screen = Console(stderr=True)
    with Progress(*columns, console=screen, disable=not screen.is_terminal, transient=True) as bar:
        total = sum(path.stat().st_size for place in places for path in files_below(place) if path.exists())
        task = bar.add_task("", total=total)
        return search(places, canaries, control, lambda _path, count: bar.advance(task, count))
