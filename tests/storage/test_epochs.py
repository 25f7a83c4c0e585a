"""A new epoch of the desk's key, from the command to the last wrap, with people and items of before and after."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from storage.clips import add_items
from storage.command_line import run
from storage.database import Database
from storage.key_making import desk_key_by_recovery
from storage.key_state import KeyState, key_state
from storage.keys import KeyFileUnfit, Secret, new_private_key, person_fingerprint, public_half, read_pepper
from storage.models import audit, items, memberships, people, reports, wraps
from storage.opening import (
    Damaged,
    GroupKey,
    KeyRing,
    NoWrapForGroup,
    open_item,
    read_recovery_key,
    unwrap_with_password,
    wrap_group_key,
)
from storage.passwords import normal
from storage.people import member_key_ring
from storage.public_keys import FingerprintMismatch, PublicKeys, read_public_keys, unpinned_public_keys
from storage.sealing import SealedItem, Wrap, seal_item
from tests.storage.test_key_commands import PASSWORD, Operator

WORDS = b"what somebody said"


@dataclass
class Line:
    """A line at a terminal: its operator, its settings, its database, and what people there hold."""

    operator: Operator
    settings: tuple[str, str]
    database: Database

    @property
    def keys_dir(self) -> Path:
        return self.operator.home / "keys"

    @property
    def file(self) -> Path:
        return self.keys_dir / "public.json"

    @property
    def public(self) -> PublicKeys:
        return unpinned_public_keys(self.file)

    def keys(self, *words: str, recovery: bool = True) -> int:
        return run(["keys", *words, *self.settings, *(self.operator.recovery if recovery else ())])

    def new_epoch(self, reason: str = "yearly") -> int:
        return self.keys("new-epoch", "--reason", reason, "--sure")

    def pin(self) -> None:
        """Set the new fingerprint, as the operator does from the screen."""
        self.settings = self.operator.configure(self.database.url.render_as_string(hide_password=False))

    def private_key(self, name: str) -> tuple[str, Secret]:
        with self.database.read() as connection:
            row = connection.execute(select(people).where(people.c.alias == name)).one()
        pepper = read_pepper(self.keys_dir / "pepper")
        private = unwrap_with_password(
            row.wrapped_key, normal(PASSWORD), person_id=row.person_id, salt=row.salt, pepper=pepper
        )
        return row.person_id, private

    def ring(self, name: str) -> KeyRing:
        """Return what a person holds, by their password."""
        person_id, private = self.private_key(name)
        with self.database.read() as connection:
            return member_key_ring(connection, person_id, private, self.public.desk_epochs)

    def keep(self, public: PublicKeys | None = None) -> str:
        """Seal something as the public door does, and return its id."""
        report_id = secrets.token_hex(16)
        item = seal_item(WORDS, report_id=report_id, kind="answer", audiences=((public or self.public).desk,))
        row = {"report_id": report_id, "case_number": secrets.token_hex(5), "line": "example", "week": "2026-W48"}
        with self.database.write() as connection:
            connection.execute(insert(reports), {**row, "state": "new", "language": "en", "channel": "voice"})
            add_items(connection, [item])
        return item.item_id

    def opened(self, item_id: str, group: GroupKey) -> bytes:
        with self.database.read() as connection:
            row = connection.execute(select(items).where(items.c.item_id == item_id)).one()
            found = connection.execute(select(wraps).where(wraps.c.item_id == item_id))
            wrapped = [Wrap(one.audience, one.epoch, one.wrapped) for one in found]
        place = {"item_id": item_id, "report_id": row.report_id, "kind": row.kind}
        return open_item(row.sealed, **place, wraps_of_item=wrapped, group=group)

    def epochs_of_wraps(self) -> dict[int, int]:
        with self.database.read() as connection:
            return {
                row[0]: row[1]
                for row in connection.execute(select(wraps.c.epoch, func.count()).group_by(wraps.c.epoch))
            }

    def audited(self) -> list[tuple[str, str]]:
        with self.database.read() as connection:
            rows = connection.execute(select(audit.c.action, audit.c.detail).order_by(audit.c.sequence))
            return [(row.action, row.detail) for row in rows]


@pytest.fixture
def line(tmp_path: Path, database_url: str) -> Iterator[Line]:
    operator = Operator(tmp_path)
    assert operator.init() == 0
    settings = operator.configure(database_url)
    for name, role in (("amina", "handler"), ("ben", "supervisor")):
        assert operator.add(settings, name, *operator.recovery, role=role) == 0
        (tmp_path / f"{name}.totp").unlink()
    database = Database(database_url)
    yield Line(operator, settings, database)
    database.close()


def test_what_was_sealed_before_keeps_opening_and_what_is_sealed_after_opens_with_the_new_key_only(line: Line) -> None:
    before, old_ring = line.keep(), line.ring("Amina")
    assert line.new_epoch() == 0
    line.pin()
    after, ring = line.keep(), line.ring("Amina")
    assert [key.epoch for key in ring.every] == [2, 1]
    assert line.opened(before, ring) == line.opened(after, ring) == WORDS
    assert line.opened(before, old_ring) == WORDS
    with pytest.raises(NoWrapForGroup):
        line.opened(after, old_ring)
    assert ("keys-new-epoch", "epoch 2, yearly, for 2") in line.audited()


def test_processes_that_pin_the_old_fingerprint_start_again_and_go_on_as_before(line: Line) -> None:
    before = line.public
    line.new_epoch()
    after = line.public
    assert read_public_keys(line.file, before.fingerprint) == before
    assert read_public_keys(line.file, after.fingerprint) == after
    assert after.earlier == (before.desk,)
    assert line.opened(line.keep(before), line.ring("Amina")) == WORDS


def test_a_new_epoch_that_was_interrupted_goes_on_with_the_same_key(line: Line) -> None:
    line.new_epoch()
    made = line.public
    (line.keys_dir / "public.json").write_text(json.dumps(json.loads((line.keys_dir / "public-1.json").read_text())))
    assert line.new_epoch() == 0
    assert line.public == made


def test_rewrapping_leaves_nothing_under_the_old_epoch_and_no_content_is_touched(line: Line) -> None:
    kept = [line.keep() for _ in range(5)]
    with line.database.read() as connection:
        sealed = set(connection.scalars(select(items.c.sealed)))
    line.new_epoch()
    line.pin()
    assert line.keys("rewrap") == 1  # not before every process runs with the new one
    assert line.epochs_of_wraps() == {1: 5}
    assert line.keys("rewrap", "--all-restarted") == 0
    assert line.epochs_of_wraps() == {2: 5}
    with line.database.read() as connection:
        assert set(connection.scalars(select(items.c.sealed))) == sealed
    newest = line.ring("Ben").every[0]
    assert all(line.opened(item_id, newest) == WORDS for item_id in kept)
    assert line.keys("rewrap", "--all-restarted") == 0  # may run twice


def test_an_epoch_is_retired_only_when_nothing_is_wrapped_for_it_any_more(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    item_id, before = line.keep(), line.public
    line.new_epoch()
    line.pin()
    assert line.keys("retire-epoch", "1", recovery=False) == 1
    assert "1 keys are still wrapped" in capsys.readouterr().err
    assert line.keys("retire-epoch", "2", recovery=False) == 1
    assert [key.epoch for key in line.ring("Amina").every] == [2, 1]
    line.keys("rewrap", "--all-restarted")
    assert line.keys("retire-epoch", "1", recovery=False) == 0
    assert [key.epoch for key in line.ring("Amina").every] == [2]
    assert line.opened(item_id, line.ring("Amina")) == WORDS
    # A door that was forgotten still seals to epoch 1: nobody at the desk opens it, and it is not lost.
    late = line.keep(before)
    with pytest.raises(NoWrapForGroup):
        line.opened(late, line.ring("Amina"))
    assert line.keys("rewrap", "--all-restarted") == 0
    assert line.opened(late, line.ring("Amina")) == WORDS


def test_a_leaver_with_a_copy_of_the_old_key_opens_nothing_that_was_sealed_after(line: Line) -> None:
    copied = line.ring("Amina")
    assert run(["people", "leave", "amina", *line.settings]) == 0
    with line.database.read() as connection:
        assert connection.scalar(select(people.c.left_in_epoch).where(people.c.alias == "Amina")) == 1
    before = line.keep()
    assert line.new_epoch("leaver") == 0
    line.pin()
    after = line.keep()
    with pytest.raises(Damaged):
        line.opened(after, copied)
    line.keys("rewrap", "--all-restarted")
    for item_id in (before, after):
        with pytest.raises(Damaged):
            line.opened(item_id, copied)
        assert line.opened(item_id, line.ring("Ben")) == WORDS


def test_doctor_and_health_learn_what_is_left_until_nothing_is(line: Line) -> None:
    def state() -> KeyState:
        with line.database.read() as connection:
            return key_state(connection, line.public.desk)

    line.keep()
    assert state() == KeyState(1, {}, (), 0)
    run(["people", "leave", "amina", *line.settings])
    assert state() == KeyState(1, {}, (), leavers=1)
    line.new_epoch("leaver")
    line.pin()
    assert state() == KeyState(2, {1: 1}, (1,), leavers=0)
    line.keys("rewrap", "--all-restarted")
    assert state().over == (1,)
    line.keys("retire-epoch", "1", recovery=False)
    assert state() == KeyState(2, {}, (), 0)


# ---- somebody who writes into the database or the files -------------------------------------------------------------


def test_a_new_key_is_not_wrapped_for_a_public_key_that_was_exchanged_after_admission(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    person_id, _ = line.private_key("Amina")
    stranger = new_private_key()
    with line.database.write() as connection:
        mine = people.c.person_id == person_id
        connection.execute(update(people).where(mine).values(public_key=public_half(stranger)))
    assert line.new_epoch() == 0
    assert "NOT for amina" in capsys.readouterr().out
    with line.database.read() as connection:
        query = select(memberships.c.member, memberships.c.epoch).where(memberships.c.epoch == 2)
        members = {row.member for row in connection.execute(query)}
    assert members == {"recovery", line.private_key("Ben")[0]}


def test_a_new_key_is_not_wrapped_for_a_role_that_nobody_admitted(line: Line) -> None:
    person_id, _ = line.private_key("Amina")
    with line.database.write() as connection:
        connection.execute(update(people).where(people.c.person_id == person_id).values(role="supervisor"))
    assert line.new_epoch() == 0
    with line.database.read() as connection:
        assert person_id not in connection.scalars(select(memberships.c.member).where(memberships.c.epoch == 2)).all()


def test_a_person_and_a_membership_that_nobody_admitted_get_no_new_key(line: Line) -> None:
    stranger, desk = new_private_key(), line.public.desk
    planted = GroupKey("desk", 1, new_private_key())
    with line.database.write() as connection:
        ben = dict(connection.execute(select(people).where(people.c.alias == "Ben")).one()._mapping)
        true_mark = connection.scalar(select(memberships.c.vouched).where(memberships.c.member == ben["person_id"]))
        eve = {**ben, "person_id": "e" * 32, "sign_in_name": "eve", "alias": "Eve", "public_key": public_half(stranger)}
        connection.execute(insert(people), eve)
        row = {"member": "e" * 32, "audience": "desk", "epoch": desk.epoch, "vouched": true_mark}
        wrapped = wrap_group_key(planted, member="e" * 32, public_key=public_half(stranger))
        connection.execute(insert(memberships), {**row, "wrapped": wrapped})
    assert line.new_epoch() == 0
    with line.database.read() as connection:
        assert "e" * 32 not in connection.scalars(select(memberships.c.member).where(memberships.c.epoch == 2)).all()


def test_a_leaver_whose_rows_are_put_back_gets_no_new_key(line: Line) -> None:
    with line.database.read() as connection:
        old = dict(connection.execute(select(people).where(people.c.alias == "Amina")).one()._mapping)
        own = memberships.c.member == old["person_id"]
        membership = dict(connection.execute(select(memberships).where(own)).one()._mapping)
    run(["people", "leave", "amina", *line.settings])
    with line.database.write() as connection:
        connection.execute(delete(people).where(people.c.person_id == old["person_id"]))
        connection.execute(insert(people), old)
        connection.execute(insert(memberships), membership)
    line.new_epoch("leaver")
    with line.database.read() as connection:
        members = connection.scalars(select(memberships.c.member).where(memberships.c.epoch == 2)).all()
    assert old["person_id"] not in members


def test_a_wrap_that_was_swapped_or_planted_stays_and_is_told_and_nothing_true_is_overwritten(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    true, swapped, other = line.keep(), line.keep(), line.keep()
    with line.database.write() as connection:
        found = connection.scalar(select(wraps.c.wrapped).where(wraps.c.item_id == other))
        connection.execute(update(wraps).where(wraps.c.item_id == swapped).values(wrapped=found))
    line.new_epoch()
    line.pin()
    # Anyone can seal to the old public key: a key of their own, planted beside a true wrap of the new epoch.
    after = line.keep()
    with line.database.write() as connection:
        report_id = connection.execute(select(items.c.report_id).where(items.c.item_id == after)).scalar_one()
        forged = seal_item(b"x", report_id=report_id, kind="answer", audiences=line.public.earlier, item_id=after)
        connection.execute(insert(wraps), {"item_id": after, **vars(forged.wraps[0])})
    assert line.keys("rewrap", "--all-restarted") == 0
    assert "2 do not open" in capsys.readouterr().out
    assert line.epochs_of_wraps() == {1: 2, 2: 3}
    newest = line.ring("Ben").every[0]
    assert [line.opened(item_id, newest) for item_id in (true, other, after)] == [WORDS] * 3
    assert line.keys("retire-epoch", "1", "--give-up", "1", recovery=False) == 1
    assert line.keys("retire-epoch", "1", "--give-up", "2", recovery=False) == 0


def test_a_junk_wrap_under_the_newest_epoch_hides_no_true_one_under_the_one_before(line: Line) -> None:
    item_id = line.keep()
    line.new_epoch()
    with line.database.write() as connection:
        row = {"item_id": item_id, "audience": "desk", "epoch": 2, "wrapped": b"\x00" * 80}
        connection.execute(insert(wraps), row)
    assert line.opened(item_id, line.ring("Amina")) == WORDS


def test_an_epoch_that_was_downgraded_exchanged_or_doubled_in_the_file_is_refused(line: Line) -> None:
    line.new_epoch()
    pinned, good = line.public.fingerprint, json.loads(line.file.read_text())
    (line.keys_dir / "public-1.json").rename(line.operator.home / "elsewhere.json")
    old = good["earlier"][0]
    changes: tuple[dict[str, Any], ...] = (
        {"audiences": {**good["audiences"], "desk": old}, "earlier": [good["audiences"]["desk"]]},
        {"audiences": {**good["audiences"], "desk": old}, "earlier": []},
        {"version": 1},
        {"earlier": []},
        {"earlier": [old, old]},
    )
    for change in changes:
        line.file.write_text(json.dumps({**good, **change}))
        with pytest.raises((FingerprintMismatch, KeyFileUnfit), match=r"not the pinned one|stands twice"):
            read_public_keys(line.file, pinned)


def test_a_next_key_that_somebody_else_put_there_is_not_used(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = GroupKey("desk", 2, new_private_key())
    planted = line.keys_dir / "desk-2.recovery"
    planted.write_bytes(wrap_group_key(theirs, member="recovery", public_key=line.public.recovery.public_key))
    planted.chmod(0o600)
    assert line.new_epoch() == 1
    assert "was not written by" in capsys.readouterr().err
    assert line.public.desk.epoch == 1


def test_whoever_is_admitted_to_the_new_epoch_alone_opens_old_items_only_after_they_are_wrapped_again(
    line: Line,
) -> None:
    item_id = line.keep()
    line.new_epoch()
    line.pin()
    only_new = line.ring("Ben").every[0]
    with pytest.raises(NoWrapForGroup):
        line.opened(item_id, only_new)
    line.keys("rewrap", "--all-restarted")
    assert line.opened(item_id, only_new) == WORDS


# ---- recovery -------------------------------------------------------------------------------------------------------


def test_recovery_tries_the_key_and_changes_nothing(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    line.keep()
    before = line.audited()
    assert line.keys("recover") == 0
    said = capsys.readouterr().out
    assert "it is this line's" in said
    assert "1 of 1 keys of items tried with it open" in said
    assert line.audited() == before


def test_when_every_member_is_lost_a_new_person_reads_all_epochs_by_the_recovery_key(line: Line) -> None:
    before = line.keep()
    line.new_epoch()
    line.pin()
    after = line.keep()
    for name in ("amina", "ben"):
        run(["people", "leave", name, *line.settings])
    with line.database.write() as connection:
        connection.execute(delete(memberships))  # the worst: no row is left, and the files must do
    assert line.operator.add(line.settings, "carla", *line.operator.recovery) == 0
    ring = line.ring("Carla")
    assert [line.opened(item_id, ring) for item_id in (before, after)] == [WORDS] * 2


def test_somebody_who_waits_is_admitted_by_the_recovery_key_and_what_they_read_aloud(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    person_id, private = line.private_key("Amina")
    with line.database.write() as connection:
        connection.execute(delete(memberships).where(memberships.c.member == person_id))
    heard = person_fingerprint(person_id, public_half(private))
    assert line.keys("recover", "--admit", "amina", "--fingerprint", heard[:-1] + "x") == 1
    assert "Nobody was admitted" in capsys.readouterr().err
    assert line.keys("recover", "--admit", "nobody", "--fingerprint", heard) == 1
    assert line.keys("recover", "--admit", "amina", "--fingerprint", heard.upper().replace("-", " ")) == 0
    assert line.opened(line.keep(), line.ring("Amina")) == WORDS
    assert [action for action, _ in line.audited()][-2:] == ["admission-differs", "person.admitted"]


def test_each_way_in_which_a_recovery_key_is_not_the_right_one_is_told(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = Operator(tmp_path / "ours"), Operator(tmp_path / "theirs")
    for operator in (ours, theirs):
        operator.home.mkdir()
        assert operator.init("--recovery-out-2", str(operator.home / "half2")) == 0
    settings = ours.configure(database_url)
    whole = tmp_path / "whole"
    Operator(tmp_path / "third").home.mkdir()
    assert Operator(tmp_path / "third").init() == 0
    (tmp_path / "third" / "recovery").rename(whole)
    one, two, other = ours.home / "recovery", ours.home / "half2", theirs.home / "half2"
    changed = tmp_path / "changed"
    raw = json.loads(two.read_text())
    changed.write_text(json.dumps({**raw, "private_key": json.loads(other.read_text())["private_key"]}))
    later = tmp_path / "later"
    later.write_text(json.dumps({**json.loads(whole.read_text()), "epoch": "2"}))
    for file in (changed, later):
        file.chmod(0o600)
    loose = tmp_path / "loose"
    loose.write_bytes(one.read_bytes())
    loose.chmod(0o644)
    for files, reason in (
        ((one,), "one half alone says nothing"),
        ((one, one), "are both half 1"),
        ((one, other), "halves of two different keys"),
        ((one, whole), "one of them is the whole key"),
        ((one, two, other), "one whole file, or two halves"),
        ((whole,), "of another line"),
        ((one, changed), "a half of it was changed"),
        ((later,), "is of epoch 2; the line's is of epoch 1"),
        ((loose, two), "others may read or change it"),
        ((ours.home / "keys" / "worker.key",), "not the private key of recovery"),
        ((tmp_path / "missing",), "missing, or not readable"),
    ):
        named = [word for file in files for word in ("--recovery-key", str(file))]
        assert run(["keys", "recover", *settings, *named]) == 1, files
        assert reason in capsys.readouterr().err
    named = ["--recovery-key", str(two), "--recovery-key", str(one)]
    assert run(["keys", "recover", *settings, *named]) == 0


# ---- killed in the middle -------------------------------------------------------------------------------------------


def test_a_rewrap_that_is_killed_again_and_again_loses_nothing_and_comes_to_its_end(line: Line) -> None:
    kept = [line.keep() for _ in range(3)]
    sealed: list[SealedItem] = []
    report_id = secrets.token_hex(16)
    with line.database.write() as connection:
        row = {"report_id": report_id, "case_number": "K-1", "line": "example", "week": "2026-W48"}
        connection.execute(insert(reports), {**row, "state": "new", "language": "en", "channel": "voice"})
        sealed = [
            seal_item(WORDS, report_id=report_id, kind="answer", audiences=(line.public.desk,)) for _ in range(3000)
        ]
        add_items(connection, sealed)
    line.new_epoch()
    line.pin()
    command = [sys.executable, "-m", "storage.command_line", "keys", "rewrap", "--all-restarted"]
    killed = 0
    for _ in range(12):
        process = subprocess.Popen([*command, *line.settings, *line.operator.recovery], stdout=subprocess.DEVNULL)
        time.sleep(0.9 + 0.1 * killed)
        if process.poll() is not None:
            break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        killed += 1
        assert sum(line.epochs_of_wraps().values()) == 3003
    assert killed
    assert line.keys("rewrap", "--all-restarted") == 0
    assert line.epochs_of_wraps() == {2: 3003}
    newest = line.ring("Ben").every[0]
    assert all(line.opened(item_id, newest) == WORDS for item_id in (*kept, *(one.item_id for one in sealed[::500])))


def test_the_desks_key_by_file_is_the_one_that_is_pinned(line: Line) -> None:
    line.new_epoch()
    recovery = read_recovery_key([line.operator.home / "recovery"])
    for desk in line.public.desk_epochs:
        assert desk_key_by_recovery(line.keys_dir, recovery, desk).public_key == desk.public_key
