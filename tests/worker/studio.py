"""Recordings as a studio delivers them, with nothing but a voice-like tone in them."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np


def write_studio(
    path: Path,
    seconds: float,
    *,
    rate: int = 48_000,
    bits: int = 16,
    channels: int = 1,
    loudness: float = 0.15,
    silence: float = 0.0,
) -> None:
    """Write a WAV file with `seconds` of sound between `silence` seconds of nothing at either end."""
    at = np.arange(int(seconds * rate)) / rate
    voice = np.clip(loudness * np.sqrt(2) * np.sin(2 * np.pi * 300 * at), -1, 1)
    quiet = np.zeros(int(silence * rate))
    samples = np.repeat(np.concatenate([quiet, voice, quiet]), channels)
    whole = np.rint(samples * (2 ** (bits - 1) - 1)).astype(np.int64)
    packed = b"".join(struct.pack("<q", int(one))[: bits // 8] for one in whole) if bits == 24 else _packed(whole, bits)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        file.writeframes(packed)


def _packed(whole: np.ndarray, bits: int) -> bytes:
    return bytes(whole.astype("<i2" if bits == 16 else "<i4").tobytes())
