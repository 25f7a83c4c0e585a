"""A voice of our own for what must not stand in the carrier's documents: espeak-ng, always as another program.

espeak-ng is under the GPL: it is run, never linked or loaded in our process.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from ivr.digit_sounds import STAND_IN
from ivr.worker.wav import Heard, NotSound, at_rate, read_wav, write_wav
from prompts.wording import WordingMistakes, digit_words, read_wording_file

TELEPHONE_RATE = 8000
SPEAKING_SECONDS = 30
WORDS_A_MINUTE = 130
PROMPT_WORDS_A_MINUTE = 155  # as the carrier's voices speak: a person is to be offered within 35 seconds
LOUDEST = 0.7
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-zA-Z]{2,8})?")


class NoVoice(Exception):
    """Nothing here can speak; installing espeak-ng or espeakng-loader helps."""


def speak(text: str, language: str, *, rate: int = WORDS_A_MINUTE) -> bytes:
    """Return a WAV file (8 kHz, mono, 16-bit) of a text spoken at `rate` words a minute; raises `NoVoice`."""
    if not LANGUAGE.fullmatch(language):
        raise NoVoice("that is no language tag")
    raw = _spoken(text, language, rate)
    try:
        heard = read_wav(raw)
    except NotSound:
        raise NoVoice("the speech program wrote no sound") from None
    if not len(heard.samples) or not np.abs(heard.samples).max() > 0:
        raise NoVoice(f"the speech program has no voice for {language}")
    return write_wav(evenly_loud(at_rate(heard, TELEPHONE_RATE)))


@dataclass(frozen=True)
class Mouth:
    """Whose voice speaks a language here."""

    voice: str  # the code that espeak-ng knows it by
    is_stand_in: bool  # of another language: fit for a demo only

    def speak(self, text: str, *, rate: int = WORDS_A_MINUTE) -> bytes:
        """Return a WAV file of a text spoken at `rate` words a minute; raises `NoVoice`."""
        return speak(text, self.voice, rate=rate)


def mouth_of(language: str, *, stand_in: bool = False) -> Mouth:
    """Return who speaks a language here, with `stand_in` a voice of another that its file names; raises `NoVoice`."""
    try:
        speak("a", language)
    except NoVoice:
        other = _stand_in_of(language) if stand_in else ""
        if not other:
            raise
        return Mouth(other, is_stand_in=True)
    return Mouth(language, is_stand_in=False)


class Speaker(Protocol):
    """Speaks what a caller is to hear of the desk."""

    def speak(self, text: str, language: str) -> bytes:
        """Return a WAV file (8 kHz, mono, 16-bit); raises `NoVoice`."""
        ...


@dataclass(frozen=True)
class OwnVoice:
    """The voice of this machine: what is said to one caller is told to no service outside."""

    stand_in: bool = False  # for a demo: another language's voice may speak one

    def speak(self, text: str, language: str) -> bytes:
        """Return a WAV file (8 kHz, mono, 16-bit); raises `NoVoice`."""
        return mouth_of(language, stand_in=self.stand_in).speak(text)


def evenly_loud(heard: Heard) -> Heard:
    """Cut silence at both ends and bring the loudest moment to one level, so that spoken digits sit evenly."""
    level = np.abs(heard.samples)
    loud = np.flatnonzero(level > 0.01 * level.max())
    edge = heard.rate // 50
    cut = heard.samples[max(0, int(loud[0]) - edge) : int(loud[-1]) + edge]
    return Heard(heard.rate, (cut * (LOUDEST / np.abs(cut).max())).astype(np.float32))


def make_digits(folder: Path, languages: Sequence[str], *, stand_in: bool = False) -> list[Path]:
    """Write `<folder>/<language>/<digit>.wav` for 0 to 9 and return the files; raises `NoVoice`. May run twice."""
    written = []
    for language in languages:
        try:
            words = digit_words(language)
        except WordingMistakes:
            raise NoVoice(f"there are no words for digits in {language}: write prompts/{language}.toml") from None
        mouth = _mouth_for_digits(language, words, stand_in=stand_in)
        place = folder / language
        place.mkdir(parents=True, exist_ok=True)
        for digit, word in enumerate(words):
            path = place / f"{digit}.wav"
            path.write_bytes(mouth.speak(word))
            written.append(path)
        (place / STAND_IN).unlink(missing_ok=True)
        if mouth.is_stand_in:
            (place / STAND_IN).touch()
    return written


def _mouth_for_digits(language: str, words: Sequence[str], *, stand_in: bool) -> Mouth:
    try:
        return mouth_of(language, stand_in=stand_in)
    except NoVoice as why:
        listed = ", ".join(f"{digit}.wav {word}" for digit, word in enumerate(words))
        raise NoVoice(f"{why}\n  Or let a person record the digits of {language}: {listed}") from None


def _stand_in_of(language: str) -> str:
    try:
        return read_wording_file(language).language.stand_in
    except WordingMistakes:
        return ""


def _spoken(text: str, language: str, rate: int) -> bytes:
    program = shutil.which("espeak-ng")
    if program is not None:
        command = [program, "-v", language, "-s", str(rate), "--stdin", "--stdout"]
    else:
        command = [sys.executable, "-m", "ivr.worker.espeak_program", language, str(rate)]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=SPEAKING_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise NoVoice(f"the speech program did not run: {type(failure).__name__}") from None
    if done.returncode != 0:
        raise NoVoice(f"no speech program speaks {language} here: install espeak-ng, or `pip install espeakng-loader`")
    return done.stdout
