"""Work that outlives a process: which rows are due, who holds them for a moment, and which alarms stand.

A row is leased by writing until when (`lease_until`) and which try this is (`attempts`). A worker that dies lets its
lease run out; the next one takes the row. Every change that a worker makes to a row names the try it was leased with,
so a worker that was only slow changes nothing after another took over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, func, insert, or_, select, update

from storage.database import insert_into, insert_once, is_there
from storage.models import beats, calls, counts, intents, jobs
from storage.prepared import Prepared

_ADD_MESSAGE = Prepared(lambda _: insert(jobs), "job_id", "kind", "subject", "due_at")
_ORDER = Prepared(lambda _: insert(jobs), "job_id", "kind", "subject", "sealed", "due_at")
_COUNT_UP = Prepared(
    lambda dialect: insert_into(dialect, counts).on_conflict_do_update(
        index_elements=["week", "name"], set_={"number": counts.c.number + 1}
    ),
    *("week", "name", "number"),
)
HEAR = "hear"  # an order: put a clip behind a one-time address for its caller
TALK = "talk"  # an order: bring the carrier into line with a talk's rows
ADMIT = "admit"  # an order: make an access token for a softphone
REPLY = "reply"  # an order: speak a reply of the desk's, and seal the sound for its caller
ADDED = "added"  # an order: note that a caller keyed something into an older report
WITHDRAWN = "withdrawn"  # an order: note that a caller withdrew
ORDER_SECONDS = 20  # after which nobody waits for an order any more
HEAD = "head"  # a message: the audit's head, for somebody outside
NOTICE = "notice"  # a message to a team, whose id is the subject: something was released to it
SECOND = "second"  # a message: a release waits for a second person, and none is signed in
MESSAGES = ("alert", "alarm", HEAD, NOTICE, SECOND)
ALARM = "alarm:"  # how the names of alarms begin in `beats`
SEEN_AGAIN_SECONDS = 60


@dataclass(frozen=True)
class Queue:
    """Rows of one table that need work, and when."""

    table: Table
    key: Column[Any]
    due: Callable[[int], ColumnElement[bool]]


@dataclass(frozen=True)
class Lease:
    """One row, held for a moment."""

    key: str
    attempts: int  # which try this is, from 1


def clips_queue() -> Queue:
    """Return the recordings to collect, to verify, or to delete because the caller refused them."""
    named = intents.c.recording_for_worker.is_not(None)
    counts_now = and_(intents.c.state == "known", or_(intents.c.accepted, is_over()))
    return Queue(
        intents,
        intents.c.intent_id,
        lambda _now: or_(counts_now, intents.c.state == "sealed", and_(intents.c.state == "refused", named)),
    )


def is_over() -> ColumnElement[bool]:
    """Return the condition that an intent's call is over, or not known: then whatever was said counts."""
    return ~is_there(calls.c.call_key == intents.c.call_key, calls.c.ended_at.is_(None))


def calls_queue(*, close_after: int, unseen_after: int) -> Queue:
    """Return the calls to close: over for `close_after` seconds, or not heard of for `unseen_after` seconds."""
    return Queue(
        calls,
        calls.c.call_key,
        lambda now: or_(
            calls.c.ended_at <= now - close_after,
            and_(calls.c.ended_at.is_(None), calls.c.seen_at <= now - unseen_after),
        ),
    )


def messages_queue() -> Queue:
    """Return the messages to send: urgent reports, alarms, the audit's head, and what concerns releases."""
    return Queue(jobs, jobs.c.job_id, lambda now: and_(jobs.c.kind.in_(MESSAGES), jobs.c.due_at <= now))


def orders_queue() -> Queue:
    """Return what the public door asked of the worker, to be carried out while a caller waits."""
    return Queue(jobs, jobs.c.job_id, lambda _now: jobs.c.kind == HEAR)


def replies_queue() -> Queue:
    """Return the replies that are to be spoken."""
    return Queue(jobs, jobs.c.job_id, lambda now: and_(jobs.c.kind == REPLY, jobs.c.due_at <= now))


