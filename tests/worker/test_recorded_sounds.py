"""What a studio delivers is taken in as the telephone plays it, or refused file by file in words; never half."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.digit_sounds import DigitSounds
from ivr.worker.levels import is_clipped, peak_dbfs, rms_dbfs, without_silence
from ivr.worker.recorded_sounds import look_through
from ivr.worker.wav import Heard, at_rate, read_wav
from ivr.worker.wording_commands import prompts
from prompts.line import read_line
from prompts.sounds import read_sounds
from prompts.wording import FOLDER, read_wording
from tests.worker.studio import write_studio

LINE = read_line(FOLDER / "lines" / "example.toml")
WORDING = read_wording(LINE)


def seconds_of(prompt: str) -> float:
    return WORDING.seconds("en", WORDING.say("en", prompt))


def good(folder: Path, *names: str) -> None:
    for name in names:
        write_studio(folder / f"{name}.wav", seconds_of(name.rpartition("-")[2]))


def faults(folder: Path) -> dict[str, str]:
    return {fault.name: fault.what for fault in look_through(folder, WORDING, "en").faults}


def take_in(folder: Path, into: Path, *more: str) -> int:
    return prompts(["take-in", str(folder), "--language", "en", "--recorded", str(into), *more])


def record_digits(folder: Path, digits: str = "0123456789") -> None:
    for digit in digits:
        write_studio(folder / f"digit_{digit}.wav", 0.5, loudness=0.05 + 0.02 * int(digit))


@pytest.mark.parametrize(
    ("rate", "bits", "channels"), [(48_000, 16, 1), (44_100, 24, 2), (96_000, 24, 1), (8000, 16, 1)]
)
def test_what_a_studio_saves_becomes_telephone_sound(tmp_path: Path, rate: int, bits: int, channels: int) -> None:
    studio, into = tmp_path / "studio", tmp_path / "audio"
    studio.mkdir()
    write_studio(studio / "kept.wav", seconds_of("kept"), rate=rate, bits=bits, channels=channels)
    assert take_in(studio, into) == 0
    with wave.open(str(into / "example" / "en" / "kept.wav")) as kept:
        assert (kept.getnchannels(), kept.getsampwidth(), kept.getframerate()) == (1, 2, 8000)
    heard = read_wav((into / "example" / "en" / "kept.wav").read_bytes())
    assert abs(heard.seconds - seconds_of("kept")) < 0.1
    assert abs(rms_dbfs(heard) - rms_dbfs(at_rate(read_wav((studio / "kept.wav").read_bytes()), 8000))) < 1


def test_a_take_is_bound_to_its_words(tmp_path: Path) -> None:
    studio = tmp_path / "studio"
    studio.mkdir()
    good(studio, "001-kept", "thank_you", "urgent.silence")
    (studio / "en.html").write_text("the sheet", encoding="utf-8")
    assert take_in(studio, tmp_path / "audio") == 0
    wording = read_wording(LINE, audio_folder=tmp_path / "audio")
    assert set(wording.sounds("en")) == {"kept", "thank_you", "urgent.silence"}
    assert all(sound.says(WORDING.say("en", prompt)) for prompt, sound in wording.sounds("en").items())
    assert not any(sound.is_made for sound in wording.sounds("en").values())


@pytest.mark.parametrize(
    ("name", "spoil", "told"),
    [
        ("keptt.wav", lambda path: write_studio(path, 2), "no sentence has this name"),
        ("kept.mp3", lambda path: path.write_bytes(b"ID3"), "it is no WAV file"),
        ("kept.wav", lambda path: path.write_bytes(b"RIFF"), "it cannot be used: no WAV file"),
        ("kept.wav", lambda path: write_studio(path, 2, rate=6000), "it has only 6000 samples a second"),
        ("kept.wav", lambda path: write_studio(path, 2, loudness=0.004), "it is too quiet (-48 dBFS"),
        ("kept.wav", lambda path: write_studio(path, 2, loudness=0.5), "it is too loud (-6 dBFS"),
        ("kept.wav", lambda path: write_studio(path, 2, loudness=2.0), "it is cut off where it is loudest"),
        ("kept.wav", lambda path: write_studio(path, 2, loudness=0), "nothing can be heard in it"),
        ("kept.wav", lambda path: write_studio(path, 9), "it lasts 9.0 s, where about 2"),
        ("greeting.wav", lambda path: write_studio(path, 1), "it lasts 1.0 s, where about"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_file_that_is_not_right_is_told_with_what_helps(
    tmp_path: Path, name: str, spoil: Callable[[Path], None], told: str
) -> None:
    spoil(tmp_path / name)
    (fault,) = look_through(tmp_path, WORDING, "en").faults
    assert fault.name == name
    assert fault.what.startswith(told)
    assert fault.mend


def test_two_takes_of_one_sentence_are_told(tmp_path: Path) -> None:
    good(tmp_path, "kept", "002-kept")
    assert faults(tmp_path) == {"kept.wav": "002-kept.wav is a recording of kept too"}


def test_all_mistakes_are_told_at_once_and_nothing_is_taken_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    studio, into = tmp_path / "studio", tmp_path / "audio"
    studio.mkdir()
    good(studio, "kept")
    write_studio(studio / "keptt.wav", 2)
    write_studio(studio / "greeting.wav", 1)
    assert take_in(studio, into) == 1
    told = capsys.readouterr().out
    assert "keptt.wav: no sentence" in told
    assert "greeting.wav: it lasts" in told
    assert "0 taken in, 2 refused. Nothing is taken in while one is refused" in told
    assert not into.exists()
    assert take_in(studio, into, "--only-good") == 1
    assert set(read_sounds(into / "example" / "en")) == {"kept"}


def test_silence_at_both_ends_is_cut_off_and_told(tmp_path: Path) -> None:
    write_studio(tmp_path / "kept.wav", 2, silence=1.5)
    (take,) = look_through(tmp_path, WORDING, "en").takes
    assert abs(take.heard.seconds - 2.3) < 0.05
    assert "2.7 s of silence cut off" in take.remarks


def test_what_was_not_recorded_is_counted(tmp_path: Path) -> None:
    good(tmp_path, "kept")
    session = look_through(tmp_path, WORDING, "en")
    assert len(session.missing) == len(WORDING.texts["en"]) + 10 - 1
    assert "kept" not in session.missing


def test_recorded_digits_go_where_references_are_put_together_all_at_one_level(tmp_path: Path) -> None:
    studio, digits = tmp_path / "studio", tmp_path / "digits"
    studio.mkdir()
    (digits / "en").mkdir(parents=True)
    (digits / "en" / "stand-in").touch()
    record_digits(studio)
    assert take_in(studio, tmp_path / "audio", "--digits", str(digits)) == 0
    sounds = DigitSounds.read(digits, ("en",))
    assert DigitSounds.by_stand_ins(digits, ("en",)) == ()
    assert read_wav(sounds.say("1234567890123456", "en")).seconds > 2 * 16 * 0.5
    levels = [rms_dbfs(read_wav((digits / "en" / f"{digit}.wav").read_bytes())) for digit in range(10)]
    assert max(levels) - min(levels) < 0.5
    assert read_sounds(tmp_path / "audio" / "example" / "en") == {}


def test_some_of_the_digits_are_refused(tmp_path: Path) -> None:
    record_digits(tmp_path, "01234")
    assert set(faults(tmp_path).values()) == {"not all ten digits are here that are good"}
    assert len(faults(tmp_path)) == 5


def test_digits_without_a_folder_for_them_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DIGITS_DIR", raising=False)
    record_digits(tmp_path)
    assert take_in(tmp_path, tmp_path / "audio") == 1
    assert "DIGITS_DIR" in capsys.readouterr().err


def test_a_folder_or_a_language_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert take_in(tmp_path / "nowhere", tmp_path) == 1
    assert prompts(["take-in", str(tmp_path), "--language", "cy", "--recorded", str(tmp_path)]) == 1


def test_levels_of_a_full_tone_and_of_nothing(tmp_path: Path) -> None:
    write_studio(tmp_path / "tone.wav", 1, loudness=0.1)
    tone = read_wav((tmp_path / "tone.wav").read_bytes())
    assert abs(rms_dbfs(tone) + 20) < 0.1
    assert abs(peak_dbfs(tone) + 17) < 0.1
    nothing = Heard(8000, tone.samples[:0])
    assert (peak_dbfs(nothing), rms_dbfs(nothing), is_clipped(nothing)) == (-120, -120, False)
    assert without_silence(nothing, 0.1).seconds == 0
