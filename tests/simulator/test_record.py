"""Record: what ends it, what counts as empty, and what is told about it afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.simulator import sounds
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.moments import NotRecording
from ivr.simulator.verbs import Record
from ivr.simulator.waiting import captured, record_begins, spoke
from tests.simulator.service import BASE, LINE, Page, exchange_for, tone

RECORD = '<Record action="/act" finishOnKey="#*" timeout="10" maxLength="60" recordingStatusCallback="/ready#ct=2000"/>'
PAGES: dict[str, Page] = {
    "/call": RECORD + "<Redirect>/through</Redirect>",
    "/through": "<Gather/>",
    "/act": "<Gather/>",
}


def test_a_recording_ended_by_a_key_asks_its_action_with_that_key() -> None:
    exchange, service = exchange_for(PAGES)
    call = exchange.ring(LINE)
    call.speak(tone(3))
    call.press("7")  # no key that ends it
    call.press("#")
    act = service.last("/act").form
    assert act["Digits"] == "#"
    assert act["RecordingDuration"] == "3"
    assert act["RecordingUrl"].startswith("https://api.twilio.com/2010-04-01/Accounts/AC")
    assert "/through" not in service.paths


def test_the_callback_says_what_was_recorded_and_never_who_rang() -> None:
    exchange, service = exchange_for(PAGES)
    call = exchange.ring(LINE)
    call.speak(tone(3))
    call.press("#")
    ready = service.last("/ready").form
    assert ready["RecordingStatus"] == "completed"
    assert ready["CallSid"] == call.sid
    assert exchange.recordings[ready["RecordingSid"]].state == "completed"
    assert {"From", "Caller", "To", "CallToken"}.isdisjoint(ready)
    assert service.paths == ["/call", "/act", "/ready"]


def test_what_was_spoken_is_what_twilio_keeps() -> None:
    exchange, _ = exchange_for(PAGES)
    call = exchange.ring(LINE)
    call.speak(tone(1))
    call.speak(tone(2))
    call.press("*")
    (recording,) = exchange.recordings.values()
    spoken = sounds.read_wav(tone(1)) + sounds.read_wav(tone(2))
    assert sounds.read_wav(recording.sound) == sounds.trimmed(spoken)


def test_silence_after_speech_ends_the_recording_without_a_key() -> None:
    exchange, service = exchange_for(PAGES)
    call = exchange.ring(LINE)
    call.speak(tone(2))
    call.silence()
    assert "Digits" not in service.last("/act").form
    assert call.seconds == 12


def test_an_empty_recording_asks_no_action_and_the_next_verb_comes() -> None:
    exchange, service = exchange_for(PAGES)
    exchange.ring(LINE).silence()
    assert service.paths == ["/call", "/through"]
    assert exchange.recordings == {}


def test_a_key_before_any_word_leaves_an_empty_recording() -> None:
    exchange, service = exchange_for(PAGES)
    exchange.ring(LINE).press("#")
    assert service.paths == ["/call", "/through"]


def test_silence_that_is_not_trimmed_is_a_recording() -> None:
    exchange, service = exchange_for({"/call": '<Record action="/act" timeout="4" trim="do-not-trim"/>'})
    exchange.ring(LINE).silence()
    assert service.last("/act").form["RecordingDuration"] == "4"


def test_hanging_up_keeps_the_recording_and_tells_the_action() -> None:
    exchange, service = exchange_for(PAGES)
    call = exchange.ring(LINE)
    call.speak(tone(2))
    call.hang_up()
    assert service.last("/act").form["Digits"] == "hangup"
    assert service.last("/act").form["CallStatus"] == "completed"
    assert service.paths == ["/call", "/act", "/ready", "/ended"]


def test_hanging_up_without_a_word_tells_only_the_end() -> None:
    exchange, service = exchange_for(PAGES)
    exchange.ring(LINE).hang_up()
    assert service.paths == ["/call", "/ended"]


def test_the_limit_ends_a_recording_and_cuts_the_rest() -> None:
    exchange, service = exchange_for({"/call": '<Record action="/act" maxLength="3" trim="do-not-trim"/>'})
    exchange.ring(LINE).speak(tone(9))
    assert service.last("/act").form["RecordingDuration"] == "3"
    (recording,) = exchange.recordings.values()
    assert sounds.seconds_of_file(recording.sound) == 3


def test_nobody_hears_what_is_said_outside_a_recording() -> None:
    exchange, _ = exchange_for({"/call": "<Gather/>"})
    with pytest.raises(NotRecording):
        exchange.ring(LINE).speak(tone(1))


def test_music_that_no_telephone_carries_is_refused() -> None:
    exchange, _ = exchange_for(PAGES)
    with pytest.raises(sounds.NotTelephoneSound):
        exchange.ring(LINE).speak(b"RIFF....")


def test_a_move_by_rest_keeps_the_recording_but_asks_no_action() -> None:
    exchange, service = exchange_for({**PAGES, "/now": "<Gather/>"})
    call = exchange.ring(LINE)
    call.speak(tone(2))
    call.redirect(BASE + "/now", "POST")
    assert service.paths == ["/call", "/ready", "/now"]


@pytest.mark.parametrize(
    ("misbehaviour", "paths"),
    [
        (Misbehaviour(late_recording_callbacks=True), ["/call", "/act", "/ended", "/ready"]),
        (Misbehaviour(callbacks_before_action=True), ["/call", "/ready", "/act", "/ended"]),
        (Misbehaviour(lost_recording_callbacks=True), ["/call", "/act", "/ended"]),
        (Misbehaviour(lost_action=True), ["/call", "/ready", "/ended"]),
        (Misbehaviour(lost_ended=True), ["/call", "/act", "/ready"]),
        (Misbehaviour(reordered=True), ["/call", "/ended", "/act", "/ready"]),
        (Misbehaviour(empty_recording=True), ["/call", "/ended"]),
    ],
)
def test_what_a_hang_up_tells_can_be_late_lost_or_out_of_order(misbehaviour: Misbehaviour, paths: list[str]) -> None:
    exchange, service = exchange_for(PAGES)
    exchange.misbehaviour = misbehaviour
    call = exchange.ring(LINE)
    call.speak(tone(2))
    call.hang_up()
    exchange.deliver_late_callbacks()
    assert service.paths == paths


def test_a_late_recording_is_not_ready_until_it_says_so() -> None:
    exchange, _ = exchange_for(PAGES)
    exchange.misbehaviour = Misbehaviour(late_recording_callbacks=True)
    call = exchange.ring(LINE)
    call.speak(tone(2))
    call.press("#")
    (recording,) = exchange.recordings.values()
    before = recording.state
    exchange.deliver_late_callbacks()
    assert (before, recording.state) == ("processing", "completed")


@pytest.mark.parametrize("newest_first", [False, True])
def test_late_callbacks_arrive_in_their_order_or_the_other_way_round(newest_first: bool) -> None:
    exchange, service = exchange_for({**PAGES, "/act": RECORD})
    exchange.misbehaviour = Misbehaviour(late_recording_callbacks=True)
    call = exchange.ring(LINE)
    for _ in range(3):
        call.speak(tone(1))
        call.press("#")
    exchange.deliver_late_callbacks(newest_first=newest_first)
    told = [request.form["RecordingSid"] for request in service.asked if request.path == "/ready"]
    assert told == sorted(exchange.recordings, key=list(exchange.recordings).index, reverse=newest_first)


def test_a_failed_recording_says_so_and_has_no_sound() -> None:
    exchange, service = exchange_for(PAGES)
    exchange.misbehaviour = Misbehaviour(recording_status="failed")
    call = exchange.ring(LINE)
    call.speak(tone(2))
    call.press("#")
    assert service.last("/ready").form["RecordingStatus"] == "failed"
    assert [recording.sound for recording in exchange.recordings.values()] == [b""]


def test_absence_is_told_only_to_those_who_asked() -> None:
    exchange, service = exchange_for(PAGES)
    exchange.misbehaviour = Misbehaviour(recording_status="absent")
    call = exchange.ring(LINE)
    call.speak(tone(2))
    call.press("#")
    assert "/ready" not in service.paths


def test_a_silent_recording_can_be_kept_as_twilio_sometimes_does() -> None:
    exchange, service = exchange_for(PAGES)
    exchange.misbehaviour = Misbehaviour(silent_recordings_kept=True)
    exchange.ring(LINE).silence()
    assert "/act" in service.paths


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.integers(2, 30), st.integers(0, 10))
def test_no_recording_is_longer_than_its_limit(parts: list[int], limit: int, timeout: int) -> None:
    waiting = record_begins(Record(max_seconds=limit, timeout=timeout, trim=False), 0)
    now = 0.0
    for part in parts:
        waiting = spoke(waiting, sounds.read_wav(tone(1)) * part, now)
        now = min(now + part, limit)
        assert waiting.until <= limit
        assert waiting.until == limit or timeout > 0
    pcm = captured(waiting, by_silence=False, keeps_silence=False)
    assert sounds.seconds_of(pcm) == min(sum(parts), limit)


@given(st.integers(0, 3), st.integers(0, 3))
def test_only_the_silence_at_both_ends_is_trimmed(before: int, after: int) -> None:
    voice = sounds.trimmed(sounds.read_wav(tone(1)))
    middle = voice + sounds.silence(1) + voice
    assert sounds.trimmed(sounds.silence(before) + middle + sounds.silence(after)) == middle
    assert sounds.trimmed(sounds.silence(before)) == b""
