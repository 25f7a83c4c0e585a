"""A public door in a process of its own that is killed (SIGKILL) right before or right after its n-th commit."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from typing import Literal

from sqlalchemy import Connection, event

from ivr.app import create_app
from ivr.simulator.transport import Answer, NotAnswered, Request, WsgiTransport
from storage.database import Database
from storage.settings import IvrSettings
from storage.shared_writes import T
from tests.cheaper import spend_less
from tests.house import Patient

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.faults.ivr.mortal_door"])
Moment = Literal["before", "after"]
END_SECONDS = 10


@dataclass
class Fuse:
    """Kills its own process when it has burnt down; a negative one never does."""

    left: int

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class MortalDoor:
    """Carries requests into the process; when that dies, the next request finds a new one that lives on."""

    settings: IvrSettings
    commits: int
    moment: Moment
    deaths: int = 0
    _process: BaseProcess | None = None
    _pipe: Pipe | None = field(default=None, repr=False)

    def send(self, request: Request) -> Answer:
        if self._process is None or self._pipe is None:
            self._begin(self.commits if self.deaths == 0 else -1)
        assert self._process is not None
        assert self._pipe is not None
        try:
            self._pipe.send(request)
            answer: Answer = self._pipe.recv()
        except (EOFError, OSError):
            self._bury()
            raise NotAnswered from None
        return answer

    def close(self) -> None:
        """End the process in peace."""
        if self._process is not None:
            self._pipe.close() if self._pipe else None
            self._process.join(END_SECONDS)
            self._process, self._pipe = None, None

    def _begin(self, commits: int) -> None:
        self._pipe, theirs = PROCESSES.Pipe()
        self._process = PROCESSES.Process(
            target=_serve, args=(theirs, self.settings, commits, self.moment), daemon=True
        )
        self._process.start()
        theirs.close()

    def _bury(self) -> None:
        assert self._process is not None
        self._process.join(END_SECONDS)
        assert self._process.exitcode == -signal.SIGKILL, f"the door ended with {self._process.exitcode}"
        self.deaths += 1
        if self._pipe is not None:
            self._pipe.close()
        self._process, self._pipe = None, None


def _serve(pipe: Pipe, settings: IvrSettings, commits: int, moment: Moment) -> None:
    spend_less()  # as the test does, which shares references with it
    _make_mortal(Fuse(commits), moment)
    door = create_app(settings)
    if door.hotline.database.is_sqlite:  # a killed process keeps its commits without; only a power cut would not
        event.listen(
            door.hotline.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF").close()
        )
    inside = Patient(WsgiTransport(door), door)
    while True:
        try:
            request = pipe.recv()
        except EOFError:
            break
        pipe.send(inside.send(request))
    door.close()


def _make_mortal(fuse: Fuse, moment: Moment) -> None:
    """Burn the fuse at each commit of any database in this process; it is this process's own class alone."""
    write, write_statement = Database.write, Database.write_statement

    @contextmanager
    def mortal(self: Database) -> Iterator[Connection]:
        with write(self) as connection:
            yield connection
            if moment == "before":
                fuse.burn()
        if moment == "after":
            fuse.burn()

    Database.write = mortal  # type: ignore[method-assign]

    def mortal_statement(self: Database, work: Callable[[Connection], T]) -> T:
        if self.is_sqlite:
            return write_statement(self, work)  # by the way above
        if moment == "before":
            fuse.burn()
        done = write_statement(self, work)
        if moment == "after":
            fuse.burn()
        return done

    Database.write_statement = mortal_statement  # type: ignore[method-assign]
