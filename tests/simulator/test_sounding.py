"""A call with sound, carried frame by frame: what is heard and when, what is recorded, the script that repeats it."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from ivr.simulator import sounds
from ivr.simulator.ears import DigitEars
from ivr.simulator.exchange import Exchange, NoSuchLine
from ivr.simulator.frames import FRAME_SECONDS, QUIET, framed
from ivr.simulator.line_leg import Began, LineLeg, Told
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.moments import NotRecording, Played, Spoken
from ivr.simulator.script import ScriptedCaller, reference_heard, written
from ivr.simulator.sounding import Kept, SoundingCall
from ivr.simulator.tones import BEEP_SECONDS, tone
from ivr.simulator.voices import NobodySpeaks, no_voice
from tests.simulator.service import BASE, LINE, Page, Service, exchange_for
from tests.simulator.test_script import REFERENCE, digit, line_pages, read_out

VOICE = framed(tone(1, 500.0))


def one_second_voice(words: str, language: str) -> bytes:
    return tone(1, 700.0)


@dataclass
class Carried:
    """A call, and somebody who carries its frames: a second takes no time."""

    exchange: Exchange
    call: SoundingCall
    told: list[Told]
    kept: list[Kept]
    sound: list[bytes] = field(default_factory=list)

    def carry(self, seconds: float, said: list[bytes] | None = None) -> None:
        """Carry frames for a while; the caller says what is given, then nothing."""
        saying = list(said or [])
        for _ in range(round(seconds / FRAME_SECONDS)):
            self.sound.append(self.call.leg.speak())
            self.call.leg.hear(saying.pop(0) if saying else QUIET)
            self.call.tick()

    def says(self, seconds: float) -> None:
        self.carry(seconds, VOICE * round(seconds))

    def loud_seconds(self) -> float:
        return sum(map(sounds.is_loud, self.sound)) * FRAME_SECONDS

    @property
    def words(self) -> list[str]:
        return [item.text for item in self.told if isinstance(item, Spoken)]


def ring(pages: dict[str, Page], voice: object = one_second_voice) -> tuple[Carried, Service]:
    exchange, service = exchange_for(pages)
    told: list[Told] = []
    kept: list[Kept] = []
    leg = LineLeg(told.append)
    call = exchange.prepare_sounding(leg, voice, kept.append, to=LINE)  # type: ignore[arg-type]
    call.ring()
    return Carried(exchange, call, told, kept), service


GATHER = (
    '<Gather numDigits="1" timeout="4" action="/next"><Say>One.</Say><Say>Two.</Say></Gather><Redirect>/late</Redirect>'
)
RECORD = (
    '<Record action="/next" finishOnKey="#" timeout="3" maxLength="20" recordingStatusCallback="/ready"/>'
    "<Redirect>/late</Redirect>"
)
REST: dict[str, Page] = {"/next": "<Gather timeout='60'/>", "/late": "<Gather timeout='60'/>"}


def test_words_are_told_as_they_begin_to_sound_and_not_before() -> None:
    carried, _ = ring({"/call": GATHER, **REST})
    assert carried.words == []
    carried.carry(0.5)
    assert carried.words == ["One."]
    carried.carry(1)
    assert carried.words == ["One.", "Two."]


def test_a_key_stops_the_prompt_and_what_was_not_said_is_not_told() -> None:
    carried, service = ring({"/call": GATHER, **REST})
    carried.carry(0.5)
    carried.call.press("1")
    carried.carry(2)
    assert carried.words == ["One."]
    assert carried.loud_seconds() == pytest.approx(0.5, abs=0.05)
    assert service.last("/next").form["Digits"] == "1"


def test_patience_counts_from_the_end_of_the_sound() -> None:
    carried, service = ring({"/call": GATHER, **REST})
    carried.carry(2 + 3.9)
    assert "/late" not in service.paths
    carried.carry(0.2)
    assert "/late" in service.paths


def test_each_key_begins_patience_anew() -> None:
    gather = '<Gather numDigits="4" timeout="4" action="/next"><Say>One.</Say></Gather>'
    carried, service = ring({"/call": gather, **REST})
    for key in "123":
        carried.carry(3)
        carried.call.press(key)
    assert "/next" not in service.paths
    carried.carry(4.1)
    assert service.last("/next").form["Digits"] == "123"


def test_a_key_where_nobody_listens_is_lost_and_stands_in_no_script() -> None:
    carried, _ = ring({"/call": "<Say>Not to be stopped.</Say><Gather timeout='60'/>"})
    carried.carry(0.3)
    assert not carried.call.listens_to("5")
    carried.call.press("5")
    carried.carry(1)
    assert carried.loud_seconds() == pytest.approx(1, abs=0.05)
    assert "presses" not in written(carried.call)


def test_a_pause_and_a_sound_take_their_time() -> None:
    pages: dict[str, Page] = {
        "/call": '<Play loop="2">/a</Play><Pause length="2"/><Redirect>/late</Redirect>',
        "/a": Response(sounds.write_wav(tone(0.5, 900.0)), mimetype="audio/wav"),
        **REST,
    }
    carried, service = ring(pages)
    carried.carry(2.9)
    assert "/late" not in service.paths
    carried.carry(0.2)
    assert "/late" in service.paths
    assert carried.loud_seconds() == pytest.approx(1, abs=0.05)
    assert [type(item) for item in carried.told] == [Played]


def test_what_nobody_here_can_speak_is_told_and_takes_its_time_in_silence() -> None:
    carried, service = ring({"/call": f"<Say>{'x' * 30}</Say><Redirect>/late</Redirect>", **REST}, no_voice)
    carried.carry(1.9)
    assert (len(carried.words), carried.loud_seconds(), "/late" in service.paths) == (1, 0, False)
    carried.carry(0.2)
    assert "/late" in service.paths


def test_a_recording_begins_after_its_tone_and_keeps_what_is_said() -> None:
    carried, service = ring({"/call": RECORD, **REST})
    carried.carry(BEEP_SECONDS, VOICE)  # before and during the tone nothing is kept
    assert carried.loud_seconds() == pytest.approx(BEEP_SECONDS, abs=0.05)
    carried.says(2)
    assert isinstance(carried.told[-1], Began)
    carried.call.press("#")
    assert service.last("/next").form["Digits"] == "#"
    (recording,) = carried.exchange.recordings.values()
    assert sounds.read_wav(recording.sound) == b"".join(VOICE * 2)
    assert [(kept.why, round(kept.seconds), kept.has_voice) for kept in carried.kept] == [("#", 2, True)]


def test_a_recording_without_its_tone_begins_at_once() -> None:
    carried, _ = ring({"/call": RECORD.replace("<Record", '<Record playBeep="false"'), **REST})
    carried.carry(0.02)
    assert isinstance(carried.told[-1], Began)


def test_silence_ends_a_recording_and_is_trimmed_from_it() -> None:
    carried, service = ring({"/call": RECORD, **REST})
    carried.carry(1)
    carried.says(1)
    carried.carry(2.9)
    assert "/next" not in service.paths
    carried.carry(0.2)
    assert "Digits" not in service.last("/next").form
    assert service.last("/next").form["RecordingDuration"] == "1"
    assert carried.kept[0].why == "silence"


def test_a_recording_of_noise_asks_no_action_and_the_next_verb_comes() -> None:
    carried, service = ring({"/call": RECORD, **REST})
    click = [VOICE[1]] + [QUIET] * 20
    carried.carry(6, click * 10)
    assert "/late" in service.paths
    assert carried.exchange.recordings == {}
    assert [(kept.why, round(kept.seconds), kept.has_voice) for kept in carried.kept] == [("silence", 3, False)]


def test_the_limit_ends_a_recording() -> None:
    carried, service = ring({"/call": RECORD, **REST})
    carried.says(22)
    assert service.last("/next").form["RecordingDuration"] == "20"
    assert carried.kept[0].why == "limit"


def test_hanging_up_keeps_the_recording_and_ends_the_sound() -> None:
    carried, service = ring({"/call": RECORD, **REST})
    carried.carry(1)
    carried.says(2)
    carried.call.hang_up()
    assert service.last("/next").form["Digits"] == "hangup"
    assert carried.kept[0].why == "hangup"
    assert not carried.call.leg.is_playing


def test_a_move_by_rest_stops_the_sound_and_keeps_the_recording() -> None:
    carried, service = ring({"/call": RECORD, "/now": "<Say>Moved.</Say><Gather timeout='60'/>", **REST})
    carried.carry(1)
    carried.says(1)
    carried.call.redirect(BASE + "/now", "POST")
    carried.carry(0.1)
    assert carried.words == ["Moved."]
    assert carried.kept[0].why == "moved"
    assert service.paths == ["/call", "/ready", "/now"]


def test_a_carrier_that_keeps_silence_keeps_it_here_too() -> None:
    carried, service = ring({"/call": RECORD, **REST})
    carried.exchange.misbehaviour = Misbehaviour(silent_recordings_kept=True)
    carried.carry(4)
    assert service.last("/next").form["RecordingDuration"] == "3"


def test_ringing_is_heard_until_the_line_says_something() -> None:
    leg = LineLeg(lambda _: None)
    leg.ring()
    heard = [leg.speak() for _ in range(400)]  # eight seconds: the ringing goes round
    assert sounds.is_loud(heard[0])
    assert sounds.is_loud(heard[150])
    leg.play(tone(0.1, 500.0))
    assert [sounds.is_loud(leg.speak()) for _ in range(10)] == [True] * 5 + [False] * 5


def test_words_may_only_be_typed_into_a_recording() -> None:
    carried, _ = ring({"/call": GATHER, **REST})
    with pytest.raises(NotRecording):
        carried.call.type("Hello.", tone(1, 500.0))


def test_nobody_has_another_number() -> None:
    exchange, _ = exchange_for({})
    with pytest.raises(NoSuchLine):
        exchange.prepare_sounding(LineLeg(print), no_voice, print, to="+448081570193")
    with pytest.raises(NobodySpeaks):
        no_voice("x", "en-GB")


# ---- scripts ------------------------------------------------------------------------------------------------------


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    for number in range(10):
        (tmp_path / f"{number}.wav").write_bytes(sounds.write_wav(digit(number)))
    return tmp_path


def test_a_call_with_sound_writes_the_script_that_repeats_it(clips: Path) -> None:
    ears = DigitEars(clips)
    carried, _ = ring(line_pages())
    carried.carry(1.5)  # welcome
    carried.call.press("1")
    carried.carry(4)  # thank you, the question, its patience, the tone
    carried.says(2)
    carried.carry(22)  # silence ends it, and the reference is read out twice
    for key in REFERENCE[-4:]:
        carried.carry(0.5)
        carried.call.press(key)
    carried.carry(3)
    assert carried.call.ended

    script = written(carried.call, reference_heard(carried.call, ears))
    assert "> plays answer-1.wav\n> waits\n< hears reference_check" in script
    assert "> presses last four of the reference" in script
    assert script.endswith("< ends\n")
    for name, wav in carried.call.answers.items():
        (clips / name).write_bytes(wav)
    exchange, _ = exchange_for({**line_pages(), "/audio": Response(read_out("5" * 16), mimetype="audio/wav")})
    again = exchange.ring(LINE)
    caller = ScriptedCaller(again, ears=ears, folder=clips)
    caller.follow(script)
    assert written(again, caller.reference) == script
    assert [one.seconds for one in exchange.recordings.values()] == [2]


def test_typed_words_stand_in_the_script_as_words() -> None:
    carried, _ = ring({"/call": RECORD, **REST})
    carried.carry(1)
    pcm = b"".join(VOICE)
    carried.call.type("It happened on a Tuesday.", pcm)
    carried.carry(1, framed(pcm))
    carried.call.press("#")
    assert '> says "It happened on a Tuesday."\n> presses #' in written(carried.call)
    assert carried.call.answers == {}


def test_typed_words_with_a_voice_beside_them_stand_in_the_script_as_sound() -> None:
    carried, _ = ring({"/call": RECORD, **REST})
    carried.carry(1)
    carried.call.type("It happened.", b"".join(VOICE))
    carried.says(3)
    carried.call.press("#")
    assert "> plays answer-1.wav\n> presses #" in written(carried.call)
    assert struct.unpack_from("<4s", carried.call.answers["answer-1.wav"]) == (b"RIFF",)


def test_a_recording_ended_by_its_limit_is_followed_by_no_act() -> None:
    carried, _ = ring({"/call": RECORD, "/next": "<Gather timeout='60'/>"})
    carried.says(22)
    assert written(carried.call) == "> rings\n> plays answer-1.wav\n"
