"""The sounds that an exchange makes itself: the ringing that a caller hears, and the tone before a recording."""

from __future__ import annotations

import numpy as np

from ivr.simulator.sounds import RATE, silence

RINGING_HERTZ = (400.0, 450.0)  # British ringing: twice 0.4 s, 0.2 s between, then 2 s of nothing
BEEP_HERTZ, BEEP_SECONDS = 1000.0, 0.35
LOUDNESS = 3000  # of 32767
EDGE_SECONDS = 0.01  # without a soft edge a tone begins and ends with a click


def ringing() -> bytes:
    """Return one round of ringing, 3 s long."""
    ring = tone(0.4, *RINGING_HERTZ)
    return ring + silence(0.2) + ring + silence(2)


def beep() -> bytes:
    """Return the tone after which a recording begins."""
    return tone(BEEP_SECONDS, BEEP_HERTZ)


def tone(seconds: float, *hertz: float) -> bytes:
    """Return PCM of steady tones together."""
    at = np.arange(int(RATE * seconds)) / RATE
    wave = sum((np.sin(2 * np.pi * one * at) for one in hertz), np.zeros_like(at)) / len(hertz)
    edge = np.minimum(1.0, np.minimum(at, at[::-1]) / EDGE_SECONDS)
    return bytes((LOUDNESS * wave * edge).astype("<i2").tobytes())
