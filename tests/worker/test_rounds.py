"""Rows are leased to one worker at a time; what fails rests longer each time and holds up nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from ivr.worker import rounds
from ivr.worker.rounds import RowJob, TimedJob, pause_after, run_round
from ivr.worker.timetable import CLIPS, LANES
from ivr.worker.workplace import Later, LostLease, Workplace
from storage import jobs
from storage.database import Database
from storage.jobs import Lease, Queue
from storage.models import beats, intents, items
from storage.models import jobs as job_rows
from tests.worker.conftest import Working
from tests.worker.fakes import babble

STOP = threading.Event()


def messages(does: object, *, longest_pause: int = 60) -> RowJob:
    return RowJob("test", lambda _: jobs.messages_queue(), does, lease_seconds=60, longest_pause=longest_pause)  # type: ignore[arg-type]


def waiting(line: Working, count: int) -> None:
    with line.database.write() as connection:
        for number in range(count):
            jobs.add_message(connection, "alert", f"{number:032x}", now=line.clock.now())


def done(place: Workplace, lease: Lease) -> None:
    with place.database.write() as connection:
        jobs.drop_message(connection, lease)


def left(line: Working) -> list[tuple[int, int]]:
    with line.database.read() as connection:
        rows = connection.execute(select(job_rows.c.attempts, job_rows.c.lease_until)).all()
    return [(row.attempts, row.lease_until - line.clock.now()) for row in rows]


def test_a_lease_is_held_by_one_and_runs_out(line: Working) -> None:
    waiting(line, 1)
    queue, now = jobs.messages_queue(), line.clock.now()
    with line.database.write() as connection:
        first = jobs.take(connection, queue, now=now, seconds=60)
        assert jobs.take(connection, queue, now=now + 59, seconds=60) is None
        second = jobs.take(connection, queue, now=now + 60, seconds=60)
    assert first is not None
    assert second is not None
    assert (second.key, second.attempts) == (first.key, 2)


def test_a_worker_that_lost_its_lease_changes_nothing(line: Working) -> None:
    waiting(line, 1)
    queue, now = jobs.messages_queue(), line.clock.now()
    with line.database.write() as connection:
        slow = jobs.take(connection, queue, now=now, seconds=60)
        quick = jobs.take(connection, queue, now=now + 60, seconds=60)
        assert slow is not None
        assert quick is not None
        assert not jobs.extend(connection, queue, slow, until=now + 900)
        jobs.put_back(connection, queue, slow, until=0, failed=False)
        assert jobs.take(connection, queue, now=now + 61, seconds=60) is None
        assert jobs.extend(connection, queue, quick, until=now + 900)


def test_many_workers_do_every_row_once(line: Working, database_url: str) -> None:
    waiting(line, 60)
    seen: list[str] = []

    def once(place: Workplace, lease: Lease) -> None:
        seen.append(lease.key)
        done(place, lease)

    def worker() -> None:
        database = Database(database_url)
        place = replace(line.place(), database=database)
        while run_round(place, (messages(once),), STOP):
            pass
        database.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(seen), len(set(seen)), left(line)) == (60, 60, [])


def test_a_failing_row_rests_and_the_others_go_on(line: Working) -> None:
    waiting(line, 5)

    def fail_first(place: Workplace, lease: Lease) -> None:
        with place.database.read() as connection:
            message = jobs.read_message(connection, lease)
        if message is not None and message.subject == "0" * 32:
            raise ValueError
        done(place, lease)

    run_round(line.place(), (messages(fail_first),), STOP)
    assert left(line) == [(1, 2)]
    for expected in (4, 8, 16, 32, 60, 60):
        line.clock.forward(600)
        run_round(line.place(), (messages(fail_first),), STOP)
        assert left(line)[0][1] == expected


def test_waiting_is_no_failure_and_a_lost_row_is_free_at_once(line: Working) -> None:
    waiting(line, 1)
    answers: Iterator[Exception] = iter([Later(40), LostLease()])

    def ask(_place: Workplace, _lease: Lease) -> None:
        raise next(answers, Later(1000))

    run_round(line.place(), (messages(ask),), STOP)
    assert left(line) == [(0, 40)]
    line.clock.forward(40)
    run_round(line.place(), (messages(ask),), STOP)
    assert left(line) == [(0, 1000)]


@given(st.integers(1, 10_000), st.integers(1, 900))
def test_pauses_double_up_to_the_longest(attempts: int, longest: int) -> None:
    assert 1 <= pause_after(attempts, longest) <= longest
    assert pause_after(attempts + 1, longest) >= pause_after(attempts, longest)


def test_a_timed_job_has_its_turn_once_whoever_works(line: Working) -> None:
    turns: list[int] = []
    lane = (TimedJob("tick", 60, lambda place: turns.append(place.clock.now())),)
    for _ in range(5):
        run_round(line.place(), lane, STOP)
    line.clock.forward(60)
    run_round(line.place(), lane, STOP)
    assert len(turns) == 2


def test_a_timed_job_that_fails_stops_nobody(line: Working) -> None:
    def fail(_place: Workplace) -> None:
        raise ValueError

    ran: list[bool] = []
    run_round(line.place(), (TimedJob("bad", 60, fail), TimedJob("good", 60, lambda _: ran.append(True))), STOP)
    assert ran == [True]


def test_the_worker_beats(line: Working) -> None:
    line.work()
    with line.database.read() as connection:
        assert connection.scalar(select(beats.c.seen_at).where(beats.c.name == "worker")) == line.clock.now()


def test_an_idle_round_opens_no_write_transaction(line: Working) -> None:
    line.work()
    place = line.place()

    class ReadOnly(Database):
        def write(self) -> object:  # type: ignore[override]
            raise AssertionError("a worker with nothing to do wrote")

    quiet = replace(place, database=ReadOnly(line.database.url.render_as_string(hide_password=False)))
    for lane in LANES:
        assert not run_round(quiet, lane, STOP)
    quiet.database.close()


def test_stop_ends_between_rows(line: Working) -> None:
    waiting(line, 5)
    stop = threading.Event()

    def stop_now(place: Workplace, lease: Lease) -> None:
        done(place, lease)
        stop.set()

    rounds.run(line.place(), ((messages(stop_now),),), stop)
    assert len(left(line)) == 4


def test_a_database_that_comes_back_finds_the_worker_alive(line: Working) -> None:
    waiting(line, 1)
    stop = threading.Event()
    failures = iter([True, True])

    def queue(_place: Workplace) -> Queue:
        if next(failures, False):
            raise OSError
        return jobs.messages_queue()

    def finish(place: Workplace, lease: Lease) -> None:
        done(place, lease)
        stop.set()

    rounds.run(line.place(), ((RowJob("test", queue, finish, 60, 60),),), stop)
    assert left(line) == []


def test_two_workers_on_one_clip_keep_it_once(line: Working) -> None:
    """The first is so slow that its lease runs out while it transcribes."""
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, line.report())
    line.name(intent_id, line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    slow = line.place()

    class Dawdling(type(line.transcriber)):  # type: ignore[misc]
        def text(self, wav: bytes, language: str) -> str:
            line.clock.forward(1000)
            line.work()  # another worker takes over and finishes
            return "late words"

    run_round(replace(slow, transcriber=Dawdling()), (CLIPS,), STOP)
    with line.database.read() as connection:
        kinds = sorted(connection.scalars(select(items.c.kind)))
    assert kinds == ["draft", "sound"]
    assert line.state(intent_id) == "kept"


def test_a_caller_who_refuses_while_we_transcribe_is_obeyed(line: Working) -> None:
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, line.report())
    line.name(intent_id, line.carrier.record(sid, babble(), started=line.clock.now()), sid)

    class Interrupted(type(line.transcriber)):  # type: ignore[misc]
        def text(self, wav: bytes, language: str) -> str:
            with line.database.write() as connection:
                connection.execute(update(intents).values(state="refused"))
            return "words"

    place = replace(line.place(), transcriber=Interrupted())
    for _ in range(2):
        run_round(place, (CLIPS,), STOP)
    assert line.opened("sound") == []
    assert line.carrier.recordings == {}
