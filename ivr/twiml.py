"""Step and wording to TwiML: the only file that knows Twilio's verbs.

Documents are built once by Twilio's own builder with marks where a call's own values stand, then only filled: building
costs 38 us, filling 1 us. Sources: Twilio's pages on Say, Play, Gather, Record and on connection overrides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from ivr.memory import Memory
from ivr.spoken import prompts_of
from ivr.steps import Bridge, Choose, Decide, Digits, Do, End, Flow, HeardStep, Hold, Menu, Record, Say, Wait
from prompts.wording import Wording

# By default Twilio retries only a failed connect, once: this asks for two more tries on anything that went wrong.
OVERRIDES = "#ct=2000&rt=4000&rc=2&rp=all"
ENDING_KEYS = "#*09"
LEAVING_SECONDS = 2
COMMAND_SECONDS = 1  # after a question, before the tone
AGAIN_SECONDS = 1  # before a caller is brought into a conference that came to nothing a moment ago
MAX_DOCUMENTS = 20_000
STAFF_LANGUAGE = "en-GB"  # the desk's

_NEXT, _INTENT, _TOKEN, _ROOM = "NEXT-ADDRESS", "INTENT-ID", "SOUND-TOKEN", "ROOM-NAME"


@dataclass(frozen=True)
class Seat:
    """A place in a conference, as its document needs to know it."""

    room: str
    plays_caller: bool = False  # in practice: with them the conversation ends
    only_hears: bool = False


class Speaker(Protocol):
    """What can be spoken into: a whole response, or a Gather inside one."""

    def say(self, message: str | None = None, **_attributes: str) -> object: ...

    def play(self, url: str | None = None, **_attributes: str) -> object: ...


@dataclass
class Documents:
    """Speaks any step of a flow in any language of the wording, for a service at one public address."""

    flow: Flow
    wording: Wording
    languages: tuple[str, ...]  # the line's own first
    public_base: str
    _built: dict[tuple[object, ...], str] = field(default_factory=dict)

    def speak(self, memory: Memory, turn: int) -> str:
        """Return the document for where a call stands; `turn` is the one that the next webhook carries."""
        place = (memory.step, memory.language, memory.variant, memory.preface, memory.afterword)
        key = (*place, memory.leaving, memory.slower, memory.patient, memory.rounds > 0)
        built = self._built.get(key)
        if built is None:
            if len(self._built) > MAX_DOCUMENTS:
                self._built.clear()
            built = self._built[key] = str(self._build(memory))
        address = f"{self.public_base}/call/{memory.step}/{turn}"
        filled = built.replace(_NEXT, address).replace(_INTENT, memory.intent_id)
        return filled.replace(_TOKEN, memory.audio_token).replace(_ROOM, memory.room)

    def ask_anew(self, turn: int) -> str:
        """Return a document that only leads on to where the present step is said anew."""
        response = VoiceResponse()
        response.redirect(f"{self.public_base}/call/anew/{turn}{OVERRIDES}", method="POST")
        return str(response)

    def _build(self, memory: Memory) -> VoiceResponse:
        response = VoiceResponse()
        step = self.flow.steps[memory.step]
        assert not isinstance(step, Decide | Do), "a call stands only at steps that are heard"  # noqa: S101
        if memory.leaving:
            _gather(response, timeout=LEAVING_SECONDS, num_digits=1, finish_on_key="")
            response.redirect(_NEXT + OVERRIDES, method="POST")
            return response
        if isinstance(step, Say | End | Wait | Bridge):
            self._say(response, memory, (*memory.preface, *prompts_of(step, memory)))
        match step:
            case End():
                response.hangup()
                return response
            case Say():
                pass
            case Wait():
                response.pause(length=step.seconds)
            case Bridge():
                self._bring_together(response, memory)
            case Digits():
                gather = _gather(
                    response, timeout=_patience(step.seconds, memory), num_digits=step.length, finish_on_key="#"
                )
                self._speak_into(gather, step, memory)
            case Record():
                gather = _gather(
                    response, timeout=COMMAND_SECONDS * (3 if memory.slower else 1), num_digits=1, finish_on_key=""
                )
                self._speak_into(gather, step, memory)
                self._record(response, step, memory)
            case Menu() | Choose() | Hold():
                seconds = COMMAND_SECONDS if isinstance(step, Hold) else _patience(step.seconds, memory)
                gather = _gather(response, timeout=seconds, num_digits=1, finish_on_key="")
                self._speak_into(gather, step, memory)
        response.redirect(_NEXT + OVERRIDES, method="POST")
        return response

    def _speak_into(self, gather: Gather, step: HeardStep, memory: Memory) -> None:
        prompts = (*memory.preface, *prompts_of(step, memory))
        if isinstance(step, Menu) and step.plays:
            before = len(prompts) - (1 if step.prompt else 0)
            self._say(gather, memory, prompts[:before])
            gather.play(f"{self.public_base}/audio/{_TOKEN}{OVERRIDES}")
            prompts = prompts[before:]
        self._say(gather, memory, prompts)
        if isinstance(step, Menu) and step.languages:
            for language in [one for one in step.languages if one != memory.language] or step.languages:
                self.say(gather, language, "language_offer")
            self._say(gather, memory, step.closing)
        self._say(gather, memory, memory.afterword)
        if isinstance(step, Hold) and memory.rounds:  # at first words alone, so that the place is told soon
            gather.play(self.hold_sound)

    def _bring_together(self, response: VoiceResponse, memory: Memory) -> None:
        if memory.rounds:
            response.pause(length=AGAIN_SECONDS)
        dial = response.dial(action=_NEXT + OVERRIDES, method="POST", record="do-not-record")
        self._add_room(dial, _ROOM, ends=True, wait_url=f"{self.public_base}/hold{OVERRIDES}")

    def _add_room(self, dial: Dial, room: str, *, ends: bool, wait_url: str, muted: bool = False) -> None:
        # Told to whoever comes first, and both may: what happens in a room is told to its first participant's address.
        dial.conference(
            room,
            beep="false",
            muted=muted,
            record="do-not-record",
            start_conference_on_enter=True,
            end_conference_on_exit=ends,
            wait_url=wait_url,
            wait_method="POST",  # a GET would put the caller's number into an address
            status_callback=f"{self.public_base}/room{OVERRIDES}",
            status_callback_method="POST",
            status_callback_event="join leave",
        )

    @property
    def hold_sound(self) -> str:
        """Return the address of what is heard while one waits."""
        return f"{self.public_base}/prompts/hold.wav{OVERRIDES}"

    def hold(self) -> str:
        """Return the document for whoever is alone in a conference, or held: our own sound, over and over."""
        response = VoiceResponse()
        response.play(self.hold_sound, loop=0)
        return str(response)

    def seat(self, place: Seat) -> str:
        """Return the document that brings a softphone's leg into its conference."""
        response = VoiceResponse()
        over = f"{self.public_base}/softphone/over{OVERRIDES}"
        dial = response.dial(action=over, method="POST", record="do-not-record")
        self._add_room(dial, place.room, ends=place.plays_caller, wait_url="", muted=place.only_hears)
        return str(response)

    def no_seat(self, why: str) -> str:
        """Return the document for a softphone's leg that has no place: a sentence for staff, and the end."""
        response = VoiceResponse()
        response.say(why, language=STAFF_LANGUAGE)
        response.hangup()
        return str(response)

    def softphone_over(self) -> str:
        """Return the document for a softphone's leg whose conference is over."""
        response = VoiceResponse()
        response.hangup()
        return str(response)

    def _record(self, response: VoiceResponse, step: Record, memory: Memory) -> None:
        response.record(
            action=_NEXT + OVERRIDES,
            method="POST",
            max_length=step.max_seconds,
            timeout=_patience(step.silence_seconds, memory),
            finish_on_key=ENDING_KEYS,
            play_beep=True,
            trim="trim-silence",
            recording_status_callback=f"{self.public_base}/recording/{_INTENT}{OVERRIDES}",
            recording_status_callback_method="POST",
            recording_status_callback_event="completed absent",
        )

    def _say(self, speaker: Speaker, memory: Memory, prompts: tuple[str, ...]) -> None:
        for prompt in prompts:
            self.say(speaker, memory.language, prompt, slower=memory.slower)

    def say(self, speaker: Speaker, language: str, prompt: str, *, slower: bool = False) -> None:
        """Let a recorded voice say a prompt where there is one, else a synthetic one."""
        if not self.wording.has(language, prompt):
            prompt = prompt.partition(".")[0]
        if self.wording.sound(language, prompt) is not None:
            speaker.play(f"{self.public_base}/prompts/{language}/{prompt}.wav{OVERRIDES}")
            return
        self.synthesise(speaker, language, prompt, slower=slower)

    def synthesise(self, speaker: Speaker, language: str, prompt: str, *, slower: bool = False) -> None:
        """Let the carrier's voice say a prompt; where it has none (in the demo alone) the text stands for a sound."""
        voice = self.wording.voice(language)
        spoken = {"voice": voice.voice, "language": voice.tag} if voice.voice else {"language": voice.tag}
        text = self.wording.say(language, prompt)
        if slower:
            said = speaker.say(**spoken)
            said.prosody(text, rate="slow")  # type: ignore[attr-defined]
        else:
            speaker.say(text, **spoken)


def _gather(response: VoiceResponse, *, timeout: int, num_digits: int, finish_on_key: str) -> Gather:
    gather: Gather = response.gather(
        action=_NEXT + OVERRIDES,
        method="POST",
        input="dtmf",
        timeout=timeout,
        num_digits=num_digits,
        finish_on_key=finish_on_key,
    )
    return gather


def _patience(seconds: int, memory: Memory) -> int:
    return seconds * 2 if memory.slower or memory.patient else seconds
