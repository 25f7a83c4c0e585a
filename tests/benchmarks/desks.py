"""What it costs that many desks ask each second how the line stands: CPU of a real desk, time of its answers."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from handlers.desk.app import PAGES
from storage import models, people
from storage.clock import SystemClock
from storage.database import Database, open_session_store
from storage.keys import read_pepper
from storage.models import shifts, skills, talks
from storage.opening import unwrap_with_password
from storage.passwords import normal
from storage.sessions import begin_session
from storage.signing_in import standing_of
from tests.benchmarks.servers import desk_server
from tests.databases import make_schema
from tests.desk.staff import LINE_FILE, PASSWORD, Keys, cut_keys

DESKS, SECONDS = 100, 10
SESSIONS_OF_ONE = 2  # as many as one person may have
WAITING = 12
ASKED = ("/board/state", "/live/state")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Asked:
    """What a run measured."""

    answers: list[float] = field(default_factory=list)  # seconds of each
    unchanged: int = 0
    cpu: float = 0.0  # seconds of all processes of the desk

    def at(self, share: float) -> float:
        """Return the time in milliseconds that this share of the answers stayed below."""
        ordered = sorted(self.answers) or [0.0]
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    """Measure and print; nothing is asserted about time."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        measure(Path(folder), Console(width=110))


def measure(folder: Path, console: Console) -> None:
    """Print what `DESKS` open desks cost for `SECONDS`: while nothing changes, and while something does each second."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keys = cut_keys(folder / "keys")
    database = Database(f"sqlite:///{folder / 'hotline.db'}")
    make_schema(str(database.url))
    console.print(f"{DESKS // SESSIONS_OF_ONE} people sign in twice ...")
    cookies = hire(database, keys, folder)
    fill(database)
    table = Table("asked", "line", "answers", "304", "CPU s", "CPU s idle", "p50 ms", "p99 ms", "most ms")
    with desk_server(settings_file(keys, folder, port), port) as server:
        asyncio.run(ask(port, cookies, ASKED[:1], 2))  # what is made once is made
        idle = cpu_of(server)
        time.sleep(SECONDS)
        idle = cpu_of(server) - idle
        for path in [one for one in ASKED if any(page.rule == one for page in PAGES)]:
            for changes in (False, True):
                with changing(database, changes):
                    before = cpu_of(server)
                    asked = asyncio.run(ask(port, cookies, (path,), SECONDS))
                    asked.cpu = cpu_of(server) - before
                table.add_row(*row(path, "changes" if changes else "stands still", asked, idle))
    console.print(f"{DESKS} desks that each ask once a second for {SECONDS} s, the desk on granian and SQLite:")
    console.print(table)
    database.close()


def row(path: str, line: str, asked: Asked, idle: float) -> Sequence[str]:
    """Return a run as the table shows it."""
    numbers = (asked.cpu, idle, asked.at(0.5), asked.at(0.99), asked.at(1.0))
    counted = (f"{len(asked.answers):,}", f"{100 * asked.unchanged // max(1, len(asked.answers))} %")
    return (path, line, *counted, *(f"{number:.2f}" if number < 10 else f"{number:.0f}" for number in numbers))


# ---- the desk and its people ----------------------------------------------------------------------------------------


def hire(database: Database, keys: Keys, folder: Path) -> list[str]:
    """Add handlers who are at work, admit them, and return the cookies of all their sessions."""
    pepper, now = read_pepper(keys.folder / "pepper"), SystemClock().now()
    sessions, cookies = open_session_store(f"sqlite:///{folder / 'sessions.db'}"), []
    for number in range(DESKS // SESSIONS_OF_ONE):
        name = f"Handler {number}"
        with database.write() as connection:
            new = people.add_person(
                connection, name=name, alias=name, role="handler", password=PASSWORD, pepper=pepper
            ).person
            people.admit(connection, member=new.person_id, public_key=new.public_key, group=keys.desk)
            connection.execute(
                insert(shifts), {"person_id": new.person_id, "state": "available", "since": now, "seen_at": now}
            )
            held = [("language:en", ""), ("general", "2099-12")]
            connection.execute(
                insert(skills), [{"person_id": new.person_id, "skill": skill, "until": until} for skill, until in held]
            )
            row_ = connection.execute(models.people.select().where(models.people.c.person_id == new.person_id)).one()
        private = unwrap_with_password(
            row_.wrapped_key, normal(PASSWORD), person_id=new.person_id, salt=row_.salt, pepper=pepper
        )
        standing = standing_of(row_)
        cookies += [begin_session(sessions, new.person_id, private, standing, now) for _ in range(SESSIONS_OF_ONE)]
    sessions.close()
    return cookies


def fill(database: Database) -> None:
    """Let callers wait."""
    now = SystemClock().now()
    with database.write() as connection:
        for number in range(WAITING):
            connection.execute(insert(talks), waiting(now - number, ("en", "pl", "so")[number % 3]))


def waiting(since: int, language: str) -> dict[str, object]:
    """Return the row of a caller who waits."""
    ids = {name: secrets.token_hex(16) for name in ("talk_id", "call_key", "room")}
    return {"language": language, "since": since, "state": "waiting", **ids}


@contextmanager
def changing(database: Database, changes: bool) -> Iterator[None]:
    """Let one more caller come each second, where asked for, by a process of its own."""
    if not changes:
        yield
        return
    child = os.fork()
    if child == 0:
        own = Database(str(database.url))
        while True:
            with own.write() as connection:
                connection.execute(insert(talks), waiting(SystemClock().now(), "cy"))
            time.sleep(1)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def settings_file(keys: Keys, folder: Path, port: int) -> Path:
    """Write the desk's settings."""
    told = {
        "DEMO": "1",
        "DATABASE_URL": f"sqlite:///{folder / 'hotline.db'}",
        "LINE_FILE": LINE_FILE,
        "DESK_BASE": f"http://127.0.0.1:{port}",
        "DESK_LISTEN": f"127.0.0.1:{port}",
        "KEYS_DIR": keys.folder,
        "KEYS_FINGERPRINT": keys.public.fingerprint,
        "RUNTIME_DIR": folder,
    }
    file = folder / "desk.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in told.items()))
    return file


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that a process and its children have used."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICKS + sum(cpu_of(int(one)) for one in listed)


