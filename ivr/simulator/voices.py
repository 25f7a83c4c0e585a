"""Voices for the exchange: a program that speaks, kept running, and nobody at all."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.simulator.sounds import NotTelephoneSound, read_wav

Voice = Callable[[str, str], bytes]  # words and language (such as en-GB) -> PCM; raises `NobodySpeaks`
MAX_KEPT = 500
CLOSING_SECONDS = 2


class NobodySpeaks(Exception):
    """There is no voice here, or it does not know the language."""


def no_voice(words: str, language: str) -> bytes:
    """Stand where nothing can speak: what is said is shown as text and takes its time in silence."""
    raise NobodySpeaks(f"{len(words)} characters of {language}")


@dataclass
class SpeakingProgram:
    """A program that is started once and asked again and again, as `hotline say --many` is.

    It reads lines of JSON with `words` and `language`, and answers each by a line with a count of bytes and a WAV of
    8 kHz of that length; a count of 0 means that it cannot say that. What was said once is remembered.
    """

    command: str
    _kept: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: subprocess.Popen[bytes] | None = None

    def __call__(self, words: str, language: str) -> bytes:
        """Return words as PCM, or raise `NobodySpeaks`."""
        with self._lock:
            if (words, language) not in self._kept:
                if len(self._kept) >= MAX_KEPT:
                    self._kept.clear()
                self._kept[words, language] = self._spoken(words, language)
            return self._kept[words, language]

    def begin(self) -> None:
        """Start the program before it is needed; a program that is not there is only missed when it shall speak."""
        with self._lock, contextlib.suppress(OSError):
            self._start()

    def close(self) -> None:
        """End the program."""
        with self._lock:
            self._end()

    def _spoken(self, words: str, language: str) -> bytes:
        try:
            return read_wav(self._asked(json.dumps({"words": words, "language": language}).encode() + b"\n"))
        except NotTelephoneSound:
            raise NobodySpeaks(language) from None
        except (OSError, ValueError):
            self._end()  # it died, or answers something else than was asked: the next words start it anew
            raise NobodySpeaks(language) from None

    def _start(self) -> subprocess.Popen[bytes]:
        if self._running is None or self._running.poll() is not None:
            self._end()
            pipe = subprocess.PIPE
            self._running = subprocess.Popen(shlex.split(self.command), stdin=pipe, stdout=pipe)
        return self._running

    def _asked(self, line: bytes) -> bytes:
        running = self._start()
        to_it, from_it = running.stdin, running.stdout
        if to_it is None or from_it is None:
            raise OSError(self.command)
        to_it.write(line)
        to_it.flush()
        return from_it.read(int(from_it.readline()))

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is None or running.stdin is None or running.stdout is None:
            return
        with contextlib.suppress(OSError):
            running.stdin.close()  # tells it that nothing more will be asked
        try:
            running.wait(CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        running.stdout.close()
