"""The command `hotline desk`: runs the inside application until it is told to stop."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server import Server

from handlers.desk.app import create_app
from storage.clock import SystemClock
from storage.keys import FingerprintMismatch, KeyFileUnfit
from storage.logs import write_events
from storage.on_disk import leave_no_journal
from storage.settings import DeskSettings, desk_settings, read_environment

THREADS = 16


def desk(argv: list[str]) -> int:
    """Serve the desk: one process, so that a sign-in's 64 MiB of work is bounded once for everybody."""
    parser = ArgumentParser(prog="hotline desk", description="Run the inside application for staff.")
    parser.add_argument("--settings", type=Path, help="the settings file (else HOTLINE_SETTINGS, else ./config.env)")
    settings = desk_settings(read_environment(parser.parse_args(argv).settings))
    write_events()
    try:
        load(settings)  # so that a mistake is told here and now, and not by a process that dies again and again
    except (FingerprintMismatch, KeyFileUnfit) as error:
        print(f"hotline: {error}", file=sys.stderr)
        return 1
    host, port = settings.listen
    server = Server(
        "the desk",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_access=False,
        log_enabled=False,
        workers_kill_timeout=10,
    )
    server.serve(target_loader=partial(load, settings), wrap_loader=False)
    leave_no_journal(settings.database_url)
    return 0


def load(settings: DeskSettings) -> Any:
    """Make the application inside the process that serves it."""
    return create_app(settings, SystemClock())
