"""The benchmark `make benchcrowd`: hundreds ring at once, few answer; is nobody lost, and how quick are webhooks?

Real processes (public door and worker) on SQLite; the stand-in for Twilio and the handlers live here. Absolute times
change with the machine: what counts is that everybody ends with a person or at the recorder, and nobody with two.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import insert, select

from ivr.demo.house import ACCOUNT, API_KEY, APPLICATION, LINE, House, make_house
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.clocks import RealClock
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import NumberSettings, softphone
from ivr.simulator.rest import RestApi
from ivr.simulator.serving import Served
from ivr.simulator.transport import Answer, HttpTransport, Request, Transport
from storage.database import Database
from storage.live import conduct, offers, shifts
from storage.live.offers import TooLate
from storage.models import counts, seats, skills
from tests.benchmarks.servers import line_server

THREADS = 48  # of the exchange: as many webhooks are under way at once
TALK_SECONDS = 3.0
MOST_SECONDS = 420


@dataclass
class Timed:
    """Carries requests, and keeps how long each took."""

    through: Transport
    seconds: list[float] = field(default_factory=list)

    def send(self, request: Request) -> Answer:
        began = time.perf_counter()
        answer = self.through.send(request)
        self.seconds.append(time.perf_counter() - began)
        return answer

    def at(self, share: float) -> float:
        """Return the milliseconds below which this share of the requests was answered."""
        ordered = sorted(self.seconds) or [0.0]
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class Crowd:
    """The callers, each on the exchange's threads, and what became of them."""

    exchange: Exchange
    pool: ThreadPoolExecutor
    calls: list[SimulatedCall] = field(default_factory=list)
    busy: dict[str, Future[None]] = field(default_factory=dict)
    became: Counter[str] = field(default_factory=Counter)

    def ring(self, number: int) -> None:
        """Let so many ring at once."""
        rings = [self.pool.submit(self.exchange.ring, LINE, listens_at_once=False) for _ in range(number)]
        self.calls = [one.result() for one in rings]

    def go_on(self) -> None:
        """Let every call do what is due for it, each on a thread of its own."""
        for call in (*self.calls, *self.exchange.calls.values()):
            running = self.busy.get(call.sid)
            if call.ended or (running is not None and not running.done()):
                continue
            if (deed := self._deed(call)) is not None:
                self.busy[call.sid] = self.pool.submit(deed)

    def _deed(self, call: SimulatedCall) -> Callable[[], None] | None:
        if call.step == "main_menu" and call.waiting_for == "key":
            return lambda: call.press("1")
        if call.step in ("nobody_on_duty", "consent", "closed_now") and call.waiting_for == "key":
            self.became["came to the recorder"] += 1
            return call.hang_up
        due = call.due
        return call.tick if due is not None and due <= self.exchange.clock.now() else None

    def are_all_gone(self) -> bool:
        return all(call.ended for call in self.calls)


@dataclass
class Team:
    """The handlers: their pages are played by what those do to the rows."""

    exchange: Exchange
    database: Database
    pool: ThreadPoolExecutor
    people: list[str]
    began: dict[str, float] = field(default_factory=dict)  # when the present talk of each began
    doubled: int = 0

    def come_in(self) -> None:
        with self.database.write() as connection:
            for person_id in self.people:
                shifts.choose(connection, person_id, shifts.AVAILABLE, now=int(time.time()))
                for skill, until in (("language:en", ""), ("general", "2099-12")):
                    connection.execute(insert(skills), {"person_id": person_id, "skill": skill, "until": until})

    def work(self, stop: threading.Event) -> None:
        """Look at the rows five times a second until told to stop."""
        seen = 0
        while not stop.wait(0.2):
            now = int(time.time())
            if now - seen >= shifts.SEEN_AGAIN_SECONDS:
                seen = now
                with self.database.write() as connection:
                    for person_id in self.people:
                        shifts.note_seen(connection, person_id, now=now)
            with self.database.read() as connection:
                at_work = {one.person_id: one.state for one in shifts.all_shifts(connection)}
                theirs = {one.person_id: one for one in conduct.live_talks(connection) if one.person_id}
                sitting = Counter(connection.scalars(select(seats.c.talk_id).where(seats.c.state == "joined")))
            self.doubled += sum(number > 1 for number in sitting.values())
            for person_id in self.people:
                self._do(person_id, theirs.get(person_id), at_work.get(person_id, ""), now)

    def _do(self, person_id: str, talk: conduct.Talk | None, state: str, now: int) -> None:
        if talk is not None and talk.state == "offered":
            self._accept(person_id, talk.talk_id, now)
        elif talk is not None and talk.state == "talking" and not talk.ending:
            began = self.began.setdefault(talk.talk_id, time.monotonic())
            if time.monotonic() - began > TALK_SECONDS:
                with self.database.write() as connection:
                    conduct.finish(connection, talk.talk_id, person_id, conduct.FINISHED, now=now)
        elif talk is None and state in (shifts.WRAP_UP, shifts.AWAY):
            with self.database.write() as connection:
                shifts.choose(connection, person_id, shifts.AVAILABLE, now=now)

    def _accept(self, person_id: str, talk_id: str, now: int) -> None:
        token = uuid4().hex
        try:
            with self.database.write() as connection:
                offers.accept(connection, talk_id, person_id, token=token, report_id=uuid4().hex, now=now)
        except TooLate:
            return
        rings = softphone("4a5b", APPLICATION, (("offer", token),))
        self.pool.submit(self.exchange.ring, APPLICATION, rings, listens_at_once=False)


