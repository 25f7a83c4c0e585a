"""One call of a browser's phone: carries its sound, obeys its person, and tells what happens, in threads of its own."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from ivr.simulator.ears import DigitEars
from ivr.simulator.exchange import Exchange
from ivr.simulator.frames import Bridge
from ivr.simulator.line_leg import Began, LineLeg, Told
from ivr.simulator.lines import Caller
from ivr.simulator.moments import EndlessDocuments, NotRecording, Played, Spoken
from ivr.simulator.phone_leg import PhoneLeg
from ivr.simulator.sounding import Kept, SoundingCall
from ivr.simulator.sounds import seconds_of_file
from ivr.simulator.voices import NobodySpeaks, Voice

LOOK_SECONDS = 0.03
Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the phones of one exchange share. `rings_seconds`: ringing is heard even when the line answers at once."""

    exchange: Exchange
    voice: Voice
    speaks: bool
    ears: DigitEars | None = None
    rings_seconds: float = 1.1


class LiveCall:
    """A call from its first ring to its end. What the person does is queued, and done in its order."""

    def __init__(self, ground: Ground, tell: Tell, send: Callable[[bytes], None]) -> None:
        self._ground, self._tell = ground, tell
        self._line, self._phone = LineLeg(self._heard), PhoneLeg(send)
        self._acts: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._call: SoundingCall | None = None
        self._hung_up = False
        self._shown: tuple[str, str] = ("", "")
        self._living: threading.Thread | None = None
        self.is_over = False

    # ---- what the person does -------------------------------------------------------------------------------------

    def begin(self, to: str, caller: Caller) -> None:
        """Ring a line of the exchange."""
        self._living = threading.Thread(target=self._live, args=(to, caller), daemon=True)
        self._living.start()

    def take(self, frame: bytes) -> None:
        """Take 20 ms from the microphone."""
        self._phone.take(frame)

    def press(self, key: str) -> None:
        """Press one key."""
        self._acts.put(lambda: self._press(key))

    def say(self, words: str) -> None:
        """Let the exchange's voice speak words into the recording."""
        self._acts.put(lambda: self._say(words))

    def hang_up(self) -> None:
        """End the call. May be asked twice."""
        self._acts.put(self._hang_up)

    def join(self, seconds: float) -> None:
        """Wait for the end of a call that was hung up."""
        if self._living is not None:
            self._living.join(seconds)

    # ---- how it is done -------------------------------------------------------------------------------------------

    def _live(self, to: str, caller: Caller) -> None:
        stop = threading.Event()
        bridge = Bridge((self._line, self._phone))
        carrying = threading.Thread(target=bridge.run, args=(stop,), daemon=True)
        self._tell({"event": "ringing"})
        self._line.ring()
        carrying.start()
        try:
            self._obey_for(self._ground.rings_seconds)
            if not self._hung_up:
                self._talk(to, caller)
        finally:
            stop.set()
            carrying.join()
            self.is_over = True
            self._tell_ended()

    def _talk(self, to: str, caller: Caller) -> None:
        ground = self._ground
        call = ground.exchange.prepare_sounding(self._line, ground.voice, self._kept, to=to, caller=caller)
        self._call = call
        with contextlib.suppress(EndlessDocuments):  # the call is over then
            call.ring()
            if not call.ended:
                self._tell({"event": "answered"})
            while not call.ended:
                self._show(call)
                self._obey_for(LOOK_SECONDS)
                call.tick()

    def _obey_for(self, seconds: float) -> None:
        end = monotonic() + seconds
        while not self._hung_up and (left := end - monotonic()) > 0:
            try:
                self._acts.get(timeout=left)()
            except queue.Empty:
                return

    def _press(self, key: str) -> None:
        listens = self._call is not None and self._call.listens_to(key)
        self._tell({"event": "pressed", "key": key, "heard": listens})
        if self._call is not None:
            self._call.press(key)

    def _say(self, words: str) -> None:
        try:
            if self._call is None:
                raise NotRecording
            pcm = self._ground.voice(words, self._language(self._call))
            self._call.type(words, pcm)
        except (NotRecording, NobodySpeaks) as reason:
            self._tell({"event": "refused", "reason": type(reason).__name__})
            return
        self._phone.say(pcm)
        self._tell({"event": "said", "words": words})

    def _hang_up(self) -> None:
        self._hung_up = True
        if self._call is not None:
            self._call.hang_up()

    # ---- what is told ---------------------------------------------------------------------------------------------

    def _show(self, call: SoundingCall) -> None:
        now = (call.step, call.waiting_for)
        if now != self._shown:
            self._shown = now
            self._tell({"event": "stands", "step": call.step, "waiting_for": call.waiting_for})

    def _heard(self, told: Told) -> None:
        match told:
            case Spoken(text, language):
                self._tell({"event": "says", "words": text, "language": language})
            case Played(_, sound):
                digits = self._ground.ears.hear(sound) if self._ground.ears else ""
                self._tell({"event": "plays", "seconds": round(seconds_of_file(sound), 1), "digits": digits})
            case Began():
                self._tell({"event": "recording"})

    def _kept(self, kept: Kept) -> None:
        seconds = round(kept.seconds, 1)
        self._tell({"event": "recorded", "why": kept.why, "seconds": seconds, "has_voice": kept.has_voice})

    def _tell_ended(self) -> None:
        call = self._call
        told = {"call": call.sid, "seconds": call.seconds, "status": call.status} if call is not None else {}
        self._tell({"event": "ended", "call": "", "seconds": 0, "status": "canceled", **told})

    @staticmethod
    def _language(call: SoundingCall) -> str:
        """Return the language in which the line spoke last: its caller answers in it."""
        return next((item.language for item in reversed(call.heard) if isinstance(item, Spoken)), "en-GB")
