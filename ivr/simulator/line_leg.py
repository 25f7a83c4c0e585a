"""The line's end of a call with sound: plays what the documents say, and records what it hears."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ivr.simulator.frames import FRAME_SECONDS, QUIET, framed
from ivr.simulator.moments import Heard
from ivr.simulator.recorder import Recorder
from ivr.simulator.tones import beep, ringing
from ivr.simulator.verbs import Record


@dataclass(frozen=True)
class Began:
    """A recording began: from now on what the caller says is kept."""


Told = Heard | Began


class Port(Protocol):
    """A place in a conference: what is said there goes to the others, what is taken there comes from them."""

    def say(self, frame: bytes) -> None: ...

    def take(self) -> bytes: ...


class LineLeg:
    """Plays one sound after another; `tell` learns of each as its first frame leaves, and may not wait for anything."""

    def __init__(self, tell: Callable[[Told], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._frames: deque[tuple[bytes, Heard | None]] = deque()
        self._ringing: deque[bytes] = deque()
        self._idle_frames = 0
        self._sounds_now = False  # whether the present 20 ms are of a sound
        self._recorder: Recorder | None = None
        self._port: Port | None = None

    # ---- what the documents ask -----------------------------------------------------------------------------------

    def ring(self) -> None:
        """Let the caller hear ringing until the first sound of the line."""
        with self._lock:
            self._ringing.extend(framed(ringing()))

    def play(self, pcm: bytes, item: Heard | None = None) -> None:
        """Play PCM after whatever is playing; `item` is told when it begins."""
        frames = framed(pcm) or [QUIET]
        with self._lock:
            self._ringing.clear()
            self._frames.extend((frame, item if number == 0 else None) for number, frame in enumerate(frames))

    def listen(self) -> None:
        """Begin to count how long nothing has been played."""
        with self._lock:
            self._ringing.clear()
            self._idle_frames = 0

    def hush(self) -> None:
        """Stop what is being played, and begin to count from here."""
        with self._lock:
            self._ringing.clear()
            self._frames.clear()
            self._idle_frames = 0

    def record(self, record: Record) -> None:
        """Record what is heard, as soon as everything before and the tone have been played."""
        if record.beep:
            self.play(beep())
        with self._lock:
            self._ringing.clear()
            self._recorder = Recorder(record)

    def stop_recording(self) -> Recorder | None:
        """Return the recorder with what it holds; None when nothing was recorded. The next one starts empty."""
        with self._lock:
            recorder, self._recorder = self._recorder, None
            return recorder

    def confer(self, port: Port | None) -> None:
        """Carry sound to and from a conference from now on; None: no more."""
        with self._lock:
            self._ringing.clear()
            self._port = port

    # ---- what can be seen -----------------------------------------------------------------------------------------

    @property
    def is_ringing(self) -> bool:
        """Say whether the line has not answered yet."""
        return bool(self._ringing)

    @property
    def is_playing(self) -> bool:
        """Say whether something is still to be heard."""
        return bool(self._frames)

    @property
    def idle_seconds(self) -> float:
        """How long nothing has been played, since the last sound or the last `listen` or `hush`."""
        return 0.0 if self._frames else self._idle_frames * FRAME_SECONDS

    @property
    def recording_is_over(self) -> bool:
        """Say whether silence or the limit has ended the recording."""
        return self._recorder is not None and bool(self._recorder.over)

    # ---- what the bridge asks, every 20 ms ------------------------------------------------------------------------

    def speak(self) -> bytes:
        """Return the next frame: of a sound, of the ringing, or of nothing."""
        with self._lock:
            port = None if self._frames else self._port
            frame, item = self._next()
        if port is not None:
            return port.take()
        if item is not None:
            self._tell(item)
        return frame

    def hear(self, frame: bytes) -> None:
        """Take what the other legs said; it is kept while a recording runs and its tone is over."""
        with self._lock:
            recorder = None if self._frames or self._sounds_now else self._recorder
            begins = recorder is not None and not recorder.heard
            if recorder is not None:
                recorder.hear(frame)
            port = self._port
        if port is not None:
            port.say(frame)
        if begins:
            self._tell(Began())

    def _next(self) -> tuple[bytes, Heard | None]:
        self._sounds_now = bool(self._frames)
        if self._frames:
            self._idle_frames = 0
            return self._frames.popleft()
        if self._ringing:
            self._ringing.rotate(-1)
            return self._ringing[-1], None
        self._idle_frames += 1
        return QUIET, None
