"""Sound in frames of 20 ms: the clock that asks for them, the legs that make and take them, and the mixing between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Protocol

import numpy as np

FRAME_SECONDS = 0.02
FRAME_SAMPLES = 160  # at 8 kHz
FRAME_BYTES = 2 * FRAME_SAMPLES  # 16-bit PCM, little-endian
QUIET = bytes(FRAME_BYTES)
MAX_BEHIND_FRAMES = 50  # a machine that slept for longer loses the rest: nobody wants to hear a minute at once


class Leg(Protocol):
    """One end of a conversation. Both are called every 20 ms by one thread, so neither may wait for anything."""

    def speak(self) -> bytes: ...

    def hear(self, frame: bytes) -> None: ...


@dataclass
class FrameClock:
    """Counts the frames that are due since `started`, in seconds of any clock that never goes back."""

    started: float
    given: int = 0

    def due(self, now: float) -> int:
        """Return how many frames have become due, and count them as given; after a long sleep most are let go."""
        count = int((now - self.started) / FRAME_SECONDS) - self.given
        self.given += max(0, count)
        return min(max(0, count), MAX_BEHIND_FRAMES)

    def wait(self, now: float) -> float:
        """Return the seconds until the next frame."""
        return max(0.0, self.started + (self.given + 1) * FRAME_SECONDS - now)


@dataclass(frozen=True)
class Bridge:
    """Lets every leg hear all the others."""

    legs: Sequence[Leg]

    def tick(self) -> None:
        """Carry one frame from each leg to each other one."""
        said = [leg.speak() for leg in self.legs]
        for number, leg in enumerate(self.legs):
            leg.hear(mixed([frame for other, frame in enumerate(said) if other != number]))

    def run(self, stop: Event) -> None:
        """Carry frames in real time until told to stop; for a thread of its own."""
        clock = FrameClock(monotonic())
        while not stop.wait(clock.wait(monotonic())):
            for _ in range(clock.due(monotonic())):
                self.tick()


def mixed(frames: Sequence[bytes]) -> bytes:
    """Return the sum of frames; what is too loud for 16 bits is as loud as it can be."""
    if len(frames) == 1:
        return frames[0]
    total = np.zeros(FRAME_SAMPLES, dtype=np.int32)
    for frame in frames:
        total += np.frombuffer(frame, dtype="<i2")
    return bytes(total.clip(-32768, 32767).astype("<i2").tobytes())


def framed(pcm: bytes) -> list[bytes]:
    """Return PCM cut into frames; the last one is filled up with silence."""
    return [pcm[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0") for at in range(0, len(pcm), FRAME_BYTES)]
