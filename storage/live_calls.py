"""The rows of calls that live now: where each stands, and the recordings it was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Connection, bindparam, func, insert, or_, select, tuple_, update

from storage.database import insert_once
from storage.models import calls, intents
from storage.prepared import Prepared
from storage.traces import NOT_YET, Trace

CALLER, STAFF = "", "staff"  # whose leg a call is
UNSEEN_SECONDS = 900  # longer than any recording: a call this quiet has probably ended without our hearing so

_BY_KEY = calls.c.call_key == bindparam("one_key")
_BY_KEYS = or_(_BY_KEY, calls.c.call_key == bindparam("other_key"))
_TRACE = tuple(Trace.__dataclass_fields__)
_FOUND = ("call_key", "turn", "state", "slow", "started_at", *_TRACE)
_FIND = Prepared(lambda _: select(*(calls.c[name] for name in _FOUND)).where(_BY_KEYS))
_BEGIN = Prepared(
    lambda dialect: insert_once(dialect, calls, "call_key"),
    *("call_key", "leg", "sid_for_worker", "state", "turn", "started_at", "seen_at", "ended_at", *_TRACE),
)
_ADVANCE = Prepared(
    lambda _: (
        update(calls)
        .where(_BY_KEY, calls.c.turn == bindparam("expected"))
        .values(
            turn=bindparam("expected") + 1,
            state=bindparam("new_state"),
            seen_at=bindparam("now"),
            **{name: bindparam(f"new_{name}") for name in _TRACE},
        )
    )
)
_END = Prepared(lambda _: update(calls).where(_BY_KEYS, calls.c.ended_at.is_(None)).values(ended_at=bindparam("now")))


@dataclass(frozen=True)
class LiveCall:
    """One call's row. What it holds is readable only with the live key."""

    call_key: str
    turn: int  # the turn that the next genuine webhook carries
    state: bytes
    slow: bytes | None
    started_at: int  # seconds since the epoch
    trace: Trace


@dataclass(frozen=True)
class NewCall:
    """A call that the service hears of for the first time."""

    call_key: str
    sid_for_worker: bytes
    state: bytes
    trace: Trace = NOT_YET
    leg: str = CALLER


@dataclass(frozen=True)
class NamedRecording:
    """A recording that the carrier has named to us."""

    recording_key: str  # keyed hash of its SID
    for_worker: bytes  # its SID and key details, sealed


def find(connection: Connection, call_keys: Sequence[str]) -> LiveCall | None:
    """Return the call known under one of these keys (the current live key's, then the previous one's)."""
    row = _FIND.run(connection, _keys(call_keys)).fetchone()
    if row is None:
        return None
    call_key, turn, state, slow, started_at, *said = row
    return LiveCall(call_key, turn, state, slow, started_at, Trace(*said))


def begin(connection: Connection, call: NewCall, *, now: int, ended: bool = False) -> bool:
    """Keep a new call at its first turn; False when a twin of this webhook has done it."""
    times = {"started_at": now, "seen_at": now, "ended_at": now if ended else None}
    row = {
        "call_key": call.call_key,
        "leg": call.leg,
        "sid_for_worker": call.sid_for_worker,
        "state": call.state,
        "turn": 1,
    }
    return _BEGIN.run(connection, {**row, **vars(call.trace), **times}).rowcount == 1


def under_way(connection: Connection, *, now: int, most: int) -> int:
    """Count the calls under way, up to `most`."""
    talking = (calls.c.leg == CALLER, calls.c.ended_at.is_(None), calls.c.seen_at > now - UNSEEN_SECONDS)
    counted = select(func.count()).select_from(select(calls.c.call_key).where(*talking).limit(most).subquery())
    return connection.scalar(counted) or 0


def advance(connection: Connection, call_key: str, turn: int, state: bytes, trace: Trace, *, now: int) -> bool:
    """Move a call on from `turn`; False when a twin of this webhook has done it."""
    values = {"one_key": call_key, "expected": turn, "new_state": state, "now": now}
    values |= {f"new_{name}": value for name, value in vars(trace).items()}
    return _ADVANCE.run(connection, values).rowcount == 1


