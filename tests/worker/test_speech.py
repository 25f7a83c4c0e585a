"""Our own voice speaks in 8 kHz, through another program, and says so when it cannot."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.digit_sounds import DigitSounds
from ivr.worker.blank import is_blank
from ivr.worker.commands import digits
from ivr.worker.speech import NoVoice, speak
from ivr.worker.wav import Heard, at_rate, read_wav
from storage.command_line import COMMANDS

NO_PROGRAMS = "/nonexistent"


def shape(wav: bytes) -> tuple[int, int, int]:
    with wave.open(io.BytesIO(wav)) as file:
        return file.getnchannels(), file.getsampwidth(), file.getframerate()


@pytest.mark.parametrize("language", ["en", "pl"])
def test_it_speaks_for_the_telephone(language: str) -> None:
    spoken = speak("one two three", language)
    assert shape(spoken) == (1, 2, 8000)
    assert 0.8 < read_wav(spoken).seconds < 5
    assert not is_blank(spoken)


def test_slower_speech_lasts_longer() -> None:
    fast, slow = (read_wav(speak("one two three four", "en", rate=rate)).seconds for rate in (220, 90))
    assert slow > fast * 1.4


def test_without_the_program_the_library_speaks_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", NO_PROGRAMS)
    spoken = speak("seven", "en")
    assert shape(spoken) == (1, 2, 8000)
    assert not is_blank(spoken)
    with Path("/proc/self/maps").open(encoding="utf-8") as maps:
        assert "libespeak" not in maps.read()


@pytest.mark.parametrize("language", ["zz", "en; rm -rf /", "--help", ""])
def test_a_language_without_a_voice_is_refused_in_words(language: str) -> None:
    with pytest.raises(NoVoice):
        speak("one", language)


def test_the_library_says_when_it_has_no_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", NO_PROGRAMS)
    with pytest.raises(NoVoice, match="xx"):
        speak("one", "xx")


def test_the_command_makes_digits_that_the_public_door_can_read(tmp_path: Path) -> None:
    assert COMMANDS["digits"][0] == "ivr.worker.commands:digits"
    assert digits(["--out", str(tmp_path), "--languages", "en,pl"]) == 0
    sounds = DigitSounds.read(tmp_path, ("en", "pl"))
    reference = sounds.say("1234567890123456", "pl")
    assert shape(reference) == (1, 2, 8000)
    assert not is_blank(reference)
    assert digits(["--out", str(tmp_path), "--languages", "zz"]) == 1


def test_another_rate_keeps_the_pitch() -> None:
    at = np.arange(22_050) / 22_050
    tone = Heard(22_050, np.sin(2 * np.pi * 1000 * at).astype(np.float32))
    spectrum = np.abs(np.fft.rfft(at_rate(tone, 8000).samples))
    assert abs(int(spectrum.argmax()) - 1000) <= 2


def test_what_a_lower_rate_cannot_carry_is_filtered_out() -> None:
    at = np.arange(22_050) / 22_050
    tone = Heard(22_050, np.sin(2 * np.pi * 6000 * at).astype(np.float32))
    assert float(np.abs(at_rate(tone, 8000).samples[200:-200]).max()) < 0.02
