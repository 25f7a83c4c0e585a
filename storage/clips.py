"""Recorded answers on their way from the carrier into a report, and reports on their way to the desk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, or_, select, update

from storage.database import insert_once, is_there
from storage.jobs import Lease, count_up, is_over
from storage.live_calls import CALLER, STAFF
from storage.models import calls, intents, items, reports, talks, wraps
from storage.replies import note_answered
from storage.sealing import SealedItem
from storage.statuses import ANSWERS
from storage.traces import UNHEARD

ADOPTED = "adopted"  # the question of an intent whose recording nobody had asked for, once it has a report
TOO_LITTLE = "too_little"
CLIP_KINDS = ("sound", "draft", "transcript")


@dataclass(frozen=True)
class Intent:
    """One recording that was asked for, or that turned up."""

    intent_id: str
    call_key: str
    report_id: str | None
    question: str
    place: int
    language: str
    state: str
    recording_key: str | None
    recording_for_worker: bytes | None
    item_id: str | None
    item_hash: bytes | None
    asked_at: int
    attempts: int
    accepted: bool

    @property
    def is_taken_back(self) -> bool:
        """Tell a clip that its caller deleted from a recording that nobody had asked for."""
        return self.state == "refused" and not self.accepted

    @property
    def is_gone(self) -> bool:
        """Tell whether the recording of a refused clip was found and deleted."""
        return self.state == "refused" and self.recording_key is not None and self.recording_for_worker is None


_INTENT = [intents.c[name] for name in Intent.__dataclass_fields__]


def draft_id(sound_id: str) -> str:
    """Return the item id of the draft of a clip, so that both can be found and go together."""
    return hashlib.sha256(f"draft of {sound_id}".encode()).hexdigest()[:32]


def new_intent_id() -> str:
    """Return 32 random hexadecimal characters."""
    return uuid4().hex


def read_intent(connection: Connection, intent_id: str) -> Intent | None:
    """Return one intent as it stands."""
    row = connection.execute(select(*_INTENT).where(intents.c.intent_id == intent_id)).first()
    return Intent(**row._mapping) if row else None


def intents_of(connection: Connection, call_key: str) -> tuple[Intent, ...]:
    """Return the intents of a call in the order they were asked."""
    rows = connection.execute(
        select(*_INTENT).where(intents.c.call_key == call_key).order_by(intents.c.place, intents.c.intent_id)
    )
    return tuple(Intent(**row._mapping) for row in rows)


@dataclass(frozen=True)
class Unasked:
    """A recording in the carrier's list that answers no question."""

    intent_id: str
    call_key: str
    recording_for_worker: bytes
    language: str
    place: int


def add_unasked(connection: Connection, unasked: Unasked, *, now: int) -> None:
    """Keep a recording that nobody asked for as an intent without a report."""
    row = {**vars(unasked), "report_id": None, "question": "story", "state": "known", "asked_at": now}
    connection.execute(insert(intents).values(**row, lease_until=0, attempts=0))


def name_recording(connection: Connection, intent: Intent, recording: bytes) -> None:
    """Write down which recording an intent got, found in the carrier's list; a refused one stays refused."""
    state = "refused" if intent.state == "refused" else "known"
    connection.execute(
        update(intents)
        .where(intents.c.intent_id == intent.intent_id, intents.c.state == intent.state)
        .values(state=state, recording_for_worker=recording, lease_until=0, attempts=0)
    )


def move(connection: Connection, intent: Intent, state: str, *, attempts: int | None = None) -> bool:
    """Bring an intent into another state; False when it has left the one it was read in, or another worker has it."""
    held = [intents.c.intent_id == intent.intent_id, intents.c.state == intent.state]
    if attempts is not None:
        held.append(intents.c.attempts == attempts)
    changed = connection.execute(update(intents).where(*held).values(state=state, lease_until=0, attempts=0))
    return changed.rowcount == 1


