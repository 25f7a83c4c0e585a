"""The command `hotline demo`: from nothing to a running line in one go."""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

from ivr.canary import Canary
from ivr.demo import call
from ivr.demo.house import EXAMPLE_LINE, FOLDER, LINE, DemoNotMade, House, clear, make_house
from ivr.demo.parts import PartFailed, Parts
from ivr.demo.post import Mailbox, mail_host
from ivr.demo.running import start_exchange, start_line
from ivr.demo.tour import CODE_SECONDS, TourFailed, code_now, read_newest_report
from ivr.scan import ScanProvedNothing, scan
from ivr.simulator.exchange import Exchange
from ivr.simulator.script import HeardSomethingElse
from prompts.line import Line, is_open, read_line
from prompts.mistakes import FileMistakes
from storage.clock import Clock, SystemClock

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
            _play(console, house, exchange, parts, stop)
            _wait_until_settled(console, exchange, parts, stop)
        if stop.is_set():
            return
        _show(console, house, mailbox)
        if not once:
            _stay(console, house, parts, stop)


def _start(console: Console, parts: Parts, house: House, stop: Event) -> None:
    with console.status("Starting the line, the worker and the desk"):
        start_line(parts, house, stop)


def _play(console: Console, house: House, exchange: Exchange, parts: Parts, stop: Event) -> None:
    console.print(f"\n[bold]Somebody rings {LINE}[/] (speech is synthesised and travels as sound)\n", markup=True)
    with _bar(console) as progress:
        task = progress.add_task("the call", total=call.steps())

        def tell(line: str) -> None:
            if stop.is_set():
                raise PartFailed("stopped")
            parts.must_run()
            progress.print(f"  {line}", markup=False)
            progress.advance(task)

        call.play(house, exchange, tell)


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


def _stay(console: Console, house: House, parts: Parts, stop: Event) -> None:
    start_exchange(parts, house, stop)
    _print_ready(console, house)
    clock = SystemClock()
    shown = clock.now() // CODE_SECONDS
    while not stop.wait(0.5):
        parts.must_run()
        if console.is_terminal and clock.now() // CODE_SECONDS != shown:
            shown = clock.now() // CODE_SECONDS
            console.print(_codes(house), end="\r")


def _print_ready(console: Console, house: House) -> None:
    console.print("\n[bold]Sign in to the desk[/] (name, password, code now):", markup=True)
    for staff in house.staff():
        console.print(f"  {staff.name:<6} {staff.password:<48} {code_now(staff, SystemClock())}  {staff.role}")
    hotline = Path(sys.executable).with_name("hotline")
    console.print(f"Codes change every {CODE_SECONDS} s, and each works once. Fresh ones: {hotline} code{_at(house)}")
    phone = f"{hotline} phone --exchange {house.address('phone')} --speaker '{hotline} say'"
    places = " ".join(f"{name}={house.address(name)}" for name in ("desk", "assessment", "line", "carrier", "phone"))
    console.print(f"Open the desk: {house.address('desk')}")
    console.print(f"Open the assessment application, where a police team reads: {house.address('assessment')}")
    for lead in house.teams():
        console.print(f"  {lead.name:<10} {lead.password:<44} {code_now(lead, SystemClock())}  {lead.role} of the team")
    console.print("  amina presses Claim and open beside a report of the list; ben opens any, and gives it to somebody")
    console.print(f"Ring the line in a browser: {house.address('phone')}")
    console.print(f"or in a terminal: {phone}")
    console.print("Answer a call yourself, in two tabs (with a headset, or you hear yourself):")
    console.print(f"  1. sign in as amina, open {house.address('desk')}/live, and say that you are available")
    console.print(
        f"  2. ring in the other tab ({house.address('phone')}), and press 1 for a person; answer in the first"
    )
    console.print(
        f"  ben sees it on {house.address('desk')}/board, and can listen on {house.address('desk')}/live/calls"
    )
    if told := closed_words(read_line(house.line_file), SystemClock()):
        console.print(told, style="bold")
    console.print(f"Read the alerts: {house.mail}. Logs: {house.logs}")
    console.print("Everything here is made up. Ctrl-C ends the demo.")
    print(f"READY {places} number={LINE} mail=127.0.0.1:{house.ports['mail']}", flush=True)


def closed_words(line: Line, clock: Clock) -> str:
    """Return what to do where the line's own hours say that no handler answers at this moment, or ""."""
    if is_open(line, datetime.fromtimestamp(clock.now(), UTC)):
        return ""
    return (
        "By its hours no handler answers this line now, so 1 leads nobody to you: copy its file, write 00:00-24:00 "
        "under [hours] for each day, remove `region` and [[holidays]], and run the demo with --line and the copy."
    )


def _at(house: House) -> str:
    return "" if house.folder == FOLDER.absolute() else f" --folder {house.folder}"


def _codes(house: House) -> str:
    return "Codes now: " + "  ".join(
        f"{staff.name} {code_now(staff, SystemClock())}" for staff in (*house.staff(), *house.teams())
    )


def _bar(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"))
    return Progress(*columns, console=console, transient=True)
