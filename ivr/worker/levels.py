"""How loud a recording is, whether it was cut off by its loudness, and where its silence ends."""

from __future__ import annotations

import math

import numpy as np

from ivr.worker.wav import Heard

SILENCE = 0.01  # of the loudest moment: 40 dB below it
FULL_SCALE = 0.999
CLIPPED_SAMPLES = 3  # in a row at full scale: a flat top, and no single peak
QUIETEST_DBFS = -120.0


def peak_dbfs(heard: Heard) -> float:
    """Return the loudest moment in dB below full scale (0 is the most that a file can hold)."""
    return _dbfs(float(np.abs(heard.samples).max())) if len(heard.samples) else QUIETEST_DBFS


def rms_dbfs(heard: Heard) -> float:
    """Return the mean loudness (root of the mean square) in dB below full scale."""
    return (
        _dbfs(math.sqrt(float(np.square(heard.samples.astype(np.float64)).mean())))
        if len(heard.samples)
        else QUIETEST_DBFS
    )


def is_clipped(heard: Heard) -> bool:
    """Tell whether somewhere several samples in a row stand at full scale."""
    full = (np.abs(heard.samples) >= FULL_SCALE).astype(np.int8)
    if len(full) < CLIPPED_SAMPLES:
        return False
    return bool((np.convolve(full, np.ones(CLIPPED_SAMPLES, np.int8), mode="valid") == CLIPPED_SAMPLES).any())


def without_silence(heard: Heard, margin_seconds: float) -> Heard:
    """Return what lies between the first and the last sound, with a margin of the silence around it."""
    level = np.abs(heard.samples)
    loud = np.flatnonzero(level > SILENCE * level.max()) if len(level) else level
    if not len(loud):
        return Heard(heard.rate, heard.samples[:0])
    margin = int(margin_seconds * heard.rate)
    return Heard(heard.rate, heard.samples[max(0, int(loud[0]) - margin) : int(loud[-1]) + 1 + margin])


def _dbfs(level: float) -> float:
    return max(QUIETEST_DBFS, 20 * math.log10(level)) if level > 0 else QUIETEST_DBFS
