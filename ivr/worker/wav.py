"""WAV files of the telephone and of studios, read as samples and written as the telephone has them."""

from __future__ import annotations

import io
import struct
import wave
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PCM, FLOATING, MU_LAW, EXTENSIBLE = 1, 3, 7, 0xFFFE

Samples = NDArray[np.float32]


class NotSound(Exception):
    """The bytes are no WAV file that the telephone makes."""


@dataclass(frozen=True)
class Heard:
    """Sound as samples from -1 to 1."""

    rate: int  # samples a second
    samples: Samples

    @property
    def seconds(self) -> float:
        """Return how long it lasts."""
        return len(self.samples) / self.rate


def read_wav(packed: bytes) -> Heard:
    """Read a WAV file of any channels (mixed to one), 8 to 32 bits or mu-law (ITU-T G.711). Raises `NotSound`."""
    if packed[:4] != b"RIFF" or packed[8:12] != b"WAVE":
        raise NotSound("no WAV file")
    parts = dict(reversed(list(_parts(packed))))
    if b"fmt " not in parts or b"data" not in parts or len(parts[b"fmt "]) < 16:
        raise NotSound("a WAV file without its format or sound")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", parts[b"fmt "])
    if kind == EXTENSIBLE and len(parts[b"fmt "]) >= 26:
        kind = struct.unpack_from("<H", parts[b"fmt "], 24)[0]
    if not channels or not 4000 <= rate <= 192_000:
        raise NotSound("a WAV file with an impossible rate")
    mixed = _samples(parts[b"data"], kind, bits)
    whole = mixed[: len(mixed) // channels * channels].reshape(-1, channels)
    return Heard(rate, whole.mean(axis=1, dtype=np.float32))


def write_wav(heard: Heard) -> bytes:
    """Return a WAV file, mono and 16-bit."""
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(heard.rate)
        file.writeframes(pcm(heard.samples))
    return packed.getvalue()


def pcm(samples: Samples) -> bytes:
    """Return samples as 16-bit little-endian numbers."""
    return bytes(np.clip(np.rint(samples * 32767.0), -32768, 32767).astype("<i2").tobytes())


def at_rate(heard: Heard, rate: int) -> Heard:
    """Return the same sound at another rate; what the new rate cannot carry is filtered out first."""
    if heard.rate == rate or not len(heard.samples):
        return Heard(rate, heard.samples)
    samples = heard.samples
    if rate < heard.rate:
        taps = np.arange(-64, 65)
        cut = 0.92 * rate / heard.rate
        kernel = np.sinc(cut * taps) * np.hamming(len(taps))
        samples = np.convolve(samples, kernel / kernel.sum(), mode="same")
    at = np.arange(int(len(samples) * rate / heard.rate)) * (heard.rate / rate)
    return Heard(rate, np.interp(at, np.arange(len(samples)), samples).astype(np.float32))


def _parts(packed: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 12
    while at + 8 <= len(packed):
        name, length = packed[at : at + 4], int.from_bytes(packed[at + 4 : at + 8], "little")
        found.append((name, packed[at + 8 : at + 8 + length]))  # a stream's length may say more than there is
        at += 8 + length + length % 2
    return found


def _samples(raw: bytes, kind: int, bits: int) -> Samples:
    if kind == PCM and bits == 16:
        return np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(np.float32) / 32768.0
    if kind == PCM and bits == 8:
        return (np.frombuffer(raw, np.uint8).astype(np.float32) - 128.0) / 128.0
    if kind == PCM and bits == 24:
        three = np.frombuffer(raw[: len(raw) // 3 * 3], np.uint8).reshape(-1, 3)
        wide = np.zeros((len(three), 4), np.uint8)
        wide[:, 1:] = three  # the upper bytes of a 32-bit number, so that its sign is right
        return (wide.view("<i4").reshape(-1) / 2147483648.0).astype(np.float32)
    if kind == PCM and bits == 32:
        return (np.frombuffer(raw[: len(raw) // 4 * 4], "<i4") / 2147483648.0).astype(np.float32)
    if kind == MU_LAW and bits == 8:
        return _mu_law(np.frombuffer(raw, np.uint8))
    if kind == FLOATING and bits == 32:
        return np.frombuffer(raw[: len(raw) // 4 * 4], "<f4").astype(np.float32)
    raise NotSound("a WAV file in a format the telephone does not make")


def _mu_law(coded: NDArray[np.uint8]) -> Samples:
    flipped = (~coded).astype(np.int32)
    size = (((flipped & 0x0F) << 3) + 0x84) << ((flipped & 0x70) >> 4)
    level = np.where(flipped & 0x80, 0x84 - size, size - 0x84)
    return level.astype(np.float32) / 32768.0
