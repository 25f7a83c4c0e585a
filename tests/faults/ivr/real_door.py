"""The public door as it runs: `hotline ivr` with its processes, killed and started again under callers' hands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from ivr.simulator.transport import Answer, HttpTransport, NotAnswered, NotConnected, Request

START_SECONDS = 30
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.05


@dataclass
class RealDoor:
    """The door's processes, in a group of their own. Carries requests, and waits while it is closed."""

    settings: Path
    port: int
    log: Path
    answered: int = 0  # requests since the door was opened last
    _process: subprocess.Popen[bytes] | None = None
    _is_open: threading.Event = field(default_factory=threading.Event)

    @property
    def transport(self) -> HttpTransport:
        return HttpTransport(f"http://127.0.0.1:{self.port}")

    def open(self) -> None:
        command = [sys.executable, "-m", "storage.command_line", "ivr", "--settings", str(self.settings)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self.wait_until_well()
        self.answered = 0
        self._is_open.set()

    def kill(self) -> None:
        """kill -9 of every process of the door at once."""
        if self._process is not None:
            self._is_open.clear()
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def wait_until_well(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                if self.transport.send(Request("GET", "https://line.example.org/health")).status == 200:
                    return
            except (NotConnected, NotAnswered):
                pass
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"the door did not open:\n{self.log.read_text(encoding='utf-8')[-2000:]}")

    def send(self, request: Request) -> Answer:
        """Send, and wait as the caller of a busy line does while the door is being opened again."""
        if not self._is_open.wait(PATIENCE_SECONDS):
            raise NotConnected
        answer = self.transport.send(request)
        self.answered += 1
        return answer
