"""The demo as somebody meets it who has just cloned the project: it plays a call, shows the report, and stays up."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

NUMBER_FORMS = ("447700900123", "07700900123", "7700 900123", "MORGAN ASHDOWN", "GREAT YARMOUTH")
DEMO = [sys.executable, "-m", "storage.command_line", "demo"]
SECONDS = 240


@pytest.mark.timeout(2 * SECONDS)
def test_the_demo_plays_a_call_shows_the_report_stays_up_and_ends_well(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    once = subprocess.run(
        [*DEMO, "--once", "--folder", str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    said = once.stdout.decode()
    assert once.returncode == 0, said + once.stderr.decode()
    assert "the report, as Ben reads it" in said
    assert "Yes" in said  # the urgent answer, in words
    assert "stand nowhere in what was stored" in said
    assert not [form for form in NUMBER_FORMS if form in said]
    _stays_up(folder)


def _stays_up(folder: Path) -> None:
    command = [*DEMO, "--folder", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as demo:
        try:
            _must_answer(_ready(demo))
        finally:
            demo.send_signal(signal.SIGTERM)
            status = demo.wait(60)
    assert status == 0


def _must_answer(ready: str) -> None:
    addresses = dict(re.findall(r"(\w+)=(http://\S+)", ready))
    assert {"desk", "assessment", "line", "carrier", "phone"} <= set(addresses)
    assert requests.get(f"{addresses['line']}/health", timeout=10).status_code == 200
    assert "Sign in" in requests.get(f"{addresses['desk']}/sign-in", timeout=10).text
    assert "Sign in" in requests.get(f"{addresses['assessment']}/sign-in", timeout=10).text
    assert "Practice phone" in requests.get(addresses["phone"], timeout=10).text
    assert requests.post(f"{addresses['line']}/call", timeout=10).status_code == 403


def _ready(demo: subprocess.Popen[bytes]) -> str:
    assert demo.stdout is not None
    for line in demo.stdout:
        if line.startswith(b"READY "):
            return line.decode()
    raise AssertionError("the demo ended without a READY line")
