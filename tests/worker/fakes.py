"""A carrier, a post and a transcriber that live in memory, and a worker's place made of them."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import insert, select, update

from ivr.worker.carrier import CarrierFailed, FinishedCall, Listed, NotYet
from ivr.worker.decryption import RecordingKeys
from ivr.worker.post import NotSent
from ivr.worker.wav import Heard, write_wav
from ivr.worker.workplace import Live, Rules, Workplace
from storage import live_calls, reports
from storage.bound_intents import CallForWorker, bound_intent_id
from storage.clock import Clock, TurnedClock, iso_week
from storage.database import Database
from storage.keys import Audience, Secret, new_private_key, public_half
from storage.models import calls, intents, items, wraps
from storage.models import reports as report_rows
from storage.opening import GroupKey, open_item
from storage.public_keys import PublicKeys
from storage.sealing import Wrap, seal_for_worker


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def group(name: str) -> GroupKey:
    return GroupKey(name, 1, Secret(new_private_key()))


def audience(key: GroupKey) -> Audience:
    return Audience(key.name, key.epoch, public_half(key.private))


def babble(seconds: float = 2.0, seed: int = 1) -> bytes:
    """Return sound that comes and goes like speech: noise in syllables."""
    random = np.random.default_rng(seed)
    samples = random.normal(0, 0.15, int(8000 * seconds))
    syllables = 0.5 - 0.5 * np.cos(np.arange(len(samples)) * 2 * np.pi * 3 / 8000)
    return write_wav(Heard(8000, (samples * syllables).astype(np.float32)))


def silence(seconds: float = 2.0) -> bytes:
    return write_wav(Heard(8000, np.zeros(int(8000 * seconds), np.float32)))


@dataclass
class FakeCarrier:
    """Keeps calls and recordings, and refuses what Twilio refuses."""

    calls: dict[str, str] = field(default_factory=dict)  # sid -> status
    children: dict[str, list[str]] = field(default_factory=dict)
    recordings: dict[str, tuple[str, Listed, bytes]] = field(default_factory=dict)  # sid -> (call, listed, sound)
    too_early: int = 0  # so often a call is not deleted yet
    broken: set[str] = field(default_factory=set)  # SIDs that fail whatever is asked
    asked: list[str] = field(default_factory=list)
    to: str = "+448081570192"  # the number that every call came to
    ours: set[str] = field(default_factory=set)  # calls of our own softphones

    def record(
        self, call: str, sound: bytes, *, started: int | None, status: str = "completed", encryption: str = ""
    ) -> str:
        sid = new_sid("RE")
        self.recordings[sid] = (call, Listed(sid, status, started, 2.0, encryption), sound)
        return sid

    def recordings_of(self, call_sid: str) -> tuple[Listed, ...]:
        self._ask("list", call_sid)
        return tuple(listed for call, listed, _ in self.recordings.values() if call == call_sid)

    def recording(self, sid: str) -> Listed | None:
        self._ask("describe", sid)
        return self.recordings[sid][1] if sid in self.recordings else None

    def sound(self, sid: str) -> bytes | None:
        self._ask("fetch", sid)
        return self.recordings[sid][2] if sid in self.recordings else None

    def delete_recording(self, sid: str) -> None:
        self._ask("delete", sid)
        self.recordings.pop(sid, None)

    def call_status(self, call_sid: str) -> str | None:
        self._ask("status", call_sid)
        return self.calls.get(call_sid)

    def finished_calls(self, *, before: int) -> tuple[FinishedCall, ...]:
        del before
        self._ask("calls", "")
        legs = {leg for started in self.children.values() for leg in started}  # these did not come in
        over = [sid for sid, status in self.calls.items() if status == "completed" and sid not in legs]
        return tuple(
            FinishedCall(sid, "", is_ours=True) if sid in self.ours else FinishedCall(sid, self.to) for sid in over
        )

    def child_calls(self, call_sid: str) -> tuple[str, ...]:
        return tuple(child for child in self.children.get(call_sid, []) if child in self.calls)

    def delete_call(self, call_sid: str) -> None:
        self._ask("delete call", call_sid)
        if self.too_early:
            self.too_early -= 1
            raise NotYet
        self.calls.pop(call_sid, None)

    def _ask(self, what: str, sid: str) -> None:
        self.asked.append(what)
        if sid in self.broken:
            raise CarrierFailed


class NoLive:
    """A carrier with no conference in it: nobody talks on such a line."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody talks here, and the worker asked for {name}")


@dataclass
class FakePost:
    sent: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, ...]] = field(default_factory=list)  # to whom else than usual
    down: bool = False

    def send(self, subject: str, text: str, to: tuple[str, ...] = ()) -> None:
        if self.down:
            raise NotSent("down")
        self.sent.append((subject, text))
        if to:
            self.told.append(to)


@dataclass
class FakeTranscriber:
    words: str = "he takes money"
    name: str = "fake"
    failure: Exception | None = None

    def knows(self, language: str) -> bool:
        return language == "en"

    def most_seconds(self, _wav: bytes) -> int:
        return 10

    def text(self, _wav: bytes, _language: str) -> str:
        if self.failure is not None:
            raise self.failure
        return self.words


