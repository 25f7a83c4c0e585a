"""The demo's processes: started together, watched, and stopped together."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from types import TracebackType

import requests

START_SECONDS = 30
STOP_SECONDS = 10
POLL_SECONDS = 0.05


class PartFailed(Exception):
    """A process of the demo did not start or ended by itself; its log says why."""


@dataclass
class Parts:
    """Child processes, each one sub-command of `hotline`, with its log in a file."""

    settings: Path
    logs: Path
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> Parts:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, *words: str, needs_settings: bool = True) -> None:
        """Start `hotline NAME ...`."""
        command = [sys.executable, "-m", "storage.command_line", name, *words]
        if needs_settings:
            command += ["--settings", str(self.settings)]
        with (self.logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def must_run(self) -> None:
        """Raise `PartFailed` when a process has ended."""
        for name, process in self._running.items():
            status = process.poll()
            if status is not None:
                raise PartFailed(f"hotline {name} ended with {status}:\n{self._last_words(name)}")

    def wait_until(self, is_there: Callable[[], bool], what: str, stop: Event) -> None:
        """Wait until something is there, or raise `PartFailed`."""
        for _ in range(int(START_SECONDS / POLL_SECONDS)):
            self.must_run()
            if is_there() or stop.wait(POLL_SECONDS):
                return
        raise PartFailed(f"{what} did not come within {START_SECONDS} s")

    def _last_words(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]


def answers(address: str) -> bool:
    """Say whether an address of this machine answers at all."""
    try:
        requests.get(address, timeout=2)
    except requests.RequestException:
        return False
    return True
