"""The demo's processes: the line with its worker and desk, and the stand-in for Twilio that people can ring."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from threading import Event

from ivr.demo.house import ACCOUNT, API_KEY, APPLICATION, LINE, SOFTPHONE_PATH, House
from ivr.demo.parts import Parts, answers

SPEAKS = (sys.executable, "-m", "storage.command_line", "say", "--many")


def start_line(parts: Parts, house: House, stop: Event) -> None:
    """Start the public door, the worker and the desk, and wait until the doors answer."""
    for name in ("ivr", "worker", "desk", "assessment"):
        parts.start(name)
    parts.wait_until(lambda: answers(house.address("line") + "/health"), "the public door", stop)
    parts.wait_until(lambda: answers(house.address("desk") + "/sign-in"), "the desk", stop)
    parts.wait_until(lambda: answers(house.address("assessment") + "/sign-in"), "the assessment application", stop)


def start_exchange(parts: Parts, house: House, stop: Event, voice: Sequence[str] = SPEAKS) -> None:
    """Let the stand-in for Twilio run as a process of its own, on the real clock; it speaks by the program `voice`."""
    folder = house.folder / "carrier"
    parts.start(
        "simulator",
        *("--service", house.address("line"), "--public-base", house.address("line"), "--number", LINE),
        *("--account-sid", ACCOUNT, "--auth-token-file", str(folder / "auth-tokens")),
        *("--api-key", API_KEY, "--api-secret-file", str(folder / "api-secret")),
        *("--recording-key", str(house.folder / "keys" / "recording-public.pem")),
        *("--rest-port", str(house.ports["carrier"]), "--control-port", str(house.ports["phone"])),
        *("--voice", shlex.join(voice)),
        *("--digits", str(house.digits)),
        *("--application", f"{APPLICATION}={SOFTPHONE_PATH}"),
        needs_settings=False,
    )
    parts.wait_until(lambda: answers(house.address("phone") + "/lines"), "the exchange", stop)
