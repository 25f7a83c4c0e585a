"""A worker in a process of its own that is killed (SIGKILL) right after its n-th commit or call out.

Killed right before one leaves the same as killed after the one before: what was not committed was never there.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import Any, cast

from sqlalchemy import Connection, event

from ivr.worker import rounds
from ivr.worker.carrier import Carrier
from ivr.worker.post import Post
from ivr.worker.timetable import LANES
from storage.clock import TurnedClock
from storage.database import Database
from storage.opening import GroupKey
from tests.worker.fakes import Line

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.faults.killed_worker"])


@dataclass
class Fuse:
    """Kills its own process when it has burnt down."""

    left: int

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def without_syncing(database: Database) -> Database:
    """Spare the disk: a killed process keeps its commits without, only a power cut would not."""
    if database.is_sqlite:
        event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF").close())
    return database


class MortalDatabase(Database):
    """Burns the fuse after each commit."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self.fuse = fuse
        without_syncing(self)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
        self.fuse.burn()


class Remote:
    """Asks the test's own process, and burns the fuse after each answer."""

    def __init__(self, pipe: Pipe, whom: str, fuse: Fuse) -> None:
        self._pipe, self._whom, self._fuse = pipe, whom, fuse

    def __getattr__(self, name: str) -> Any:
        def ask(*arguments: Any) -> Any:
            self._pipe.send((self._whom, name, arguments))
            well, answer = self._pipe.recv()
            self._fuse.burn()
            if not well:
                raise answer
            return answer

        return ask


def work_until_killed(line: Line, fuse_length: int) -> bool:
    """Run a worker of this line in another process; say whether it lived to the end."""
    ours, theirs = PROCESSES.Pipe()
    keys = (line.desk, line.worker, line.recovery)
    url = line.database.url.render_as_string(hide_password=False)
    now = line.clock.now()
    child = PROCESSES.Process(target=_work, args=(theirs, url, keys, now, fuse_length), daemon=True)
    child.start()
    theirs.close()
    _answer(line, ours)
    child.join(30)
    ours.close()
    if child.exitcode not in (0, -signal.SIGKILL):
        raise AssertionError(f"the worker ended with {child.exitcode}")
    return child.exitcode == 0


def _answer(line: Line, pipe: Pipe) -> None:
    while True:
        try:
            whom, name, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, getattr(getattr(line, whom), name)(*arguments))
        except Exception as failure:  # noqa: BLE001 (the worker's process gets whatever was raised)
            answer = (False, failure)
        try:
            pipe.send(answer)
        except OSError:
            return


def _work(pipe: Pipe, url: str, keys: tuple[GroupKey, GroupKey, GroupKey], now: int, fuse_length: int) -> None:
    fuse = Fuse(fuse_length)
    line = Line(MortalDatabase(url, fuse), TurnedClock(now), desk=keys[0], worker=keys[1], recovery=keys[2])
    place = replace(
        line.place(),
        carrier=cast(Carrier, Remote(pipe, "carrier", fuse)),
        post=cast(Post, Remote(pipe, "post", fuse)),
    )
    stop, lanes = threading.Event(), LANES[:3]  # the upkeep once is enough: most of its commits only take its turns
    for _ in range(4):
        while sum(rounds.run_round(place, lane, stop) for lane in lanes):
            pass
        line.clock.forward(120)  # type: ignore[attr-defined]
    rounds.run_until_nothing_is_due(place, LANES, stop)
    line.database.close()
