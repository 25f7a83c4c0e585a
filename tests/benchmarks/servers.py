"""What is measured, each a process of its own on granian: the line, and a Flask route that answers with a constant."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, Response

DOCUMENT = "<?xml version='1.0' encoding='UTF-8'?><Response>" + "<Say>Hello.</Say>" * 40 + "</Response>"
PROCESSES, THREADS = 2, 4
START_SECONDS = 60


def static_app() -> Flask:
    """Return the bare application: it reads nothing, checks nothing, keeps nothing."""
    app = Flask(__name__)

    @app.post("/<path:_path>")
    def answer(_path: str) -> Response:
        return Response(DOCUMENT, content_type="text/xml")

    return app


@contextmanager
def static_server(port: int) -> Iterator[int]:
    """Run the bare application; gives its port."""
    program = (
        "from granian import Granian; from granian.constants import Interfaces;"
        f"Granian('tests.benchmarks.servers:static_app', factory=True, address='127.0.0.1', port={port},"
        f"interface=Interfaces.WSGI, workers={PROCESSES}, blocking_threads={THREADS}, log_enabled=False).serve()"
    )
    with _running([sys.executable, "-c", program], port):
        yield port


@contextmanager
def line_server(settings: Path, port: int) -> Iterator[int]:
    """Run the public door by its own command; gives its port."""
    command = [sys.executable, "-m", "storage.command_line", "ivr", "--settings", str(settings)]
    with _running(command, port):
        yield port


@contextmanager
def desk_server(settings: Path, port: int) -> Iterator[int]:
    """Run the desk by its own command; gives the id of its process."""
    command = [sys.executable, "-m", "storage.command_line", "desk", "--settings", str(settings)]
    with _running(command, port) as process:
        yield process


@contextmanager
def _running(command: list[str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command)
    try:
        _wait_for(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 20):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            time.sleep(0.5)  # the second process too
            return
    raise RuntimeError("the server never answered")
