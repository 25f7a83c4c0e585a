"""A whole line with a practice phone in front of it, a voice that takes no time, and a microphone that plays a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, Playwright

from ivr.simulator import sounds
from ivr.simulator.control import Control
from ivr.simulator.ears import DigitEars
from ivr.simulator.live_call import Ground
from ivr.simulator.phone_door import PhoneDoor
from ivr.simulator.serving import Served
from ivr.simulator.tones import tone
from ivr.simulator.voices import Voice
from tests.browser.stage import FLAGS
from tests.databases import make_schema
from tests.house import House, make_house

MELODY_HERTZ = (420, 1310, 760, 1730, 540, 980, 1520, 350, 1130, 640, 1900, 850)  # no two neighbours alike
NOTE_SECONDS = 0.125
PARTIALS = ((1.0, 1.0), (1.5, 0.4), (0.5, 0.35), (2.0, 0.3))


@dataclass(frozen=True)
class Practice:
    """A line, and the address of the phone that rings it."""

    house: House
    ground: Ground
    address: str


@contextmanager
def set_practice(folder: Path, *, voice: Voice | None = None) -> Iterator[Practice]:
    """Serve a line's phone; without a voice of your own every sentence is a short tone."""
    make_schema(f"sqlite:///{folder / 'hotline.db'}")
    with make_house(folder, f"sqlite:///{folder / 'hotline.db'}") as house:
        ears = DigitEars(house.settings.digits_dir)
        ground = Ground(exchange=house.exchange, voice=voice or short_voice, speaks=True, ears=ears, rings_seconds=0.2)
        with Served(PhoneDoor(ground, Control(house.exchange, ears))) as served:
            yield Practice(house, ground, served.address)


def short_voice(words: str, language: str) -> bytes:
    """Say anything in a fifth of a second."""
    return tone(0.2, 300.0)


def launch_with_microphone(playwright: Playwright, program: str, wav: Path) -> Browser:
    """Start Chromium with a microphone that plays a file again and again, and without asking whether it may be used."""
    fake = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={wav}",
    )
    return playwright.chromium.launch(executable_path=program, args=[*FLAGS, *fake])


def melody(shifted_hertz: int = 0, *, step: int = 1) -> bytes:
    """Return a WAV whose notes tell which part of it one hears; each has partials, since a pure tone is no voice.

    `step` is how far it goes from note to note of `MELODY_HERTZ`: one that shares no divisor with their number.
    """
    at = np.arange(int(sounds.RATE * NOTE_SECONDS)) / sounds.RATE
    edge = np.minimum(1.0, np.minimum(at, at[::-1]) / 0.01)
    notes = [
        sum(loud * np.sin(2 * np.pi * part * hertz * at) for part, loud in PARTIALS) * edge
        for hertz in melody_hertz(shifted_hertz, step=step)
    ]
    return sounds.write_wav((6000 * np.concatenate(notes)).astype("<i2").tobytes())


def melody_hertz(shifted_hertz: int = 0, *, step: int = 1) -> list[float]:
    """Return the notes of a melody, in hertz."""
    count = len(MELODY_HERTZ)
    return [float(MELODY_HERTZ[at * step % count] + shifted_hertz) for at in range(count)]


def notes_of(pcm: bytes) -> list[float]:
    """Return the strongest frequency in each fifth of a note, in hertz; 0 where it is quiet."""
    size = int(sounds.RATE * NOTE_SECONDS / 5)
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    heard = []
    for at in range(0, len(samples) - size, size):
        piece = samples[at : at + size]
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(size), 4096))
        heard.append(float(np.argmax(spectrum) * sounds.RATE / 4096) if np.sqrt(np.mean(piece**2)) > 100 else 0.0)
    return heard


def likeness(pcm: bytes, played: bytes) -> float:
    """Return which part of the notes heard (0 to 1) are those of the melody, played round and round from anywhere."""
    heard, expected = notes_of(pcm), notes_of(played)
    best = 0
    for shift in range(len(expected)):
        hits = sum(
            abs(one - expected[(number + shift) % len(expected)]) < 40 for number, one in enumerate(heard) if one
        )
        best = max(best, hits)
    return best / max(1, len(heard))


def open_phone(browser: Browser, practice: Practice, **context: object) -> Page:
    """Open the phone in a window of its own."""
    page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
    page.goto(practice.address)
    return page
