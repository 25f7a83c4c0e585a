"""A recorder that is fed one frame after another: it ends by silence or at its limit, as Twilio's <Record> does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ivr.simulator.frames import FRAME_BYTES, FRAME_SECONDS
from ivr.simulator.sounds import is_loud
from ivr.simulator.verbs import Record

FRAMES_OF_A_VOICE = 3  # a click of a switch is shorter than 60 ms, a syllable is not


@dataclass
class Recorder:
    """Keeps what it hears. It counts in frames, so that it measures the sound and not the machine's speed."""

    record: Record
    heard: bytearray = field(default_factory=bytearray)
    over: Literal["", "silence", "limit"] = ""
    has_voice: bool = False
    loud_frames: int = 0
    _quiet_frames: int = 0
    _loud_in_a_row: int = 0

    def hear(self, frame: bytes) -> None:
        """Take 20 ms; what comes after the end is not kept."""
        if self.over:
            return
        self.heard += frame
        loud = is_loud(frame)
        self.loud_frames += loud
        self._loud_in_a_row = self._loud_in_a_row + 1 if loud else 0
        voice = self._loud_in_a_row >= FRAMES_OF_A_VOICE
        self.has_voice = self.has_voice or voice
        self._quiet_frames = 0 if voice else self._quiet_frames + 1
        if len(self.heard) // FRAME_BYTES >= self.record.max_seconds / FRAME_SECONDS:
            self.over = "limit"
        elif self.record.timeout and not loud and self._quiet_frames >= self.record.timeout / FRAME_SECONDS:
            self.over = "silence"  # not while something begins that may become a voice
