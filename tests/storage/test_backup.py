"""Backups: what comes back, for whom, and what stays gone."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select

from storage.audit import record, verify
from storage.backup import (
    CONTENT_FILE,
    KEYRING_FILE,
    BackupUnfit,
    DatabaseNotEmpty,
    Restored,
    Written,
    restore_backup,
    write_backup,
)
from storage.contents import Interest
from storage.database import Database
from storage.desk_secrets import INTERESTS, SEARCH, desk_secret
from storage.handing_over import Handover, hand_over
from storage.interests import add_interest, all_interests
from storage.keys import Audience, Damaged, Secret, new_private_key
from storage.models import (
    beats,
    blocks,
    calls,
    handovers,
    items,
    jobs,
    mailboxes,
    metadata,
    packages,
    people,
    reports,
    team_items,
    team_wraps,
    wraps,
)
from storage.opening import GroupKey, open_item, open_stream
from storage.people import add_person, admit, member_group_key
from storage.sealing import SealedItem, Wrap, seal_item
from storage.search_index import write_tokens
from tests.databases import make_schema

DESK = GroupKey("desk", 1, new_private_key())
RECOVERY = GroupKey("recovery", 1, new_private_key())
STRANGER = GroupKey("recovery", 1, new_private_key())
KEPT = ("people", "memberships", "wraps", "reports", "items", "mailboxes", "counts", "audit")


def audience(group: GroupKey) -> Audience:
    return Audience(group.name, group.epoch, group.public_key)


@dataclass(frozen=True)
class Line:
    """A small line with two reports, a person, and a call under way."""

    database: Database
    sealed: dict[str, SealedItem]


def keep_report(database: Database, report_id: str, words: bytes) -> SealedItem:
    item = seal_item(words, report_id=report_id, kind="answer", audiences=(audience(DESK), audience(RECOVERY)))
    report = {"report_id": report_id, "case_number": report_id, "line": "met", "week": "2026-W48", "state": "new"}
    mailbox = {"lookup_id": f"m{report_id}", "report_id": report_id, "reply_key": b"k" * 32, "week": "2026-W48"}
    with database.write() as connection:
        connection.execute(insert(reports), {**report, "language": "en", "channel": "voice"})
        row = {"item_id": item.item_id, "report_id": report_id, "kind": item.kind, "sealed": item.sealed}
        connection.execute(insert(items), row)
        for wrap in item.wraps:
            connection.execute(insert(wraps), {"item_id": item.item_id, **vars(wrap)})
        connection.execute(insert(mailboxes), mailbox)
    return item


@pytest.fixture
def line(database: Database) -> Line:
    sealed = {
        report_id: keep_report(database, report_id, f"words of {report_id}".encode()) for report_id in ("r1", "r2")
    }
    call = {"call_key": "c", "turn": 1, "state": b"canary-state", "sid_for_worker": b"", "started_at": 1, "seen_at": 1}
    with database.write() as connection:
        new = add_person(
            connection,
            name="amina",
            alias="Amina",
            role="handler",
            password="tangerine gravel mitten",
            pepper=Secret(bytes(32)),
        )
        admit(connection, member=new.person.person_id, public_key=new.person.public_key, group=DESK)
        admit(connection, member="recovery", public_key=RECOVERY.public_key, group=DESK)
        record(connection, at=1, person="command", action="person.added", subject=new.person.person_id)
        connection.execute(insert(calls), call)
        connection.execute(insert(jobs), {"job_id": "j", "kind": "alert", "subject": "canary-job", "due_at": 1})
        connection.execute(insert(beats), {"name": "worker", "seen_at": 1})
    return Line(database, sealed)


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    make_schema(empty_database_url)
    database = Database(empty_database_url)
    yield database
    database.close()


def quiet(_table: str) -> None:
    """Note nothing."""


def saved(database: Database, folder: Path, at: int = 100) -> tuple[Written, ...]:
    return write_backup(database, folder, audience(RECOVERY), at=at, noted=quiet)


def restored(database: Database, folder: Path, keyring: Path | None = None, key: GroupKey = RECOVERY) -> Restored:
    return restore_backup(database, folder / CONTENT_FILE, keyring or folder / KEYRING_FILE, key, noted=quiet)


def rows_of(database: Database) -> dict[str, list[str]]:
    with database.read() as connection:
        return {
            table.name: sorted(repr(row) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
        }


def test_blocks_and_connections_come_back_and_the_index_is_to_be_built_anew(
    line: Line, empty: Database, tmp_path: Path
) -> None:
    interest = Interest(name="Wren", by="b")
    with line.database.write() as connection:
        connection.execute(insert(blocks), {"person_id": "p", "report_id": "r1", "item_id": "i"})
        add_interest(connection, desk_secret(connection, INTERESTS, DESK), "p", interest)
        write_tokens(connection, desk_secret(connection, SEARCH, DESK), "r1", {"name:wren"})
    saved(line.database, tmp_path / "b")
    restored(empty, tmp_path / "b")
    after = rows_of(empty)
    assert after["search_tokens"] == []
    assert after["blocks"] == rows_of(line.database)["blocks"] != []
    with empty.write() as connection:
        (kept,) = all_interests(connection, desk_secret(connection, INTERESTS, DESK))
        assert kept.interest == interest
        assert not desk_secret(connection, SEARCH, DESK).ready


def test_everything_kept_comes_back_on_either_database_and_nothing_of_a_live_call(
    line: Line, empty: Database, tmp_path: Path
) -> None:
    saved(line.database, tmp_path / "b")
    assert restored(empty, tmp_path / "b").items_stayed_gone == 0
    before, after = rows_of(line.database), rows_of(empty)
    assert {name: after[name] for name in KEPT} == {name: before[name] for name in KEPT}
    assert not any(rows for name, rows in after.items() if name not in KEPT)
    with empty.read() as connection:
        assert verify(connection).entries == 1


def test_what_came_back_opens_with_the_recovery_key_alone(line: Line, empty: Database, tmp_path: Path) -> None:
    saved(line.database, tmp_path / "b")
    restored(empty, tmp_path / "b")
    with empty.read() as connection:
        desk = member_group_key(connection, "recovery", RECOVERY.private, audience(DESK))
        row = connection.execute(select(items).where(items.c.report_id == "r1")).one()
        own = connection.execute(select(wraps).where(wraps.c.item_id == row.item_id)).all()
    found = tuple(Wrap(wrap.audience, wrap.epoch, wrap.wrapped) for wrap in own)
    for group in (desk, RECOVERY):
        words = open_item(
            row.sealed, item_id=row.item_id, report_id="r1", kind="answer", wraps_of_item=found, group=group
        )
        assert words == b"words of r1"


def test_content_and_keyring_lie_in_different_files(line: Line, tmp_path: Path) -> None:
    parts = saved(line.database, tmp_path / "b")
    tables: dict[str, Counter[str]] = {}
    for part in parts:
        with part.path.open("rb") as opened:
            plain = gzip.decompress(
                b"".join(open_stream(opened.read, purpose=f"backup 1 {part.path.name}", group=RECOVERY))
            )
        tables[part.path.name] = Counter(
            text.split('"')[3] for text in plain.decode().splitlines() if text.startswith('{"table"')
        )
        assert b"canary" not in plain
        assert sum(tables[part.path.name].values()) == part.rows
    assert tables[CONTENT_FILE] == {"reports": 2, "items": 2, "mailboxes": 2, "audit": 1}
    assert tables[KEYRING_FILE] == {"people": 1, "memberships": 2, "wraps": 4}


def test_a_stolen_backup_shows_nothing(line: Line, empty: Database, tmp_path: Path) -> None:
    for part in saved(line.database, tmp_path / "b"):
        raw = part.path.read_bytes()
        assert b"amina" not in raw
        assert b"words of" not in raw
        assert part.path.stat().st_mode & 0o077 == 0
    with pytest.raises(Damaged):
        restored(empty, tmp_path / "b", key=STRANGER)
    assert not any(rows_of(empty).values())


def test_what_was_deleted_stays_gone_with_a_newer_keyring(line: Line, empty: Database, tmp_path: Path) -> None:
    saved(line.database, tmp_path / "old")
    gone = line.sealed["r1"].item_id
    with line.database.write() as connection:
        connection.execute(delete(wraps).where(wraps.c.item_id == gone))
        connection.execute(delete(reports).where(reports.c.report_id == "r1"))
    keep_report(line.database, "r3", b"newer than the content")
    saved(line.database, tmp_path / "new", at=200)
    assert restored(empty, tmp_path / "old", tmp_path / "new" / KEYRING_FILE).items_stayed_gone == 1
    with empty.read() as connection:
        assert connection.execute(select(reports.c.report_id)).scalars().all() == ["r2"]
        assert connection.execute(select(mailboxes.c.report_id)).scalars().all() == ["r2"]
        assert set(connection.execute(select(wraps.c.item_id)).scalars()) == {line.sealed["r2"].item_id}


def hand(database: Database, release_id: str) -> SealedItem:
    """Hand a release to a team, which asks something of it."""
    team = GroupKey("team:standards", 1, new_private_key())
    item = seal_item(b"sold", report_id=release_id, kind="release", audiences=(audience(team),))
    handover = Handover(release_id, "standards", "full", "2026-11", "2026-W49", "2027-W09")
    with database.write() as connection:
        hand_over(connection, handover, item=item, package=b"canary-package")
    return item


def test_what_teams_were_given_comes_back(line: Line, empty: Database, tmp_path: Path) -> None:
    hand(line.database, "e1")
    saved(line.database, tmp_path)
    restored(empty, tmp_path)
    before, after = rows_of(line.database), rows_of(empty)
    for name in ("handovers", "team_items", "team_wraps", "packages"):
        assert after[name] == before[name] != []


def test_what_a_team_has_no_more_stays_gone_with_a_newer_keyring(line: Line, empty: Database, tmp_path: Path) -> None:
    for release_id in ("e1", "e2"):
        hand(line.database, release_id)
    saved(line.database, tmp_path / "old")
    with line.database.write() as connection:  # as its timer does: its keys, and everything else of it
        mine = select(team_items.c.item_id).where(team_items.c.release_id == "e1")
        connection.execute(delete(team_wraps).where(team_wraps.c.item_id.in_(mine)))
        connection.execute(delete(handovers).where(handovers.c.release_id == "e1"))
    hand(line.database, "e3")  # newer than the content
    saved(line.database, tmp_path / "new", at=200)
    restored(empty, tmp_path / "old", tmp_path / "new" / KEYRING_FILE)
    with empty.read() as connection:
        for table in (handovers, team_items, packages):
            assert connection.execute(select(table.c.release_id)).scalars().all() == ["e2"], table.name
        assert (
            connection.execute(select(team_wraps.c.item_id)).scalars().all()
            == connection.execute(select(team_items.c.item_id)).scalars().all()
        )


def test_a_keyring_older_than_the_content_is_refused(line: Line, empty: Database, tmp_path: Path) -> None:
    saved(line.database, tmp_path / "old", at=100)
    saved(line.database, tmp_path / "new", at=200)
    with pytest.raises(BackupUnfit, match="older"):
        restored(empty, tmp_path / "new", tmp_path / "old" / KEYRING_FILE)
    assert not any(rows_of(empty).values())


def test_a_database_that_holds_anything_is_left_alone(line: Line, tmp_path: Path) -> None:
    saved(line.database, tmp_path / "b")
    before = rows_of(line.database)
    with pytest.raises(DatabaseNotEmpty):
        restored(line.database, tmp_path / "b")
    assert rows_of(line.database) == before


@pytest.mark.parametrize("harm", ["cut", "changed", "exchanged"])
def test_a_harmed_backup_restores_nothing(line: Line, empty: Database, tmp_path: Path, harm: str) -> None:
    saved(line.database, tmp_path / "b")
    content = tmp_path / "b" / CONTENT_FILE
    raw = content.read_bytes()
    harmed = {
        "cut": raw[:-1],
        "changed": raw[:-1] + bytes([raw[-1] ^ 1]),
        "exchanged": (tmp_path / "b" / KEYRING_FILE).read_bytes(),
    }
    content.write_bytes(harmed[harm])
    with pytest.raises(Damaged):
        restored(empty, tmp_path / "b")
    assert not any(rows_of(empty).values())


def test_a_backup_is_never_written_over(line: Line, tmp_path: Path) -> None:
    first = saved(line.database, tmp_path / "b")
    with pytest.raises(FileExistsError):
        saved(line.database, tmp_path / "b")
    assert len(first[0].path.read_bytes()) > 0
    assert {path.name for path in (tmp_path / "b").iterdir()} == {CONTENT_FILE, KEYRING_FILE}


def test_both_files_show_one_moment_while_calls_go_on(line: Line, tmp_path: Path) -> None:
    later: list[SealedItem] = []

    def ring(table: str) -> None:
        if not later:
            later.append(keep_report(line.database, "r9", b"rang during the backup"))

    parts = write_backup(line.database, tmp_path / "b", audience(RECOVERY), at=1, noted=ring)
    assert later
    assert [part.rows for part in parts] == [7, 7]


def test_rows_beyond_one_batch_come_back(line: Line, empty: Database, tmp_path: Path) -> None:
    for number in range(120):
        keep_report(line.database, f"many{number:03}", b"x")
    saved(line.database, tmp_path / "b")
    restored(empty, tmp_path / "b")
    with empty.read() as connection:
        assert connection.scalar(select(func.count()).select_from(items)) == 122
        assert connection.scalar(select(func.count()).select_from(people)) == 1


def test_a_recovery_key_of_another_epoch_opens_nothing(line: Line, empty: Database, tmp_path: Path) -> None:
    saved(line.database, tmp_path / "b")
    with pytest.raises(Damaged):
        restored(empty, tmp_path / "b", key=replace(RECOVERY, epoch=2))
