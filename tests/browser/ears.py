"""What comes to the ear at a page: everything that a browser plays, as the telephone has it, and whose voices it is."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from playwright.sync_api import Page

from ivr.hold_sound import hold_wav
from ivr.simulator import sounds
from tests.browser.practice import NOTE_SECONDS, melody, melody_hertz

# Everything that a page plays goes past this, as it would go to an ear.
LISTEN = """
window.ear = []
const connect = AudioNode.prototype.connect
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode && !(this instanceof ScriptProcessorNode)) {
    if (!to.tap) {
      to.tap = this.context.createScriptProcessor(4096, 1, 1)
      to.tap.onaudioprocess = ({ inputBuffer }) => window.ear.push(...inputBuffer.getChannelData(0))
      connect.call(to.tap, to)
      window.rate = this.context.sampleRate
    }
    connect.call(this, to.tap)
  }
  return connect.call(this, to, ...more)
}
"""
# As the telephone has it: 16 bits at 8 kHz.
TAKE = """from => {
  const step = rate / 8000
  const pcm = new Int16Array(Math.max(0, Math.floor((ear.length - from - 1) / step)))
  for (let number = 0; number < pcm.length; number += 1) {
    const at = from + number * step
    const below = Math.floor(at)
    pcm[number] = 32767 * Math.max(-1, Math.min(1, ear[below] + (at - below) * (ear[below + 1] - ear[below])))
  }
  const bytes = new Uint8Array(pcm.buffer)
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}"""
PIECES_A_NOTE = 5
QUIET = 100  # of 32767, as the square mean of a piece
SHARE = 0.35  # of the loudest of a piece: a note of one of three voices is so loud
OFF_HERTZ, NEIGHBOUR_HERTZ = 25, 70
MUSIC_SECONDS = 0.6
# Among three voices at once those who speak have at least 0.5, and those who do not at most 0.38.
SPEAKS = 0.45
MUSIC = "music"


@dataclass(frozen=True)
class Voice:
    """A voice that can be told from others when all speak at once."""

    shifted_hertz: int
    step: int

    def wav(self) -> bytes:
        """Return what a microphone plays."""
        return melody(self.shifted_hertz, step=self.step)

    def hertz(self) -> list[float]:
        """Return its notes."""
        return melody_hertz(self.shifted_hertz, step=self.step)


def place(page: Page) -> int:
    """Return where the ear of a page is at this moment, for `since`."""
    return int(page.evaluate("ear.length"))


def since(page: Page, start: int) -> bytes:
    """Return what came to the ear of a page since then."""
    return base64.b64decode(page.evaluate(TAKE, start))


def heard(page: Page, seconds: float = 1.6) -> bytes:
    """Return what comes to the ear of a page from now on."""
    return heard_at_once([page], seconds)[0]


def heard_at_once(pages: Sequence[Page], seconds: float = 1.6) -> list[bytes]:
    """Return what comes to the ears of several pages from now on, all in the same time."""
    starts = [place(page) for page in pages]
    for page, start in zip(pages, starts, strict=True):
        long_enough = "([start, seconds]) => ear.length > start + seconds * rate"
        page.wait_for_function(long_enough, arg=[start, seconds], timeout=15_000)
    return [since(page, start) for page, start in zip(pages, starts, strict=True)]


def voices_in(pcm: bytes, voices: Mapping[str, Voice]) -> frozenset[str]:
    """Return whose voices are heard, and `MUSIC` where it is what callers hear who are held."""
    spectra, hertz, loud = _spectra(pcm)
    speak = {name for name, voice in voices.items() if _share_heard(spectra, hertz, loud, voice.hertz()) >= SPEAKS}
    return frozenset(speak | ({MUSIC} if _is_music(pcm) else set()))


def _spectra(pcm: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    size = int(sounds.RATE * NOTE_SECONDS / PIECES_A_NOTE)
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    pieces = samples[: len(samples) // size * size].reshape(-1, size)
    spectra = np.abs(np.fft.rfft(pieces * np.hanning(size), 1024))
    return spectra, np.fft.rfftfreq(1024, 1 / sounds.RATE), np.sqrt((pieces**2).mean(axis=1)) > QUIET


def _share_heard(spectra: np.ndarray, hertz: np.ndarray, loud: np.ndarray, notes: list[float]) -> float:
    """Return in which part of the pieces the melody's note of that moment stands out, wherever the melody began."""
    if not len(spectra):
        return 0.0
    stands_out = np.stack([_stands_out(spectra, hertz, note) & loud for note in notes for _ in range(PIECES_A_NOTE)])
    pieces, shifts = np.arange(len(spectra)), np.arange(len(stands_out))
    at_shift = stands_out[(pieces + shifts[:, None]) % len(stands_out), pieces]
    return float(at_shift.mean(axis=1).max())


def _stands_out(spectra: np.ndarray, hertz: np.ndarray, note: float) -> np.ndarray:
    at_note = spectra[:, np.abs(hertz - note) <= OFF_HERTZ].max(axis=1)
    around = spectra[:, np.abs(hertz - note) <= NEIGHBOUR_HERTZ].max(axis=1)
    return np.asarray((at_note >= SHARE * spectra.max(axis=1)) & (at_note >= 0.95 * around))


def _is_music(pcm: bytes) -> bool:
    """Say whether a piece of this is a piece of the hold sound, wave for wave."""
    size = int(sounds.RATE * MUSIC_SECONDS)
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    pieces = (samples[at : at + size] for at in range(0, len(samples) - size + 1, size // 2))
    return any(_likeness_to_music(piece) > 0.8 for piece in pieces if np.sqrt((piece**2).mean()) > QUIET)


def _likeness_to_music(piece: np.ndarray) -> float:
    """Return the best correlation of a piece with any place of the hold sound: 1 is the same wave."""
    music, energy, spectrum = _music()
    together = np.fft.irfft(spectrum * np.conj(np.fft.rfft(piece, len(music))), len(music))
    return float((together / np.sqrt(energy * (piece**2).sum() + 1)).max())


@cache
def _music() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the hold sound, the energy of the piece that begins at each of its places, and its spectrum.

    It is played again and again, so its end goes on with its beginning.
    """
    music = np.frombuffer(sounds.read_wav(hold_wav()), dtype="<i2").astype(np.float64)
    size = int(sounds.RATE * MUSIC_SECONDS)
    power = np.cumsum(np.concatenate(([0.0], music, music[:size])) ** 2)
    return music, power[size : size + len(music)] - power[: len(music)], np.fft.rfft(music)
