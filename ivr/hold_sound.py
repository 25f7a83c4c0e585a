"""What a waiting caller hears: a quiet loop of sixteen seconds, made here, so that it is nobody's but ours."""

from __future__ import annotations

import io
import wave
from array import array
from functools import lru_cache
from math import pi, sin

SAMPLE_RATE = 8000  # Hz, 16-bit mono, as all that is played into a call
LOUDEST = 0.09  # of full scale: -21 dBFS, so that no voice after it is a shock
EVERY_SECONDS, SWELL_SECONDS = 3.2, 6.4  # a chord begins while the one before falls away
# Four low chords without a tune: nothing in them hurries, mourns or cheers. Hz
CHORDS = (
    (220.0, 261.6, 329.6, 493.9),
    (174.6, 261.6, 329.6, 440.0),
    (196.0, 261.6, 329.6, 392.0),
    (196.0, 246.9, 293.7, 440.0),
)


@lru_cache(maxsize=1)
def hold_wav() -> bytes:
    """Return the loop as a WAV file: the same on every start, and silent where its ends meet."""
    step, length = int(EVERY_SECONDS * SAMPLE_RATE), int(SWELL_SECONDS * SAMPLE_RATE)
    sound = [0.0] * (step * (len(CHORDS) - 1) + length)
    for number, chord in enumerate(CHORDS):
        for at, level in enumerate(_swelling(chord, length), start=number * step):
            sound[at] += level
    loudest = max(map(abs, sound))
    samples = array("h", (round(level / loudest * LOUDEST * 32767) for level in sound))
    return _as_wav(samples)


def _swelling(chord: tuple[float, ...], length: int) -> list[float]:
    """Return one chord that begins and ends in silence."""
    turns = [2 * pi * pitch / SAMPLE_RATE for pitch in chord]
    return [sin(pi * at / length) ** 2 * sum(sin(turn * at) for turn in turns) for at in range(length)]


def _as_wav(samples: array[int]) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.tobytes())
    return written.getvalue()
