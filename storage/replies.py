"""What waits for who holds a reference: words of the desk as sound, sealed to the key that only the reference gives.

The desk sends words, sealed for itself and for the worker. The worker speaks them, seals the sound and forgets the
words. The public door reads sealed sound alone, and opens it while the caller's reference is in its hands.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Connection, and_, func, insert, select, update

from storage.contents import Reply
from storage.jobs import REPLY, add_message, order
from storage.keys import Audience
from storage.models import mailboxes, replies, reports
from storage.reports import keep_item
from storage.sealing import SealedItem, padded, seal_for_worker
from storage.statuses import ASSESSING, CLOSED, OUTSIDE_REMIT, RECEIVED, STATUSES

MESSAGE, QUESTION, YES_NO = "message", "question", "yes_no"
KINDS = (MESSAGE, QUESTION, YES_NO)
MAKING, WAITING, HEARD, ANSWERED = "making", "waiting", "heard", "answered"
UNREACHABLE = "unreachable"  # its reference has expired or was withdrawn: nobody will ever hear it
HEARABLE = (WAITING, HEARD, ANSWERED)
WITHDRAWN = "withdrawn"  # by its caller: the desk sees it, and no caller hears it
OPEN = "open"


class NoSuchStatus(ValueError):
    """No caller is told this; only a change of the program helps."""


# ---- the desk -----------------------------------------------------------------------------------------------------


def send_reply(  # noqa: PLR0913 (the desk names each: two copies of the words, and both times)
    connection: Connection,
    report_id: str,
    *,
    kind: str,
    reply: Reply,
    item: SealedItem,
    worker: Audience,
    asked_in: str = "",
    week: str,
    now: int,
) -> str:
    """Have words made into sound for who holds the report's reference; return the reply's id.

    `item`: the desk's own copy, of kind `reply`. `asked_in`: the team's question that this passes on, or nothing.
    Raises `ValueError` for a kind that no caller can be told: a mistake of the program.
    """
    if kind not in KINDS:
        raise ValueError("a reply is a message or a question")
    reply_id = uuid4().hex
    keep_item(connection, item)
    # Locked, so that two who write at once get two places.
    connection.execute(select(reports.c.report_id).where(reports.c.report_id == report_id).with_for_update())
    last = connection.scalar(select(func.max(replies.c.place)).where(replies.c.report_id == report_id)) or 0
    row = {"reply_id": reply_id, "report_id": report_id, "kind": kind, "place": last + 1, "week": week}
    connection.execute(insert(replies).values(**row, state=MAKING, item_id=item.item_id, asked_in=asked_in))
    order(connection, REPLY, reply_id, sealed_words(reply, reply_id, worker), now=now)
    return reply_id


def sealed_words(reply: Reply, reply_id: str, worker: Audience) -> bytes:
    """Seal what the worker is to speak: padded, so that its size tells no number of words."""
    return seal_for_worker(padded(reply.packed()), purpose=f"reply:{reply_id}", worker=worker)


@dataclass(frozen=True)
class Sent:
    """A reply as the desk sees it: no word of it."""

    reply_id: str
    kind: str
    place: int  # 1 is the first to this report
    week: str
    state: str
    item_id: str
    asked_in: str


def replies_of(connection: Connection, report_id: str) -> tuple[Sent, ...]:
    """Return what was sent to the holder of a report's reference, the first sent first."""
    columns = (replies.c[name] for name in Sent.__dataclass_fields__)
    found = select(*columns).where(replies.c.report_id == report_id).order_by(replies.c.place, replies.c.reply_id)
    return tuple(Sent(**row._mapping) for row in connection.execute(found))


def has_mailbox(connection: Connection, report_id: str) -> bool:
    """Say whether a caller may hold this report's reference; whether it still works only the worker and they know."""
    heard = and_(reports.c.report_id == report_id, reports.c.reference_heard, reports.c.status != WITHDRAWN)
    return connection.scalar(select(reports.c.report_id).where(heard)) is not None


def set_status(connection: Connection, report_id: str, status: str) -> None:
    """Let callers who ring back hear this; what a caller withdrew stays withdrawn. Raises `NoSuchStatus`."""
    if status not in STATUSES:
        raise NoSuchStatus(status)
    told = update(reports).where(reports.c.report_id == report_id, reports.c.status != WITHDRAWN)
    connection.execute(told.values(status=status))


def status_of(connection: Connection, report_id: str, *, lock: bool = False) -> str:
    """Return what a report's caller hears, "" when it is gone; `lock` keeps it so until the transaction ends."""
    asked = select(reports.c.status).where(reports.c.report_id == report_id)
    return str(connection.scalar(asked.with_for_update() if lock else asked) or "")