def additions_queue() -> Queue:
    """Return what callers who rang back did by keys, and the desk does not know of yet."""
    return Queue(jobs, jobs.c.job_id, lambda _now: jobs.c.kind.in_((ADDED, WITHDRAWN)))


def wishes_queue() -> Queue:
    """Return the talks whose rows changed: the carrier is to be brought into line with them."""
    return Queue(jobs, jobs.c.job_id, lambda _now: jobs.c.kind == TALK)


def passes_queue() -> Queue:
    """Return the access tokens that pages wait for."""
    return Queue(jobs, jobs.c.job_id, lambda _now: jobs.c.kind == ADMIT)


def is_due(connection: Connection, queue: Queue, now: int) -> bool:
    """Say whether a row waits, without a write transaction: a worker with nothing to do disturbs nobody."""
    waiting = select(queue.key).where(queue.table.c.lease_until <= now, queue.due(now)).limit(1)
    return connection.execute(waiting).first() is not None


def take(connection: Connection, queue: Queue, *, now: int, seconds: int) -> Lease | None:
    """Lease the row that waited longest for `seconds`, or return None. Rows that others hold are passed over."""
    waiting = (
        select(queue.key, queue.table.c.attempts)
        .where(queue.table.c.lease_until <= now, queue.due(now))
        .order_by(queue.table.c.lease_until)
        .limit(1)
        .with_for_update(skip_locked=True)  # says nothing on SQLite, where the transaction itself is the lock
    )
    row = connection.execute(waiting).first()
    if row is None:
        return None
    lease = Lease(str(row[0]), int(row[1]) + 1)
    connection.execute(
        update(queue.table).where(queue.key == lease.key).values(lease_until=now + seconds, attempts=lease.attempts)
    )
    return lease


def put_back(connection: Connection, queue: Queue, lease: Lease, *, until: int, failed: bool) -> None:
    """Give a row back until a time; a wait that is no failure does not count as a try. Does nothing to a lost lease."""
    values: dict[str, int] = {"lease_until": until} if failed else {"lease_until": until, "attempts": 0}
    connection.execute(
        update(queue.table).where(queue.key == lease.key, queue.table.c.attempts == lease.attempts).values(**values)
    )


def extend(connection: Connection, queue: Queue, lease: Lease, *, until: int) -> bool:
    """Hold a row for longer; False when another worker has taken it."""
    held = update(queue.table).where(queue.key == lease.key, queue.table.c.attempts == lease.attempts)
    return connection.execute(held.values(lease_until=until)).rowcount == 1


# ---- messages -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """A message that must leave."""

    kind: str  # one of `MESSAGES`
    subject: str  # report_id, or the alarm's name, or the team, or nothing that matters
    due_at: int


@dataclass(frozen=True)
class Order:
    """Something that the worker is asked to do while a caller waits."""

    subject: str  # an intent_id
    sealed: bytes
    asked_at: int


def add_message(connection: Connection, kind: str, subject: str, *, now: int) -> None:
    """Ask for a message to be sent at once."""
    _ADD_MESSAGE.run(connection, {"job_id": uuid4().hex, "kind": kind, "subject": subject, "due_at": now})


def order(connection: Connection, kind: str, subject: str, sealed: bytes, *, now: int) -> None:
    """Ask the worker to do something at once."""
    row = {"job_id": uuid4().hex, "kind": kind, "subject": subject, "sealed": sealed, "due_at": now}
    _ORDER.run(connection, row)


def read_order(connection: Connection, lease: Lease) -> Order | None:
    """Return a leased order."""
    found = select(jobs.c.subject, jobs.c.sealed, jobs.c.due_at).where(jobs.c.job_id == lease.key)
    row = connection.execute(found).first()
    return Order(row.subject, row.sealed or b"", row.due_at) if row else None


def read_message(connection: Connection, lease: Lease) -> Message | None:
    """Return what a leased message is about."""
    row = connection.execute(
        select(jobs.c.kind, jobs.c.subject, jobs.c.due_at).where(jobs.c.job_id == lease.key)
    ).first()
    return Message(row.kind, row.subject, row.due_at) if row else None


