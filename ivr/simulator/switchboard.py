"""What all calls of an exchange share: its clock, its way to the service, its recordings, its moods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from ivr.simulator import sounds
from ivr.simulator.clocks import Clock
from ivr.simulator.conferences import Conferences, Event
from ivr.simulator.encryption import RecordingKey, encrypt
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.overrides import split
from ivr.simulator.recordings import StoredRecording, new_recording
from ivr.simulator.signing import Pairs
from ivr.simulator.verbs import Record
from ivr.simulator.webhooks import Fetched, Webhooks

MAX_CALLBACK_ANSWER_BYTES = 64 * 1024


@dataclass
class Switchboard:
    """The part of the exchange that calls may touch."""

    account_sid: str
    api: str
    clock: Clock
    webhooks: Webhooks
    mood: Callable[[], Misbehaviour]
    recording_key: RecordingKey | None = None
    recordings: dict[str, StoredRecording] = field(default_factory=dict)
    held: list[Callable[[], None]] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None  # done once, while the next answer is on its way back
    conferences: Conferences = field(init=False)

    def __post_init__(self) -> None:
        resolved = lambda base, url: urljoin(split(base)[0], url)  # noqa: E731
        self.conferences = Conferences(self.account_sid, self.clock.now, resolved)

    @property
    def misbehaviour(self) -> Misbehaviour:
        """What goes wrong at the moment."""
        return self.mood()

    def keep(self, call_sid: str, started: float, pcm: bytes) -> StoredRecording:
        """Store a recording that has just ended; it is not ready to be fetched before `finish`."""
        seconds = max(1, round(sounds.seconds_of(pcm)))
        recording = new_recording(call_sid, started, seconds, sounds.write_wav(pcm))
        if self.recording_key is not None:
            recording.sound, recording.encryption = encrypt(recording.sound, self.recording_key)
        self.recordings[recording.sid] = recording
        return recording

    def finish(self, recording: StoredRecording, record: Record, base: str) -> None:
        """Make a recording ready and say so; late, when lateness is set."""
        if self.misbehaviour.late_recording_callbacks:
            self.held.append(lambda: self._finish(recording, record, base))
        else:
            self._finish(recording, record, base)

    def _finish(self, recording: StoredRecording, record: Record, base: str) -> None:
        if not recording.standing:
            return
        odd = self.misbehaviour
        recording.state = odd.recording_status
        if recording.state != "completed":
            recording.sound, recording.seconds = b"", 0
        wanted = recording.state in record.callback_events or recording.state == "failed"
        if record.callback and wanted and not odd.lost_recording_callbacks:
            params = recording.callback(self.api, self.account_sid, rest_names=odd.rest_encryption_names)
            self.tell(urljoin(split(base)[0], record.callback), record.callback_method, params)

    def tell(self, address: str, method: str, params: Pairs) -> None:
        """Send a callback whose answer is not obeyed; an answer that is a page earns a notice all the same."""
        outcome = self.webhooks.fetch(address, method, params)
        if not isinstance(outcome, Fetched):
            return
        if len(outcome.answer.body) > MAX_CALLBACK_ANSWER_BYTES:
            self.webhooks.note(11750, address, params, "a callback's answer is too large")
        elif outcome.answer.body.strip() and b"<Response" not in outcome.answer.body:
            self.webhooks.note(12200, address, params, "a callback's answer is neither empty nor TwiML")

    def tell_events(self, events: list[Event]) -> None:
        """Tell what happened in a conference, in its order."""
        for event in events:
            self.tell(event.address, event.method, event.params)

    def deliver_held(self, *, newest_first: bool) -> None:
        """Let everything that was late arrive."""
        while self.held:
            self.held.pop(-1 if newest_first else 0)()
