"""A call that obeys its documents: verbs in order, sounds, recordings, the next address, the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urljoin

from ivr.simulator import sounds
from ivr.simulator.clocks import move
from ivr.simulator.fetching import Loaded, next_document
from ivr.simulator.lines import Caller, NumberSettings, call_parameters, new_sid
from ivr.simulator.moments import (
    EndlessDocuments,
    Heard,
    Moment,
    Played,
    Spoken,
    step_of,
)
from ivr.simulator.overrides import split
from ivr.simulator.recordings import rfc2822
from ivr.simulator.signing import Pairs
from ivr.simulator.switchboard import Switchboard
from ivr.simulator.verbs import Dial, Gather, Hangup, Pause, Play, Prompt, Record, Redirect, Reject, Say, Verb
from ivr.simulator.waiting import (
    Capturing,
    Conferring,
    Gathered,
    Gathering,
    Playing,
    Waiting,
    captured,
    gather_begins,
    record_begins,
)
from ivr.simulator.webhooks import Fetched

LETTERS_PER_SECOND = 15
MAX_DOCUMENTS_UNHEARD = 100  # documents in a row without a moment in which the caller could do anything


class ObeyingCall:
    """The part of a call that needs no caller: what Twilio does by itself between two acts of a person."""

    def __init__(self, board: Switchboard, line: str, caller: Caller, settings: NumberSettings) -> None:
        self.sid = new_sid("CA")
        self.line, self.caller, self.settings = line, caller, settings
        self.heard: list[Heard] = []
        self.documents: list[str] = []
        self.journal: list[Moment] = []
        self.listens_at_once = True  # sentences outside a Gather pass by themselves; else `silence` ends each
        self.status = "ringing"
        self.started: float = board.clock.now()
        self.ended_at: float | None = None
        self._board = board
        self._params = call_parameters(self.sid, board.account_sid, line, caller, settings)
        self._lock = threading.RLock()
        self._program: list[Verb] = []
        self._base = settings.voice_url
        self._waiting: Waiting | None = None
        self._epoch = 0  # grows whenever something else takes the call over
        self._unheard = 0

    @property
    def ended(self) -> bool:
        """Say whether the call is over."""
        return self.ended_at is not None

    @property
    def seconds(self) -> int:
        """How long the call has lasted."""
        return int((self.ended_at if self.ended_at is not None else self._board.clock.now()) - self.started)

    # ---- verbs ----------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Go on until the caller can do something, or the call is over."""
        while not self.ended:
            if self._waiting is None:
                self._next()
            elif isinstance(self._waiting, Playing) and self.listens_at_once:
                move(self._board.clock, self._waiting.until - self._board.clock.now())
                self._waiting = None
            else:
                return

    def _next(self) -> None:
        verb = self._program.pop(0) if self._program else Hangup()
        if not isinstance(verb, Reject) and self.status == "ringing":
            self.status = "in-progress"
        now = self._board.clock.now()
        match verb:
            case Say() | Play() | Pause():
                self._waiting = Playing(now + self._hear(verb))
            case Gather():
                self._unheard = 0
                self._waiting = gather_begins(verb, sum(self._hear(prompt) for prompt in verb.prompts), now)
            case Record():
                self._unheard = 0
                self._waiting = record_begins(verb, now)
            case Dial(conference, seconds=seconds):
                self._unheard = 0
                self._waiting = Conferring(verb, now + seconds)
                self._board.tell_events(self._board.conferences.enter(self.sid, conference, self._base))
            case Redirect(url, method):
                self._go(self._resolved(url), method)
            case Reject(reason):
                self._end("busy" if reason == "busy" else "no-answer")
            case Hangup():
                self._end("completed")

    def _hear(self, prompt: Prompt) -> float:
        """Let the caller hear a prompt and return its seconds; one that plays for ever counts once."""
        match prompt:
            case Say():
                self.heard.append(Spoken(prompt.text, prompt.language, prompt.voice))
                return max(1, len(prompt.text) / LETTERS_PER_SECOND) * max(1, prompt.loop)
            case Play():
                address = self._resolved(prompt.url)
                outcome = self._board.webhooks.fetch_sound(address)
                return self._play(outcome, address) * max(1, prompt.loop) if isinstance(outcome, Fetched) else 0.0
            case Pause():
                return prompt.seconds

    def _play(self, outcome: Fetched, address: str) -> float:
        answer = outcome.answer
        if not answer.content_type.startswith("audio/"):
            self._board.webhooks.note(12300, address, (), f"a sound of type {answer.content_type!r}")
            return 0.0
        self.heard.append(Played(split(address)[0], answer.body, answer.content_type))
        return sounds.seconds_of_file(answer.body)

    def _time_out(self) -> None:
        match self._waiting:
            case Gathering(gather, _, digits):
                self._gathered(Gathered(gather, digits))
            case Capturing():
                self._captured(self._waiting, "")
            case Conferring(dial):
                self._leave_room()
                self._waiting = None
                if dial.action:
                    self._go(self._resolved(dial.action), dial.method, (("DialCallStatus", "answered"),))
            case _:
                self._waiting = None

    def _leave_room(self, why: str = "participant_hung_up") -> None:
        self._board.tell_events(self._board.conferences.leave(self.sid, why))

    def _gathered(self, gathered: Gathered) -> None:
        self._waiting = None
        if not gathered.asks_action:
            return  # the next verb follows
        gather = gathered.gather
        extra = (("Digits", gathered.digits), ("FinishedOnKey", gathered.key), ("msg", "Gather End"))
        self._go(self._resolved(gather.action), gather.method, extra)

    def _captured(self, waiting: Capturing, key: str) -> None:
        """End a recording. One that is empty asks no action: the next verb follows."""
        self._waiting = None
        odd, board, record = self._board.misbehaviour, self._board, waiting.record
        pcm = self._recorded(waiting, by_silence=not key)
        base = self._base
        if not pcm or odd.empty_recording:
            return
        recording = board.keep(self.sid, waiting.started, pcm)
        extra = (
            ("RecordingUrl", recording.url(board.api, board.account_sid)),
            ("RecordingSid", recording.sid),
            ("RecordingDuration", str(recording.seconds)),
            *((("Digits", key),) if key else ()),
        )
        if odd.callbacks_before_action:
            board.finish(recording, record, base)
        if key != "moved" and not (key == "hangup" and odd.lost_action):
            self._go(self._resolved(record.action), record.method, extra)
        if not odd.callbacks_before_action:
            board.finish(recording, record, base)

    def _recorded(self, waiting: Capturing, *, by_silence: bool) -> bytes:
        keeps_silence = self._board.misbehaviour.silent_recordings_kept
        return captured(waiting, by_silence=by_silence, keeps_silence=keeps_silence)

    # ---- documents ------------------------------------------------------------------------------------------------

    def _go(self, address: str, method: str, extra: Pairs = ()) -> None:
        """Ask for the next document and load it, unless something else took the call meanwhile."""
        self._unheard += 1
        if self._unheard > MAX_DOCUMENTS_UNHEARD:
            self._end("failed")
            raise EndlessDocuments(self._base)
        epoch = self._epoch

        def still_wanted() -> bool:
            hook, self._board.meanwhile = self._board.meanwhile, None
            if hook is not None:
                hook()
            return not self.ended and self._epoch == epoch

        ask = (address, method, self._told(extra))
        loaded = next_document(self._board.webhooks, self.settings, ask, still_wanted)
        if loaded is not None:
            self._load(loaded)

    def _load(self, loaded: Loaded) -> None:
        self._program, self._base = list(loaded.document.verbs), loaded.base
        if loaded.sound is not None:
            self._play(loaded.sound, loaded.base)
            return
        self.documents.append(loaded.text)
        self.journal.append(Moment("heard", step_of(loaded.text)))

    def _resolved(self, url: str) -> str:
        """Return the full address; an empty one is the present document's own."""
        return urljoin(split(self._base)[0], url) if url else self._base

    def _told(self, extra: Pairs) -> Pairs:
        return (*self._params, ("CallStatus", self.status), *extra)

    # ---- the end --------------------------------------------------------------------------------------------------

    def _end(self, status: str) -> None:
        self._mark_ended(status)()

    def _mark_ended(self, status: str) -> Callable[[], None]:
        """End the call and return what tells the service so."""
        self.status, self._waiting, self._program = status, None, []
        self.ended_at = self._board.clock.now()
        extra = (
            ("CallDuration", str(self.seconds)),
            ("Duration", str(max(1, -(-self.seconds // 60)))),
            ("Timestamp", rfc2822(self.ended_at)),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", "0"),
        )
        wanted = self.settings.status_callback and not self._board.misbehaviour.lost_ended

        def tell() -> None:
            self._leave_room()
            if wanted:
                self._board.tell(self.settings.status_callback, "POST", self._told(extra))

        return tell
