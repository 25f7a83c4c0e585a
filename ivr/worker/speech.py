"""A voice of our own for what must not stand in the carrier's documents: espeak-ng, always as another program.

espeak-ng is under the GPL: it is run, never linked or loaded in our process.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ivr.worker.wav import Heard, NotSound, at_rate, read_wav, write_wav
from prompts.wording import WordingMistakes, digit_words

TELEPHONE_RATE = 8000
SPEAKING_SECONDS = 30
WORDS_A_MINUTE = 130
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
    return write_wav(_trimmed(at_rate(heard, TELEPHONE_RATE)))


def make_digits(folder: Path, languages: Sequence[str]) -> list[Path]:
    """Write `<folder>/<language>/<digit>.wav` for 0 to 9 and return the files; raises `NoVoice`. May run twice."""
    written = []
    for language in languages:
        try:
            words = digit_words(language)
        except WordingMistakes:
            raise NoVoice(f"there are no words for digits in {language}: write prompts/{language}.toml") from None
        place = folder / language
        place.mkdir(parents=True, exist_ok=True)
        for digit, word in enumerate(words):
            path = place / f"{digit}.wav"
            path.write_bytes(speak(word, language))
            written.append(path)
    return written


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


def _trimmed(heard: Heard) -> Heard:
    """Cut silence at both ends and bring the loudest moment to one level, so that spoken digits sit evenly."""
    level = np.abs(heard.samples)
    loud = np.flatnonzero(level > 0.01 * level.max())
    edge = heard.rate // 50
    cut = heard.samples[max(0, int(loud[0]) - edge) : int(loud[-1]) + edge]
    return Heard(heard.rate, (cut * (LOUDEST / np.abs(cut).max())).astype(np.float32))
