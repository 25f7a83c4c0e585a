"""Engines that write down what a clip says, each in a process of its own: one that crashes or hangs loses nothing."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

from ivr.worker.wav import NotSound, at_rate, pcm, read_wav

ENGINE_RATE = 16_000  # both engines were trained on sound of this rate
START_SECONDS = 120  # a large model takes long to load
LEAST_SECONDS, PER_SECOND_OF_SOUND, MOST_SECONDS = 30, 3, 900

Engine = Callable[[bytes, str], str]  # 16-bit sound at ENGINE_RATE, language -> words


class TranscriberFailed(Exception):
    """The engine crashed, hung or cannot start; the clip is kept without a draft."""


class Transcriber(Protocol):
    """Writes down what a clip says."""

    @property
    def name(self) -> str:
        """Return how its drafts are labelled."""
        ...

    def knows(self, language: str) -> bool:
        """Say whether it can write down this language."""
        ...

    def most_seconds(self, wav: bytes) -> int:
        """Return how long it may take for a clip before it is stopped."""
        ...

    def text(self, wav: bytes, language: str) -> str:
        """Return the words, `` when it hears none; raises `TranscriberFailed`."""
        ...


class NoTranscriber:
    """Writes nothing: a handler listens and types."""

    name = "none"

    def knows(self, _language: str) -> bool:
        return False

    def most_seconds(self, _wav: bytes) -> int:
        return 0

    def text(self, _wav: bytes, _language: str) -> str:
        return ""


@dataclass(frozen=True)
class EngineKind:
    """An engine, described so that a child process can start it."""

    name: str
    languages: tuple[str, ...] | None  # None: whatever it is asked
    start: Callable[[str], Engine]
    model: str = ""


class ChildTranscriber:
    """Keeps one engine running in a child process; one clip at a time."""

    def __init__(self, kind: EngineKind, *, most_seconds: int | None = None) -> None:
        self.name = kind.name
        self._kind = kind
        self._most_seconds = most_seconds
        self._lock = threading.Lock()
        self._child: tuple[BaseProcess, Connection] | None = None

    def knows(self, language: str) -> bool:
        return self._kind.languages is None or language.split("-", maxsplit=1)[0] in self._kind.languages

    def most_seconds(self, wav: bytes) -> int:
        if self._most_seconds is not None:
            return self._most_seconds
        try:
            seconds = read_wav(wav).seconds
        except NotSound:
            seconds = 0.0
        return min(MOST_SECONDS, int(LEAST_SECONDS + PER_SECOND_OF_SOUND * seconds)) + START_SECONDS

    def text(self, wav: bytes, language: str) -> str:
        try:
            sound = pcm(at_rate(read_wav(wav), ENGINE_RATE).samples)
        except NotSound:
            return ""
        with self._lock:
            return self._asked(sound, language, self.most_seconds(wav))

    def close(self) -> None:
        """Stop the child process."""
        with self._lock:
            self._stop()

    def _asked(self, sound: bytes, language: str, seconds: int) -> str:
        try:
            _, line = self._child or self._start()
            line.send((sound, language))
            if not line.poll(seconds):
                raise TranscriberFailed("the engine took too long and was stopped")
            well, text = line.recv()
        except (EOFError, OSError):
            self._stop()
            raise TranscriberFailed("the engine crashed") from None
        except TranscriberFailed:
            self._stop()
            raise
        if not well:
            raise TranscriberFailed(f"the engine failed: {text}")
        return str(text)

    def _start(self) -> tuple[BaseProcess, Connection]:
        spawned = multiprocessing.get_context("spawn")
        ours, theirs = spawned.Pipe()
        child = spawned.Process(target=_serve, args=(theirs, self._kind.start, self._kind.model), daemon=True)
        child.start()
        theirs.close()
        self._child = (child, ours)
        return self._child

    def _stop(self) -> None:
        if self._child is None:
            return
        child, line = self._child
        self._child = None
        line.close()
        child.kill()
        child.join(5)


def _serve(line: Connection, start: Callable[[str], Engine], model: str) -> None:
    """Run an engine until the worker goes; a terminal's Ctrl-C is the worker's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    engine: Engine | None = None
    while True:
        try:
            sound, language = line.recv()
        except (EOFError, OSError):
            return
        try:
            engine = engine or start(model)
            answer = (True, engine(sound, language))
        except Exception as failure:  # noqa: BLE001 (whatever an engine raises costs one draft)
            answer = (False, type(failure).__name__)
        line.send(answer)


# ---- the engines --------------------------------------------------------------------------------------------------


def draft_engine() -> EngineKind:
    """Return the small engine that comes with the product: English only, often wrong, and labelled so."""
    return EngineKind("draft (pocketsphinx en-us)", ("en",), start_pocketsphinx)


def whisper_engine(model: Path) -> EngineKind:
    """Return faster-whisper with the operator's own model; raises `TranscriberFailed` when there is no such folder.

    The folder is checked because the library takes a name that is no folder for one to fetch from a hub.
    """
    if not (model / "model.bin").is_file():
        raise TranscriberFailed("the folder holds no model.bin")
    return EngineKind("whisper", None, start_whisper, str(model.resolve()))


def start_pocketsphinx(_model: str) -> Engine:
    """Load pocketsphinx with its own English model."""
    import numpy as np
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=ENGINE_RATE, loglevel="FATAL")

    def words(sound: bytes, _language: str) -> str:
        # The telephone leaves the upper half of the band empty, which this model never met: with faint noise there it
        # found twice as many words.
        samples = np.frombuffer(sound, "<i2") / 32768.0
        spoken = np.pad(samples, ENGINE_RATE // 2)
        noisy = spoken + np.random.default_rng(1).normal(0, 0.006, len(spoken))
        decoder.start_utt()
        decoder.process_raw(pcm(noisy.astype(np.float32)), full_utt=True)
        decoder.end_utt()
        heard = decoder.hyp()
        return str(heard.hypstr) if heard is not None else ""

    return words


def start_whisper(model: str) -> Engine:
    """Load a faster-whisper model from a folder; nothing is fetched."""
    import numpy as np
    from faster_whisper import WhisperModel

    loaded: Any = WhisperModel(model, device="cpu", compute_type="int8", local_files_only=True)

    def words(sound: bytes, language: str) -> str:
        samples = np.frombuffer(sound, "<i2").astype(np.float32) / 32768.0
        segments, _ = loaded.transcribe(samples, language=language.split("-", maxsplit=1)[0], vad_filter=False)
        return " ".join(segment.text.strip() for segment in segments).strip()

    return words
