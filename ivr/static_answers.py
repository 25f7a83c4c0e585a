"""What callers hear while the database is away, from memory: an apology, consent by key, a recording.

The recording is adopted later. Nothing here remembers anything: the round in the address bounds how often it goes on,
so that a caller is never led in circles. The same words are the fallback that Twilio keeps for the line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from twilio.twiml.voice_response import VoiceResponse

from ivr.twiml import ENDING_KEYS, OVERRIDES, Documents

MAX_ROUNDS = 3
CONSENT_SECONDS = 8
CLIP_SECONDS = 115
SILENCE_SECONDS = 12
AGREE = "1"


@dataclass(frozen=True)
class StaticAnswers:
    """Documents that need neither database nor keys."""

    documents: Documents
    language: str = ""  # of the number that was rung; empty for the line's own

    def speaking(self, language: str) -> StaticAnswers:
        """Return the same documents in another language of the line; a language it does not speak means its own."""
        other = language if language in self.documents.languages[1:] else ""
        return self if other == self.language else replace(self, language=other)

    def answer(self, name: str, round_: int, keys: str) -> str:
        """Return the document for one round of `ask`, `consent` or `done`; anything else begins with the apology."""
        if round_ >= MAX_ROUNDS and name != "done":  # who has just left a message is thanked, in any round
            return self._goodbye()
        match name:
            case "consent" if keys[:1] == AGREE:
                return self._record(round_)
            case "consent":
                return self._ask(round_ + 1, apologise=False)
            case "done":
                return self._done()
            case _:
                return self._ask(round_)

    def _ask(self, round_: int, *, apologise: bool = True) -> str:
        if round_ >= MAX_ROUNDS:
            return self._goodbye()
        response = VoiceResponse()
        if apologise:
            self._say(response, "apology")
        gather = response.gather(
            action=self._address("consent", round_),
            method="POST",
            input="dtmf",
            num_digits=1,
            timeout=CONSENT_SECONDS,
            finish_on_key="",
        )
        self._say(gather, "static_consent")
        response.redirect(self._address("consent", round_), method="POST")
        return str(response)

    def _record(self, round_: int) -> str:
        response = VoiceResponse()
        self._say(response, "static_recording")
        self._add_recording(response, self._address("done", round_ + 1))
        response.redirect(self._address("done", round_ + 1), method="POST")
        return str(response)

    def _done(self) -> str:
        response = VoiceResponse()
        self._say(response, "static_done")
        response.redirect(self._now(), method="POST")
        return str(response)

    def _goodbye(self) -> str:
        response = VoiceResponse()
        self._say(response, "static_goodbye")
        response.hangup()
        return str(response)

    def fallback(self, recording_document: str) -> str:
        """Return the document that Twilio itself keeps as the number's fallback; it needs no answer of ours.

        Such a document cannot tell keys apart, so any key agrees and leads to `recording_document` (the address of the
        other document that Twilio keeps); who presses none is not recorded. Both then try the service again.
        """
        response = VoiceResponse()
        self._say_alone(response, "apology")
        gather = response.gather(
            action=recording_document,
            method="POST",
            input="dtmf",
            num_digits=1,
            timeout=CONSENT_SECONDS,
            finish_on_key="",
        )
        self._say_alone(gather, "fallback_consent")
        response.redirect(self._now(), method="POST")
        return str(response)

    def fallback_recording(self) -> str:
        """Return the document that records after the fallback's consent."""
        response = VoiceResponse()
        self._say_alone(response, "static_recording")
        self._add_recording(response, self._now())
        response.redirect(self._now(), method="POST")
        return str(response)

    def _now(self) -> str:
        way = f"in/{self.language}" if self.language else "now"
        return f"{self.documents.public_base}/call/{way}{OVERRIDES}"

    def _add_recording(self, response: VoiceResponse, address: str) -> None:
        response.record(
            action=address,
            method="POST",
            max_length=CLIP_SECONDS,
            timeout=SILENCE_SECONDS,
            finish_on_key=ENDING_KEYS,
            play_beep=True,
            recording_status_callback=f"{self.documents.public_base}/recording/adopt{OVERRIDES}",
            recording_status_callback_method="POST",
            recording_status_callback_event="completed absent",
        )

    def _address(self, name: str, round_: int) -> str:
        way = f"/in/{self.language}" if self.language else ""
        return f"{self.documents.public_base}/static/{name}/{round_}{way}{OVERRIDES}"

    def _say(self, speaker: VoiceResponse, prompt: str) -> None:
        self.documents.say(speaker, self.language or self.documents.languages[0], prompt)

    def _say_alone(self, speaker: VoiceResponse, prompt: str) -> None:
        # Spoken while we do not answer at all, so that no sound of ours could be fetched.
        self.documents.synthesise(speaker, self.language or self.documents.languages[0], prompt)
