"""The scan finds every form wherever it stands, and says so when it has proved nothing."""

from __future__ import annotations

import gzip
import os
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from ivr.canary import Canary, named_forms
from ivr.patterns import Patterns
from ivr.scan import CHUNK_BYTES, Finding, ScanProvedNothing, scan
from tests.anonymity.planted import ALL, CALL_SID, CONTROL, NAME, NUMBER, PHRASE


def plant(folder: Path, content: bytes, name: str = "file") -> Path:
    """Write a file, and the control beside it."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "control").write_text(CONTROL.text)
    (folder / name).write_bytes(content)
    return folder / name


def kinds(findings: list[Finding]) -> set[str]:
    return {finding.kind for finding in findings}


@pytest.mark.parametrize("canary", ALL, ids=lambda canary: canary.kind)
def test_every_form_of_every_canary_is_found_at_its_place(canary: Canary, tmp_path: Path) -> None:
    planted, places = bytearray(os.urandom(7)), {}
    for raw, form in named_forms(canary).items():
        places[len(planted)] = (raw, form)
        planted += raw + os.urandom(3)
    path = plant(tmp_path, bytes(planted))
    patterns = Patterns.of(frozenset(named_forms(canary)))
    found = set(patterns.find(bytes(planted)))
    assert {(at, raw) for at, (raw, _) in places.items()} - found == set()
    findings = {finding.form for finding in scan([tmp_path], [canary], CONTROL) if finding.place == path}
    assert findings == set(named_forms(canary).values())


def test_an_empty_disk_and_a_disk_of_random_bytes_are_clean(tmp_path: Path) -> None:
    plant(tmp_path, os.urandom(4 << 20) + bytes(1 << 20))
    assert scan([tmp_path], ALL, CONTROL) == []


def test_a_finding_names_file_kind_form_and_offset_and_never_the_text(tmp_path: Path) -> None:
    path = plant(tmp_path, b"x" * 100 + b"07700 900738")
    findings = scan([tmp_path], [NUMBER], CONTROL)
    assert Finding(path, "number", "text", 100) in findings
    assert "900738" not in repr(findings)


@pytest.mark.parametrize("before", [CHUNK_BYTES - 5, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES - 20])
def test_what_crosses_the_border_of_two_chunks_is_found(before: int, tmp_path: Path) -> None:
    path = plant(tmp_path, bytes(before) + PHRASE.text.encode() + bytes(50))
    assert Finding(path, "phrase", "text", before) in scan([tmp_path], [PHRASE], CONTROL)


# ---- compressed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("squeeze", [gzip.compress, zlib.compress, lambda raw: zlib.compress(raw, 9)])
@pytest.mark.parametrize("before", [0, 1, 4096, CHUNK_BYTES - 1, CHUNK_BYTES - 2])
def test_what_is_compressed_is_found_wherever_the_member_begins(
    squeeze: Callable[[bytes], bytes], before: int, tmp_path: Path
) -> None:
    member = squeeze(b"a line before " * 20000 + NUMBER.text.encode() + b" and after")
    assert NUMBER.text.encode() not in member
    path = plant(tmp_path, b"-" * before + member + b"-" * 100)
    (found,) = [one for one in scan([tmp_path], [NUMBER], CONTROL) if one.form == "text"]
    assert (found.place, found.compressed) == (path, True)


def test_a_large_member_and_one_within_another_are_searched(tmp_path: Path) -> None:
    large = os.urandom(1 << 20) * 12 + PHRASE.text.encode()
    plant(tmp_path, gzip.compress(large, 1), "large.gz")
    plant(tmp_path, gzip.compress(os.urandom(50) + gzip.compress(b"twice " + NAME.text.encode() + b" deep")), "twice")
    findings = scan([tmp_path], [PHRASE, NAME], CONTROL)
    assert kinds([one for one in findings if one.place.name == "large.gz"]) == {"phrase"}
    assert kinds([one for one in findings if one.place.name == "twice"]) == {"name"}


def test_a_member_that_breaks_off_is_searched_as_far_as_it_goes(tmp_path: Path) -> None:
    member = gzip.compress(PHRASE.text.encode() + os.urandom(200_000))
    plant(tmp_path, member[: len(member) // 2])
    assert kinds(scan([tmp_path], [PHRASE], CONTROL)) == {"phrase"}


# ---- databases ----------------------------------------------------------------------------------------------------


def test_rows_of_sqlite_are_found_in_the_file_and_in_its_journal(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE t (text TEXT, number INTEGER, raw BLOB)")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    row = (NAME.text, int(NUMBER.text[1:]), bytes.fromhex(CALL_SID.text[2:]))
    database.execute("INSERT INTO t VALUES (?, ?, ?)", row)
    plant(tmp_path, b"", "empty")
    in_journal = scan([tmp_path], ALL, CONTROL)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    in_file = scan([tmp_path], ALL, CONTROL)
    database.close()
    for findings, name in ((in_journal, "a.db-wal"), (in_file, "a.db")):
        assert {one.place.name for one in findings} == {name}
        assert kinds(findings) == {"name", "number", "call_sid"}
        assert {"text", "raw", "integer, 6 bytes BE"} <= {one.form for one in findings}


def test_rows_of_postgresql_are_found_in_its_data_and_in_its_log_of_changes(postgresql: object, tmp_path: Path) -> None:
    from tests.databases import PostgresqlServer

    assert isinstance(postgresql, PostgresqlServer)
    with postgresql.empty_database() as url:
        engine = create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
        with engine.connect() as connection:
            data = Path(str(connection.execute(text("SHOW data_directory")).scalar_one()))
            connection.execute(text("CREATE TABLE t (words TEXT, number BIGINT, exact NUMERIC, raw BYTEA)"))
            row = {"words": NAME.text, "number": int(NUMBER.text[1:]), "raw": bytes.fromhex(CALL_SID.text[2:])}
            connection.execute(text("INSERT INTO t VALUES (:words, :number, :number, :raw)"), row)
            connection.execute(text("INSERT INTO t (words) VALUES (:control)"), {"control": CONTROL.text})
            connection.execute(text("CHECKPOINT"))
            findings = scan([data / "base", data / "pg_wal"], ALL, CONTROL)
        engine.dispose()
    for folder in ("base", "pg_wal"):
        within = [one for one in findings if one.place.is_relative_to(data / folder)]
        assert {"name", "number", "call_sid"} <= kinds(within)
        assert {"text", "raw", "integer, 8 bytes LE", "NUMERIC"} <= {one.form for one in within}


# ---- proving nothing ----------------------------------------------------------------------------------------------


def test_a_place_without_the_control_proves_nothing(tmp_path: Path) -> None:
    plant(tmp_path / "one", b"")
    (tmp_path / "two").mkdir()
    (tmp_path / "two/file").write_bytes(b"nothing here")
    with pytest.raises(ScanProvedNothing, match="two"):
        scan([tmp_path / "one", tmp_path / "two"], ALL, CONTROL)


def test_a_place_that_is_not_there_or_no_place_at_all_proves_nothing(tmp_path: Path) -> None:
    plant(tmp_path, b"")
    with pytest.raises(ScanProvedNothing, match="not there"):
        scan([tmp_path, tmp_path / "gone"], ALL, CONTROL)
    with pytest.raises(ScanProvedNothing, match="no place"):
        scan([], ALL, CONTROL)
    with pytest.raises(ScanProvedNothing, match="no canary"):
        scan([tmp_path], [], CONTROL)


def test_a_file_that_cannot_be_read_proves_nothing(tmp_path: Path) -> None:
    plant(tmp_path, b"")
    unreadable = tmp_path / "unreadable"
    unreadable.symlink_to("/proc/self/mem")  # nobody reads its first page, not even root
    with pytest.raises(ScanProvedNothing, match="may not be read"):
        scan([tmp_path, unreadable], ALL, CONTROL)


def test_links_pipes_and_sockets_are_not_followed(tmp_path: Path) -> None:
    plant(tmp_path / "place", b"")
    plant(tmp_path / "elsewhere", NAME.text.encode())
    (tmp_path / "place/link").symlink_to(tmp_path / "elsewhere/file")
    (tmp_path / "place/folder").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "place/pipe")
    assert scan([tmp_path / "place"], [NAME], CONTROL) == []
