"""A finished call is resolved, its reports settle, and nothing of it stays at the carrier or here."""

from __future__ import annotations

import threading
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Table, func, insert, select, update

from ivr.worker import rounds
from ivr.worker.calls import settle_arriving
from ivr.worker.timetable import CALLS, CLIPS
from storage.live import queue
from storage.models import call_log, calls, counts, intents, items, mailboxes, reports, seats, talks, wraps
from tests.worker.conftest import Working
from tests.worker.fakes import babble, new_sid, silence


def rows(line: Working, table: Table) -> int:
    with line.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def state_of(line: Working, report_id: str) -> str | None:
    with line.database.read() as connection:
        found: str | None = connection.scalar(select(reports.c.state).where(reports.c.report_id == report_id))
        return found


def test_a_finished_call_is_forgotten_here_and_deleted_there(line: Working) -> None:
    sid, call_key = line.ring()
    report_id = line.report()
    intent_id = line.ask(call_key, report_id)
    line.name(intent_id, line.carrier.record(sid, babble(), started=line.clock.now() + 4), sid)
    line.hang_up(sid, call_key)
    line.work_for(540)
    assert rows(line, calls) == 1
    line.work_for(120)
    assert (rows(line, calls), rows(line, intents)) == (0, 0)
    assert (line.carrier.calls, line.carrier.recordings) == ({}, {})
    assert state_of(line, report_id) == "new"


def test_nothing_of_a_closed_call_is_left_in_the_files(line: Working) -> None:
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, line.report())
    line.name(intent_id, line.carrier.record(sid, babble(), started=line.clock.now() + 4), sid)
    line.hang_up(sid, call_key)
    lanes = ((CLIPS,), (CALLS,))  # without the upkeep, which empties the journal in its turn too
    for _ in range(4):
        line.clock.forward(300)
        rounds.run_until_nothing_is_due(line.place(), lanes, threading.Event())
    assert rows(line, calls) == 0
    if line.database.is_sqlite:
        file = Path(str(line.database.url.database))
        for part in file.parent.glob(f"{file.name}*"):
            left = part.read_bytes()
            assert not [name for name in (call_key, intent_id) if name.encode() in left], part.name


def test_a_call_closes_even_when_no_callback_ever_came(line: Working) -> None:
    sid, call_key = line.ring()
    report_id = line.report()
    for place in (1, 2, 3):
        line.ask(call_key, report_id, place=place, question=f"question{place}")
        if place != 2:
            line.carrier.record(sid, babble(seed=place), started=line.clock.now() + 5)
        line.clock.forward(60)
    line.hang_up(sid, call_key)
    line.work_for(900)
    assert len(line.opened("sound", report_id)) == 2
    assert {b'"question":"question1"' in sound for sound in line.opened("sound")} == {True, False}
    assert state_of(line, report_id) == "new"
    assert line.carrier.recordings == {}


def test_a_call_whose_end_nobody_told_is_asked_about(line: Working) -> None:
    sid, _ = line.ring()
    line.work_for(1200, step=60)
    assert rows(line, calls) == 1
    line.carrier.calls[sid] = "completed"
    line.work_for(900, step=60)
    assert rows(line, calls) == 0
    assert line.carrier.calls == {}


def test_a_recording_nobody_asked_for_is_adopted(line: Working) -> None:
    sid, _ = line.ring(ended=True)
    line.carrier.record(sid, babble(), started=line.clock.now())
    line.work_for(700)
    with line.database.read() as connection:
        (report,) = connection.execute(select(reports)).all()
    assert report.state == "new"
    assert len(line.opened("sound", report.report_id)) == len(line.opened("received", report.report_id)) == 1
    assert (rows(line, calls), line.carrier.recordings) == (0, {})


def test_a_refused_recording_that_nobody_named_is_deleted_and_not_adopted(line: Working) -> None:
    sid, call_key = line.ring(ended=True)
    line.ask(call_key, line.report(), state="refused")
    line.carrier.record(sid, babble(), started=line.clock.now() + 3)
    line.carrier.record(sid, babble(), started=line.clock.now() + 9)
    line.work_for(700)
    assert (line.opened("sound"), rows(line, calls), line.carrier.recordings) == ([], 0, {})


def test_deleting_too_early_waits_and_the_legs_go_too(line: Working) -> None:
    sid, _ = line.ring(ended=True)
    child = new_sid("CA")
    line.carrier.calls[child] = "completed"
    line.carrier.children[sid] = [child]
    line.carrier.too_early = 3
    line.work_for(630)
    assert (rows(line, calls), set(line.carrier.calls)) == (1, {sid, child})
    line.work_for(600)
    assert (rows(line, calls), line.carrier.calls) == (0, {})


