"""A sound is bound to its words: recorded goes before made, and what a machine said of other words is not played."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.app import line_flow, line_languages
from ivr.static_answers import StaticAnswers
from ivr.twiml import Documents
from prompts.sounds import NOTES, STAND_IN, Sound, hash_of, note_sounds, read_sounds
from prompts.wording import Wording, read_wording
from tests.prompts.files import Copy


def wording_of(copy: Copy) -> Wording:
    return read_wording(
        copy.line(), folder=copy.folder, audio_folder=copy.folder / "audio", made_folder=copy.folder / "made"
    )


def lay(copy: Copy, kind: str, prompt: str, text: str, voice: str = "a person") -> Path:
    folder = copy.folder / kind / "example" / "pl"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{prompt}.wav"
    path.write_bytes(b"RIFF")
    note_sounds(folder, {prompt: Sound(path, hash_of(text), voice)})
    return path


def test_made_goes_before_the_carriers_voice_and_recorded_before_made(copy: Copy) -> None:
    said = wording_of(copy).say("pl", "kept")
    made = lay(copy, "made", "kept", said, "espeak-ng pl")
    assert wording_of(copy).sound("pl", "kept") == made
    assert wording_of(copy).sounds("pl")["kept"].is_made
    recorded = lay(copy, "audio", "kept", said)
    assert wording_of(copy).sound("pl", "kept") == recorded
    assert not wording_of(copy).sounds("pl")["kept"].is_made


def test_what_a_machine_said_of_other_words_is_not_played(copy: Copy) -> None:
    lay(copy, "made", "kept", "Coś innego.", "espeak-ng pl")
    assert wording_of(copy).sound("pl", "kept") is None


def test_a_changed_name_of_the_line_makes_a_made_sound_stale(copy: Copy) -> None:
    made = lay(copy, "made", "greeting", wording_of(copy).say("pl", "greeting"), "espeak-ng pl")
    assert wording_of(copy).sound("pl", "greeting") == made
    copy.change("example.toml", "Open Ear", "Open Ears")
    assert wording_of(copy).sound("pl", "greeting") is None


def test_notes_of_several_rounds_are_kept_together_and_those_of_lost_files_go(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.wav").write_bytes(b"RIFF")
        note_sounds(tmp_path, {name: Sound(tmp_path / f"{name}.wav", hash_of(name), f"{STAND_IN}espeak-ng om")})
    (tmp_path / "two.wav").unlink()
    assert list(read_sounds(tmp_path)) == ["one", "three"]
    assert all(sound.is_stand_in and sound.says(name) for name, sound in read_sounds(tmp_path).items())


@pytest.mark.parametrize("notes", ["", "no notes", "[]", '{"one": 1}', '{"one": {"words": 1, "voice": "x"}}'])
def test_spoiled_notes_are_as_none(tmp_path: Path, notes: str) -> None:
    (tmp_path / "one.wav").write_bytes(b"RIFF")
    (tmp_path / NOTES).write_text(notes, encoding="utf-8")
    sound = read_sounds(tmp_path)["one"]
    assert (sound.words, sound.says(""), sound.is_made) == ("", False, False)


def test_the_document_that_twilio_keeps_never_asks_a_line_that_is_down_for_a_sound(copy: Copy) -> None:
    for prompt in ("apology", "fallback_consent", "static_recording"):
        lay(copy, "audio", prompt, wording_of(copy).say("pl", prompt))
    line = copy.line()
    documents = Documents(line_flow(line), wording_of(copy), line_languages(line), "https://line.example.org")
    static = StaticAnswers(documents).speaking("pl")
    assert "<Play" in static.answer("ask", 0, "")
    assert "<Play" not in static.fallback("https://handler.example.org/EH")
    assert "<Play" not in static.fallback_recording()
