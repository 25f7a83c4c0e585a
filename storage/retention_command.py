"""The command `hotline retention`: what goes in the coming weeks, and a person's yes to a run that was stopped."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rich.console import Console
from rich.table import Table

from storage.arguments import settings_argument
from storage.audit import record
from storage.clock import SystemClock, week_start
from storage.database import Database
from storage.going import Plan, plan
from storage.jobs import clear_alarm
from storage.key_commands import COMMAND, fail, open_database
from storage.on_disk import forget_on_disk
from storage.people import list_people
from storage.raw import destroy_raw, due_now, expire_handovers
from storage.retention import Keeping, TooManyAtOnce, check_due, expire_reports
from storage.settings import read_environment, retention_settings

AT_ONCE = 50  # in one transaction: callers must not wait behind a long one
MOST_WEEKS = 520
STATES = {
    "confirmed": "Confirmed",
    "not_a_report": "Not a report",
    "raw": "Raw of released",
    "released": "Released",
}


def retention(argv: list[str]) -> int:
    """Show what retention will delete in the coming weeks, or delete what is due now."""
    parser = ArgumentParser("hotline retention", description=retention.__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    planned = actions.add_parser("plan", help="counts by week and state of what will go")
    planned.add_argument("--weeks", type=int, default=8, help=f"how many weeks to show, 1 to {MOST_WEEKS}")
    run = actions.add_parser("run", help="delete what is due now, as the worker does every hour")
    run.add_argument("--yes-delete", type=int, metavar="N", help="agree to exactly so many, where the guard stopped")
    run.add_argument("--by", metavar="NAME", action="append", default=[], help="who agrees: twice, two supervisors")
    for action in actions.choices.values():
        settings_argument(action)
    given = parser.parse_args(argv)
    if given.action == "plan" and not 1 <= given.weeks <= MOST_WEEKS:
        parser.error(f"--weeks takes a number from 1 to {MOST_WEEKS}")
    url, keeping = retention_settings(read_environment(given.settings))
    with open_database(url) as opened:
        return _plan(opened, keeping, given.weeks) if given.action == "plan" else _run(opened, keeping, given)


def _plan(opened: Database, keeping: Keeping, weeks: int) -> int:
    with opened.read() as connection:
        found = plan(connection, keeping, now=SystemClock().now(), weeks=weeks)
    screen = Console()
    screen.print(_table(found))
    screen.print(f"Held, and so kept: {found.held}. Unfinished, and so kept: {found.unfinished}.", highlight=False)
    screen.print("A hold, or a caller who rings back, keeps a report for longer.", highlight=False)
    return 0


def _table(found: Plan) -> Table:
    table = Table(title="Reports that retention will delete")
    table.add_column("Week")
    table.add_column("From")
    for words in STATES.values():
        table.add_column(words, justify="right")
    for number, one in enumerate(found.weeks):
        begins = "now" if number == 0 else f"{week_start(one.week):%Y-%m-%d}"
        table.add_row(one.week, begins, *(str(one.by_state.get(state, 0)) for state in STATES))
    return table


def _run(opened: Database, keeping: Keeping, given: Namespace) -> int:
    now = SystemClock().now()
    try:
        with opened.read() as connection:
            more = due_now(connection, keeping, now=now)
            due = check_due(connection, keeping, now=now, agreed=given.yes_delete, more=more)
    except TooManyAtOnce as stopped:
        if given.yes_delete is None:
            return fail(
                f"nothing was deleted: {stopped.due} are due, more than a fifth of all. Look at the clock, the "
                f"RETAIN settings and `hotline retention plan`; if it is right: "
                f"--yes-delete {stopped.due} --by NAME --by NAME, two supervisors"
            )
        return fail(f"nothing was deleted: you agreed to {given.yes_delete}, and {stopped.due} are due")
    if given.yes_delete is not None and (why := _agreed(opened, given.by, due, now)):
        return fail(f"nothing was deleted: {why}")
    gone = 0
    for goes in (expire_reports, destroy_raw, expire_handovers):
        while gone < due:
            with opened.write() as connection:
                went = goes(connection, keeping, now=now, most=min(AT_ONCE, due - gone), person=COMMAND)
            if not went:
                break
            gone += went
    with opened.write() as connection:
        clear_alarm(connection, "retention")
    forget_on_disk(opened)
    print(f"{gone} are deleted: reports, raw texts, handovers. Numbers and one entry in the audit for each are left.")
    return 0


def _agreed(opened: Database, names: list[str], due: int, now: int) -> str:
    """Write down which two supervisors agreed, and return an empty text; or return why that is no agreement."""
    if len(names) != 2 or len(set(names)) != 2:
        return "two supervisors must agree: --by NAME --by NAME"
    with opened.write() as connection:
        supervisors = {one.name for one in list_people(connection) if one.role == "supervisor"}
        if not supervisors.issuperset(names):
            return "somebody named by --by is no supervisor who may sign in; `hotline people list` names them"
        detail = f"{due} reports, by {' and '.join(sorted(names))}"
        record(connection, at=now, person=COMMAND, action="retention-allowed", subject="reports", detail=detail)
    return ""
