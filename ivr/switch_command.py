"""The command `hotline switch`: what holds for the whole line at once, and what a caller would hear of it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.app import line_flow, line_languages
from ivr.preview import Planned, played
from ivr.twiml import Documents
from prompts.line import Line, NoSuchTime, holiday_on, is_open, local_time, read_line
from prompts.mistakes import FileMistakes
from prompts.wording import read_wording
from storage.arguments import settings_argument
from storage.clock import SystemClock
from storage.database import Database
from storage.settings import read_environment, switch_settings
from storage.switches import (
    CLOSED,
    LONGEST_DAYS,
    OUTAGE,
    SURGE,
    SWITCHES,
    EndUnfit,
    NobodyOfThatName,
    all_switches,
    end_switch,
    set_switch,
)

COMMAND = "command"  # who the audit names when nobody was signed in
PUBLIC_BASE = "https://line.example.org"  # stands in documents that nobody fetches
WRITTEN = "%Y-%m-%d %H:%M"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def switch(argv: list[str]) -> int:
    """Set, list or end a switch of the line, or preview a call."""
    given = _parser().parse_args(argv)
    try:
        return _preview(given) if given.action == "preview" else _switch(given)
    except FileMistakes as mistakes:
        print(mistakes.told(), file=sys.stderr)
        return 1
    except NoSuchTime:
        return _fail('there is no such time; write it as "2026-11-27 08:00", by the clock of the line')
    except EndUnfit:
        return _fail(
            f"a switch ends in the future and within {LONGEST_DAYS} days; set it anew when it must last longer"
        )
    except NobodyOfThatName:
        return _fail("nobody who may sign in has this name; `hotline people list` names them")


def _parser() -> ArgumentParser:
    parser = ArgumentParser("hotline switch", description=switch.__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    for name, told in SWITCHES.items():
        on = actions.add_parser(name, help=told)
        on.add_argument("--until", required=True, help='"2026-11-27 08:00", by the clock of the line')
        on.add_argument("--by", required=True, help="the member of staff who decided it: a sign-in name")
    off = actions.add_parser("off", help="end a switch before its time")
    off.add_argument("name", choices=tuple(SWITCHES))
    off.add_argument("--by", required=True, help="the member of staff who decided it: a sign-in name")
    actions.add_parser("list", help="list the switches that stand")
    preview = actions.add_parser("preview", help="print what a caller would hear at a time")
    preview.add_argument("--at", help='"2026-12-25 03:00", by the clock of the line; else now')
    preview.add_argument("--line", type=Path, help="the line's file; else LINE_FILE")
    preview.add_argument("--language", help="the caller's language; else the line's own")
    preview.add_argument("--closed", action="store_true", help="as if the line were closed")
    preview.add_argument("--surge", action="store_true", help="as if a surge were told")
    preview.add_argument("--outage", action="store_true", help="as if an outage were told")
    preview.add_argument("--crowded", action="store_true", help="as if MAX_CALLS calls were under way")
    preview.add_argument("--staffed", action="store_true", help="as if handlers were on duty in the line's hours")
    preview.add_argument("--silent", action="store_true", help="a caller who neither presses nor says anything")
    for action in actions.choices.values():
        settings_argument(action)
    return parser


# ---- switches -----------------------------------------------------------------------------------------------------


def _switch(given: Namespace) -> int:
    url, line_file = switch_settings(read_environment(given.settings))
    line, now = read_line(line_file), SystemClock().now()
    with _opened(url) as database:
        match given.action:
            case "list":
                return _list(database, line, now)
            case "off":
                return _off(database, given.name, given.by, now)
            case name:
                until = int(local_time(line, given.until).timestamp())
                with database.write() as connection:
                    set_switch(connection, name, until=until, by=given.by, person=COMMAND, now=now)
                print(f"{name} stands until {_written(line, until)}: {SWITCHES[name]}.")
                print(f"Hear it: hotline switch preview --{name}")
                return 0


def _off(database: Database, name: str, by: str, now: int) -> int:
    with database.write() as connection:
        ended = end_switch(connection, name, by=by, person=COMMAND, now=now)
    if not ended:
        return _fail(f"{name} does not stand; `hotline switch list` names what does")
    print(f"{name} is ended.")
    return 0


def _list(database: Database, line: Line, now: int) -> int:
    with database.read() as connection:
        found = all_switches(connection, now=now)
    for one in found:
        print(f"{one.name:<8} until {_written(line, one.until)}, by {one.set_by} at {_written(line, one.set_at)}")
    if line.closed:
        print("closed   in the line's file, until somebody changes it there")
    elif not found:
        print("No switch stands.")
    return 0


def _written(line: Line, seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(line.hours.zone)):{WRITTEN}}"


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url, connections=2)
    try:
        yield database
    finally:
        database.close()


def _fail(message: str) -> int:
    print(f"hotline: {message}", file=sys.stderr)
    return 1


# ---- preview ------------------------------------------------------------------------------------------------------


def _preview(given: Namespace) -> int:
    line = read_line(given.line or switch_settings(read_environment(given.settings))[1])
    at = local_time(line, given.at or _written(line, SystemClock().now()))
    on = frozenset(name for name in (CLOSED, SURGE, OUTAGE) if getattr(given, name))
    world = Planned(line, at, on, crowded=given.crowded, staffed=given.staffed)
    documents = Documents(line_flow(line), read_wording(line), line_languages(line), PUBLIC_BASE)
    _print_moment(world)
    try:
        for scene in played(documents, world, given.language or line.primary.code, silent=given.silent):
            print(f"\n{scene.step} ({scene.language})")
            for words in scene.said:
                print(f"    {words}")
            if scene.does:
                print(f"  > {scene.does}")
    except LookupError:
        return _fail(f"no key of this line leads to {given.language}")
    return 0


def _print_moment(world: Planned) -> None:
    line, day = world.line, world.at.date()
    holiday = holiday_on(line, day)
    hours = "handlers' hours" if is_open(line, world.at) else "outside handlers' hours"
    named = f", {holiday.name}" if holiday else ""
    print(f"{DAYS[day.weekday()]} {world.at:{WRITTEN}} in {line.hours.zone}{named}: {hours}")
    print(f"Switched on: {', '.join(name for name in SWITCHES if world.is_switched(name)) or 'nothing'}")
