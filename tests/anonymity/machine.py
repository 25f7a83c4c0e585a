"""A house on a machine whose every place of writing is known, with a control planted in each, to be searched."""

from __future__ import annotations

import gzip
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, make_url, text

from ivr.canary import Canary
from ivr.scan import scan
from ivr.simulator.lines import NumberSettings
from ivr.worker.commands import hush_libraries
from storage.clock import iso_week
from storage.database import Database
from storage.jobs import count_up
from storage.logs import write_events
from tests.anonymity.journey import Invented, Repeats, canaries_of
from tests.house import BASE, House, make_house

NUMBER = NumberSettings(f"{BASE}/call", status_callback=f"{BASE}/ended", caller_id_lookup=True)
CONTROL = Canary("control", "control of the canary journey")
Found = set[tuple[str, str, str]]  # kind, form, file


@dataclass
class Machine:
    """One machine with everything that it writes, and the canaries let loose on it."""

    house: House
    invented: Invented
    folders: dict[str, Path]  # data, house, logs, tmp, backups
    references: list[str] = field(default_factory=list)
    staffs_secrets: list[Canary] = field(default_factory=list)

    def found(self, canaries: list[Canary] | None = None) -> Found:
        """Search what somebody who takes the disk now would hold; raises `ScanProvedNothing`."""
        _write_out(self.house.settings.database_url)
        sought = canaries or [*canaries_of(self.house, self.invented, self.references), *self.staffs_secrets]
        return {(one.kind, one.form, str(one.place)) for one in scan(list(self.folders.values()), sought, CONTROL)}


def _write_out(database_url: str) -> None:
    """Let PostgreSQL write what it holds in memory into its files."""
    opened = Database(database_url, connections=1)
    if not opened.is_sqlite:
        with opened.read() as connection:
            connection.execute(text("CHECKPOINT"))
    opened.close()


@contextmanager
def make_machine(folder: Path, database_url: str) -> Iterator[Machine]:
    """Give a machine; its logs and temporary files lie in folders of their own while it runs."""
    folders = {name: folder / name for name in ("house", "tmp", "logs", "backups")}
    for one in folders.values():
        one.mkdir()
    url, folders["data"] = _settled(database_url, folder / "data")
    invented = Invented.anew()
    transcriber = Repeats(invented.drafted)
    with (
        _temporary_files(folders["tmp"]),
        _logs(folders["logs"] / "hotline.log"),
        make_house(folders["house"], url, transcriber=transcriber, number=NUMBER) as house,
    ):
        _plant(house, folders)
        yield Machine(house, invented, folders)


def _settled(database_url: str, folder: Path) -> tuple[str, Path]:
    """Return the database's address and all of where it lies: SQLite's folder, or the server's whole data."""
    parsed = make_url(database_url)
    if parsed.get_backend_name() == "postgresql":
        return database_url, Path(str(parsed.query["host"]))
    folder.mkdir()
    path = Path(str(parsed.database)).rename(folder / "hotline.db")
    return f"sqlite:///{path}", folder


@contextmanager
def _temporary_files(folder: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def _logs(path: Path) -> Iterator[None]:
    """Send this process's logging through the real configuration into a file, and put it back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with path.open("w", encoding="utf-8") as stream:
        write_events(stream)
        hush_libraries()
        try:
            yield
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)


def _plant(house: House, folders: dict[str, Path]) -> None:
    """Plant the control in each kind of place, through what the product writes with wherever it can be."""
    with house.database.write() as connection:
        _plant_row(connection, house.clock.now())
    logging.getLogger("hotline.test").warning(CONTROL.text)
    (folders["tmp"] / "control").write_text(CONTROL.text)
    (folders["house"] / "control").write_bytes(CONTROL.text.encode("utf-16-le"))
    (folders["backups"] / "control.gz").write_bytes(gzip.compress(CONTROL.text.encode() * 3))


def _plant_row(connection: Connection, now: int) -> None:
    count_up(connection, CONTROL.text, week=iso_week(now))
