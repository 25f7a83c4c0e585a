"""What can go wrong between Twilio and a service, as switches that tests and people may set."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal

RecordingStatus = Literal["completed", "absent", "failed"]


@dataclass(frozen=True)
class Misbehaviour:
    """Every switch is off by itself; several may be on together."""

    where: str = field(default="", metadata={"tells": "only addresses that contain this text are misused by webhooks"})
    failed_connects: int = field(default=0, metadata={"tells": "this many tries of each request never reach you"})
    retry_after_timeout: bool = field(
        default=False, metadata={"tells": "the first answer is lost after you acted on it; the request comes again"}
    )
    duplicate_webhooks: bool = field(default=False, metadata={"tells": "each request comes twice"})
    slow_answers: float = field(default=0.0, metadata={"tells": "seconds that each of your answers seems to take"})
    doubled_parameters: tuple[str, ...] = field(
        default=(), metadata={"tells": "these parameters stand twice in each request"}
    )
    odd_parameters: tuple[tuple[str, str], ...] = field(
        default=(), metadata={"tells": "parameters nobody documented, or other values for documented ones"}
    )
    wrong_signature: bool = field(default=False, metadata={"tells": "requests are signed with another key"})
    late_recording_callbacks: bool = field(
        default=False, metadata={"tells": "a recording is ready, and says so, only when late callbacks are delivered"}
    )
    callbacks_before_action: bool = field(
        default=False, metadata={"tells": "a recording's callback overtakes the answer that asked for it"}
    )
    lost_recording_callbacks: bool = field(
        default=False, metadata={"tells": "recordings never say that they are ready"}
    )
    lost_action: bool = field(default=False, metadata={"tells": "a recording cut off by hanging up asks no action"})
    reordered: bool = field(default=False, metadata={"tells": "the end of a call is told before its last action"})
    lost_ended: bool = field(default=False, metadata={"tells": "the end of a call is never told"})
    empty_recording: bool = field(default=False, metadata={"tells": "every recording comes out empty"})
    silent_recordings_kept: bool = field(
        default=False, metadata={"tells": "a recording of nothing but silence is kept as one with sound"}
    )
    recording_status: RecordingStatus = field(default="completed", metadata={"tells": "how recordings end"})
    rest_429: int = field(default=0, metadata={"tells": "this many REST requests are refused as too many"})
    rest_500: int = field(default=0, metadata={"tells": "this many REST requests fail at Twilio"})
    delete_refused_seconds: int = field(
        default=60, metadata={"tells": "seconds after a call during which it cannot be deleted (20009)"}
    )
    sound_fetches: int = field(default=1, metadata={"tells": "how many proxies fetch each sound"})
    rest_encryption_names: bool = field(
        default=False, metadata={"tells": "callbacks name the fields of EncryptionDetails as the REST example does"}
    )


def switches() -> tuple[tuple[str, str], ...]:
    """Return every switch and what it does, for people."""
    return tuple((item.name, str(item.metadata["tells"])) for item in fields(Misbehaviour))
