"""Telephone sound: 8 kHz mono 16-bit PCM in WAV files, how long it lasts, and where it is silent."""

from __future__ import annotations

import array
import io
import wave

RATE = 8000
SILENT_BELOW = 200  # of 32767: line noise, not a voice


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


def trimmed(pcm: bytes) -> bytes:
    """Return PCM without the silence at both ends, as Twilio's `trim-silence` does; empty when all is silent."""
    samples = array.array("h", pcm[: len(pcm) // 2 * 2])
    loud = [at for at in (_first_loud(samples), _first_loud(samples[::-1])) if at is not None]
    if not loud:
        return b""
    first, last = loud[0], len(samples) - loud[1]
    return samples[first:last].tobytes()


def _first_loud(samples: array.array[int]) -> int | None:
    return next((at for at, sample in enumerate(samples) if abs(sample) >= SILENT_BELOW), None)