def see(connection: Connection, call_key: str, *, now: int) -> None:
    """Note that a call was heard of, though nothing in it moved."""
    connection.execute(update(calls).where(calls.c.call_key == call_key).values(seen_at=now))


def end(connection: Connection, call_keys: Sequence[str], *, now: int) -> bool:
    """Note that a call has ended at the carrier; False when that was noted before, or the call is not known."""
    return _END.run(connection, {**_keys(call_keys), "now": now}).rowcount == 1


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
    accepted: bool = False


_FIELDS = tuple(Intent.__dataclass_fields__)
_ASK = Prepared(lambda _: insert(intents), *_FIELDS, "recording_for_worker", "asked_at")
_THE_INTENT = intents.c.intent_id == bindparam("the_intent")
_ASKED_FOR = intents.alias("asked_for")
# Also a second recording of the same question, where its caller was asked again because a webhook was lost.
_ITS_PLACE = tuple_(intents.c.call_key, intents.c.place).in_(
    select(_ASKED_FOR.c.call_key, _ASKED_FOR.c.place).where(_ASKED_FOR.c.intent_id == bindparam("the_intent"))
)
_ACCEPT = Prepared(lambda _: update(intents).where(_ITS_PLACE, ~intents.c.accepted).values(accepted=True))
_REFUSE = Prepared(
    lambda _: (
        update(intents)
        .where(_ITS_PLACE, ~intents.c.accepted, or_(intents.c.state == "asked", intents.c.state == "known"))
        .values(state="refused")
    )
)
_INTENT = Prepared(lambda _: select(*(intents.c[name] for name in _FIELDS)).where(_THE_INTENT))
_NAME = Prepared(
    lambda _: (
        update(intents)
        .where(_THE_INTENT, intents.c.state == "asked", intents.c.recording_key.is_(None))
        .values(state="known", recording_key=bindparam("named"), recording_for_worker=bindparam("sealed"))
    )
)


def ask_recording(connection: Connection, intent: Intent, *, now: int) -> None:
    """Keep that a recording is about to be asked for."""
    _ASK.run(connection, {**vars(intent), "recording_for_worker": None, "asked_at": now})


def intent(connection: Connection, intent_id: str) -> Intent | None:
    """Return one intent."""
    row = _INTENT.run(connection, {"the_intent": intent_id}).fetchone()
    return Intent(*row) if row else None


def accept_clip(connection: Connection, intent_id: str) -> None:
    """Let what was said at one place of a call count: the worker collects it from now on. May run twice."""
    _ACCEPT.run(connection, {"the_intent": intent_id})


def refuse_clip(connection: Connection, intent_id: str) -> None:
    """Leave tombstones for one place of a call: deleted at the carrier, never collected. What counts stays."""
    _REFUSE.run(connection, {"the_intent": intent_id})


def is_known_recording(connection: Connection, recording_keys: Sequence[str]) -> bool:
    """Say whether a recording has been named to us before, under any intent."""
    where = intents.c.recording_key.in_(recording_keys)
    return connection.scalar(select(intents.c.intent_id).where(where).limit(1)) is not None


def name_recording(connection: Connection, intent_id: str, recording: NamedRecording) -> bool:
    """Give an intent its recording; False when it has one already."""
    values = {"the_intent": intent_id, "named": recording.recording_key, "sealed": recording.for_worker}
    return _NAME.run(connection, values).rowcount == 1


def add_recording(connection: Connection, intent: Intent, recording: NamedRecording, *, now: int) -> None:
    """Keep a recording that no waiting intent expects, as an intent of its own."""
    named = {"recording_key": recording.recording_key, "recording_for_worker": recording.for_worker}
    _ASK.run(connection, {**vars(intent), **named, "asked_at": now})


def new_intent_id() -> str:
    """Return 32 random hexadecimal characters."""
    return uuid4().hex


def _keys(call_keys: Sequence[str]) -> dict[str, object]:
    return {"one_key": call_keys[0], "other_key": call_keys[-1]}