def forget_recording(connection: Connection, intent: Intent, *, deleted: bool) -> None:
    """Forget which recording an intent had. `deleted`: its tombstone says that there is none to be found any more."""
    key = _found_key(intent) if deleted else None
    named = {"recording_key": key, "recording_for_worker": None, "item_id": None, "item_hash": None}
    gone = {**named, "lease_until": 0, "attempts": 0}
    connection.execute(update(intents).where(intents.c.intent_id == intent.intent_id).values(**gone))


def bury(connection: Connection, tombstone: Intent, late: Intent) -> None:
    """Forget a late recording's own row, and let the tombstone say that this recording was found and deleted."""
    said = update(intents).where(intents.c.intent_id == tombstone.intent_id)
    connection.execute(said.values(recording_key=_found_key(late)))
    drop_intent(connection, late.intent_id)


def _found_key(intent: Intent) -> str:
    return intent.recording_key or intent.intent_id  # one found in the carrier's list was named by nobody


def drop_intent(connection: Connection, intent_id: str) -> None:
    """Forget an intent."""
    connection.execute(delete(intents).where(intents.c.intent_id == intent_id))


# ---- what is kept -------------------------------------------------------------------------------------------------


def keep_clip(
    connection: Connection,
    intent: Intent,
    lease: Lease,
    sealed: Sequence[SealedItem],
    *,
    item_hash: bytes,
    week: str,
) -> bool:
    """Keep a clip's items (the sound first) and say so on its intent; False when another worker was quicker."""
    sound = sealed[0]
    changed = connection.execute(
        update(intents)
        .where(
            intents.c.intent_id == intent.intent_id,
            intents.c.state == "known",
            intents.c.attempts == lease.attempts,
        )
        .values(
            state="sealed",
            report_id=sound.report_id,
            question=intent.question if intent.report_id == sound.report_id else ADOPTED,
            item_id=sound.item_id,
            item_hash=item_hash,
        )
    )
    if changed.rowcount != 1:
        return False
    add_items(connection, sealed)
    connection.execute(update(items).where(items.c.item_id == sound.item_id).values(week=week))
    note_addition(connection, sound.report_id)
    if intent.question.startswith(ANSWERS):
        note_answered(connection, intent.question.removeprefix(ANSWERS))
    return True


def note_addition(connection: Connection, report_id: str) -> None:
    """Show the desk that something came to a report that had arrived before. May run twice."""
    late = and_(reports.c.report_id == report_id, reports.c.state != "arriving")
    connection.execute(update(reports).where(late).values(added_to=True, state=_after_addition(), reason=""))


def add_items(connection: Connection, sealed: Sequence[SealedItem]) -> None:
    """Keep sealed items with their wrapped keys."""
    rows = [{"item_id": i.item_id, "report_id": i.report_id, "kind": i.kind, "sealed": i.sealed} for i in sealed]
    connection.execute(insert(items), rows)
    connection.execute(insert(wraps), [{"item_id": i.item_id, **vars(wrap)} for i in sealed for wrap in i.wraps])


def stored_hash(connection: Connection, item_id: str) -> bytes | None:
    """Return the SHA-256 of an item as it really stands in the database."""
    sealed = connection.scalar(select(items.c.sealed).where(items.c.item_id == item_id))
    return hashlib.sha256(sealed).digest() if sealed is not None else None


def forget_items(connection: Connection, item_ids: Sequence[str]) -> None:
    """Delete items and their wrapped keys."""
    connection.execute(delete(wraps).where(wraps.c.item_id.in_(item_ids)))
    connection.execute(delete(items).where(items.c.item_id.in_(item_ids)))


# ---- reports ------------------------------------------------------------------------------------------------------


def report_state(connection: Connection, report_id: str) -> str | None:
    """Return a report's state, or None when there is no such report."""
    return connection.scalar(select(reports.c.state).where(reports.c.report_id == report_id))


def adopted_intents(connection: Connection, call_key: str) -> tuple[Intent, ...]:
    """Return what rows say of the call's unasked recordings that have a report; holds the call's row until commit."""
    connection.execute(select(calls.c.call_key).where(calls.c.call_key == call_key).with_for_update())
    adopted = and_(intents.c.call_key == call_key, intents.c.question == ADOPTED, intents.c.report_id.is_not(None))
    found = select(*_INTENT).where(adopted).join(reports, reports.c.report_id == intents.c.report_id)
    return tuple(Intent(**row._mapping) for row in connection.execute(found.order_by(intents.c.intent_id)))


