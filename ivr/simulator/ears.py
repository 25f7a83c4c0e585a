"""Ears for digits: recognises the recorded digits that a sound was put together from."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DigitEars:
    """Knows `0.wav` to `9.wav` of each language: in a folder itself, or in its sub-folders.

    A digit is heard where the PCM of its clip stands sample for sample in a sound, so only spliced sound is understood.
    """

    folder: Path

    def hear(self, sound: bytes) -> str:
        """Return the digits in a WAV file in their order, in the language in which most were heard; else empty."""
        pcm = _pcm(sound)
        return max((_digits(clips, pcm) for clips in self._languages()), key=len, default="")

    def _languages(self) -> list[dict[str, bytes]]:
        folders = [self.folder, *sorted(path for path in self.folder.glob("*") if path.is_dir())]
        found = [{digit: _pcm_of(folder / f"{digit}.wav") for digit in "0123456789"} for folder in folders]
        return [clips for clips in found if all(clips.values())]


def _digits(clips: dict[str, bytes], pcm: bytes) -> str:
    heard, at = "", 0
    while True:
        found = [(place, -len(clip), digit) for digit, clip in clips.items() if (place := _find(pcm, clip, at)) >= 0]
        if not found:
            return heard
        place, length, digit = min(found)
        heard, at = heard + digit, place - length


def _find(pcm: bytes, clip: bytes, start: int) -> int:
    """Return where a clip stands, at a whole sample, or -1."""
    while True:
        place = pcm.find(clip, start)
        if place % 2 == 0 or place < 0:
            return place
        start = place + 1


def _pcm_of(path: Path) -> bytes:
    return _pcm(path.read_bytes()) if path.is_file() else b""


def _pcm(sound: bytes) -> bytes:
    try:
        with wave.open(io.BytesIO(sound)) as file:
            return bytes(file.readframes(file.getnframes()))
    except (wave.Error, EOFError):
        return b""