@dataclass
class Line:
    """A line whose public door we play: it writes the rows, the worker does the rest."""

    database: Database
    clock: Clock = field(default_factory=TurnedClock)
    carrier: FakeCarrier = field(default_factory=FakeCarrier)
    post: FakePost = field(default_factory=FakePost)
    transcriber: FakeTranscriber = field(default_factory=FakeTranscriber)
    recording_keys: RecordingKeys = field(default_factory=lambda: RecordingKeys({}))
    encryption_required: bool = False
    daily_minutes_alarm: int = 3000
    desk: GroupKey = field(default_factory=lambda: group("desk"))
    worker: GroupKey = field(default_factory=lambda: group("worker"))
    recovery: GroupKey = field(default_factory=lambda: group("recovery"))
    intent_keys: dict[str, bytes] = field(default_factory=dict)  # by call

    def place(self) -> Workplace:
        keys = PublicKeys(audience(self.desk), audience(self.worker), audience(self.recovery))
        numbers, minutes = ("0808 157 0192",), self.daily_minutes_alarm
        told = ("https://desk.example", ZoneInfo("Europe/London"))
        rules = Rules("example", numbers, self.encryption_required, 600, 1800, 14, minutes, *told)
        return Workplace(
            self.database,
            self.clock,
            self.carrier,
            self.transcriber,
            self.post,
            keys,
            self.worker,
            self.recording_keys,
            rules,
            Live(NoLive(), "https://line.example", "", passes=None),
        )

    def ring(self, *, ended: bool = False, key: str = "") -> tuple[str, str]:
        """Begin a call; return its SID and its key."""
        sid, call_key, now = new_sid("CA"), key or secrets.token_hex(16), self.clock.now()
        self.carrier.calls[sid] = "completed" if ended else "in-progress"
        self.intent_keys[call_key] = secrets.token_bytes(32)
        packed = CallForWorker(sid, self.intent_keys[call_key]).packed()
        sealed = seal_for_worker(packed, purpose=f"call:{call_key}", worker=audience(self.worker))
        row = {"call_key": call_key, "turn": 1, "state": b"", "sid_for_worker": sealed}
        with self.database.write() as connection:
            times = {"started_at": now, "seen_at": now, "ended_at": now if ended else None}
            connection.execute(insert(calls).values(**row, **times))
        return sid, call_key

    def hang_up(self, sid: str, call_key: str) -> None:
        self.carrier.calls[sid] = "completed"
        with self.database.write() as connection:
            ended = update(calls).where(calls.c.call_key == call_key)
            connection.execute(ended.values(ended_at=self.clock.now()))

    def report(self, **values: object) -> str:
        report_id = uuid4().hex
        with self.database.write() as connection:
            new = reports.NewReport(report_id, "example", "en", "voice")
            reports.begin(connection, new, week=iso_week(self.clock.now()))
            if values:
                changed = update(report_rows).where(report_rows.c.report_id == report_id)
                connection.execute(changed.values(**values))
        return report_id

    def ask(
        self,
        call_key: str,
        report_id: str | None,
        *,
        place: int = 1,
        question: str = "story",
        language: str = "en",
        state: str = "asked",
        accepted: bool = True,
    ) -> str:
        asked = live_calls.Intent("", call_key, report_id, question, place, language, state, None)
        intent_id = bound_intent_id(self.intent_keys[call_key], asked) if report_id else uuid4().hex
        row = {"intent_id": intent_id, "call_key": call_key, "report_id": report_id, "place": place, "state": state}
        with self.database.write() as connection:
            rest = {"question": question, "language": language, "asked_at": self.clock.now(), "accepted": accepted}
            connection.execute(insert(intents).values(**row, **rest))
        return intent_id

    def name(self, intent_id: str, sid: str, call_sid: str, *, encryption: str = "") -> None:
        """Do what the public door does when the carrier names a recording."""
        notice = {"sid": sid, "call_sid": call_sid, "status": "completed", "duration": "2", "encryption": encryption}
        packed = json.dumps({**notice, "started": "Tue, 24 Nov 2026 01:00:00 +0000"}).encode()
        sealed = seal_for_worker(packed, purpose=f"recording:{intent_id}", worker=audience(self.worker))
        with self.database.write() as connection:
            mine = intents.c.intent_id == intent_id
            state = connection.scalar(select(intents.c.state).where(mine))
            known = "refused" if state == "refused" else "known"
            connection.execute(
                update(intents).where(mine).values(state=known, recording_key=sid[2:], recording_for_worker=sealed)
            )

    def state(self, intent_id: str) -> str | None:
        with self.database.read() as connection:
            found: str | None = connection.scalar(select(intents.c.state).where(intents.c.intent_id == intent_id))
            return found

    def opened(self, kind: str, report_id: str | None = None) -> list[bytes]:
        """Open every item of a kind as the desk does."""
        with self.database.read() as connection:
            rows = connection.execute(select(items).where(items.c.kind == kind)).all()
            keys = connection.execute(select(wraps)).all()
        return [
            open_item(
                row.sealed,
                item_id=row.item_id,
                report_id=row.report_id,
                kind=kind,
                wraps_of_item=[Wrap(k.audience, k.epoch, k.wrapped) for k in keys if k.item_id == row.item_id],
                group=self.desk,
            )
            for row in rows
            if report_id in (None, row.report_id)
        ]
