"""Frames of 20 ms: when they are due, how they are mixed, and how the caller's leg evens them out."""

from __future__ import annotations

import struct
import threading

from hypothesis import given
from hypothesis import strategies as st

from ivr.simulator.frames import FRAME_BYTES, FRAME_SAMPLES, FRAME_SECONDS, QUIET, Bridge, FrameClock, framed, mixed
from ivr.simulator.phone_leg import FRAMES_BEFORE_PLAYING, MAX_FRAMES_WAITING, PhoneLeg


def frame(value: int) -> bytes:
    return struct.pack("<h", value) * FRAME_SAMPLES


class Talker:
    """A leg that says its frames one by one, and remembers what it hears."""

    def __init__(self, *frames: bytes) -> None:
        self.frames, self.heard = list(frames), list[bytes]()

    def speak(self) -> bytes:
        return self.frames.pop(0) if self.frames else QUIET

    def hear(self, frame: bytes) -> None:
        self.heard.append(frame)


@given(st.lists(st.floats(0, 0.9), max_size=60))
def test_however_unevenly_it_is_asked_the_clock_gives_one_frame_for_every_20_ms(pauses: list[float]) -> None:
    clock, now, given_ = FrameClock(100.0), 100.0, 0
    for pause in pauses:
        now += pause
        given_ += clock.due(now)
        assert 0 <= (now - 100.0) / FRAME_SECONDS - given_ < 1.001
        assert 0 <= clock.wait(now) <= FRAME_SECONDS + 1e-6


def test_after_a_machine_slept_at_most_a_second_of_sound_is_made_up_for() -> None:
    clock = FrameClock(0.0)
    assert clock.due(3600.0) == 50
    assert clock.due(3600.0) == 0
    assert clock.due(3600.0 + 1.001 * FRAME_SECONDS) == 1


def test_each_leg_hears_all_the_others_and_never_itself() -> None:
    legs = Talker(frame(1)), Talker(frame(10)), Talker(frame(100))
    Bridge(legs).tick()
    assert [leg.heard for leg in legs] == [[frame(110)], [frame(101)], [frame(11)]]


def test_a_leg_alone_hears_nothing() -> None:
    alone = Talker(frame(7))
    Bridge([alone]).tick()
    assert alone.heard == [QUIET]


def test_voices_that_are_too_loud_together_are_as_loud_as_can_be() -> None:
    assert mixed([frame(30000), frame(30000)]) == frame(32767)
    assert mixed([frame(-30000), frame(-30000)]) == frame(-32768)


@given(st.binary(max_size=2000))
def test_sound_in_frames_is_the_same_sound(pcm: bytes) -> None:
    frames = framed(pcm)
    assert all(len(one) == FRAME_BYTES for one in frames)
    assert b"".join(frames)[: len(pcm)] == pcm
    assert not any(b"".join(frames)[len(pcm) :])


def test_a_bridge_carries_frames_in_real_time_until_it_is_told_to_stop() -> None:
    stop, listening = threading.Event(), Talker()
    running = threading.Thread(target=Bridge([listening]).run, args=(stop,))
    running.start()
    while len(listening.heard) < 5:
        stop.wait(FRAME_SECONDS)
    stop.set()
    running.join(5)
    assert not running.is_alive()


def test_a_microphone_is_heard_after_a_few_frames_have_come_and_again_after_a_gap() -> None:
    leg = PhoneLeg(lambda _: None)
    leg.take(frame(1))
    assert leg.speak() == QUIET
    for value in range(2, FRAMES_BEFORE_PLAYING + 1):
        leg.take(frame(value))
    assert [leg.speak() for _ in range(FRAMES_BEFORE_PLAYING + 1)] == [frame(1), frame(2), frame(3), QUIET]
    leg.take(frame(9))
    assert leg.speak() == QUIET


def test_a_flood_of_frames_loses_the_oldest() -> None:
    leg = PhoneLeg(lambda _: None)
    for value in range(MAX_FRAMES_WAITING + 10):
        leg.take(frame(value))
    assert leg.speak() == frame(10)


def test_typed_words_are_spoken_instead_of_the_microphone_and_heard_by_their_caller() -> None:
    sent: list[bytes] = []
    leg = PhoneLeg(sent.append)
    for _ in range(5):
        leg.take(frame(1))
    leg.say(frame(40))
    assert leg.speak() == frame(40)
    leg.hear(frame(2))
    assert leg.speak() == frame(1)
    leg.hear(frame(2))
    assert sent == [frame(42), frame(2)]
