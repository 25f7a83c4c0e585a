"""Threads of a server come and go: what they kept of a database is closed, and never ends the process with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread

from sqlalchemy import text

from storage.database import Database

# Threads that Python did not make, as those of our server: what is finalised at their end may call nothing back.
NATIVE = """
import ctypes, sys, threading
from sqlalchemy import text
from storage.database import Database

database, together, libc = Database(sys.argv[1], connections=1), threading.Barrier(3), ctypes.CDLL(None)

def look(_):
    with database.read() as connection:
        connection.execute(text("SELECT 1"))
    together.wait(60)

begin = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(look)
threads = [ctypes.c_ulong() for _ in range(3)]
for thread in threads:
    libc.pthread_create(ctypes.byref(thread), None, begin, None)
for thread in threads:
    libc.pthread_join(thread, None)
print("all ended", flush=True)
"""


def test_a_thread_of_the_server_ends_and_its_process_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NATIVE, f"sqlite:///{tmp_path / 'hotline.db'}"]
    done = subprocess.run(command, capture_output=True, timeout=90, check=False)
    assert (done.returncode, done.stdout) == (0, b"all ended\n"), done.stderr.decode()


def test_what_threads_kept_that_have_ended_is_given_back(database: Database) -> None:
    together = Barrier(5)

    def look() -> None:
        with database.read() as connection, database.write() as writing:
            assert connection.scalar(text("SELECT 1")) == writing.scalar(text("SELECT 1"))
        together.wait(20)

    for _ in range(2):
        threads = [Thread(target=look) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with database.read() as connection:
        connection.execute(text("SELECT 1"))
    assert database.engine.pool.status().endswith(("out connections: 0", "out connections: 1"))  # this thread's own
