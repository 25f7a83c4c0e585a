"""The command `hotline desk`: runs the inside application until it is told to stop."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from granian.constants import Interfaces
from granian.server import Server

from handlers.desk.app import create_app
from handlers.readiness import LOOKS
from prompts.line import read_line
from storage.arguments import settings_argument
from storage.births import Births
from storage.clock import SystemClock
from storage.database import Database
from storage.logs import write_events
from storage.on_disk import leave_no_journal
from storage.presence import present
from storage.settings import DeskSettings, desk_settings, read_environment

THREADS = 16


def desk(argv: list[str]) -> int:
    """Serve the desk: one process, so that a sign-in's 64 MiB of work is bounded once for everybody."""
    parser = ArgumentParser(prog="hotline desk", description="Run the inside application for staff.")
    settings_argument(parser)
    settings = desk_settings(read_environment(parser.parse_args(argv).settings), LOOKS)
    write_events()
    load(settings)  # so that a mistake is told here and now, and not by a process that dies again and again
    host, port = settings.listen
    births = Births(1)
    server = Server(
        "the desk",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        log_access=False,
        log_enabled=False,
        workers_kill_timeout=10,
    )
    server.on_reload(births.begin_again)
    does = f"The desk listens on {host}:{port} for {settings.desk_base}"
    line = read_line(settings.line_file)
    with present("desk", does, line=line.name, demo=settings.demo, database_url=settings.database_url):
        server.serve(target_loader=partial(born, settings, births), wrap_loader=False)
        leave_no_journal(settings.database_url)
    return 0


def born(settings: DeskSettings, births: Births) -> Any:
    """Make the application inside the process that serves it, and tell it when another one has died there."""
    app = load(settings)
    database = Database(settings.database_url)
    births.tell(database, SystemClock(), who="the desk")
    database.close()
    return app


def load(settings: DeskSettings) -> Any:
    """Make the application."""
    return create_app(settings, SystemClock())
