"""The command `hotline code`: the one-time codes of the demo's made-up people, as their telephones would show them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ivr.demo.house import EXAMPLE_LINE, FOLDER, PORTS, House
from ivr.demo.tour import CODE_SECONDS, code_now
from storage.clock import SystemClock


def code(argv: list[str]) -> int:
    """Print the codes that work now. Only the demo keeps authenticator secrets; a real line has them on telephones."""
    parser = argparse.ArgumentParser("hotline code", description=code.__doc__)
    parser.add_argument("name", nargs="?", help="only this person's code")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the demo lives")
    told = parser.parse_args(argv)
    if not (told.folder / "made").exists():
        print(f"hotline code: no demo lives in {told.folder}: start `hotline demo`, or name --folder", file=sys.stderr)
        return 1
    clock = SystemClock()
    house = House(told.folder, PORTS, EXAMPLE_LINE)
    staff = [one for one in (*house.staff(), *house.teams()) if told.name in (None, one.name)]
    if not staff:
        print(f"hotline code: nobody in the demo signs in as {told.name}", file=sys.stderr)
        return 1
    for one in staff:
        print(f"{one.name:<10} {code_now(one, clock)}  {one.role}")
    print(f"Good for {CODE_SECONDS - clock.now() % CODE_SECONDS} s more, each once.")
    return 0
