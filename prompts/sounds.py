"""The sounds of prompts in one folder: whose voice each is, and which words it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NOTES = "sounds.json"  # beside the sounds: by prompt, the hash of the words and the voice
PERSON = "a person"
STAND_IN = "stand-in "  # before the name of a voice of another language: fit for a demo only


@dataclass(frozen=True)
class Sound:
    """One prompt as sound."""

    path: Path
    words: str = ""  # hash of the text that it says; empty where nothing tells
    voice: str = PERSON

    @property
    def is_made(self) -> bool:
        """Tell whether a machine spoke it."""
        return self.voice != PERSON

    @property
    def is_stand_in(self) -> bool:
        """Tell whether a voice of another language spoke it."""
        return self.voice.startswith(STAND_IN)

    def says(self, text: str) -> bool:
        """Tell whether it was made or recorded from exactly this text."""
        return self.words == hash_of(text)


def hash_of(text: str) -> str:
    """Return what binds a sound to its words."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_sounds(folder: Path) -> dict[str, Sound]:
    """Return the sounds of a folder by prompt; without notes nothing tells what they say."""
    notes = _read_notes(folder)
    return {path.stem: _sound(path, notes.get(path.stem)) for path in sorted(folder.glob("*.wav"))}


def note_sounds(folder: Path, sounds: Mapping[str, Sound]) -> None:
    """Write down what sounds of a folder say and who speaks; notes of other sounds that are there stay."""
    noted = {prompt: sound for prompt, sound in read_sounds(folder).items() if sound.words}
    notes = {
        prompt: {"words": sound.words, "voice": sound.voice} for prompt, sound in sorted({**noted, **sounds}.items())
    }
    (folder / NOTES).write_text(json.dumps(notes, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _read_notes(folder: Path) -> Mapping[str, object]:
    try:
        notes = json.loads((folder / NOTES).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # sounds without notes are found by the check, with what to do
        return {}
    return notes if isinstance(notes, dict) else {}


def _sound(path: Path, note: object) -> Sound:
    match note:
        case {"words": str(words), "voice": str(voice)}:
            return Sound(path, words, voice)
        case _:
            return Sound(path)
