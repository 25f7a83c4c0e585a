"""The command `hotline demo`: from nothing to a running line in one go."""

from __future__ import annotations

import argparse
import signal
from contextlib import ExitStack
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

from ivr.canary import Canary
from ivr.demo import call
from ivr.demo.closing import print_ready
from ivr.demo.house import EXAMPLE_LINE, FOLDER, LINE, DemoNotMade, House, clear, make_house
from ivr.demo.parts import PartFailed, Parts
from ivr.demo.post import Mailbox, mail_host
from ivr.demo.running import start_exchange, start_line
from ivr.demo.tour import CODE_SECONDS, TourFailed, code_now, read_newest_report
from ivr.scan import ScanProvedNothing, scan
from ivr.simulator.exchange import Exchange
from ivr.simulator.script import HeardSomethingElse
from prompts.mistakes import FileMistakes
from storage.clock import SystemClock

SETTLE_SECONDS = 120
CONTROL = "positive-control-of-the-demo"


def demo(argv: list[str]) -> int:
    """Set everything up on this machine, play a call, show the report, stay up until INT or TERM."""
    parser = argparse.ArgumentParser("hotline demo", description=demo.__doc__)
    parser.add_argument("--once", action="store_true", help="end after the played call: 0 well, 1 not")
    parser.add_argument("--folder", type=Path, help=f"where the demo lives; else {FOLDER}, or one beside it for --line")
    parser.add_argument(
        "--line", type=Path, default=EXAMPLE_LINE, help="another line's file, such as prompts/lines/met.toml"
    )
    parser.add_argument("--anew", action="store_true", help="throw away what an earlier demo kept")
    told = parser.parse_args(argv)
    console = Console(highlight=False, soft_wrap=True)
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    folder = told.folder or _folder_of(told.line)
    try:
        if told.anew:
            clear(folder.absolute())
        _run(console, folder.absolute(), told.line.absolute(), stop, once=told.once)
    except FileMistakes as mistakes:
        console.print(mistakes.told(), markup=False)
        return 1
    except (DemoNotMade, PartFailed, TourFailed, HeardSomethingElse, ScanProvedNothing) as failure:
        if stop.is_set():
            return 0
        console.print(f"[bold red]The demo failed.[/] {escape(str(failure))}", markup=True)
        return 1
    return 0


def _folder_of(line_file: Path) -> Path:
    # Each line has a folder of its own: reports of one are none of another's.
    return FOLDER if line_file == EXAMPLE_LINE else FOLDER.with_name(f"{FOLDER.name}-{line_file.stem}")


def _run(console: Console, folder: Path, line_file: Path, stop: Event, *, once: bool) -> None:
    with ExitStack() as stack:
        with console.status("Making the house") as status:
            house = make_house(folder, lambda part: status.update(f"Making the house: {part}"), line_file)
        mailbox = Mailbox(house.mail)
        mail = mail_host(mailbox, house.ports["mail"])
        mail.start()
        stack.callback(mail.stop)
        parts = stack.enter_context(Parts(house.settings, house.logs))
        _start(console, parts, house, stop)
        exchange = call.make_exchange(house)
        with ExitStack() as while_played:
            call.serve_carrier(while_played, house, exchange)
            reference = _play(console, house, exchange, parts, stop)
            _wait_until_settled(console, exchange, parts, stop)
        if stop.is_set():
            return
        _show(console, house, mailbox)
        if not once:
            _stay(console, house, parts, stop, reference)


def _start(console: Console, parts: Parts, house: House, stop: Event) -> None:
    with console.status("Starting the line, the worker and the desk"):
        start_line(parts, house, stop)


def _play(console: Console, house: House, exchange: Exchange, parts: Parts, stop: Event) -> str:
    """Play the call and return the reference that its caller heard."""
    console.print(f"\n[bold]Somebody rings {LINE}[/] (speech is synthesised and travels as sound)\n", markup=True)
    with _bar(console) as progress:
        task = progress.add_task("the call", total=call.steps())

        def tell(line: str) -> None:
            if stop.is_set():
                raise PartFailed("stopped")
            parts.must_run()
            progress.print(f"  {line}", markup=False)
            progress.advance(task)

        return call.play(house, exchange, tell)


def _wait_until_settled(console: Console, exchange: Exchange, parts: Parts, stop: Event) -> None:
    """Wait until the worker has collected and deleted everything at the carrier."""
    with _bar(console) as progress:
        task = progress.add_task("collected, written down, sealed, deleted at the carrier", total=None)
        exchange.advance(call.SECONDS_UNTIL_DELETABLE)
        for _ in range(SETTLE_SECONDS * 10):
            parts.must_run()
            kept = [recording for recording in exchange.recordings.values() if recording.standing]
            total = len(exchange.recordings) + len(exchange.calls)
            gone = total - len(kept) - (len(exchange.calls) - len(exchange.deleted_calls))
            progress.update(task, total=total, completed=gone)
            if gone == total or stop.wait(0.1):
                return
    raise PartFailed(f"the worker did not finish within {SETTLE_SECONDS} s; see {parts.logs / 'worker.log'}")


def _show(console: Console, house: House, mailbox: Mailbox) -> None:
    supervisor = house.staff()[0]
    page = read_newest_report(house.address("desk"), supervisor, SystemClock())
    panel = Panel(Text(page), title=f"the report, as {supervisor.alias} reads it")
    console.print(panel, soft_wrap=False, crop=False)
    console.print(f"{len(mailbox.received)} alert(s) left by e-mail, without content: {house.mail}")
    _prove_nothing_kept(console, house)


def _prove_nothing_kept(console: Console, house: House) -> None:
    (house.folder / "control.txt").write_text(CONTROL, encoding="ascii")
    caller = call.CALLER
    canaries = [Canary("number", caller.number), Canary("name", caller.name), Canary("city", caller.city)]
    with console.status("Searching everything that was stored for the caller"):
        found = scan([house.folder], canaries, Canary("control", CONTROL))
    if found:
        places = ", ".join(f"{one.place.name}: {one.kind} ({one.form})" for one in found)
        raise TourFailed(f"the caller stands in what was stored: {places}")
    console.print("The caller's number, name and city stand nowhere in what was stored (a planted control was found).")


def _stay(console: Console, house: House, parts: Parts, stop: Event, reference: str) -> None:
    start_exchange(parts, house, stop)
    print_ready(console, house, reference)
    clock = SystemClock()
    shown = clock.now() // CODE_SECONDS
    while not stop.wait(0.5):
        parts.must_run()
        if console.is_terminal and clock.now() // CODE_SECONDS != shown:
            shown = clock.now() // CODE_SECONDS
            console.print(_codes(house), end="\r")


def _codes(house: House) -> str:
    return "Codes now: " + "  ".join(
        f"{staff.name} {code_now(staff, SystemClock())}" for staff in (*house.staff(), *house.teams())
    )


def _bar(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"))
    return Progress(*columns, console=console, transient=True)