def drop_message(connection: Connection, lease: Lease) -> None:
    """Forget a message that has left or is not needed any more."""
    connection.execute(delete(jobs).where(jobs.c.job_id == lease.key))


def oldest_message(connection: Connection, *kinds: str) -> int | None:
    """Return since when the oldest unsent message of these kinds waits; of alerts where none is named."""
    of_them = jobs.c.kind.in_(kinds or ("alert",))
    since: int | None = connection.scalar(select(func.min(jobs.c.due_at)).where(of_them))
    return since


# ---- beats and alarms ---------------------------------------------------------------------------------------------


def beat(connection: Connection, name: str, *, now: int, note: str = "") -> None:
    """Write down that a process has just done its round."""
    row = {"name": name, "seen_at": now, "note": note}
    written = insert_into(connection.dialect.name, beats).values(**row)
    connection.execute(written.on_conflict_do_update(index_elements=["name"], set_=row))


def is_turn(connection: Connection, name: str, *, now: int, every: int) -> bool:
    """Say whether a timed job's turn has come."""
    seen_at = connection.scalar(select(beats.c.seen_at).where(beats.c.name == name).with_for_update())
    return seen_at is None or not now - every < seen_at <= now


def claim_turn(connection: Connection, name: str, *, now: int, every: int) -> bool:
    """Take a timed job's turn when it has come, so that many workers do it once."""
    if not is_turn(connection, name, now=now, every=every):
        return False
    beat(connection, name, now=now)
    return True


def raise_alarm(connection: Connection, name: str, note: str, *, now: int) -> bool:
    """Let an alarm stand, and have it told once; False when it stood before. The note holds nothing of a caller.

    That its reason was seen again is written down once a minute, so that a flood costs the database nothing.
    """
    row = {"name": ALARM + name, "seen_at": now, "note": note}
    if connection.execute(insert_once(connection.dialect.name, beats, "name"), row).rowcount != 1:
        stale = and_(beats.c.name == ALARM + name, beats.c.seen_at <= now - SEEN_AGAIN_SECONDS)
        connection.execute(update(beats).where(stale).values(seen_at=now))
        return False
    add_message(connection, "alarm", ALARM + name, now=now)
    return True


def clear_alarm(connection: Connection, name: str) -> bool:
    """End an alarm; False when it did not stand."""
    connection.execute(delete(jobs).where(jobs.c.kind == "alarm", jobs.c.subject == ALARM + name))
    return connection.execute(delete(beats).where(beats.c.name == ALARM + name)).rowcount == 1


def standing_alarms(connection: Connection) -> dict[str, str]:
    """Return the alarms that stand, by name, with their notes."""
    rows = connection.execute(select(beats.c.name, beats.c.note).where(beats.c.name.startswith(ALARM, autoescape=True)))
    # SQLite also finds names that are bytes, which no part of ours writes.
    return {row.name.removeprefix(ALARM): str(row.note) for row in rows if isinstance(row.name, str)}


def quiet_alarms(connection: Connection, names: Collection[str], *, since: int) -> tuple[str, ...]:
    """Return which of these alarms stand although their reason was not seen after a time."""
    quiet = and_(beats.c.name.in_([ALARM + name for name in names]), beats.c.seen_at <= since)
    return tuple(name.removeprefix(ALARM) for name in connection.scalars(select(beats.c.name).where(quiet)))


def count_more(connection: Connection, name: str, number: int, *, week: str) -> None:
    """Count so many more of something in a week; none leave no row."""
    if number:
        row = {"week": week, "name": name, "number": number}
        written = insert_into(connection.dialect.name, counts).values(row)
        more = {"number": counts.c.number + number}
        connection.execute(written.on_conflict_do_update(index_elements=["week", "name"], set_=more))


def count_up(connection: Connection, name: str, *, week: str) -> None:
    """Count one more of something in a week."""
    _COUNT_UP.run(connection, {"week": week, "name": name, "number": 1})