def settle(connection: Connection, report_id: str, *, week: str) -> str | None:
    """Let a report leave `arriving`: return `new`, or `too_little` when it is only counted, or None when it must wait.

    May run twice. What a caller said or keyed under urgency or as an allegation is never only counted.
    """
    row = connection.execute(
        select(reports.c.urgent, reports.c.substance, reports.c.reference_heard)
        .where(reports.c.report_id == report_id, reports.c.state == "arriving")
        .with_for_update()
    ).first()
    if row is None or _outstanding(connection, intents.c.report_id == report_id):
        return None
    clip = is_there(items.c.report_id == report_id, items.c.kind.in_(CLIP_KINDS))
    if row.substance or row.urgent in ("yes", "unsure") or connection.scalar(select(clip)):
        connection.execute(update(reports).where(reports.c.report_id == report_id).values(state="new"))
        return "new"
    count_up(connection, "contacts.too_little", week=week)
    if row.reference_heard:
        # The reference must not ring back as unknown; what is added later makes it a report.
        values = {"state": "not_a_report", "reason": TOO_LITTLE}
        connection.execute(update(reports).where(reports.c.report_id == report_id).values(**values))
        return TOO_LITTLE
    of_report = select(items.c.item_id).where(items.c.report_id == report_id)
    connection.execute(delete(wraps).where(wraps.c.item_id.in_(of_report)))
    connection.execute(delete(reports).where(reports.c.report_id == report_id))  # items and mailboxes go with it
    return TOO_LITTLE


def reopen_added(connection: Connection) -> None:
    """Make a report of what was too little for one, once a caller who rang back has added something."""
    little = and_(reports.c.state == "not_a_report", reports.c.reason == TOO_LITTLE)
    added = or_(reports.c.added_to, reports.c.substance)
    if connection.scalar(select(is_there(little, added))):
        connection.execute(update(reports).where(little, added).values(state="new", reason=""))


def arriving_reports(connection: Connection) -> frozenset[str]:
    """Return the reports that have not reached the desk's list of new ones."""
    return frozenset(connection.scalars(select(reports.c.report_id).where(reports.c.state == "arriving")))


# ---- calls --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EndingCall:
    """What the worker knows of a call that it closes."""

    call_key: str
    sid_for_worker: bytes
    started_at: int
    ended_at: int | None
    attempts: int
    leg: str  # whose it is: see storage/live_calls.py


def read_call(connection: Connection, call_key: str) -> EndingCall | None:
    """Return one call."""
    chosen = [calls.c[name] for name in EndingCall.__dataclass_fields__]
    row = connection.execute(select(*chosen).where(calls.c.call_key == call_key)).first()
    return EndingCall(**row._mapping) if row else None


@dataclass(frozen=True)
class StrayCall:
    """A call that only the carrier knew of."""

    call_key: str  # random: no webhook of such a call is expected
    sid_for_worker: bytes
    ended_at: int
    leg: str = CALLER


@dataclass(frozen=True)
class OwnCall:
    """A call that the worker itself began: to an interpreter."""

    call_key: str  # random, as its carrier tells nobody but the worker of it
    sid_for_worker: bytes
    started_at: int


def add_own_call(connection: Connection, call: OwnCall) -> None:
    """Write down a call that the worker began, so that it is deleted at the carrier as every call is. May run twice."""
    row = {**vars(call), "seen_at": call.started_at, "turn": 0, "state": b"", "leg": STAFF}
    connection.execute(insert_once(connection.dialect.name, calls, "call_key"), row)


def sealed_call_sids(connection: Connection) -> tuple[tuple[str, bytes], ...]:
    """Return every call's key and its sealed CallSid."""
    rows = connection.execute(select(calls.c.call_key, calls.c.sid_for_worker))
    return tuple((row.call_key, row.sid_for_worker) for row in rows)


