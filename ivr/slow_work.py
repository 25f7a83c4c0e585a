"""Slow work (Argon2id) beside the webhooks: a small pool of its own, whose findings wait in the call's row.

Two derivations run at once in a process, one that makes references and one that looks them up, so that guessing never
keeps a caller from a reference. When unknown references pile up, every look-up waits a little longer: slow mode for
all, never a lockout, and no memory of who.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ivr.asks import OpenLetter, StartWork
from ivr.call_flow import ISSUED
from ivr.returning import KNOWN, OPENED, UNKNOWN
from storage import live_calls, once_audio, replies, reports
from storage.clock import Clock, iso_week
from storage.database import Database
from storage.jobs import count_up, raise_alarm
from storage.keys import Damaged, LiveKey, Secret
from storage.references import reference_keys
from storage.sealing import open_reply

GUESSES_BEFORE_SLOW = 20
GUESSES_WINDOW_SECONDS = 600
SLOW_MODE_SECONDS = 2.0
MOST_LOOK_UPS = 20  # waiting or under way in one process
DAMAGED = "storage"  # an alarm
_KEY = ".key"  # after a look-up's name: what opens the messages of the reference that was keyed

log = logging.getLogger("hotline.ivr")


@dataclass
class SlowWork:
    """A pool that begins work after a commit; what is lost with its process the call's next round begins anew."""

    database: Database
    live: LiveKey
    pepper: Secret
    clock: Clock
    _running: set[tuple[str, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _guesses: deque[int] = field(default_factory=lambda: deque(maxlen=GUESSES_BEFORE_SLOW))
    _pools: dict[str, ThreadPoolExecutor] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self, call_key: str, work: StartWork | OpenLetter) -> None:
        """Begin one piece of work unless it is under way in this process. May be asked for twice."""
        with self._lock:
            if (call_key, work.name) in self._running or self._stopping.is_set() or self._is_full(work.work):
                return
            self._running.add((call_key, work.name))
            if work.work not in self._pools:  # not before the first call: threads do not survive a fork
                self._pools[work.work] = ThreadPoolExecutor(1, thread_name_prefix=work.work)
            self._pools[work.work].submit(self._run, call_key, work)

    def finish(self) -> None:
        """Wait for what is under way and take nothing new."""
        self._stopping.set()
        for pool in self._pools.values():
            pool.shutdown(wait=True)

    def _is_full(self, work: str) -> bool:
        # What is not begun now the call's next round asks for again: a queue of what nobody waits for helps nobody.
        return work == "look_up" and sum(name.startswith("look_up") for _, name in self._running) >= MOST_LOOK_UPS

    def _run(self, call_key: str, work: StartWork | OpenLetter) -> None:
        try:
            self._keep(call_key, self._found(call_key, work))
        except Exception as error:  # noqa: BLE001 (the next round begins it anew; the kind is all that may be logged)
            log.error("slow-work-failed", extra={"kind": type(error).__name__})
        finally:
            with self._lock:
                self._running.discard((call_key, work.name))

    def _found(self, call_key: str, work: StartWork | OpenLetter) -> dict[str, str]:
        if isinstance(work, OpenLetter):
            return {work.name: self._open(call_key, work)}
        return {work.name: self._issue(work)} if work.work == "issue" else self._look_up(work)

    def _issue(self, work: StartWork) -> str:
        keys = reference_keys(work.reference, self.pepper)
        with self.database.write() as connection:
            week = iso_week(self.clock.now())
            reports.open_mailbox(connection, keys.lookup_id, work.report_id, keys.reply_public, week=week)
        return ISSUED

    def _open(self, call_key: str, work: OpenLetter) -> str:
        """Open a message with the key that its reference gave, and put it behind its one-time address. May run twice.

        The key is in the call's row alone, under the live key, and dies with the call.
        """
        with self.database.read() as connection:
            found = findings(self.live, call_key, live_calls.read_finding(connection, call_key))
            stored = replies.sealed_reply(connection, work.report_id, work.letter_id)
        if stored is None:
            raise LookupError
        kind, sealed = stored
        key = Secret(bytes.fromhex(found[work.lookup + _KEY]))
        named = {"reply_id": work.letter_id, "report_id": work.report_id, "kind": kind}
        try:
            sound = once_audio.sealed_wav(open_reply(sealed, private=key, **named), work.token)
        except Damaged:
            with self.database.write() as connection:
                raise_alarm(connection, DAMAGED, "a reply to a caller does not open", now=self.clock.now())
            raise
        with self.database.write() as connection:
            if not once_audio.is_there(connection, work.token):
                once_audio.offer(connection, work.token, sound, now=self.clock.now())
        return OPENED

    def _look_up(self, work: StartWork) -> dict[str, str]:
        if len(self._guesses) == GUESSES_BEFORE_SLOW and self.clock.now() - self._guesses[0] < GUESSES_WINDOW_SECONDS:
            self._stopping.wait(SLOW_MODE_SECONDS)
        keys = reference_keys(work.reference, self.pepper)
        lookup_id = keys.lookup_id
        now = self.clock.now()
        with self.database.write() as connection:
            report_id = reports.report_of_mailbox(connection, lookup_id)
            reports.touch_mailbox(connection, lookup_id, week=iso_week(now))
            count_up(connection, "references.known" if report_id else "references.unknown", week=iso_week(now))
            if report_id is None:
                self._note_guess(connection, now)
        if report_id is None:
            return {work.name: UNKNOWN}
        return {work.name: f"{KNOWN}{report_id}", work.name + _KEY: keys.reply_private.hex()}

    def _note_guess(self, connection: Connection, now: int) -> None:
        # Well-formed but unknown is nearly always an attack: the check digit catches a caller's own mistakes.
        self._guesses.append(now)
        if len(self._guesses) == GUESSES_BEFORE_SLOW and now - self._guesses[0] < GUESSES_WINDOW_SECONDS:
            raise_alarm(connection, "guessing", "references are being guessed; look-ups are slowed", now=now)

    def _keep(self, call_key: str, found: dict[str, str]) -> None:
        with self.database.write() as connection:
            before = findings(self.live, call_key, live_calls.read_finding(connection, call_key))
            packed = json.dumps({**before, **found}).encode()
            live_calls.keep_finding(connection, call_key, self.live.seal(packed, _context(call_key)))


def findings(live: LiveKey, call_key: str, sealed: bytes | None) -> dict[str, str]:
    """Return what slow work has found for a call so far, by name."""
    if sealed is None:
        return {}
    try:
        found: dict[str, str] = json.loads(live.open(sealed, _context(call_key)))
    except Damaged:
        return {}
    return found


def _context(call_key: str) -> bytes:
    return b"slow:" + call_key.encode()
