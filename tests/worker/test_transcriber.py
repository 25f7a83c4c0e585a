"""Engines write down what they hear, in a process of their own that may crash, hang or be missing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.worker.speech import speak
from ivr.worker.transcriber import (
    ChildTranscriber,
    Engine,
    EngineKind,
    NoTranscriber,
    TranscriberFailed,
    draft_engine,
    whisper_engine,
)
from tests.worker.fakes import babble, silence
from tests.worker.tiny_whisper import make


def start_moody(model: str) -> Engine:
    """Make an engine that does as its model's file says, so that one child can behave in turn."""

    def words(sound: bytes, language: str) -> str:
        mood = Path(model).read_text(encoding="ascii")
        if mood == "crash":
            os._exit(9)
        if mood == "hang":
            time.sleep(60)
        if mood == "fail":
            raise ValueError("content that nobody may read")
        return f"{language} {len(sound)}"

    return words


@pytest.fixture
def mood(tmp_path: Path) -> Path:
    path = tmp_path / "mood"
    path.write_text("well", encoding="ascii")
    return path


@pytest.fixture
def moody(mood: Path) -> Iterator[ChildTranscriber]:
    transcriber = ChildTranscriber(EngineKind("moody", None, start_moody, str(mood)), most_seconds=60)
    yield transcriber
    transcriber.close()


def test_an_engine_hears_16_bit_sound_at_16_khz(moody: ChildTranscriber) -> None:
    assert moody.text(babble(2.0), "en") == f"en {2 * 2 * 16_000}"


def test_what_is_no_sound_is_not_given_to_an_engine(moody: ChildTranscriber) -> None:
    assert moody.text(b"<html>", "en") == ""


@pytest.mark.parametrize("failure", ["crash", "fail"])
def test_an_engine_that_breaks_is_told_and_the_next_clip_is_heard(
    moody: ChildTranscriber, mood: Path, failure: str
) -> None:
    mood.write_text(failure, encoding="ascii")
    with pytest.raises(TranscriberFailed) as told:
        moody.text(babble(), "en")
    assert "content" not in str(told.value)
    mood.write_text("well", encoding="ascii")
    assert moody.text(babble(), "en").startswith("en")


def test_an_engine_that_hangs_is_stopped_and_another_started(mood: Path) -> None:
    mood.write_text("hang", encoding="ascii")
    transcriber = ChildTranscriber(EngineKind("moody", None, start_moody, str(mood)), most_seconds=1)
    with pytest.raises(TranscriberFailed, match="too long"):
        transcriber.text(babble(), "en")
    transcriber.close()


def test_the_draft_engine_hears_english_words_in_speech() -> None:
    engine = ChildTranscriber(draft_engine())
    try:
        heard = engine.text(speak("She told me that it happened on Friday at the police station", "en"), "en")
    finally:
        engine.close()
    assert len({"she", "told", "that", "happened", "on", "friday", "at", "the", "police"} & set(heard.split())) > 2
    assert "draft" in engine.name
    assert (engine.knows("en"), engine.knows("en-GB"), engine.knows("pl")) == (True, True, False)


def test_a_whisper_model_is_loaded_from_its_folder_and_run(tmp_path: Path) -> None:
    engine = ChildTranscriber(whisper_engine(make(tmp_path / "model")))
    try:
        assert isinstance(engine.text(babble(1.0), "pl"), str)
        assert isinstance(engine.text(silence(1.0), "en"), str)
    finally:
        engine.close()
    assert engine.knows("pl")


def test_a_whisper_model_that_is_not_there_is_refused_and_not_fetched(tmp_path: Path) -> None:
    for missing in (tmp_path / "nothing", tmp_path, Path("tiny")):
        with pytest.raises(TranscriberFailed, match="folder"):
            whisper_engine(missing)


def test_a_longer_clip_may_take_longer() -> None:
    engine = ChildTranscriber(draft_engine())
    assert engine.most_seconds(babble(60)) > engine.most_seconds(babble(1)) > 0


def test_none_writes_nothing() -> None:
    assert not NoTranscriber().knows("en")
    assert NoTranscriber().text(babble(), "en") == ""
