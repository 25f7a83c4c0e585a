"""Voices of the exchange: a program that is kept running, what it cannot say, and what happens when it dies."""

from __future__ import annotations

import io
import shlex
import sys
from pathlib import Path

import pytest

from ivr.simulator.sounds import is_loud
from ivr.simulator.voices import NobodySpeaks, SpeakingProgram
from ivr.worker.say import _say_many

PROGRAM = """
import io, json, os, sys, wave
for line in sys.stdin:
    asked = json.loads(line)
    with open({log!r}, "a") as log:
        log.write(f"{{os.getpid()}} {{asked['language']}}\\n")
    if asked["words"] == "die":
        sys.exit(1)
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(8000)
        file.writeframes(b"\\x00\\x40" * len(asked["words"]))
    wav = packed.getvalue() if asked["language"] != "xx" else b""
    sys.stdout.buffer.write(b"%d\\n" % len(wav) + wav)
    sys.stdout.buffer.flush()
"""


@pytest.fixture
def program(tmp_path: Path) -> SpeakingProgram:
    (tmp_path / "speaks.py").write_text(PROGRAM.format(log=str(tmp_path / "log")))
    return SpeakingProgram(shlex.join([sys.executable, str(tmp_path / "speaks.py")]))


def test_one_process_speaks_everything_and_nothing_twice(program: SpeakingProgram, tmp_path: Path) -> None:
    program.begin()
    assert program("four", "en-GB") == program("four", "en-GB") == b"\x00\x40" * 4
    assert program("sześć", "pl-PL") == b"\x00\x40" * 5
    program.close()
    asked = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    assert [language for _, language in asked] == ["en-GB", "pl-PL"]
    assert len({process for process, _ in asked}) == 1


def test_a_language_that_the_program_does_not_know_is_told(program: SpeakingProgram) -> None:
    with pytest.raises(NobodySpeaks):
        program("words", "xx")
    assert program("words", "en")
    program.close()


def test_a_program_that_died_is_started_again(program: SpeakingProgram) -> None:
    with pytest.raises(NobodySpeaks):
        program("die", "en")
    assert program("alive", "en")
    program.close()
    program.close()


def test_a_program_that_is_not_there_cannot_speak(tmp_path: Path) -> None:
    nobody = SpeakingProgram(str(tmp_path / "nowhere"))
    nobody.begin()
    with pytest.raises(NobodySpeaks):
        nobody("words", "en")
    nobody.close()


def test_the_command_say_speaks_line_after_line_and_answers_what_it_cannot_say() -> None:
    asked = '{"words": "Good morning.", "language": "en-GB"}\nnonsense\n{"words": "x", "language": "../x"}\n'
    spoken = io.BytesIO()
    assert _say_many(io.StringIO(asked), spoken) == 0
    spoken.seek(0)
    wav = spoken.read(int(spoken.readline()))
    assert wav[:4] == b"RIFF"
    assert is_loud(wav[44:])
    assert spoken.read() == b"0\n0\n"
