"""A caller's own clip is put behind a one-time address while its caller may still take it back, and no other is."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select, update

from ivr.worker import rounds
from ivr.worker.timetable import LANES
from storage import jobs as queue
from storage import once_audio
from storage.models import intents, jobs
from storage.models import once_audio as sounds
from storage.once_audio import SOUND_SECONDS
from storage.sealing import open_with_token, seal_for_worker
from tests.worker.conftest import Working
from tests.worker.fakes import FakeCarrier, audience, babble

TOKEN = "f" * 32


@dataclass
class SlowCarrier(FakeCarrier):
    """Answers for one recording only when it is let go on."""

    slow: str = ""
    asked_for_slow: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def sound(self, sid: str) -> bytes | None:
        if sid == self.slow:
            self.asked_for_slow.set()
            self.go_on.wait(40)
        return super().sound(sid)


def ask_for(line: Working, intent_id: str, *, sealed_for: str = "", token: str = TOKEN) -> None:
    """Do what the public door does when a caller wants to hear a clip."""
    purpose = f"hear:{sealed_for or intent_id}"
    sealed = seal_for_worker(token.encode(), purpose=purpose, worker=audience(line.worker))
    with line.database.write() as connection:
        queue.order(connection, queue.HEAR, intent_id, sealed, now=line.clock.now())


def undecided(line: Working, *, named: bool = True) -> tuple[str, str, str]:
    """Give a clip whose caller may still take it back: its intent, its call's SID and the call's key."""
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, line.report(), accepted=False)
    if named:
        line.name(intent_id, line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    return intent_id, sid, call_key


def heard(line: Working) -> bytes | None:
    with line.database.write() as connection:
        sealed = once_audio.take(connection, TOKEN, now=line.clock.now())
    if sealed is None:
        return None
    sound = once_audio.unpacked(open_with_token(sealed, TOKEN))
    assert isinstance(sound, bytes)
    return sound


def orders_left(line: Working) -> int:
    with line.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(jobs).where(jobs.c.kind == queue.HEAR)) or 0


def test_a_clip_is_heard_as_it_was_spoken_and_not_yet_collected(line: Working) -> None:
    intent_id, _, _ = undecided(line)
    ask_for(line, intent_id)
    line.work()
    assert heard(line) == babble()
    assert orders_left(line) == 0
    assert line.state(intent_id) == "known"
    assert line.opened("sound") == []
    assert len(line.carrier.recordings) == 1


def test_nothing_stored_opens_what_a_caller_hears(line: Working) -> None:
    intent_id, _, _ = undecided(line)
    ask_for(line, intent_id)
    line.work()
    with line.database.read() as connection:
        (row,) = connection.execute(select(sounds)).all()
    assert TOKEN not in row.token_hash
    assert babble()[44:200] not in row.sealed


def test_an_accepted_clip_is_collected_and_a_refused_one_deleted(line: Working) -> None:
    for state, kept in (("known", 1), ("refused", 0)):
        intent_id, _, _ = undecided(line)
        line.work()
        assert line.state(intent_id) == "known"
        with line.database.write() as connection:
            changed = update(intents).where(intents.c.intent_id == intent_id)
            connection.execute(changed.values(state=state, accepted=state == "known"))
        before = len(line.opened("sound"))
        line.work()
        assert len(line.opened("sound")) - before == kept
        assert line.carrier.recordings == {}


def test_a_clip_that_nobody_decided_on_counts_when_the_call_is_over(line: Working) -> None:
    intent_id, sid, call_key = undecided(line)
    line.work()
    assert line.opened("sound") == []
    line.hang_up(sid, call_key)
    line.work()
    assert line.state(intent_id) == "kept"
    assert len(line.opened("sound")) == 1


def test_an_order_waits_until_the_carrier_has_named_the_recording(line: Working) -> None:
    intent_id, sid, _ = undecided(line, named=False)
    ask_for(line, intent_id)
    line.work()
    assert heard(line) is None
    assert orders_left(line) == 1
    line.name(intent_id, line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.clock.forward(2)
    line.work()
    assert heard(line) == babble()


def test_an_order_that_nobody_waits_for_any_more_is_dropped(line: Working) -> None:
    intent_id, _, _ = undecided(line, named=False)
    ask_for(line, intent_id)
    line.clock.forward(30)
    line.work()
    assert orders_left(line) == 0


def test_a_recording_that_the_carrier_is_slow_with_keeps_no_other_caller_waiting(line: Working) -> None:
    line.carrier = carrier = SlowCarrier()
    (first, second) = (undecided(line)[0] for _ in range(2))
    carrier.slow = next(iter(carrier.recordings))
    stop = threading.Event()
    worker = threading.Thread(target=rounds.run, args=(line.place(), LANES, stop))
    worker.start()
    try:
        ask_for(line, first, token="e" * 32)
        assert carrier.asked_for_slow.wait(20)
        ask_for(line, second)
        end = time.monotonic() + 20
        while (sound := heard(line)) is None and time.monotonic() < end:
            time.sleep(0.05)
        assert sound == babble()
    finally:
        carrier.go_on.set()
        stop.set()
        worker.join()


def test_an_order_dated_into_the_future_is_dropped(line: Working) -> None:
    intent_id, _, _ = undecided(line)
    with line.database.write() as connection:
        queue.order(connection, queue.HEAR, intent_id, b"junk", now=line.clock.now() + 10**9)
    line.work()
    assert orders_left(line) == 0
    assert "fetch" not in line.carrier.asked


def test_what_the_carrier_encrypted_is_never_played_as_it_is_though_its_callback_did_not_say_so(line: Working) -> None:
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, line.report(), accepted=False)
    details = '{"public_key_sid": "CR0", "encrypted_cek": "AAAA", "iv": "AAAA"}'
    recording = line.carrier.record(sid, b"noise", started=line.clock.now(), encryption=details)
    line.name(intent_id, recording, sid)
    ask_for(line, intent_id)
    line.work()
    assert heard(line) is None


@pytest.mark.parametrize("why", ["accepted", "call over", "refused", "unknown", "sealed for another clip"])
def test_whoever_took_over_the_public_door_cannot_order_other_clips(line: Working, why: str) -> None:
    intent_id, sid, call_key = undecided(line)
    if why == "call over":
        line.hang_up(sid, call_key)
    if why in ("accepted", "refused"):
        with line.database.write() as connection:
            values = {"accepted": True} if why == "accepted" else {"state": "refused"}
            connection.execute(update(intents).where(intents.c.intent_id == intent_id).values(**values))
    ask_for(line, "0" * 32 if why == "unknown" else intent_id, sealed_for="1" * 32 if "another" in why else "")
    line.work()
    assert heard(line) is None


def test_what_was_made_ready_goes_when_nobody_may_hear_it_any_more(line: Working) -> None:
    intent_id, _, _ = undecided(line)
    ask_for(line, intent_id)
    line.work()
    line.clock.forward(SOUND_SECONDS + 1)
    line.work()
    with line.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(sounds)) == 0
