"""A machine here speaks what the carrier cannot; what it cannot speak either is listed for a person."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from ivr.digit_sounds import DigitSounds
from ivr.worker import made_sounds, speech
from ivr.worker.made_sounds import make_sounds
from ivr.worker.speech import Mouth, NoVoice, make_digits, mouth_of
from ivr.worker.wording_commands import prompts
from prompts.sounds import read_sounds
from prompts.wording import Wording
from tests.prompts.files import Copy

FEW = ("kept", "thank_you", "greeting")


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy.of_the_real_files(tmp_path)


def few(wording: Wording) -> Wording:
    """Return a wording with three sentences, so that a test is quick."""
    texts = {code: {prompt: said[prompt] for prompt in FEW} for code, said in wording.texts.items()}
    object.__setattr__(wording, "texts", texts)
    return wording


def test_every_sentence_is_spoken_once_and_again_only_when_its_words_change(copy: Copy, tmp_path: Path) -> None:
    folder = tmp_path / "made" / "example" / "pl"
    first = make_sounds(few(copy.wording()), "pl", folder)
    assert (first.spoken, first.kept, first.by) == (tuple(sorted(FEW)), (), "espeak-ng pl")
    with wave.open(str(folder / "greeting.wav")) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 8000)
        assert sound.getnframes() > 8000 * 5
    copy.change("pl.toml", 'thank_you = "', 'thank_you = "Bardzo ')
    again = make_sounds(few(copy.wording()), "pl", folder)
    assert (again.spoken, again.kept) == (("thank_you",), ("greeting", "kept"))


def test_a_sound_whose_sentence_is_gone_goes(copy: Copy, tmp_path: Path) -> None:
    tmp_path.joinpath("made").mkdir()
    (tmp_path / "made" / "old.wav").write_bytes(b"RIFF")
    make_sounds(few(copy.wording()), "pl", tmp_path / "made")
    assert set(read_sounds(tmp_path / "made")) == set(FEW)


def test_a_stand_in_is_marked_as_one(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stranger(language: str, *, stand_in: bool) -> Mouth:
        return Mouth("om", is_stand_in=stand_in)

    monkeypatch.setattr(made_sounds, "mouth_of", stranger)
    make_sounds(few(copy.wording()), "pl", tmp_path / "made", stand_in=True)
    assert all(sound.is_stand_in for sound in read_sounds(tmp_path / "made").values())


def test_who_speaks_a_language_is_its_own_voice_or_nobody() -> None:
    assert mouth_of("ur", stand_in=True) == Mouth("ur", is_stand_in=False)
    with pytest.raises(NoVoice):
        mouth_of("xx")


def test_digits_of_a_language_without_a_voice_are_listed_or_spoken_by_a_marked_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "digit_words", lambda language: tuple("abcdefghij"))
    with pytest.raises(NoVoice, match=r"0\.wav a, 1\.wav b"):
        make_digits(tmp_path, ["xx"])
    monkeypatch.setattr(speech, "_stand_in_of", lambda language: "om")
    assert len(make_digits(tmp_path, ["xx"], stand_in=True)) == 10
    assert DigitSounds.by_stand_ins(tmp_path, ("xx",)) == ("xx",)
    make_digits(tmp_path, ["pl"], stand_in=True)
    assert DigitSounds.by_stand_ins(tmp_path, ("pl", "xx")) == ("xx",)


def test_the_command_says_where_it_would_put_the_sounds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROMPTS_AUDIO_DIR", raising=False)
    assert prompts(["speak", "pl"]) == 1
    assert "PROMPTS_AUDIO_DIR" in capsys.readouterr().err