def test_a_call_waits_while_one_of_its_recordings_does(line: Working) -> None:
    sid, call_key = line.ring(ended=True)
    report_id = line.report()
    recording = line.carrier.record(sid, babble(), started=line.clock.now() + 3)
    line.name(line.ask(call_key, report_id), recording, sid)
    line.carrier.broken.add(recording)
    line.work_for(1200)
    assert (state_of(line, report_id), rows(line, calls)) == ("arriving", 1)
    line.carrier.broken.clear()
    line.work_for(900)
    assert (state_of(line, report_id), rows(line, calls)) == ("new", 0)


def test_too_little_is_only_counted(line: Working) -> None:
    sid, call_key = line.ring(ended=True)
    report_id = line.report()
    line.name(line.ask(call_key, report_id), line.carrier.record(sid, silence(), started=line.clock.now()), sid)
    with line.database.write() as connection:
        item = {"item_id": "a" * 32, "report_id": report_id, "kind": "answer", "sealed": b"x"}
        connection.execute(insert(items).values(**item))
        connection.execute(insert(wraps).values(item_id="a" * 32, audience="desk", epoch=1, wrapped=b"x"))
        box = {"lookup_id": "b" * 32, "report_id": report_id, "reply_key": b"x", "week": "2026-W47"}
        connection.execute(insert(mailboxes).values(**box))
    line.work_for(700)
    assert [rows(line, table) for table in (reports, items, wraps, mailboxes)] == [0, 0, 0, 0]
    with line.database.read() as connection:
        counted = connection.scalar(select(counts.c.number).where(counts.c.name == "contacts.too_little"))
    assert counted == 1


@pytest.mark.parametrize("substance", [{"substance": True}, {"urgent": "yes"}, {"urgent": "unsure"}])
def test_substance_keyed_without_any_clip_is_a_report(line: Working, substance: dict[str, object]) -> None:
    line.ring(ended=True)
    report_id = line.report(**substance)
    line.work_for(120)
    assert state_of(line, report_id) == "new"


def test_a_report_by_keys_waits_for_the_calls_that_lived_when_it_was_seen(line: Working) -> None:
    sid, call_key = line.ring()
    report_id = line.report(substance=True)
    place = line.place()
    settle_arriving(place)
    line.clock.forward(30)
    line.ring()  # a younger call is none of its business
    line.hang_up(sid, call_key)
    settle_arriving(place)
    assert state_of(line, report_id) == "arriving"
    line.clock.forward(61)
    settle_arriving(place)
    assert state_of(line, report_id) == "new"


def test_a_heard_reference_keeps_its_mailbox_and_an_addition_makes_it_a_report(line: Working) -> None:
    line.ring(ended=True)
    report_id = line.report(reference_heard=True)
    line.work_for(120)
    assert state_of(line, report_id) == "not_a_report"
    with line.database.write() as connection:
        connection.execute(update(reports).values(added_to=True))
    line.work()
    assert state_of(line, report_id) == "new"


def test_a_late_callback_after_everything_is_forgotten_goes_quietly(line: Working) -> None:
    sid, call_key = line.ring()
    line.carrier.calls.clear()
    intent_id = line.ask(call_key, None)
    line.name(intent_id, new_sid("RE"), sid)
    line.work_for(2400, step=60)
    assert (rows(line, calls), rows(line, intents), rows(line, reports)) == (0, 0, 0)


def test_where_a_finished_call_stood_is_forgotten_after_a_minute(line: Working) -> None:
    sid, call_key = line.ring()
    _, talking = line.ring()
    with line.database.write() as connection:
        connection.execute(update(calls).values(state=b"with the reference", slow=b"found"))
    line.hang_up(sid, call_key)
    line.work_for(55, step=55)
    assert states(line) == {call_key: (b"with the reference", b"found"), talking: (b"with the reference", b"found")}
    line.work_for(5, step=5)
    assert states(line) == {call_key: (b"", None), talking: (b"with the reference", b"found")}


def states(line: Working) -> dict[str, tuple[bytes, bytes | None]]:
    with line.database.read() as connection:
        found = connection.execute(select(calls.c.call_key, calls.c.state, calls.c.slow)).all()
    return {row.call_key: (row.state, row.slow) for row in found}


# ---- the call log -------------------------------------------------------------------------------------------------


def logged(line: Working) -> list[tuple[str, ...]]:
    """Return what the log says of each call but its id and week."""
    names = ("language", "stage", "path", "outcome", "band", "length")
    with line.database.read() as connection:
        return [tuple(row) for row in connection.execute(select(*(call_log.c[name] for name in names)))]


def says(line: Working, call_key: str, **trace: str) -> None:
    """Let the row say what the public door writes there."""
    with line.database.write() as connection:
        connection.execute(update(calls).where(calls.c.call_key == call_key).values(**trace))


