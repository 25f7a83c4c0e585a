"""Hands the audit's head out once a day: only somebody outside who keeps it can tell that a chain was written anew."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ivr.worker.workplace import Workplace, log
from storage import audit, jobs
from storage.audit import Head

DAY_SECONDS = 86_400
TURN = "turn:headed"
AUDIT_HEAD = "audit_head"


def hand_out(place: Workplace) -> None:
    """Write the head to a new file and ask for it to be sent, once a day, where either is set up. May run twice."""
    now = place.clock.now()
    if place.rules.head_dir is None and place.outside is None:
        return
    with place.database.read() as connection:
        is_turn = jobs.is_turn(connection, TURN, now=now, every=DAY_SECONDS)
        head = audit.head(connection)
        unsent = jobs.oldest_message(connection, jobs.HEAD)
    written = not is_turn or place.rules.head_dir is None or _is_written(place.rules.head_dir, head, now)
    if not written or (unsent is not None and unsent <= now - DAY_SECONDS):
        place.alarm(AUDIT_HEAD, "The audit's head does not reach AUDIT_HEAD_DIR or AUDIT_HEAD_TO.")
    else:
        place.end_alarm(AUDIT_HEAD)
    if is_turn and written:
        _note(place, now, is_sending=place.outside is not None and unsent is None)


def send_head(place: Workplace) -> None:
    """Send the head as it is now to those who keep it; raises `NotSent`."""
    if place.outside is None:
        return  # nobody is named any more
    with place.database.read() as connection:
        head = audit.head(connection)
    text = f"Keep this line. It shows later whether the audit up to it still stands.\n\n{head}\n"
    place.outside.send("The head of the hotline's audit", text)


def _is_written(folder: Path, head: Head, now: int) -> bool:
    path = folder / f"audit-head-{datetime.fromtimestamp(now, UTC):%Y-%m-%d}.txt"
    try:
        # New or not at all: a head that somebody kept is never written over.
        with path.open("x", encoding="ascii") as opened:
            opened.write(f"{head}\n")
    except FileExistsError:
        return True
    except OSError as failure:
        log.warning("the audit's head was not written: %s", type(failure).__name__)
        return False
    return True


def _note(place: Workplace, now: int, *, is_sending: bool) -> None:
    with place.database.write() as connection:
        if is_sending:
            jobs.add_message(connection, jobs.HEAD, "audit", now=now)
        jobs.beat(connection, TURN, now=now)  # only now: what failed is tried again within the hour
    log.info("the audit's head was handed out")
