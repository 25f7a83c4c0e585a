"""The command `hotline desk`: a real server in a process of its own, quiet, and fast while people sign in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from storage.clock import SystemClock
from storage.database import Database
from storage.jobs import standing_alarms
from tests.databases import make_schema
from tests.desk.staff import BASE, LINE_FILE, Hired, Keys, open_house, token_of

HOTLINE = "from storage.command_line import main; main()"


def environment(keys: Keys, folder: Path, port: int) -> dict[str, str]:
    """Return settings for a desk on the loopback."""
    own = {
        "DEMO": "1",
        "DATABASE_URL": f"sqlite:///{folder / 'hotline.db'}",
        "LINE_FILE": str(LINE_FILE),
        "DESK_BASE": f"http://127.0.0.1:{port}",
        "DESK_LISTEN": f"127.0.0.1:{port}",
        "KEYS_DIR": str(keys.folder),
        "KEYS_FINGERPRINT": keys.public.fingerprint,
        "RUNTIME_DIR": str(folder),
    }
    return {"PATH": os.environ["PATH"], "HOTLINE_SETTINGS": "/dev/null", **own}


def test_the_desk_says_that_it_starts_and_stops_and_nothing_else(keys: Keys, tmp_path: Path, free_port: int) -> None:
    make_schema(f"sqlite:///{tmp_path / 'hotline.db'}")
    desk = subprocess.Popen(
        [sys.executable, "-c", HOTLINE, "desk"],
        env=environment(keys, tmp_path, free_port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=Path(__file__).parents[2],
    )
    try:
        page = answer_of(f"http://127.0.0.1:{free_port}/sign-in")
    finally:
        desk.send_signal(signal.SIGTERM)
        said, _ = desk.communicate(timeout=20)
    assert "Sign in" in page
    started, stopped = said.decode().splitlines()
    assert started.startswith(f"hotline desk: started. The desk listens on 127.0.0.1:{free_port} for http://127.0.0.1")
    assert "Line: Integrity Line; DEMO" in started
    assert stopped == "hotline desk: stopped."
    assert desk.returncode == 0


def test_it_does_not_start_with_other_keys_than_the_pinned_ones(keys: Keys, tmp_path: Path, free_port: int) -> None:
    other = environment(keys, tmp_path, free_port) | {"KEYS_FINGERPRINT": "0000-" * 15 + "0000"}
    ended = subprocess.run(
        [sys.executable, "-c", HOTLINE, "desk"],
        env=other,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert ended.returncode == 1
    assert "not the pinned one" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_pages_stay_fast_while_others_sign_in(keys: Keys, hired: Hired, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'hotline.db'}")
    make_schema(str(database.url))
    with open_house(keys, hired, database, SystemClock(), tmp_path, BASE) as house:
        stop, answers = threading.Event(), list[int]()

        def keep_trying() -> None:
            client = house.app.test_client()
            while not stop.is_set():
                token = token_of(client.get("/sign-in", base_url=BASE).text)
                form = {"csrf_token": token, "name": "Chris", "password": "four words of somebody", "code": "123456"}
                answer = client.post("/sign-in", data=form, base_url=BASE, headers={"Referer": f"{BASE}/"})
                answers.append(answer.status_code)

        trying = [threading.Thread(target=keep_trying) for _ in range(4)]
        for one in trying:
            one.start()
        client, slowest = house.app.test_client(), 0.0
        for _ in range(10):
            begun = time.monotonic()
            assert client.get("/expired", base_url=BASE).status_code == 200
            slowest = max(slowest, time.monotonic() - begun)
        stop.set()
        for one in trying:
            one.join()
    database.close()
    # No figure of speed, only that nobody waits for the queue of those who sign in.
    assert slowest < 5.0
    assert set(answers) == {422}


def answer_of(address: str, seconds: float = 90) -> str:
    """Return a page as soon as the server answers."""
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            if time.monotonic() > until:
                pytest.fail("the desk did not answer")
            time.sleep(0.1)


def test_a_serving_process_that_dies_is_replaced_and_an_alarm_says_so(
    keys: Keys, tmp_path: Path, free_port: int
) -> None:
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    make_schema(url)
    database = Database(url)
    desk = subprocess.Popen(
        [sys.executable, "-c", HOTLINE, "desk"],
        env=environment(keys, tmp_path, free_port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    try:
        address = f"http://127.0.0.1:{free_port}/sign-in"
        assert "Sign in" in answer_of(address)
        assert alarms(database) == {}, "the first start is none"
        time.sleep(6)  # a server takes a death sooner than that after a start for one that would go on for ever
        os.kill(serving(desk.pid), signal.SIGSEGV)
        until = time.monotonic() + 30
        while not alarms(database) and time.monotonic() < until:
            time.sleep(0.2)
        assert "Sign in" in answer_of(address)
    finally:
        desk.send_signal(signal.SIGTERM)
        desk.wait(20)
    assert list(alarms(database)) == ["respawned"]
    database.close()


def serving(pid: int) -> int:
    """Return the process that serves under one that watches over it: the last that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[-1])


def alarms(database: Database) -> dict[str, str]:
    with database.read() as connection:
        return standing_alarms(connection)
