"""A voice for replies that costs nothing: one sound whatever it is given."""

from __future__ import annotations

from dataclasses import dataclass

from tests.house import speech

SAID = speech(1.25, seed=4711)


@dataclass(frozen=True)
class Parrot:
    """Says one sound whatever it is given."""

    sound: bytes = SAID

    def speak(self, text: str, language: str) -> bytes:
        return self.sound
