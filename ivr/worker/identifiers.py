"""Identifiers at the carrier, sealed to the worker: the only place where they are opened."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

from ivr.worker.carrier import Listed
from ivr.worker.workplace import Workplace
from storage.bound_intents import CallForWorker
from storage.contents import Reply
from storage.keys import Damaged
from storage.opening import open_for_worker
from storage.sealing import seal_for_worker, token_hash, unpadded


@dataclass(frozen=True)
class Notice:
    """What a callback or the carrier's list said about one recording."""

    sid: str
    call_sid: str
    status: str
    duration: str
    encryption: str  # EncryptionDetails as JSON, or ``
    started: str  # seconds since the epoch as text where we know it, else as the carrier wrote it

    @property
    def is_well_formed(self) -> bool:
        """Say whether the SID looks like a recording's; anything else never reaches an address."""
        return re.fullmatch(r"RE[0-9a-f]{32}", self.sid) is not None

    @property
    def started_at(self) -> int | None:
        """Return when the recording began, where that is known exactly."""
        return int(self.started) if re.fullmatch(r"[0-9]{1,12}", self.started) else None


def notice_of(listed: Listed, call_sid: str) -> Notice:
    """Return what the carrier's list says as a notice."""
    started = "" if listed.started is None else str(listed.started)
    return Notice(listed.sid, call_sid, listed.status, str(listed.seconds), listed.encryption, started)


def open_notice(place: Workplace, sealed: bytes, intent_id: str) -> Notice:
    """Open what is known of an intent's recording; raises `Damaged`."""
    packed = open_for_worker(sealed, purpose=f"recording:{intent_id}", key=place.worker_key)
    raw = json.loads(packed)
    return Notice(**{name: str(raw.get(name) or "") for name in Notice.__dataclass_fields__})


def seal_notice(place: Workplace, notice: Notice, intent_id: str) -> bytes:
    """Seal what is known of an intent's recording, as the public door does."""
    packed = json.dumps(asdict(notice), separators=(",", ":")).encode()
    return seal_for_worker(packed, purpose=f"recording:{intent_id}", worker=place.keys.worker)


def open_order(place: Workplace, sealed: bytes, intent_id: str) -> str:
    """Open the token of the address at which a caller is to hear a clip; raises `Damaged`."""
    return open_for_worker(sealed, purpose=f"hear:{intent_id}", key=place.worker_key).decode()


def open_admission(place: Workplace, sealed: bytes, pass_id: str) -> str:
    """Open the token of the page that asks for a pass; raises `Damaged`."""
    asked = json.loads(open_for_worker(sealed, purpose=f"admit:{pass_id}", key=place.worker_key))
    token = asked.get("token") if isinstance(asked, dict) else None
    if not isinstance(token, str) or token_hash(token) != pass_id:
        raise Damaged
    return token


def open_words(place: Workplace, sealed: bytes, reply_id: str) -> Reply:
    """Open what the desk answers a caller; raises `Damaged`."""
    packed = open_for_worker(sealed, purpose=f"reply:{reply_id}", key=place.worker_key)
    return Reply.unpacked(unpadded(packed))


def open_call(place: Workplace, sealed: bytes, call_key: str) -> CallForWorker:
    """Open what the door sealed when a call began; raises `Damaged`."""
    return CallForWorker.unpacked(open_for_worker(sealed, purpose=f"call:{call_key}", key=place.worker_key))


def seal_call(place: Workplace, sid: str, call_key: str) -> bytes:
    """Seal a CallSid that only the carrier knew, as the public door does; no intent fits it."""
    packed = CallForWorker(sid, b"").packed()
    return seal_for_worker(packed, purpose=f"call:{call_key}", worker=place.keys.worker)
