"""What has had its time goes, with its keys, and the audit says so."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time
from pathlib import Path

from sqlalchemy import insert, select

from ivr.worker import retention, rounds
from storage import audit
from storage.models import audit as entries
from storage.models import beats, call_log, counts, intents, items, mailboxes, once_audio, wraps
from tests.worker.conftest import Working
from tests.worker.fakes import babble

DAY = 86_400
JOURNAL = rounds.TimedJob("journal", 30, retention.forget_on_disk)


def at(line: Working, year: int, month: int, day: int) -> None:
    noon = datetime.combine(date(year, month, day), time(12), UTC)
    line.clock.seconds = int(noon.timestamp())


def one_clip(line: Working, report_id: str | None = None) -> str:
    sid, call_key = line.ring()
    report_id = report_id or line.report()
    line.name(line.ask(call_key, report_id), line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    return report_id


def test_sound_goes_fourteen_days_after_the_monday_of_its_week_and_the_draft_stays(line: Working) -> None:
    at(line, 2026, 11, 24)  # a Tuesday
    report_id = one_clip(line)
    at(line, 2026, 12, 6)
    line.work()
    assert len(line.opened("sound")) == 1
    at(line, 2026, 12, 7)
    line.work()
    assert (line.opened("sound"), len(line.opened("draft"))) == ([], 1)
    with line.database.read() as connection:
        (entry,) = connection.execute(select(entries)).all()
        kinds = set(connection.scalars(select(items.c.kind).join(wraps, wraps.c.item_id == items.c.item_id)))
        orphans = connection.execute(select(wraps.c.item_id).where(wraps.c.item_id.not_in(select(items.c.item_id))))
        assert orphans.all() == []
        assert audit.verify(connection).is_sound
        counted = connection.scalar(select(counts.c.number).where(counts.c.name == "expired.sound"))
    assert (entry.person, entry.action, entry.subject) == ("worker", "sound-expired", report_id)
    assert kinds == {"draft"}
    assert counted == 1


def test_sound_added_to_an_old_report_has_its_own_time(line: Working) -> None:
    at(line, 2026, 11, 2)
    report_id = one_clip(line)
    at(line, 2026, 11, 30)
    one_clip(line, report_id)
    line.work_for(3700, step=3700)
    assert len(line.opened("sound")) == 1
    at(line, 2026, 12, 14)
    line.work()
    assert line.opened("sound") == []


def test_once_audio_and_unused_references_go(line: Working) -> None:
    at(line, 2026, 11, 24)
    report_id = line.report(state="read")
    now = line.clock.now()
    with line.database.write() as connection:
        for number, (expires, fetches) in enumerate([(now + 1, 1), (now, 1), (now + 1, 0)]):
            sound = {"token_hash": str(number), "sealed": b"x", "expires_at": expires, "fetches_left": fetches}
            connection.execute(insert(once_audio).values(**sound))
        for number, week in enumerate(["2026-W48", "2025-W48", "2025-W46"]):
            box = {"lookup_id": str(number), "report_id": report_id, "reply_key": b"x", "week": week}
            connection.execute(insert(mailboxes).values(**box))
    line.work()
    with line.database.read() as connection:
        assert list(connection.scalars(select(once_audio.c.token_hash))) == ["0"]
        assert sorted(connection.scalars(select(mailboxes.c.lookup_id))) == ["0", "1"]


def test_traces_of_calls_that_are_gone_go_but_never_a_waiting_recording(line: Working) -> None:
    stray = line.ask("a" * 32, None, state="asked")
    waiting = line.ask("b" * 32, None)
    line.name(waiting, recording := "RE" + "1" * 32, "CA" + "1" * 32)
    line.carrier.broken.add(recording)
    line.work_for(2 * DAY, step=DAY)
    with line.database.read() as connection:
        left = set(connection.scalars(select(intents.c.intent_id)))
    assert stray not in left
    assert waiting in left


def test_the_journal_is_emptied_in_its_turn(line: Working) -> None:
    line.work()
    line.ask("a" * 32, None)
    line.clock.forward(30)
    rounds.run_round(line.place(), (JOURNAL,), threading.Event())
    if line.database.is_sqlite:
        assert Path(f"{line.database.url.database}-wal").stat().st_size == 0


def test_a_file_is_written_anew_once_a_week(line: Working) -> None:
    turns = []
    for _ in range(15):
        line.work()
        with line.database.read() as connection:
            turns.append(connection.scalar(select(beats.c.seen_at).where(beats.c.name == "turn:untangled")))
        line.clock.forward(DAY)
    assert len(set(turns)) == (3 if line.database.is_sqlite else 1)


def test_a_row_of_the_call_log_goes_after_two_years(line: Working) -> None:
    at(line, 2026, 11, 24)
    line.ring(ended=True)
    line.work_for(900)

    def left() -> int:
        with line.database.read() as connection:
            return len(connection.execute(select(call_log.c.log_id)).all())

    at(line, 2028, 11, 20)
    line.work()
    assert left() == 1
    at(line, 2028, 12, 5)
    line.work()
    assert left() == 0
