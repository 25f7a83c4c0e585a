"""A call with real sound: its time is the sound that was played and heard, frame by frame, not a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ivr.simulator import sounds
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.conferences import Conferences
from ivr.simulator.frames import framed
from ivr.simulator.line_leg import LineLeg
from ivr.simulator.lines import Caller, NumberSettings
from ivr.simulator.moments import Moment, NotRecording, Played, Spoken
from ivr.simulator.recorder import Recorder
from ivr.simulator.switchboard import Switchboard
from ivr.simulator.verbs import Play, Prompt, Say
from ivr.simulator.voices import NobodySpeaks, Voice
from ivr.simulator.waiting import Capturing, Conferring, Gathering, Playing, captured


@dataclass(frozen=True)
class _Port:
    """One leg's place in its conference."""

    conferences: Conferences
    call_sid: str

    def say(self, frame: bytes) -> None:
        self.conferences.say(self.call_sid, frame)

    def take(self) -> bytes:
        return self.conferences.take(self.call_sid)


@dataclass(frozen=True)
class Kept:
    """A recording ended: by a key, "silence", "limit", "hangup" or "moved". Without a voice in it, nothing is kept."""

    why: str
    seconds: float
    has_voice: bool


class SoundingCall(SimulatedCall):
    """A call whose line is a leg: somebody carries frames to and from it every 20 ms, and calls `tick` often.

    Patience, silence and limits are counted in frames, so that nobody is cut off early on a busy machine.
    """

    def __init__(
        self,
        board: Switchboard,
        line: str,
        caller: Caller,
        settings: NumberSettings,
        leg: LineLeg,
        *,
        voice: Voice,
        kept: Callable[[Kept], None],
    ) -> None:
        super().__init__(board, line, caller, settings)
        self.leg, self.listens_at_once = leg, False
        self.answers: dict[str, bytes] = {}  # what was spoken, as WAV files by the names that the script gives them
        self._voice, self._tell_kept = voice, kept
        self._recorder: Recorder | None = None
        self._typed: list[str] = []
        self._typed_frames = 0

    # ---- what can be seen -----------------------------------------------------------------------------------------

    @property
    def due(self) -> float | None:
        """Zero when the present wait is over by what was played and heard, else None: no clock ends it."""
        return 0.0 if not self.ended and self._is_over() else None

    def listens_to(self, key: str) -> bool:
        """Say whether a key would do anything now."""
        match self._waiting:
            case Gathering():
                return True
            case Capturing(record):
                return key in record.finish_on_key
            case _:
                return False

    # ---- what the caller does -------------------------------------------------------------------------------------

    def press(self, keys: str) -> None:
        """Press one key. Where nothing listens it is lost, as on a real line, and stands in no script."""
        with self._lock:
            if self.listens_to(keys):
                super().press(keys)

    def type(self, words: str, pcm: bytes) -> None:
        """Note which words the caller's leg is about to speak, for the script; raises `NotRecording`."""
        with self._lock:
            if not isinstance(self._waiting, Capturing):
                raise NotRecording
            self._typed.append(words)
            self._typed_frames += len(framed(pcm))

    def redirect(self, address: str, method: str) -> None:
        """Take the call away from what it is doing; what is being played stops."""
        if not self.ended:
            self.leg.hush()
        super().redirect(address, method)

    def unhold(self) -> None:
        """Let a held leg hear the others again: the music stops."""
        self.leg.hush()

    # ---- how it is done -------------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        match self._waiting:
            case Playing():
                return not self.leg.is_playing
            case Gathering(gather):
                return not self.leg.is_playing and self.leg.idle_seconds >= gather.timeout
            case Capturing():
                return self.leg.recording_is_over
            case Conferring():
                return self._board.conferences.is_over_for(self.sid)
            case _:
                return False

    def _next(self) -> None:
        super()._next()
        match self._waiting:
            case Gathering():
                self.leg.listen()
            case Capturing(record):
                self._typed, self._typed_frames = [], 0
                self.leg.record(record)
            case Conferring():
                self.leg.confer(_Port(self._board.conferences, self.sid))

    def _leave_room(self, why: str = "participant_hung_up") -> None:
        self.leg.confer(None)
        super()._leave_room(why)

    def _press(self, key: str) -> None:
        self.leg.hush()  # a key stops the prompt
        super()._press(key)

    def _hear(self, prompt: Prompt) -> float:
        before = len(self.heard)
        seconds = super()._hear(prompt)
        item = self.heard[before] if len(self.heard) > before else None
        times = max(1, prompt.loop) if isinstance(prompt, Say | Play) else 1
        self.leg.play((self._sound_of(item) or sounds.silence(seconds / times)) * times, item)
        return seconds

    def _sound_of(self, item: Spoken | Played | None) -> bytes:
        """Return the PCM of what is heard; empty where nothing here can make it sound."""
        try:
            match item:
                case Spoken(text, language):
                    return self._voice(text, language)
                case Played(_, sound):
                    return sounds.read_wav(sound)
                case None:
                    return b""
        except (NobodySpeaks, sounds.NotTelephoneSound):
            return b""

    def _captured(self, waiting: Capturing, key: str) -> None:
        recorder = self._recorder = self.leg.stop_recording() or Recorder(waiting.record)
        if recorder.has_voice:
            self._note_answer(recorder, key)
        seconds = sounds.seconds_of(bytes(recorder.heard))
        self._tell_kept(Kept(key or recorder.over or "silence", seconds, recorder.has_voice))
        super()._captured(waiting, key)

    def _note_answer(self, recorder: Recorder, key: str) -> None:
        """Write down what was spoken before the act that ended it; the limit ends a recording without any act."""
        ended_by = [] if key == "moved" else [self.journal.pop()]
        if self._typed and recorder.loud_frames <= self._typed_frames:
            self.journal.append(Moment("said", " ".join(self._typed)))
        else:
            name = f"answer-{len(self.answers) + 1}.wav"
            self.answers[name] = sounds.write_wav(sounds.trimmed(bytes(recorder.heard)))
            self.journal.append(Moment("played", name))
        self.journal += [] if recorder.over == "limit" and not key else ended_by

    def _recorded(self, waiting: Capturing, *, by_silence: bool) -> bytes:
        """Return what is kept: the silence at its end was heard, so none is added; what is no voice is line noise."""
        del by_silence
        recorder, self._recorder = self._recorder, None
        heard = bytes(recorder.heard) if recorder is not None else b""
        if recorder is not None and not recorder.has_voice and waiting.record.trim:
            heard = bytes(len(heard))
        keeps_silence = self._board.misbehaviour.silent_recordings_kept
        return captured(replace(waiting, spoken=heard), by_silence=False, keeps_silence=keeps_silence)

    def _mark_ended(self, status: str) -> Callable[[], None]:
        self.leg.hush()
        return super()._mark_ended(status)
