"""What the demo says when it stands: who signs in where, how a report comes to a team, and how to ring the line."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from ivr.demo.house import FOLDER, LINE, House, Staff
from ivr.demo.tour import CODE_SECONDS, code_now
from prompts.line import Line, is_open, read_line
from storage.clock import Clock, SystemClock

WAY_TO_A_TEAM = (
    "amina, Reports: Claim and open; play, correct and confirm each clip; then Add an officer, whom it is about",
    "ben, Review: Take it; cut or replace what points to the caller; choose the rest below; Propose for release",
    "carla, Review: Look at it; compare with the raw text; Release exactly this",
    "lena, Releases: open it; Record an outcome; Ask a question",
    "amina, Answers: open it; Put it to the caller in other words; Send it",
)


def print_ready(console: Console, house: House, reference: str) -> None:
    """Say everything that somebody needs who tries the demo for the first time; `reference` is the played caller's."""
    hotline = Path(sys.executable).with_name("hotline")
    console.print(f"\n[bold]The desk: {house.address('desk')}[/]  (name, password, code now)", markup=True)
    for staff in house.staff():
        _print_person(console, staff)
    console.print(f"[bold]A police team's own application: {house.address('assessment')}[/]", markup=True)
    for lead in house.teams():
        _print_person(console, lead)
    console.print(f"Codes change every {CODE_SECONDS} s, and each works once. Fresh ones: {hotline} code{_at(house)}")
    console.print(
        "[bold]Bring the report to the team and back.[/] Each at the desk needs a browser window apart", markup=True
    )
    console.print(
        "(another profile or browser, or a private one): who signs in in the same one takes the place of whoever was."
    )
    ringing = f"ring the line (below), press 3, and key {reference}, which the caller alone knows: hear it, and answer"
    for number, step in enumerate((*WAY_TO_A_TEAM, ringing), 1):
        console.print(f"  {number}. {step}", markup=False)
    _print_ringing(console, house, hotline)
    console.print(f"Read the alerts: {house.mail}. Logs: {house.logs}")
    console.print("Everything here is made up. Ctrl-C ends the demo.")
    places = " ".join(f"{name}={house.address(name)}" for name in ("desk", "assessment", "line", "carrier", "phone"))
    print(f"READY {places} number={LINE} mail=127.0.0.1:{house.ports['mail']}", flush=True)


def _print_person(console: Console, one: Staff) -> None:
    console.print(f"  {one.name:<10}  {one.password:<46}  {code_now(one, SystemClock())}  {one.role}", markup=False)


def _print_ringing(console: Console, house: House, hotline: Path) -> None:
    phone = f"{hotline} phone --exchange {house.address('phone')} --speaker '{hotline} say'"
    console.print(f"[bold]Ring the line in a browser: {house.address('phone')}[/]", markup=True)
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
