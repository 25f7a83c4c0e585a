"""The sound of waiting: soft, long enough, and without a click where it begins again."""

from __future__ import annotations

import io
import wave
from math import log10

import numpy as np

from ivr.hold_sound import SAMPLE_RATE, hold_wav


def samples() -> np.ndarray:
    with wave.open(io.BytesIO(hold_wav())) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, SAMPLE_RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float) / 32768


def test_it_lasts_between_ten_and_twenty_seconds() -> None:
    assert 10 <= len(samples()) / SAMPLE_RATE <= 20


def test_it_is_never_louder_than_a_tenth_of_what_a_telephone_carries() -> None:
    loudest = 20 * log10(np.abs(samples()).max())
    assert -26 < loudest <= -20


def test_its_ends_meet_in_silence_and_nothing_in_it_jumps() -> None:
    sound = samples()
    assert np.abs(sound[:40]).max() < 0.0005
    assert np.abs(sound[-40:]).max() < 0.0005
    assert np.abs(np.diff(sound)).max() < 0.05


def test_it_is_heard_all_the_time_but_at_its_ends() -> None:
    sound = samples()
    windows = sound[: len(sound) // SAMPLE_RATE * SAMPLE_RATE].reshape(-1, SAMPLE_RATE)
    levels = np.sqrt((windows**2).mean(axis=1))
    assert (levels[1:-1] > 0.01).all()


def test_it_lies_where_a_telephone_hears() -> None:
    sound = samples()
    power = np.abs(np.fft.rfft(sound)) ** 2
    heard = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    assert power[(heard > 150) & (heard < 3400)].sum() / power.sum() > 0.99


def test_it_is_the_same_every_time() -> None:
    assert hold_wav() == hold_wav.__wrapped__()
