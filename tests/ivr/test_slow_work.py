"""Slow work beside the webhooks: guessing at references keeps nobody from getting one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import event, update

from ivr import slow_work
from ivr.asks import StartWork
from ivr.slow_work import MOST_LOOK_UPS, SlowWork, findings
from storage import live_calls, reports
from storage.clock import TurnedClock
from storage.database import Database
from storage.expiry import expire_mailboxes
from storage.keys import LiveKey, Secret, read_live_key, rotate_live_key
from storage.live_calls import NewCall
from storage.models import mailboxes
from storage.references import ReferenceKeys, new_reference, reference_keys
from storage.reports import NewReport

pytestmark = pytest.mark.usefixtures("full_price")  # turns overtake the slow work, and it is slow

PEPPER = Secret(b"p" * 32)
REPORT = "a" * 32


def begun(database: Database, clock: TurnedClock, tmp_path: Path) -> tuple[SlowWork, LiveKey]:
    rotate_live_key(tmp_path / "live.key", clock.now())
    live = read_live_key(tmp_path / "live.key", clock)
    with database.write() as connection:
        reports.begin(connection, NewReport(REPORT, "example", "en", "voice"), week="2026-W48")
        live_calls.begin(connection, NewCall("c" * 32, b"sid", b"state"), now=clock.now())
    return SlowWork(database, live, PEPPER, clock), live


def found(database: Database, live: LiveKey, name: str) -> str | None:
    with database.read() as connection:
        return findings(live, "c" * 32, live_calls.read_finding(connection, "c" * 32)).get(name)


def test_a_reference_is_made_while_many_are_guessed(database: Database, clock: TurnedClock, tmp_path: Path) -> None:
    slow, live = begun(database, clock, tmp_path)
    slow._guesses.extend([clock.now()] * slow_work.GUESSES_BEFORE_SLOW)  # slow mode: each look-up waits two seconds
    for number in range(3 * MOST_LOOK_UPS):
        slow.start(f"{number:032x}", StartWork("look_up_1", "look_up", new_reference()))
    assert len(slow._running) <= MOST_LOOK_UPS
    slow.start("c" * 32, StartWork("issue", "issue", new_reference(), REPORT))
    end = time.monotonic() + 20
    while found(database, live, "issue") is None and time.monotonic() < end:
        time.sleep(0.02)
    slow._stopping.set()
    waiting = sum(name.startswith("look_up") for _, name in slow._running)
    slow.finish()
    assert found(database, live, "issue") == "issued"
    assert waiting > MOST_LOOK_UPS // 2  # it was not the guesses' turn that was waited for


def test_what_was_keyed_right_is_found_and_what_is_unknown_is_told(
    database: Database, clock: TurnedClock, tmp_path: Path
) -> None:
    slow, live = begun(database, clock, tmp_path)
    reference = new_reference()
    slow.start("c" * 32, StartWork("issue", "issue", reference, REPORT))
    slow._pools["issue"].shutdown(wait=True)
    slow.start("c" * 32, StartWork("look_up_1", "look_up", reference))
    slow.start("c" * 32, StartWork("look_up_2", "look_up", new_reference()))
    slow._pools["look_up"].shutdown(wait=True)
    assert found(database, live, "look_up_1") == f"known:{REPORT}"
    assert found(database, live, "look_up_2") == "unknown"


def test_wrong_expired_and_withdrawn_references_get_one_answer_for_one_piece_of_work(
    database: Database, clock: TurnedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, live = begun(database, clock, tmp_path)
    derived: list[str] = []

    def noting(reference: str, pepper: Secret) -> ReferenceKeys:
        derived.append(reference)
        return reference_keys(reference, pepper)

    monkeypatch.setattr(slow_work, "reference_keys", noting)
    never, expired, withdrawn = new_reference(), new_reference(), new_reference()
    with database.write() as connection:
        lookup_id = reference_keys(withdrawn, PEPPER).lookup_id
        reports.open_mailbox(connection, lookup_id, REPORT, b"key", week="2026-W48")
        connection.execute(update(mailboxes).values(state="withdrawn"))
        gone = reference_keys(expired, PEPPER).lookup_id
        reports.open_mailbox(connection, gone, REPORT, b"key", week="2025-W01")
        expire_mailboxes(connection, before_week="2026-W01")
    statements: dict[str, list[str]] = {}
    for number, reference in enumerate((never, expired, withdrawn)):
        seen = statements.setdefault(reference, [])

        def note(_connection: object, _cursor: object, statement: str, *_: object, seen: list[str] = seen) -> None:
            seen.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        slow._run("c" * 32, StartWork(f"look_up_{number}", "look_up", reference))
        event.remove(database.engine, "before_cursor_execute", note)
    assert [found(database, live, f"look_up_{number}") for number in range(3)] == ["unknown"] * 3
    assert derived == [never, expired, withdrawn]
    assert statements[never] == statements[expired] == statements[withdrawn] != []