# ---- those who ask -------------------------------------------------------------------------------------------------


async def ask(port: int, cookies: Sequence[str], paths: Sequence[str], seconds: int) -> Asked:
    """Let each desk ask for each path once a second, spread over the second; raises when one is refused."""
    asked = Asked()
    begin = asyncio.get_running_loop().time()
    desks = [
        one_desk(port, cookie, paths, begin + n / len(cookies), seconds, asked) for n, cookie in enumerate(cookies)
    ]
    await asyncio.gather(*desks)
    return asked


async def one_desk(port: int, cookie: str, paths: Sequence[str], begin: float, seconds: int, asked: Asked) -> None:
    """Ask as a page does: once a second, with the mark of what it shows, over one connection."""
    clock = asyncio.get_running_loop().time
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    marks = dict.fromkeys(paths, "")
    for turn in range(seconds):
        await asyncio.sleep(max(0.0, begin + turn - clock()))
        for path in paths:
            mark = f"If-None-Match: {marks[path]}\r\n" if marks[path] else ""
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: desk={cookie}\r\n{mark}\r\n".encode()
            )
            sent = clock()
            status, marks[path] = await answer(reader, marks[path])
            asked.answers.append(clock() - sent)
            asked.unchanged += status == 304
            if status not in (200, 304):
                raise RuntimeError(f"{path}: {status}")
    writer.close()
    await writer.wait_closed()


async def answer(reader: asyncio.StreamReader, mark: str) -> tuple[int, str]:
    """Read one answer; return its status and the mark to send along next time."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
    await reader.readexactly(int(headers.get("content-length", "0")) if " 304" not in head[0] else 0)
    return int(head[0].split()[1]), headers.get("etag", mark)


if __name__ == "__main__":
    main()
