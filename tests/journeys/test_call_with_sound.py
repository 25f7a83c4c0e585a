"""A whole report on the real line, carried frame by frame, and then repeated by the script that it wrote."""

from __future__ import annotations

from pathlib import Path

from ivr.simulator import sounds
from ivr.simulator.ears import DigitEars
from ivr.simulator.frames import QUIET, framed
from ivr.simulator.line_leg import LineLeg
from ivr.simulator.script import ScriptedCaller, reference_heard, written
from ivr.simulator.sounding import SoundingCall
from ivr.simulator.tones import tone
from tests.house import LINE, House, make_house, speech

MOST_FRAMES = 50 * 120  # two minutes in one step


def short_voice(words: str, language: str) -> bytes:
    return tone(0.3, 400.0)


def carry(call: SoundingCall, frames: list[bytes]) -> None:
    for frame in frames:
        call.leg.speak()
        call.leg.hear(frame)
        call.tick()


def until(call: SoundingCall, step: str, *, records: bool = False) -> None:
    """Carry silence until the call stands at a step and listens, or records there."""
    wanted = "recording" if records else "key"
    for _ in range(MOST_FRAMES):
        if call.step == step and call.waiting_for == wanted and not (records and call.leg.is_playing):
            return
        carry(call, [QUIET])
    raise AssertionError(f"at {call.step}, waiting for {call.waiting_for}")


def tells(house: House, call: SoundingCall) -> str:
    """Give a report with two answers by voice, and return its reference as it was heard."""
    for step, keys in (("greeting", "1"), ("main_menu", "2"), ("consent", "1"), ("urgent", "2")):
        until(call, step)
        call.press(keys)
    for step, keys in (("allegation", "4"), ("allegation", "#")):
        until(call, step)
        call.press(keys)
    until(call, "who", records=True)
    carry(call, framed(sounds.read_wav(speech(2))))
    call.press("#")
    for step in ("force", "role", "reference"):
        until(call, step)
        carry(call, [QUIET] * 300)  # the reference is read out
        call.press("1")
    reference = reference_heard(call, DigitEars(house.settings.digits_dir))
    until(call, "reference_tail")
    for key in reference[-4:]:
        call.press(key)
    until(call, "story", records=True)
    carry(call, framed(sounds.read_wav(speech(3, seed=2))) + [QUIET] * 50)
    call.hang_up()
    return reference


def test_a_report_given_with_sound_is_repeated_by_its_script(tmp_path: Path, sqlite_template: Path) -> None:
    (tmp_path / "hotline.db").write_bytes(sqlite_template.read_bytes())
    with make_house(tmp_path, f"sqlite:///{tmp_path / 'hotline.db'}") as house:
        first = house.exchange.prepare_sounding(LineLeg(lambda _: None), short_voice, lambda _: None, to=LINE)
        first.ring()
        reference = tells(house, first)
        assert len(reference) == 16
        script = written(first, reference)
        assert "> notes the reference\n> presses last four of the reference" in script
        assert reference[-4:] not in script
        assert script.endswith("> plays answer-2.wav\n> hangs up\n< ends\n")

        for name, wav in first.answers.items():
            (tmp_path / name).write_bytes(wav)
        again = house.ring()
        caller = ScriptedCaller(again, ears=DigitEars(house.settings.digits_dir), folder=tmp_path)
        caller.follow(script)
        assert caller.reference != reference
        assert written(again, caller.reference) == script
        lengths = [recording.seconds for recording in house.exchange.recordings.values()]
        assert lengths == [2, 3, 2, 3]
