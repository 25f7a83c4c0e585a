"""The recordings Twilio holds: their sound, their state, and what their callbacks say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from ivr.simulator.encryption import Encryption
from ivr.simulator.lines import API_VERSION, new_sid
from ivr.simulator.signing import Pairs

State = Literal["processing", "completed", "absent", "failed", "deleted"]


@dataclass
class StoredRecording:
    """One recording as Twilio keeps it. `sound` is a WAV file, or its ciphertext; it goes when the row is deleted."""

    sid: str
    call_sid: str
    started: float
    seconds: int
    sound: bytes
    encryption: Encryption | None = None
    state: State = "processing"
    deleted_at: float | None = None

    @property
    def standing(self) -> bool:
        """Say whether the recording has not been deleted."""
        return self.deleted_at is None

    def delete(self, now: float) -> None:
        """Take the sound away; what remains is the metadata that Twilio shows for another 40 days."""
        self.sound, self.state, self.deleted_at = b"", "deleted", now

    def url(self, api: str, account_sid: str) -> str:
        """Return the address of the recording at Twilio's API, as callbacks give it: without an ending."""
        return f"{api}/{API_VERSION}/Accounts/{account_sid}/Recordings/{self.sid}"

    def callback(self, api: str, account_sid: str, *, rest_names: bool) -> Pairs:
        """Return the parameters of a recordingStatusCallback; it never carries From or To."""
        pairs = [
            ("AccountSid", account_sid),
            ("CallSid", self.call_sid),
            ("RecordingSid", self.sid),
            ("RecordingUrl", self.url(api, account_sid)),
            ("RecordingStatus", self.state),
            ("RecordingDuration", str(self.seconds)),
            ("RecordingChannels", "1"),
            ("RecordingSource", "RecordVerb"),
            ("RecordingStartTime", rfc2822(self.started)),
            ("ErrorCode", "0"),
        ]
        if self.encryption is not None:
            pairs.append(("EncryptionDetails", self.encryption.told_to_callback(rest_names=rest_names)))
        return tuple(pairs)


def new_recording(call_sid: str, started: float, seconds: int, sound: bytes) -> StoredRecording:
    """Return a recording that has just ended and is not ready yet."""
    return StoredRecording(new_sid("RE"), call_sid, started, seconds, sound)


def rfc2822(seconds: float) -> str:
    """Return a time as Twilio writes it, such as `Tue, 24 Nov 2026 02:00:00 +0000`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
