"""Runs jobs in rounds: leases one row at a time, backs off from what fails, and goes on with the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ivr.worker.trouble import kind_of
from ivr.worker.workplace import Later, LostLease, Workplace, log
from storage import jobs
from storage.jobs import Lease, Queue

ROUND_SECONDS = 0.3
ROWS_A_ROUND = 20  # then the next job of the lane has its turn


@dataclass(frozen=True)
class RowJob:
    """A job on rows of one kind. It may run twice on the same row."""

    name: str
    queue: Callable[[Workplace], Queue]
    does: Callable[[Workplace, Lease], None]
    lease_seconds: int  # longer than the job takes; a dead worker's row waits this long
    longest_pause: int  # seconds; pauses after failures double up to this


@dataclass(frozen=True)
class TimedJob:
    """A job whose turn comes every so many seconds, whichever worker takes it."""

    name: str
    every: int  # seconds
    does: Callable[[Workplace], None]


@dataclass(frozen=True)
class RoundJob:
    """A job of every round of every worker: it reads, and writes only where there is something to do."""

    name: str
    does: Callable[[Workplace], None]


Job = RowJob | TimedJob | RoundJob
Lane = tuple[Job, ...]  # jobs that wait for each other; lanes do not: a slow transcription delays no alert


def pause_after(attempts: int, longest: int) -> int:
    """Return how many seconds a row rests after its `attempts`-th failure."""
    return int(min(2 ** min(attempts, 20), longest))


def run_round(place: Workplace, lane: Lane, stop: threading.Event) -> bool:
    """Run each job of a lane once; say whether anything was done."""
    done = False
    for job in lane:
        if stop.is_set():
            break
        match job:
            case RowJob():
                done = _run_rows(place, job, stop) or done
            case TimedJob():
                _run_timed(place, job)
            case RoundJob():
                _do_timed(place, job)
    return done


def run_until_nothing_is_due(place: Workplace, lanes: Sequence[Lane], stop: threading.Event) -> None:
    """Run rounds until one finds nothing to do, and every timed job once whatever its turn."""
    _drain(place, lanes, stop)
    for job in [job for lane in lanes for job in lane if isinstance(job, TimedJob)]:
        if not stop.is_set():
            _do_timed(place, job)
    _drain(place, lanes, stop)


def _drain(place: Workplace, lanes: Sequence[Lane], stop: threading.Event) -> None:
    while not stop.is_set():
        worked = [run_round(place, lane, stop) for lane in lanes]
        if not any(worked):
            return


def run(place: Workplace, lanes: Sequence[Lane], stop: threading.Event) -> None:
    """Run every lane in rounds of its own until `stop`; each finishes the row in its hands."""
    threads = [threading.Thread(target=_run_lane, args=(place, lane, stop), name=lane[0].name) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _run_lane(place: Workplace, lane: Lane, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            run_round(place, lane, stop)
        except Exception as failure:  # noqa: BLE001 (the database may be away: the next round asks again)
            log.error("round failed: %s", type(failure).__name__, extra={"kind": kind_of(failure)})
        stop.wait(ROUND_SECONDS)


def _run_rows(place: Workplace, job: RowJob, stop: threading.Event) -> bool:
    queue = job.queue(place)
    for number in range(ROWS_A_ROUND):
        if stop.is_set() or not _run_row(place, job, queue):
            return number > 0
    return True


def _run_row(place: Workplace, job: RowJob, queue: Queue) -> bool:
    now = place.clock.now()
    with place.database.read() as connection:
        if not jobs.is_due(connection, queue, now):
            return False
    with place.database.write() as connection:
        lease = jobs.take(connection, queue, now=now, seconds=job.lease_seconds)
    if lease is None:
        return False
    until, failed = _outcome(place, job, lease)
    with place.database.write() as connection:
        jobs.put_back(connection, queue, lease, until=until, failed=failed)
    return True


def _outcome(place: Workplace, job: RowJob, lease: Lease) -> tuple[int, bool]:
    """Run a job on its row; return until when the row rests, and whether the job failed."""
    try:
        job.does(place, lease)
    except Later as later:
        return place.clock.now() + later.seconds, False
    except LostLease:
        log.info("%s: another worker was quicker", job.name)
    except Exception as failure:  # noqa: BLE001 (whatever fails is tried again, and blocks no other row)
        # Only the kind: a message may hold what nobody may read.
        kind = {"kind": kind_of(failure)}
        log.warning("%s failed, try %d: %s", job.name, lease.attempts, type(failure).__name__, extra=kind)
        return place.clock.now() + pause_after(lease.attempts, job.longest_pause), True
    return place.clock.now(), False


def _run_timed(place: Workplace, job: TimedJob) -> None:
    now = place.clock.now()
    name = f"turn:{job.name}"
    with place.database.read() as connection:
        if not jobs.is_turn(connection, name, now=now, every=job.every):
            return
    with place.database.write() as connection:
        if not jobs.claim_turn(connection, name, now=now, every=job.every):
            return
    _do_timed(place, job)


def _do_timed(place: Workplace, job: TimedJob | RoundJob) -> None:
    try:
        job.does(place)
    except Exception as failure:  # noqa: BLE001 (its next turn tries again)
        log.warning("%s failed: %s", job.name, type(failure).__name__, extra={"kind": kind_of(failure)})