def test_a_call_is_logged_when_it_is_forgotten_and_not_before(line: Working) -> None:
    sid, call_key = line.ring()
    says(line, call_key, language="en", stage="menu", path="information")
    line.clock.forward(90)
    line.hang_up(sid, call_key)
    line.work_for(540)
    assert logged(line) == []
    line.work_for(300)
    assert [row[:4] for row in logged(line)] == [("en", "menu", "information", "none")]
    assert logged(line)[0][5] == "1_to_3"
    line.work_for(600)
    assert len(logged(line)) == 1


def test_a_report_by_voice_in_which_nothing_can_be_heard_is_logged_as_too_little(line: Working) -> None:
    sid, call_key = line.ring(ended=True)
    says(line, call_key, language="en", stage="questions", path="voice", outcome="partial")
    recording = line.carrier.record(sid, silence(), started=line.clock.now())
    line.name(line.ask(call_key, line.report()), recording, sid)
    line.work_for(700)
    assert logged(line) == [("en", "questions", "voice", "too_little", "", "")]


def test_a_call_that_nobody_said_the_end_of_is_as_long_as_it_was_heard_of(line: Working) -> None:
    sid, call_key = line.ring()
    says(line, call_key, language="en", stage="greeting", path="none")
    line.carrier.calls[sid] = "completed"
    line.work_for(3600, step=60)
    assert [row[5] for row in logged(line)] == ["under_1"]


def queued(line: Working, call_key: str, **more: object) -> None:
    """Let a caller wait for a person since now."""
    ids = {"talk_id": uuid4().hex, "room": uuid4().hex, "call_key": call_key}
    row = {"language": "en", "since": line.clock.now(), "state": "waiting", **ids}
    with line.database.write() as connection:
        connection.execute(insert(talks), {**row, **more})


def waits_logged(line: Working) -> list[tuple[str, str, str, str]]:
    with line.database.read() as connection:
        told = select(call_log.c.stage, call_log.c.outcome, call_log.c.wait, call_log.c.answered_by)
        return sorted(tuple(row) for row in connection.execute(told))


def test_who_hangs_up_while_waiting_was_left_in_the_queue_with_the_wait(line: Working) -> None:
    sid, call_key = line.ring()
    queued(line, call_key)
    line.clock.forward(200)
    with line.database.write() as connection:
        queue.caller_gone(connection, (call_key,), now=line.clock.now())
    line.clock.forward(20)
    line.hang_up(sid, call_key)
    line.work_for(720)
    assert waits_logged(line) == [("queue", "none", "3_to_10", "")]


def test_who_leaves_the_queue_for_a_report_waited_until_then(line: Working) -> None:
    sid, call_key = line.ring()
    queued(line, call_key)
    line.clock.forward(50)
    with line.database.write() as connection:
        queue.leave(connection, call_key, queue.LEFT, now=line.clock.now())
    line.clock.forward(300)
    line.hang_up(sid, call_key)
    line.work_for(720)
    assert [row[2:] for row in waits_logged(line)] == [("under_1", "")]


def test_a_call_that_somebody_answered_says_who_and_that_there_is_a_report(line: Working) -> None:
    amina, report_id = "a" * 32, line.report()
    with line.database.write() as connection:
        connection.execute(update(reports).values(state="writing", channel="live"))
    sid, call_key = line.ring()
    now = line.clock.now()
    ended = {"state": "over", "ending": "finished", "person_id": amina, "met_at": now + 70, "report_id": report_id}
    queued(line, call_key, **ended)
    line.hang_up(sid, call_key)
    line.work_for(720)
    ((_, *said),) = waits_logged(line)
    assert said == ["report", "", amina], "no wait: it is one of a kind in its week"


def test_who_hangs_up_while_waiting_again_for_a_lost_handler_was_answered_and_is_left_in_the_queue(
    line: Working,
) -> None:
    amina, (sid, call_key), now = "a" * 32, line.ring(), line.clock.now()
    queued(line, call_key, state="over", ending="hung_up", met_at=now + 70, first=True)
    with line.database.write() as connection:
        talk_id = connection.scalar(select(talks.c.talk_id))
        seat = {"seat_id": "s", "talk_id": talk_id, "person_id": amina, "role": "talk", "state": "left"}
        connection.execute(insert(seats), {**seat, "since": now + 60, "call_key": "leg"})
    line.hang_up(sid, call_key)
    line.work_for(720)
    assert waits_logged(line) == [("queue", "none", "1_to_3", amina)]


def test_an_offer_that_nobody_took_up_is_nobody_s_answer(line: Working) -> None:
    sid, call_key = line.ring()
    queued(line, call_key, state="over", ending="hung_up", person_id="a" * 32, gone_at=line.clock.now() + 70)
    line.hang_up(sid, call_key)
    line.work_for(720)
    assert waits_logged(line) == [("queue", "none", "1_to_3", "")]