def begin_assessing(connection: Connection, report_id: str) -> None:
    """Let callers who ring back hear that their report is looked at, unless a team has it. May run twice."""
    unheard = and_(reports.c.released == "", reports.c.status.in_((RECEIVED, CLOSED, OUTSIDE_REMIT)))
    connection.execute(update(reports).where(reports.c.report_id == report_id, unheard).values(status=ASSESSING))


def is_withdrawn(connection: Connection, report_id: str) -> bool:
    """Say whether a report's caller has withdrawn it."""
    return connection.scalar(select(reports.c.status).where(reports.c.report_id == report_id)) == WITHDRAWN


# ---- the worker ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Making:
    """A reply that is to be spoken, and the keys of the references that could hear it."""

    reply_id: str
    report_id: str
    kind: str
    reply_keys: tuple[bytes, ...]  # one, unless somebody put another beside it


def reply_to_make(connection: Connection, reply_id: str) -> Making | None:
    """Return a reply that has no sound yet; None when it has, or is gone."""
    wanted = select(replies.c.reply_id, replies.c.report_id, replies.c.kind)
    row = connection.execute(wanted.where(replies.c.reply_id == reply_id, replies.c.state == MAKING)).first()
    if row is None:
        return None
    boxes = select(mailboxes.c.reply_key).where(mailboxes.c.report_id == row.report_id, mailboxes.c.state == OPEN)
    return Making(**row._mapping, reply_keys=tuple(bytes(key) for key in connection.scalars(boxes)))


def keep_sound(connection: Connection, reply_id: str, sealed: bytes) -> bool:
    """Let a reply wait for its caller; False when it was made already, or is gone. May run twice."""
    making = and_(replies.c.reply_id == reply_id, replies.c.state == MAKING)
    return connection.execute(update(replies).where(making).values(state=WAITING, sealed=sealed)).rowcount == 1


def give_up(connection: Connection, reply_id: str) -> None:
    """Note that nobody can hear a reply: the desk sees it. May run twice."""
    making = and_(replies.c.reply_id == reply_id, replies.c.state == MAKING)
    connection.execute(update(replies).where(making).values(state=UNREACHABLE))


def note_withdrawn(connection: Connection, report_id: str, *, now: int) -> None:
    """Let the desk know that a caller withdrew: its status says so, and those on call are told once. May run twice.

    Nothing is destroyed or stopped by a caller's key alone: whoever found the paper could else destroy a report.
    """
    flagged = update(reports).where(reports.c.report_id == report_id, reports.c.status != WITHDRAWN)
    if connection.execute(flagged.values(status=WITHDRAWN)).rowcount == 1:
        add_message(connection, "alert", report_id, now=now)


# ---- the public door ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Letter:
    """A reply that can be heard."""

    reply_id: str
    kind: str
    state: str


@dataclass(frozen=True)
class Mailbox:
    """What a caller who rings back can be told."""

    status: str
    letters: tuple[Letter, ...]  # the first sent first


def mailbox_of(connection: Connection, report_id: str) -> Mailbox:
    """Return what waits for who holds a report's reference."""
    status = connection.scalar(select(reports.c.status).where(reports.c.report_id == report_id)) or RECEIVED
    of_report = and_(replies.c.report_id == report_id, replies.c.state.in_(HEARABLE))
    wanted = select(replies.c.reply_id, replies.c.kind, replies.c.state).where(of_report)
    rows = connection.execute(wanted.order_by(replies.c.place, replies.c.reply_id))
    return Mailbox(status, tuple(Letter(**row._mapping) for row in rows))


def sealed_reply(connection: Connection, report_id: str, reply_id: str) -> tuple[str, bytes] | None:
    """Return a reply's kind and sealed sound; None when it is gone."""
    this = and_(replies.c.reply_id == reply_id, replies.c.report_id == report_id, replies.c.state.in_(HEARABLE))
    row = connection.execute(select(replies.c.kind, replies.c.sealed).where(this)).first()
    return (row.kind, bytes(row.sealed)) if row is not None and row.sealed is not None else None


def note_heard(connection: Connection, reply_id: str) -> None:
    """Note that a reply was played to its end. May run twice."""
    waiting = and_(replies.c.reply_id == reply_id, replies.c.state == WAITING)
    connection.execute(update(replies).where(waiting).values(state=HEARD))


def note_answered(connection: Connection, reply_id: str) -> None:
    """Note that a question was answered. May run twice."""
    hearable = and_(replies.c.reply_id == reply_id, replies.c.state.in_((WAITING, HEARD)))
    connection.execute(update(replies).where(hearable).values(state=ANSWERED))


def close_mailbox(connection: Connection, report_id: str) -> None:
    """Let a report's reference open nothing any more: from now on it is answered as one that never was."""
    opened = and_(mailboxes.c.report_id == report_id, mailboxes.c.state == OPEN)
    connection.execute(update(mailboxes).where(opened).values(state="withdrawn"))