def main() -> None:
    """Measure and print; nothing is asserted about time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=500)
    parser.add_argument("--handlers", type=int, default=20)
    told = parser.parse_args()
    console = Console(soft_wrap=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-bench-")))
        with console.status("making the house"):
            house = make_house(folder, lambda _: None)
        _measure(stack, console, house, told.callers, told.handlers)


def _measure(stack: ExitStack, console: Console, house: House, callers: int, handlers: int) -> None:
    timed = Timed(HttpTransport(house.address("line")))
    exchange = _exchange(house, timed)
    stack.enter_context(Served(RestApi(exchange), port=house.ports["carrier"]))
    text = house.settings.read_text(encoding="utf-8")
    house.settings.write_text(text + "MAX_CALLS=5000\n", encoding="utf-8")
    stack.enter_context(line_server(house.settings, house.ports["line"]))
    stack.enter_context(_worker(house.settings))
    pool = stack.enter_context(ThreadPoolExecutor(THREADS))
    database = Database(f"sqlite:///{house.folder}/hotline.db")
    stack.callback(database.close)
    team = Team(exchange, database, pool, [uuid4().hex for _ in range(handlers)])
    team.come_in()
    stop = threading.Event()
    working = threading.Thread(target=team.work, args=(stop,))
    working.start()
    crowd = Crowd(exchange, pool)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("callers", total=callers)
        crowd.ring(callers)
        began = time.monotonic()
        while not crowd.are_all_gone() and time.monotonic() - began < MOST_SECONDS:
            crowd.go_on()
            progress.update(task, completed=sum(call.ended for call in crowd.calls))
            time.sleep(0.05)
    stop.set()
    working.join()
    with database.read() as connection:
        told = {row.name: row.number for row in connection.execute(select(counts))}
    _print(console, crowd, team, timed, told, time.monotonic() - began)


def _exchange(house: House, timed: Timed) -> Exchange:
    folder, base = house.folder / "carrier", house.address("line")
    exchange = Exchange(
        service=timed,
        numbers={LINE: NumberSettings(f"{base}/call", status_callback=f"{base}/ended")},
        account_sid=ACCOUNT,
        auth_token=(folder / "auth-tokens").read_text().strip(),
        api_key=API_KEY,
        api_secret=(folder / "api-secret").read_text().strip(),
        clock=RealClock(),
    )
    exchange.applications = {APPLICATION: NumberSettings(f"{base}/softphone", status_callback=f"{base}/ended")}
    return exchange


@contextmanager
def _worker(settings: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "storage.command_line", "worker", "--settings", str(settings)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _print(console: Console, crowd: Crowd, team: Team, timed: Timed, told: dict[str, int], seconds: float) -> None:
    table = Table(title=f"{len(crowd.calls)} callers at once, {len(team.people)} handlers, {seconds:.0f} s")
    table.add_column("what")
    table.add_column("number", justify="right")
    for name in ("joined", "answered", "left", "nobody_came", "hung_up"):
        table.add_row(f"queue.{name}", str(told.get(f"queue.{name}", 0)))
    table.add_row("callers still on the line", str(sum(not call.ended for call in crowd.calls)))
    table.add_row("came to the recorder", str(crowd.became["came to the recorder"]))
    table.add_row("seen with two handlers", str(team.doubled))
    table.add_row("notices at the carrier (requests that failed)", str(len(crowd.exchange.notices)))
    table.add_row("webhooks", str(len(timed.seconds)))
    for share in (0.5, 0.95, 0.99, 1.0):
        table.add_row(f"webhook answered within, {share:.0%}", f"{timed.at(share):.0f} ms")
    console.print(table)


if __name__ == "__main__":
    main()
