"""Is there anything to hear in a recording? Pure, and careful: what is called blank is gone for good.

So only three things are blank: what is too short to hold a word, what stays silent, and what never changes (line noise,
a tone). Changing sound counts, whatever it is; a key's tone alone does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ivr.worker.wav import Heard, NotSound, Samples, read_wav

SHORTEST_SECONDS = 0.5
FRAME_SECONDS = 0.05
ACTIVE_FRAMES = 4  # 0.2 s: shorter than a spoken "no", longer than a click
QUIETEST_DB = -60.0  # below full scale; a whisper into a telephone is louder
FLOOR_DB = -75.0
RISE_DB = 6.0  # over what a band usually holds in this recording
TONE_SHARE = 0.98  # of a frame's power within two lines of its spectrum
BANDS_HZ = ((150, 500), (500, 1000), (1000, 2000), (2000, 3700))

Numbers = NDArray[np.float64]


def is_blank(wav: bytes) -> bool:
    """Say whether a recording holds nothing; what cannot be read is not blank, for a person may still hear it."""
    try:
        heard = read_wav(wav)
    except NotSound:
        return False
    if heard.seconds < SHORTEST_SECONDS:
        return True
    return _active_frames(heard) < ACTIVE_FRAMES


def _active_frames(heard: Heard) -> int:
    power = _spectra(heard)
    levels = _band_levels(power, heard.rate)
    usual = np.percentile(levels, 20, axis=0)
    rises = (levels > usual + RISE_DB).any(axis=1)
    loud = _decibel(power.sum(axis=1)) > QUIETEST_DB
    return int(np.count_nonzero(rises & loud & ~_is_tone(power)))


def _spectra(heard: Heard) -> Numbers:
    """Return the power spectrum of each frame, so that a full-scale sine has about 0 dB."""
    size = int(heard.rate * FRAME_SECONDS)
    frames = _frames(heard.samples, size) * np.hanning(size)
    return np.asarray(np.abs(np.fft.rfft(frames, axis=1)) ** 2 * (2.0 / size / np.square(np.hanning(size)).sum() * 2))


def _frames(samples: Samples, size: int) -> Numbers:
    count = max(1, len(samples) // size)
    padded = np.zeros(count * size)
    padded[: min(len(samples), count * size)] = samples[: count * size]
    return padded.reshape(count, size)


def _band_levels(power: Numbers, rate: int) -> Numbers:
    hertz = np.linspace(0, rate / 2, power.shape[1])
    bands = [power[:, (hertz >= low) & (hertz < high)].sum(axis=1) for low, high in BANDS_HZ]
    return np.maximum(_decibel(np.stack(bands, axis=1)), FLOOR_DB)


def _is_tone(power: Numbers) -> NDArray[np.bool_]:
    """Say which frames are one or two pure tones, as a telephone's keys and the line's own signals are."""
    left = power.copy()
    found = np.zeros(len(power))
    rows = np.arange(len(power))
    for _ in range(2):
        peak = left.argmax(axis=1)
        for aside in (-3, -2, -1, 0, 1, 2, 3):
            at = np.clip(peak + aside, 0, power.shape[1] - 1)
            found += left[rows, at]
            left[rows, at] = 0.0
    return np.asarray(found >= TONE_SHARE * np.maximum(power.sum(axis=1), 1e-20))


def _decibel(power: Numbers) -> Numbers:
    return np.asarray(10.0 * np.log10(np.maximum(power, 1e-12)))