def add_stray_call(connection: Connection, call: StrayCall) -> None:
    """Write down a call that only the carrier knew of."""
    times = {"started_at": call.ended_at, "seen_at": call.ended_at, "lease_until": 0, "attempts": 0}
    connection.execute(insert(calls).values(**vars(call), **times, turn=0, state=b"", path=UNHEARD))


def end_call(connection: Connection, call_key: str, *, now: int) -> None:
    """Write down that the carrier says a call is over."""
    held = and_(calls.c.call_key == call_key, calls.c.ended_at.is_(None))
    connection.execute(update(calls).where(held).values(ended_at=now, lease_until=0, attempts=0))


def forget_states(connection: Connection, *, ended_before: int) -> None:
    """Forget where calls stood and which references they heard, once they are over: closing needs neither."""
    over = and_(calls.c.ended_at <= ended_before, or_(calls.c.state != b"", calls.c.slow.is_not(None)))
    if connection.scalar(select(is_there(over))):
        connection.execute(update(calls).where(over).values(state=b"", slow=None))


def is_call_over(connection: Connection, call_key: str) -> bool:
    """Say whether a call has ended, or is not known."""
    talking = is_there(calls.c.call_key == call_key, calls.c.ended_at.is_(None))
    return not connection.scalar(select(talking))


def is_outstanding(connection: Connection, call_key: str) -> bool:
    """Say whether a recording of the call still waits for the worker."""
    return _outstanding(connection, intents.c.call_key == call_key)


def forget_call(connection: Connection, call_key: str) -> bool:
    """Forget a call, its talk and every identifier of its recordings.

    False, and nothing forgotten, when something new came.
    """
    connection.execute(select(calls.c.call_key).where(calls.c.call_key == call_key).with_for_update())
    if is_outstanding(connection, call_key):
        return False
    connection.execute(delete(intents).where(intents.c.call_key == call_key))
    connection.execute(delete(talks).where(talks.c.call_key == call_key))  # its seats go with it
    connection.execute(delete(calls).where(calls.c.call_key == call_key))
    return True


def earliest_talking(connection: Connection, *, now: int, grace: int) -> int | None:
    """Return when the oldest call began that may still change a report: not over, or for less than `grace` seconds."""
    talking = and_(calls.c.leg == CALLER, or_(calls.c.ended_at.is_(None), calls.c.ended_at > now - grace))
    since: int | None = connection.scalar(select(func.min(calls.c.started_at)).where(talking))
    return since


def forget_stray_intents(connection: Connection, *, before: int) -> int:
    """Forget intents asked before a time whose call is gone: nothing can be learnt about them any more."""
    no_call = ~is_there(calls.c.call_key == intents.c.call_key)
    waiting = intents.c.recording_for_worker.is_not(None) & intents.c.state.in_(("known", "sealed", "refused"))
    return connection.execute(delete(intents).where(intents.c.asked_at < before, no_call, ~waiting)).rowcount


def oldest_backlog(connection: Connection, *, close_after: int) -> int | None:
    """Return since when the oldest recording or finished call waits for the worker."""
    undecided = and_(intents.c.state == "known", ~or_(intents.c.accepted, is_over()))  # its caller may still hear it
    waiting = and_(intents.c.state.in_(("known", "sealed")), ~undecided)
    clip = connection.scalar(select(func.min(intents.c.asked_at)).where(waiting))
    ended = connection.scalar(select(func.min(calls.c.ended_at)))
    waits = [clip, ended + close_after if ended is not None else None]
    return min((wait for wait in waits if wait is not None), default=None)


def _after_addition() -> ColumnElement[str]:
    # What was finished with needs a look again; what is new or being read stays so.
    finished = reports.c.state.in_(("confirmed", "released", "not_a_report"))
    return case((finished, "new"), else_=reports.c.state)


def _outstanding(connection: Connection, which: ColumnElement[bool]) -> bool:
    waiting = or_(
        intents.c.state.in_(("asked", "known", "sealed")),
        and_(intents.c.state == "refused", intents.c.recording_for_worker.is_not(None)),
    )
    return bool(connection.scalar(select(is_there(which, waiting))))
