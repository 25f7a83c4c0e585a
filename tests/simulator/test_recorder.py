"""The recorder: what is a voice, when silence is silence, where the limit stands, and what is trimmed."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.simulator import sounds
from ivr.simulator.frames import FRAME_BYTES, QUIET, framed
from ivr.simulator.recorder import Recorder
from ivr.simulator.tones import beep, ringing, tone
from ivr.simulator.verbs import Record

LOUD = framed(tone(0.1, 500.0))[1]
PER_SECOND = 50


def hiss(seconds: float, loudness: int = 120) -> list[bytes]:
    noise = random.Random(4)
    count = int(seconds * sounds.RATE)
    return framed(struct.pack(f"<{count}h", *(noise.randint(-loudness, loudness) for _ in range(count))))


def fed(recorder: Recorder, frames: list[bytes]) -> int:
    """Feed frames until the recorder is over, and return how many it took."""
    for number, frame in enumerate(frames):
        recorder.hear(frame)
        if recorder.over:
            return number + 1
    return len(frames)


def test_silence_ends_a_recording_after_its_timeout_to_the_frame() -> None:
    recorder = Recorder(Record(timeout=5))
    assert fed(recorder, [LOUD] * 100 + [QUIET] * 1000) == 100 + 5 * PER_SECOND
    assert recorder.over == "silence"
    assert recorder.has_voice


def test_the_noise_of_a_line_is_silence() -> None:
    recorder = Recorder(Record(timeout=2))
    assert fed(recorder, hiss(10)) == 2 * PER_SECOND
    assert not recorder.has_voice


def test_a_click_is_no_voice_and_does_not_keep_a_recording_open() -> None:
    recorder = Recorder(Record(timeout=2))
    click = [LOUD] * 2 + [QUIET] * 30  # 40 ms
    assert fed(recorder, click * 20) == 2 * PER_SECOND
    assert not recorder.has_voice


def test_the_shortest_syllable_is_a_voice() -> None:
    recorder = Recorder(Record(timeout=2))
    fed(recorder, [QUIET, *[LOUD] * 3, QUIET])
    assert recorder.has_voice


def test_somebody_who_pauses_for_less_than_the_timeout_is_not_cut_off() -> None:
    recorder = Recorder(Record(timeout=2))
    frames = ([LOUD] * 20 + [QUIET] * 99) * 5
    assert fed(recorder, frames) == len(frames)


def test_a_timeout_of_nothing_never_ends_a_recording() -> None:
    recorder = Recorder(Record(timeout=0, max_seconds=60))
    assert fed(recorder, [QUIET] * 2999) == 2999
    assert not recorder.over


def test_the_limit_ends_a_recording_to_the_frame_and_nothing_more_is_kept() -> None:
    recorder = Recorder(Record(timeout=5, max_seconds=3))
    assert fed(recorder, [LOUD] * 1000) == 3 * PER_SECOND
    recorder.hear(LOUD)
    assert recorder.over == "limit"
    assert len(recorder.heard) == 3 * PER_SECOND * FRAME_BYTES


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50))
def test_trimming_takes_the_noise_at_both_ends_and_nothing_between(before: int, voice: int, after: int) -> None:
    middle = LOUD * voice + QUIET * 7 + LOUD * voice
    noise = b"".join(hiss(0.02))
    assert sounds.trimmed(noise * before + middle + noise * after) == middle


@pytest.mark.parametrize("pcm", [b"", QUIET * 100, b"".join(hiss(3))])
def test_what_is_only_noise_is_trimmed_away(pcm: bytes) -> None:
    assert sounds.trimmed(pcm) == b""


def test_the_exchange_rings_and_beeps_audibly_and_without_a_click() -> None:
    assert sounds.seconds_of(ringing()) == 3
    for sound in (ringing(), beep()):
        samples = struct.unpack(f"<{len(sound) // 2}h", sound)
        assert sounds.is_loud(sound)
        assert abs(samples[0]) < 50
        assert abs(samples[-1]) < 50
