"""The caller's end of a call with sound: frames that come from a browser at their own pace, and frames sent to it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from ivr.simulator.frames import QUIET, framed, mixed

FRAMES_BEFORE_PLAYING = 3  # a browser's frames come a little early and a little late: 60 ms even that out
MAX_FRAMES_WAITING = 50  # beyond a second the oldest go: a caller is not heard later and later


class PhoneLeg:
    """Evens out what the microphone sends. Words that were typed are spoken instead of the microphone meanwhile."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._microphone: deque[bytes] = deque()
        self._filling = True
        self._typed: deque[bytes] = deque()
        self._own = QUIET  # what the caller hears of themselves: typed words, but no microphone

    def take(self, frame: bytes) -> None:
        """Take 20 ms from the microphone."""
        with self._lock:
            self._microphone.append(frame)
            while len(self._microphone) > MAX_FRAMES_WAITING:
                self._microphone.popleft()

    def say(self, pcm: bytes) -> None:
        """Speak PCM after what is being spoken."""
        with self._lock:
            self._typed.extend(framed(pcm))

    def speak(self) -> bytes:
        """Return the next frame; nothing while too few have come."""
        with self._lock:
            frame = self._from_microphone()
            self._own = self._typed.popleft() if self._typed else QUIET
            return frame if self._own is QUIET else self._own

    def hear(self, frame: bytes) -> None:
        """Send 20 ms of what the other legs said."""
        self._send(frame if self._own is QUIET else mixed([frame, self._own]))

    def _from_microphone(self) -> bytes:
        if len(self._microphone) >= FRAMES_BEFORE_PLAYING:
            self._filling = False
        if self._filling or not self._microphone:
            self._filling = True
            return QUIET
        return self._microphone.popleft()
