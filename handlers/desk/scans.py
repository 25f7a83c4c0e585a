"""Searches that take a while: a few threads, and what they found, in the memory of this process and nowhere else.

What is found belongs to the session in which it was asked for and goes with it. A scan that nobody looks at any more
stops: whoever left the page has no use for it, and their key need not stay at work.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event, Lock

SCANS_AT_ONCE = 2
UNWATCHED_SECONDS = 60
KEPT_SECONDS = 15 * 60
LOOK_AT_SESSION_SECONDS = 1.0
log = logging.getLogger("hotline.desk")


class AlreadyScanning(Exception):
    """This person's search is still going on; it helps to wait for it or to stop it."""


class TooManyScans(Exception):
    """As many searches go on as this machine carries; trying again in a minute helps."""


class Stopped(Exception):
    """Somebody stopped the search, signed out or went away."""


class SessionEnded(Stopped):
    """Whoever searched is signed out: what was found goes at once."""


class Progress(StrEnum):
    """How far a search is."""

    RUNNING = "running"
    DONE = "done"
    FULL = "full"  # it found as many as are shown, and looked no further
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class Hit:
    """One place in a report where something was found."""

    report_id: str
    where: str  # in words
    before: str = ""
    found: str = ""
    after: str = ""


@dataclass
class Search:
    """One search of one session, as its thread goes on with it."""

    person_id: str
    session: str
    what: str  # subjects | words | index
    asked: dict[str, str]  # as it was typed, to show it again
    mark: str = ""  # what the audit calls it
    total: int = 0
    done: int = 0
    hits: list[Hit] = field(default_factory=list)
    progress: Progress = Progress.RUNNING
    began: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    watched: float = field(default_factory=time.monotonic)
    stop: Event = field(default_factory=Event)

    @property
    def is_running(self) -> bool:
        """Say whether it goes on."""
        return self.progress is Progress.RUNNING

    @property
    def per_second(self) -> int:
        """Return how many things it looks at in a second."""
        seconds = (self.ended or time.monotonic()) - self.began
        return int(self.done / seconds) if seconds > 0.5 else 0

    @property
    def seconds_left(self) -> int:
        """Return how long it will take from now on, 0 when that cannot be said yet."""
        return (self.total - self.done) // self.per_second if self.per_second else 0


class Watch:
    """What a search asks between two steps: whether it is still wanted."""

    def __init__(self, search: Search, lives: Callable[[], bool], *, unwatched_seconds: float) -> None:
        self._search = search
        self._lives = lives
        self._unwatched_seconds = unwatched_seconds
        self._looked = 0.0

    def go_on(self) -> None:
        """Raise `Stopped` when it was stopped, nobody looks at it, or its session has ended."""
        now = time.monotonic()
        if self._search.stop.is_set() or now - self._search.watched > self._unwatched_seconds:
            raise Stopped
        if now - self._looked > LOOK_AT_SESSION_SECONDS:
            self._looked = now
            if not self._lives():
                raise SessionEnded
        time.sleep(0.001)  # other people's pages come first


class Scans:
    """The searches of this process: at most one that runs for a person, and one kept for a session."""

    def __init__(self, *, at_once: int = SCANS_AT_ONCE, unwatched_seconds: float = UNWATCHED_SECONDS) -> None:
        self._threads = ThreadPoolExecutor(at_once, "scan")
        self._at_once = at_once
        self._unwatched_seconds = unwatched_seconds
        self._lock = Lock()
        self._by_session: dict[str, Search] = {}

    def start(self, search: Search, work: Callable[[Search, Watch], None], lives: Callable[[], bool]) -> None:
        """Begin; raises `AlreadyScanning` or `TooManyScans`."""
        with self._lock:
            self._drop_old()
            running = [one for one in self._by_session.values() if one.is_running]
            if any(one.person_id == search.person_id for one in running):
                raise AlreadyScanning
            if len(running) >= self._at_once:
                raise TooManyScans
            self._by_session[search.session] = search
        watch = Watch(search, lives, unwatched_seconds=self._unwatched_seconds)
        self._threads.submit(self._run, search, work, watch)

    def keep(self, search: Search) -> None:
        """Keep what was found at once; raises `AlreadyScanning` rather than push out what still runs."""
        with self._lock:
            self._drop_old()
            there = self._by_session.get(search.session)
            if there is not None and there.is_running:
                raise AlreadyScanning
            self._by_session[search.session] = search

    def of(self, session: str) -> Search | None:
        """Return a session's search, and note that somebody looks at it."""
        with self._lock:
            self._drop_old()
            found = self._by_session.get(session)
            if found is not None:
                found.watched = time.monotonic()
            return found

    def stop(self, session: str) -> None:
        """Let a session's search end at its next step. May run twice."""
        with self._lock:
            if found := self._by_session.get(session):
                found.stop.set()

    def forget(self, session: str) -> None:
        """Stop a session's search and let go of what it found. May run twice."""
        self.stop(session)
        with self._lock:
            self._by_session.pop(session, None)

    def close(self) -> None:
        """Stop everything and end the threads."""
        with self._lock:
            for search in self._by_session.values():
                search.stop.set()
            self._by_session.clear()
        self._threads.shutdown()

    def _run(self, search: Search, work: Callable[[Search, Watch], None], watch: Watch) -> None:
        ended = Progress.FAILED
        try:
            work(search, watch)
            ended = Progress.DONE
        except SessionEnded:
            search.hits.clear()
            ended = Progress.STOPPED
        except Stopped:
            ended = Progress.STOPPED
        except Exception as error:  # noqa: BLE001 (nobody waits for this thread; the page must say that it failed)
            # The kind alone: a message could carry what somebody said.
            log.error("scan-failed", extra={"kind": type(error).__name__})
        finally:
            search.ended = time.monotonic()
            search.progress = ended if search.is_running else search.progress

    def _drop_old(self) -> None:
        oldest = time.monotonic() - KEPT_SECONDS
        old = [name for name, one in self._by_session.items() if not one.is_running and one.watched < oldest]
        for name in old:
            del self._by_session[name]
