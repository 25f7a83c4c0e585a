"""Lets a machine here speak the prompts of a language that the carrier has no voice for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ivr.worker.speech import PROMPT_WORDS_A_MINUTE, Mouth, mouth_of
from prompts.sounds import STAND_IN, Sound, hash_of, note_sounds, read_sounds
from prompts.wording import Wording

AT_ONCE = 2  # speech programs: each is over in a tenth of a second


@dataclass(frozen=True)
class Made:
    """What was made: prompts by name."""

    spoken: tuple[str, ...]
    kept: tuple[str, ...]  # said the same words already
    by: str


def make_sounds(wording: Wording, language: str, folder: Path, *, stand_in: bool = False) -> Made:
    """Speak every prompt of a language into `folder` (one line's, one language's); raises `NoVoice`. May run twice.

    What says the same words already stays; a sound whose prompt is gone goes.
    """
    mouth = mouth_of(language, stand_in=stand_in)
    by = f"{STAND_IN if mouth.is_stand_in else ''}espeak-ng {mouth.voice}"
    folder.mkdir(parents=True, exist_ok=True)
    texts = {prompt: wording.say(language, prompt) for prompt in wording.texts[language]}
    there = read_sounds(folder)
    for prompt in set(there) - set(texts):
        there[prompt].path.unlink()
    kept = {prompt for prompt, sound in there.items() if sound.voice == by and sound.says(texts.get(prompt, ""))}
    wanted = sorted(set(texts) - kept)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = dict(
            zip(wanted, pool.map(lambda prompt: _speak(mouth, folder, prompt, texts[prompt], by), wanted), strict=True)
        )
    note_sounds(folder, made)
    return Made(tuple(wanted), tuple(sorted(kept)), by)


def _speak(mouth: Mouth, folder: Path, prompt: str, text: str, by: str) -> Sound:
    path = folder / f"{prompt}.wav"
    path.write_bytes(mouth.speak(text, rate=PROMPT_WORDS_A_MINUTE))
    return Sound(path, hash_of(text), by)
