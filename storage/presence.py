"""One line when a process starts and one when it stops, for whoever sits at the terminal or reads the journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from storage.readiness import Standing, standing


@contextmanager
def present(name: str, does: str, *, line: str, demo: bool, database_url: str) -> Iterator[None]:
    """Say what starts, for which line and whether it is the demo; say when it has stopped."""
    kind = "DEMO, not for real callers" if demo else "not the demo"
    print(f"hotline {name}: started. {does}. Line: {line}; {kind}. Ctrl-C or TERM ends it.", flush=True)
    if standing(database_url) is Standing.AWAY:
        print(f"hotline {name}: DATABASE_URL does not answer just now; it is asked again and again.", flush=True)
    try:
        yield
    finally:
        print(f"hotline {name}: stopped.", flush=True)
