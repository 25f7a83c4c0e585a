"""How long sentences really are: from their sounds, or spoken once by the voice that is here."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ivr.listening import How, Length, Piece, estimate_of
from ivr.worker.made_sounds import AT_ONCE
from ivr.worker.speech import PROMPT_WORDS_A_MINUTE, NoVoice, speak
from ivr.worker.wav import read_wav
from prompts.wording import Wording


@dataclass
class Measured:
    """Measures pieces of a call and remembers them, so that the same words are spoken once."""

    wording: Wording
    _known: dict[tuple[str, str], Length] = field(default_factory=dict)
    _mute: set[str] = field(default_factory=set)  # languages that no voice here speaks

    def __call__(self, piece: Piece) -> Length:
        """Return how long a piece is; estimated where there is neither a sound nor a voice."""
        key = (piece.language, piece.text)
        if key not in self._known:
            self._known[key] = self._from_sound(piece) or self._from_voice(piece) or estimate_of(self.wording)(piece)
        return self._known[key]

    def all(self, pieces: Iterable[Piece]) -> None:
        """Measure many at once."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self, dict.fromkeys(pieces)))

    def _from_sound(self, piece: Piece) -> Length | None:
        sound = self.wording.sounds(piece.language).get(piece.prompt)
        seconds = _seconds_of(sound.path) if sound else None
        if sound is None or seconds is None:
            return None
        whole = self.wording.say(piece.language, piece.prompt)
        part = min(1.0, len(piece.text) / len(whole))  # of a piece that ends where a key is pressed
        return Length(seconds * part, How.MADE if sound.is_made else How.RECORDED)

    def _from_voice(self, piece: Piece) -> Length | None:
        if piece.language in self._mute:
            return None
        try:
            return Length(read_wav(speak(piece.text, piece.language, rate=PROMPT_WORDS_A_MINUTE)).seconds, How.SPOKEN)
        except NoVoice:
            self._mute.add(piece.language)
            return None


def _seconds_of(path: Path) -> float | None:
    try:
        with wave.open(str(path), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError, OSError, ZeroDivisionError):
        return None
