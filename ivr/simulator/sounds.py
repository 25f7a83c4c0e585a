"""Telephone sound: 8 kHz mono 16-bit PCM in WAV files, how long it lasts, and where it is silent."""

from __future__ import annotations

import io
import wave

import numpy as np

RATE = 8000
LOUD_FROM = 200  # of 32767, as the square mean of 20 ms: below is line noise, not a voice
_LOOK_BYTES = 2 * RATE // 50  # 20 ms


class NotTelephoneSound(Exception):
    """The file is not a WAV of 8 kHz mono 16-bit PCM; it has to be converted first."""


def read_wav(wav: bytes) -> bytes:
    """Return the PCM of a WAV file, or raise `NotTelephoneSound`."""
    try:
        with wave.open(io.BytesIO(wav)) as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            pcm = bytes(file.readframes(file.getnframes()))
    except (wave.Error, EOFError) as error:
        raise NotTelephoneSound(str(error)) from None
    if shape != (1, 2, RATE):
        raise NotTelephoneSound("{} channels of {} bytes at {} Hz".format(*shape))
    return pcm


def write_wav(pcm: bytes) -> bytes:
    """Return PCM as a WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)
    return buffer.getvalue()


def seconds_of(pcm: bytes) -> float:
    """Return how long PCM lasts."""
    return len(pcm) / (2 * RATE)


def seconds_of_file(sound: bytes) -> float:
    """Return how long a sound file lasts, or one second for a kind this exchange cannot measure."""
    try:
        with wave.open(io.BytesIO(sound)) as file:
            return float(file.getnframes() / file.getframerate())
    except (wave.Error, EOFError):
        return 1.0


def silence(seconds: float) -> bytes:
    """Return PCM of nothing."""
    return bytes(2 * int(RATE * seconds))


def is_loud(pcm: bytes) -> bool:
    """Say whether a piece of PCM of about 20 ms is louder than the noise of a line."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    return bool(samples.size) and float(samples @ samples) >= LOUD_FROM**2 * samples.size


def trimmed(pcm: bytes) -> bytes:
    """Return PCM without the silence at both ends, as Twilio's `trim-silence` does; empty when all is silent.

    Measured in pieces of 20 ms, so that one crackle of a line is no voice.
    """
    pieces = [pcm[at : at + _LOOK_BYTES] for at in range(0, len(pcm) // 2 * 2, _LOOK_BYTES)]
    loud = [number for number, piece in enumerate(pieces) if is_loud(piece)]
    return b"".join(pieces[loud[0] : loud[-1] + 1]) if loud else b""
