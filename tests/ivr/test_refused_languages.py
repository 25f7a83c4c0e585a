"""Outside a demo no language is offered that nobody signed, that is silent, or that a stand-in's voice speaks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ivr import readiness
from ivr.app import line_flow, line_languages
from ivr.memory import Memory
from ivr.twiml import Documents
from prompts.line import Line, read_line
from prompts.sounds import PERSON, STAND_IN, Sound, hash_of, note_sounds
from prompts.wording import FOLDER, Wording, read_wording
from storage.settings import IvrSettings
from tests.house import BASE, House, make_digit_tones

MET = read_line(FOLDER / "lines" / "met.toml")
URDU = MET.model_copy(update={"languages": (MET.primary, MET.language("ur"))})


@pytest.fixture
def settings(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IvrSettings:
    """Give settings of a real line whose wording is signed."""
    monkeypatch.setattr("ivr.readiness.checks.unsigned", lambda line, wording: ())
    return replace(house.settings, demo=False, digits_dir=tmp_path / "digits", made_sounds_dir=tmp_path / "made")


def sounds_by(voice: str, settings: IvrSettings, line: Line) -> Wording:
    """Let somebody have spoken every Urdu sentence."""
    assert settings.made_sounds_dir is not None
    folder = settings.made_sounds_dir / line.id / "ur"
    folder.mkdir(parents=True)
    silent = read_wording(line)
    noted = {}
    for prompt in silent.texts["ur"]:
        path = folder / f"{prompt}.wav"
        path.write_bytes(b"RIFF")
        noted[prompt] = Sound(path, hash_of(silent.say("ur", prompt)), voice)
    note_sounds(folder, noted)
    return read_wording(line, made_folder=settings.made_sounds_dir)


def refusals(wording: Wording) -> list[str]:
    """Return why a line with this wording would not start."""
    return [mistake.why for mistake in readiness._mistakes_of_sounds(wording)]


def test_a_language_that_is_silent_is_refused() -> None:
    (why,) = refusals(read_wording(URDU))
    assert re.search(r"no voice for ur, .*: \d+ without a sound", why)


def test_one_sentence_without_a_sound_is_enough_to_refuse(settings: IvrSettings) -> None:
    sounds_by("espeak-ng ur", settings, URDU)
    assert settings.made_sounds_dir is not None
    (settings.made_sounds_dir / "met" / "ur" / "consent.wav").unlink()
    (why,) = refusals(read_wording(URDU, made_folder=settings.made_sounds_dir))
    assert "ur, and its sounds are not complete: 1 without a sound" in why


@pytest.mark.parametrize("voice", [PERSON, "espeak-ng ur"])
def test_a_language_that_a_person_or_its_own_machine_voice_speaks_is_offered(settings: IvrSettings, voice: str) -> None:
    assert refusals(sounds_by(voice, settings, URDU)) == []


def test_a_voice_of_another_language_is_refused(settings: IvrSettings) -> None:
    (why,) = refusals(sounds_by(f"{STAND_IN}espeak-ng om", settings, URDU))
    assert "by a stand-in's voice" in why


def test_digits_of_a_stand_in_are_refused(settings: IvrSettings) -> None:
    make_digit_tones(settings.digits_dir, line_languages(read_line(settings.line_file)))
    assert readiness.digits_fit(settings) == []
    (settings.digits_dir / "pl" / "stand-in").touch()
    (mistake,) = readiness.digits_fit(settings)
    assert "digits of pl are spoken by a voice of another language" in mistake.why


def test_every_sentence_of_such_a_language_is_played_and_none_is_left_to_twilio(settings: IvrSettings) -> None:
    wording = sounds_by(PERSON, settings, URDU)
    documents = Documents(line_flow(URDU), wording, line_languages(URDU), BASE)
    for step in ("main_menu", "consent", "report_done", "urgent"):
        document = documents.speak(Memory(step, "ur", consent=True), 1)
        assert "<Say" not in document
        assert f"{BASE}/prompts/ur/{step}.wav" in document
