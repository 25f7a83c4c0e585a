"""One telephone call as the caller lives it: what is heard, what it waits for, what the caller can do."""

from __future__ import annotations

import re

from ivr.simulator import sounds
from ivr.simulator.clocks import move
from ivr.simulator.documents import BadDocument, read
from ivr.simulator.moments import (
    CallIsOver,
    Moment,
    NotRecording,
    Spoken,
    step_of,
)
from ivr.simulator.obeying import ObeyingCall
from ivr.simulator.verbs import Play
from ivr.simulator.waiting import (
    Capturing,
    Conferring,
    Gathered,
    Gathering,
    key_pressed,
    spoke,
)
from ivr.simulator.webhooks import Fetched

HOLD_LOOPS = 20


class SimulatedCall(ObeyingCall):
    """A call. Every method returns when the call waits for the caller again."""

    direction = "inbound"

    # ---- what can be seen -----------------------------------------------------------------------------------------

    @property
    def document(self) -> str:
        """The document the call obeys now."""
        return self.documents[-1] if self.documents else ""

    @property
    def step(self) -> str:
        """The step the service would say the call is at: from the next address `/call/<step>/<turn>`, else empty."""
        return step_of(self.document)

    @property
    def words(self) -> str:
        """Everything spoken so far, one sentence a line."""
        return "\n".join(item.text for item in self.heard if isinstance(item, Spoken))

    @property
    def waiting_for(self) -> str:
        """What would help the call on: `key`, `recording`, `conference`, `nothing` (but time); or `ended`."""
        match self._waiting:
            case _ if self.ended:
                return "ended"
            case Gathering():
                return "key"
            case Capturing():
                return "recording"
            case Conferring():
                return "conference"
            case _:
                return "nothing"

    @property
    def has_spoken(self) -> bool:
        """Say whether a recording is running that holds something already."""
        return isinstance(self._waiting, Capturing) and bool(self._waiting.spoken)

    @property
    def due(self) -> float | None:
        """When the present wait ends by itself; at once, when the conference is over that the call was in."""
        if isinstance(self._waiting, Conferring) and self._board.conferences.is_over_for(self.sid):
            return self._board.clock.now()
        return None if self.ended or self._waiting is None else self._waiting.until

    # ---- what the caller does -------------------------------------------------------------------------------------

    def press(self, keys: str) -> None:
        """Press keys one after another. Each meets whatever is listening then; where nothing is, it is lost."""
        if not re.fullmatch("[0-9*#]+", keys):
            raise ValueError(keys)
        self._note_act(Moment("pressed", keys))
        with self._lock:
            for key in keys:
                if not self.ended:
                    self._press(key)
                    self._settle()

    def silence(self) -> None:
        """Do nothing until the present wait ends by itself. Only this call's patience is used up."""
        if self.ended:
            raise CallIsOver
        with self._lock:
            self._note_waiting()
            if self._waiting is not None:
                move(self._board.clock, self._waiting.until - self._board.clock.now())
            self._time_out()
            self._settle()

    def speak(self, wav: bytes, *, words: str = "", file: str = "") -> None:
        """Speak a WAV (8 kHz, mono, 16 bit) into the recording; `words` or `file` are for the written script only.

        Raises `NotRecording` where nobody records, and `sounds.NotTelephoneSound`. The recording goes on afterwards.
        """
        pcm = sounds.read_wav(wav)
        with self._lock:
            if not isinstance(self._waiting, Capturing):
                raise NotRecording
            self._note_act(Moment("said", words) if words else Moment("played", file))
            self._waiting = spoke(self._waiting, pcm, self._board.clock.now())
            move(self._board.clock, sounds.seconds_of(pcm))
            if self._waiting.until <= self._board.clock.now():
                self._time_out()
                self._settle()

    def hang_up(self) -> None:
        """End the call from the caller's side. Hanging up twice is harmless."""
        with self._lock:
            if not self.ended:
                self.journal.append(Moment("hung up"))
                self._leave()

    # ---- what the exchange does -----------------------------------------------------------------------------------

    def hold(self, address: str, method: str) -> None:
        """Let whoever is held hear what the document at an address plays; what goes on for ever plays some minutes."""
        with self._lock:
            outcome = self._board.webhooks.fetch(address, method, self._told(()))
            if self.ended or not isinstance(outcome, Fetched):
                return
            try:
                verbs = read(outcome.answer.body).verbs
            except BadDocument:
                return
            for verb in verbs:
                if isinstance(verb, Play):
                    self._hear(Play(verb.url, verb.loop or HOLD_LOOPS))

    def unhold(self) -> None:
        """Let a held leg hear the others again."""

    def ring(self) -> None:
        """Begin: ask the line's own address."""
        with self._lock:
            self._go(self.settings.voice_url, self.settings.voice_method)
            self._settle()

    def redirect(self, address: str, method: str) -> None:
        """Take the call away from what it is doing, as a REST request does; a recording under way is kept."""
        with self._lock:
            if self.ended:
                raise CallIsOver
            self._epoch += 1
            self._stop_recording()
            self._leave_room("moderator_kicked")
            self._waiting, self._program = None, []
            self._go(address, method)
            self._settle()

    def tick(self) -> None:
        """End the present wait if its time has come."""
        with self._lock:
            while (due := self.due) is not None and due <= self._board.clock.now():
                self._note_waiting()
                self._time_out()
                self._settle()

    # ---- how it is done -------------------------------------------------------------------------------------------

    def _press(self, key: str) -> None:
        now = self._board.clock.now()
        match self._waiting:
            case Gathering():
                pressed = key_pressed(self._waiting, key, now)
                if isinstance(pressed, Gathered):
                    self._gathered(pressed)
                else:
                    self._waiting = pressed
            case Capturing() if key in self._waiting.record.finish_on_key:
                self._captured(self._waiting, key)
            case _:
                pass

    def _leave(self) -> None:
        """The caller is gone: a recording is kept and its action told, though no document can be obeyed any more."""
        waiting, self._waiting, self._program = self._waiting, None, []
        self._epoch += 1
        odd = self._board.misbehaviour
        told = self._mark_ended("completed")
        if odd.reordered:
            told()
        if isinstance(waiting, Capturing):
            self._captured(waiting, "hangup")
        if not odd.reordered:
            told()

    def _stop_recording(self) -> None:
        if isinstance(self._waiting, Capturing):
            self._captured(self._waiting, "moved")

    def _note_act(self, moment: Moment) -> None:
        if self.ended:
            raise CallIsOver
        self._unheard = 0
        self.journal.append(moment)

    def _note_waiting(self) -> None:
        if isinstance(self._waiting, Gathering | Capturing):
            self._note_act(Moment("waited"))
