"""Conversations written as text: they hold or they do not, and a played call writes one that repeats it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from ivr.simulator import sounds
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.ears import DigitEars
from ivr.simulator.exchange import Exchange
from ivr.simulator.script import HeardSomethingElse, NotUnderstood, ScriptedCaller, parse, written
from tests.simulator.service import LINE, Page, Service, exchange_for, tone

REFERENCE = "4071228853960174"


def ask(step: str, words: str, *, wrong: str = "/call/lost/1", digits: int = 1) -> str:
    gather = (
        f'<Gather numDigits="{digits}" finishOnKey="" timeout="6" action="/call/{step}/1"><Say>{words}</Say></Gather>'
    )
    return f"{gather}<Redirect>{wrong}</Redirect>"


def record(step: str, words: str) -> str:
    question = f'<Gather numDigits="1" finishOnKey="" timeout="1" action="/call/{step}/2"><Say>{words}</Say></Gather>'
    clip = f'<Record action="/call/{step}/2" timeout="10" finishOnKey="#*09"/>'
    return f"{question}{clip}<Redirect>/call/{step}/3</Redirect>"


def digit(number: int) -> bytes:
    """Return PCM that stands for one spoken digit: nobody else sounds like it."""
    return struct.pack("<400h", *((number + 3) * 400 + at * (number + 1) % 97 for at in range(400)))


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    for language, shift in (("en", 0), ("pl", 20)):
        (tmp_path / language).mkdir()
        for number in range(10):
            (tmp_path / language / f"{number}.wav").write_bytes(sounds.write_wav(digit(number + shift)))
    return tmp_path


def read_out(digits: str, shift: int = 0) -> bytes:
    once = sounds.silence(0.3) + b"".join(digit(int(one) + shift) + sounds.silence(0.2) for one in digits)
    return sounds.write_wav(once * 2)


def line_pages() -> dict[str, Page]:
    return {
        "/call": "<Say>Welcome.</Say>" + ask("main_menu", "To report, press 1. To add, press 2."),
        "/call/main_menu/1": f"<Say>Thank you.</Say>{record('story', 'What happened?')}",
        "/call/story/2": "<Play>/audio</Play>" + ask("reference_check", "Key in the last four.", digits=4),
        "/call/story/3": "<Say>We heard nothing.</Say><Hangup/>",
        "/call/reference_check/1": "<Say>Goodbye.</Say>",
        "/call/lost/1": "<Say>Are you there?</Say><Gather timeout='6'/>",
        "/audio": Response(read_out(REFERENCE), mimetype="audio/wav"),
    }


def ringing() -> tuple[SimulatedCall, Exchange, Service]:
    exchange, service = exchange_for(line_pages())
    return exchange.ring(LINE), exchange, service


def speaker(words: str, language: str) -> bytes:
    assert language == "en"
    return tone(len(words) / 10)


WHOLE = """
# a whole call
> rings
< hears main_menu
< hears "to report, press 1"
> presses 1
< hears "thank you"
< hears story
> says "He took the money and told me to keep quiet."
< hears reference_check
> notes the reference
> presses last four of the reference
< hears "Goodbye."
< ends
"""


def test_a_whole_call_plays(clips: Path) -> None:
    call, exchange, service = ringing()
    caller = ScriptedCaller(call, speaker, DigitEars(clips))
    caller.follow(WHOLE)
    assert caller.reference == REFERENCE
    assert service.last("/call/reference_check/1").form["Digits"] == REFERENCE[-4:]
    assert [recording.seconds for recording in exchange.recordings.values()] == [4]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("< hears story", "line 1: < hears story"),
        ('< hears "goodbye"', "Welcome."),
        ("> presses 1\n< hears main_menu", "story"),
        ("< ends", "waiting for key"),
        ("> hangs up\n> presses 1", "the call is over"),
        ('> waits\n> says "Hello."', "waiting for ended"),  # nobody records at "are you there?"
        ("> presses the reference", "no reference was noted"),
        ("> notes the reference", "no sound with a reference"),
    ],
)
def test_what_does_not_hold_is_told_with_its_line(clips: Path, script: str, told: str) -> None:
    call, _, _ = ringing()
    with pytest.raises(HeardSomethingElse, match=told):
        ScriptedCaller(call, speaker, DigitEars(clips)).follow(script)


@pytest.mark.parametrize(
    "line", ["presses 1", "> presses", "> presses one", "< hears two words", '> says ""', "> dances"]
)
def test_a_line_of_no_known_form_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(NotUnderstood, match="line 2"):
        parse("> waits\n" + line)


def test_saying_nothing_leaves_an_empty_recording() -> None:
    call, exchange, service = ringing()
    ScriptedCaller(call).follow('> presses 1\n> says nothing\n< hears "we heard nothing"\n< ends')
    assert exchange.recordings == {}
    assert "/call/story/3" in service.paths


def test_waiting_runs_down_the_lines_patience() -> None:
    call, _, _ = ringing()
    ScriptedCaller(call).follow('> waits\n< hears "are you there?"\n> waits\n< ends')


def test_a_file_can_be_played_into_a_recording(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(tone(3))
    call, exchange, _ = ringing()
    ScriptedCaller(call, folder=tmp_path).follow("> presses 1\n> plays one.wav\n> presses #\n< hears reference_check")
    assert [recording.seconds for recording in exchange.recordings.values()] == [3]
    assert "> plays one.wav" in written(call)


def test_words_need_somebody_who_can_speak() -> None:
    call, _, _ = ringing()
    with pytest.raises(HeardSomethingElse, match="nobody here can speak"):
        ScriptedCaller(call).follow('> presses 1\n> says "Secret words."')


def test_a_played_call_writes_the_script_that_repeats_it(clips: Path) -> None:
    first, _, _ = ringing()
    ScriptedCaller(first, speaker, DigitEars(clips)).follow(WHOLE)
    script = written(first, REFERENCE)
    second, _, service = ringing()
    ScriptedCaller(second, speaker, DigitEars(clips)).follow(script)
    assert written(second, REFERENCE) == script
    assert "> presses last four of the reference" in script
    assert REFERENCE[-4:] not in script
    assert second.ended
    assert service.paths[-2] == "/call/reference_check/1"


def test_ears_hear_digits_in_whichever_language_they_are_read(clips: Path) -> None:
    ears = DigitEars(clips)
    assert ears.hear(read_out("0123456789")) == "01234567890123456789"
    assert ears.hear(read_out("97531", shift=20)) == "9753197531"


def test_ears_hear_nothing_in_other_sounds(clips: Path) -> None:
    ears = DigitEars(clips)
    assert ears.hear(tone(1)) == ""
    assert ears.hear(b"no sound at all") == ""
    assert DigitEars(clips / "nowhere").hear(read_out("1")) == ""


def test_ears_know_a_folder_of_one_language(clips: Path) -> None:
    assert DigitEars(clips / "en").hear(read_out("42")) == "4242"
