"""The rows of calls that live now: where each stands, and the recordings it was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.database import insert_once
from storage.models import calls, intents

_FIND = select(calls.c.call_key, calls.c.turn, calls.c.state, calls.c.slow, calls.c.ended_at)
_FIND_ONE = _FIND.where(calls.c.call_key == bindparam("one_key"))
_ADVANCE = (
    update(calls)
    .where(calls.c.call_key == bindparam("one_key"), calls.c.turn == bindparam("expected"))
    .values(turn=bindparam("expected") + 1, state=bindparam("new_state"), seen_at=bindparam("now"))
)

_ASK = insert(intents)


@dataclass(frozen=True)
class LiveCall:
    """One call's row. What it holds is readable only with the live key."""

    call_key: str
    turn: int  # the turn that the next genuine webhook carries
    state: bytes
    slow: bytes | None
    ended: bool


@dataclass(frozen=True)
class NewCall:
    """A call that the service hears of for the first time."""

    call_key: str
    sid_for_worker: bytes
    state: bytes


@dataclass(frozen=True)
class NamedRecording:
    """A recording that the carrier has named to us."""

    recording_key: str  # keyed hash of its SID
    for_worker: bytes  # its SID and key details, sealed


def find(connection: Connection, call_keys: Sequence[str]) -> LiveCall | None:
    """Return the call known under one of these keys (the current live key's, then the previous one's)."""
    if len(call_keys) == 1:
        row = connection.execute(_FIND_ONE, {"one_key": call_keys[0]}).first()
    else:
        row = connection.execute(_FIND.where(calls.c.call_key.in_(call_keys))).first()
    return LiveCall(row.call_key, row.turn, row.state, row.slow, row.ended_at is not None) if row else None


def begin(connection: Connection, call: NewCall, *, now: int, ended: bool = False) -> bool:
    """Keep a new call at its first turn; False when a twin of this webhook has done it."""
    row = {
        **vars(call),
        "turn": 1,
        "started_at": now,
        "seen_at": now,
        "ended_at": now if ended else None,
        "lease_until": 0,
        "attempts": 0,
    }
    return connection.execute(insert_once(connection.dialect.name, calls, "call_key"), row).rowcount == 1


def advance(connection: Connection, call_key: str, turn: int, state: bytes, *, now: int) -> bool:
    """Move a call on from `turn`; False when a twin of this webhook has done it."""
    values = {"one_key": call_key, "expected": turn, "new_state": state, "now": now}
    return connection.execute(_ADVANCE, values).rowcount == 1


def see(connection: Connection, call_key: str, *, now: int) -> None:
    """Note that a call was heard of, though nothing in it moved."""
    connection.execute(update(calls).where(calls.c.call_key == call_key).values(seen_at=now))


def end(connection: Connection, call_key: str, *, now: int) -> None:
    """Note that a call has ended at the carrier; the first such note counts."""
    connection.execute(
        update(calls).where(calls.c.call_key == call_key, calls.c.ended_at.is_(None)).values(ended_at=now)
    )


def read_finding(connection: Connection, call_key: str) -> bytes | None:
    """Return what slow work has found for a call so far, held until the transaction ends."""
    found: bytes | None = connection.scalar(select(calls.c.slow).where(calls.c.call_key == call_key).with_for_update())
    return found


def keep_finding(connection: Connection, call_key: str, slow: bytes) -> None:
    """Keep what slow work found for a call; nothing when the call is gone."""
    connection.execute(update(calls).where(calls.c.call_key == call_key).values(slow=slow))


# ---- recordings ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Intent:
    """A recording that was asked for."""

    intent_id: str
    call_key: str
    report_id: str | None
    question: str
    place: int
    language: str
    state: str
    recording_key: str | None


def ask_recording(connection: Connection, intent: Intent, *, now: int) -> None:
    """Keep that a recording is about to be asked for."""
    connection.execute(_ASK, {**_row(intent), "asked_at": now})


def intent(connection: Connection, intent_id: str) -> Intent | None:
    """Return one intent."""
    columns = [intents.c[name] for name in Intent.__dataclass_fields__]
    row = connection.execute(select(*columns).where(intents.c.intent_id == intent_id)).first()
    return Intent(*row) if row else None


def is_known_recording(connection: Connection, recording_keys: Sequence[str]) -> bool:
    """Say whether a recording has been named to us before, under any intent."""
    where = intents.c.recording_key.in_(recording_keys)
    return connection.scalar(select(intents.c.intent_id).where(where).limit(1)) is not None


def name_recording(connection: Connection, intent_id: str, recording: NamedRecording) -> bool:
    """Give an intent its recording; False when it has one already."""
    named = (
        update(intents)
        .where(intents.c.intent_id == intent_id, intents.c.state == "asked", intents.c.recording_key.is_(None))
        .values(state="known", recording_key=recording.recording_key, recording_for_worker=recording.for_worker)
    )
    return connection.execute(named).rowcount == 1


def add_recording(connection: Connection, intent: Intent, recording: NamedRecording, *, now: int) -> None:
    """Keep a recording that no waiting intent expects, as an intent of its own."""
    values = {**_row(intent), "recording_key": recording.recording_key, "recording_for_worker": recording.for_worker}
    connection.execute(_ASK, {**values, "asked_at": now})


def new_intent_id() -> str:
    """Return 32 random hexadecimal characters."""
    return uuid4().hex


def _row(intent: Intent) -> dict[str, object]:
    return {**vars(intent), "lease_until": 0, "attempts": 0}
