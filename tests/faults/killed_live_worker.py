"""A worker in a process of its own that serves live calls and is killed right after its n-th commit or call out."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any, cast

from ivr.worker import rounds
from ivr.worker.live_carrier import LiveCarrier, TwilioLive
from ivr.worker.timetable import LIVE
from ivr.worker.workplace import Live
from storage.clock import TurnedClock
from storage.opening import GroupKey
from tests.faults.killed_worker import Fuse, MortalDatabase
from tests.worker.fakes import Line
from tests.worker.live_stage import INTERPRETER_NUMBER, Stage

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.faults.killed_live_worker"])


@dataclass(frozen=True)
class Posting:
    """What another process needs to be this line's worker."""

    url: str
    keys: tuple[GroupKey, GroupKey, GroupKey]
    now: int
    carrier: tuple[str, str, str, str]
    base: str


class MortalCarrier:
    """Asks the exchange, and burns the fuse after each answer."""

    def __init__(self, inner: LiveCarrier, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> Any:
        asks = getattr(self._inner, name)

        def ask(*arguments: Any, **named: Any) -> Any:
            try:
                return asks(*arguments, **named)
            finally:
                self._fuse.burn()

        return ask


def work_until_killed(stage: Stage, fuse_length: int) -> bool:
    """Run a worker of this line in another process; say whether it lived to the end."""
    line, exchange = stage.line, stage.exchange
    posting = Posting(
        line.database.url.render_as_string(hide_password=False),
        (line.desk, line.worker, line.recovery),
        line.clock.now(),
        (exchange.account_sid, exchange.api_key, exchange.api_secret, stage.served),
        stage.place.live.base,
    )
    child = PROCESSES.Process(target=_work, args=(posting, fuse_length), daemon=True)
    child.start()
    child.join(30)
    if child.exitcode not in (0, -signal.SIGKILL):
        raise AssertionError(f"the worker ended with {child.exitcode}")
    return child.exitcode == 0


def _work(posting: Posting, fuse_length: int) -> None:
    fuse = Fuse(fuse_length)
    desk, worker, recovery = posting.keys
    line = Line(
        MortalDatabase(posting.url, fuse), TurnedClock(posting.now), desk=desk, worker=worker, recovery=recovery
    )
    account, key, secret, address = posting.carrier
    whole = TwilioLive(account_sid=account, api_key=key, api_secret=secret, base=address)
    mortal = cast(LiveCarrier, MortalCarrier(whole, fuse))
    live = Live(mortal, posting.base, "", passes=None, interpreters={"bridge": INTERPRETER_NUMBER})
    rounds.run_until_nothing_is_due(replace(line.place(), live=live), LIVE, threading.Event())
    line.database.close()
    os._exit(0)
