"""Renders a reference as sound from spoken digits: what stands in TwiML would stay in Twilio's call events."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass, field
from pathlib import Path

SAMPLE_RATE = 8000  # Hz, 16-bit mono
PAUSE_SECONDS = 0.35  # after a digit
GROUP_PAUSE_SECONDS = 1.2  # after four
TIMES = 2
STAND_IN = "stand-in"  # a file that `hotline digits --stand-in` leaves beside such digits


class NoDigitSounds(Exception):
    """The folder of spoken digits lacks one; `hotline digits` makes them."""


@dataclass(frozen=True)
class DigitSounds:
    """Spoken digits by language."""

    frames: dict[tuple[str, str], bytes] = field(repr=False)

    @staticmethod
    def read(folder: Path, languages: tuple[str, ...]) -> DigitSounds:
        """Read `<folder>/<language>/<digit>.wav` for all, or raise `NoDigitSounds`."""
        return DigitSounds(
            {
                (language, digit): _frames(folder / language / f"{digit}.wav")
                for language in languages
                for digit in "0123456789"
            }
        )

    @staticmethod
    def by_stand_ins(folder: Path, languages: tuple[str, ...]) -> tuple[str, ...]:
        """Return the languages whose digits a voice of another language spoke: fit for a demo only."""
        return tuple(language for language in languages if (folder / language / STAND_IN).exists())

    def say(self, digits: str, language: str) -> bytes:
        """Return a WAV file that says the digits in groups of four, twice, slowly."""
        once = b"".join(
            self.frames[(language, digit)] + _silence(GROUP_PAUSE_SECONDS if at % 4 == 0 else PAUSE_SECONDS)
            for at, digit in enumerate(digits, start=1)
        )
        written = io.BytesIO()
        with wave.open(written, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(SAMPLE_RATE)
            sound.writeframes(_silence(PAUSE_SECONDS) + once * TIMES)
        return written.getvalue()


def _frames(path: Path) -> bytes:
    try:
        with wave.open(str(path), "rb") as sound:
            shape = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            if shape != (1, 2, SAMPLE_RATE):
                raise NoDigitSounds(f"{path} is not 16-bit mono at {SAMPLE_RATE} Hz")
            return sound.readframes(sound.getnframes())
    except (OSError, wave.Error, EOFError) as error:
        raise NoDigitSounds(f"{path} cannot be read") from error


def _silence(seconds: float) -> bytes:
    return b"\0\0" * int(seconds * SAMPLE_RATE)
