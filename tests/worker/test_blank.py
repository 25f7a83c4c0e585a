"""Blank is only what holds nothing: silence, steady noise, tones, and what is too short for a word."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ivr.worker.blank import is_blank
from ivr.worker.speech import speak
from ivr.worker.wav import Heard, read_wav, write_wav

RATE = 8000
levels = st.floats(-70, -3)  # below full scale
seeds = st.integers(0, 2**32 - 1)
lasting = st.floats(1.0, 8.0)
SENTENCES = ("He takes money from the people he arrests.", "No.", "On Friday, at the station in the high street.")


def wav(samples: NDArray[np.float64]) -> bytes:
    return write_wav(Heard(RATE, np.clip(samples, -1, 1).astype(np.float32)))


def noise(seconds: float, level: float, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, 10 ** (level / 20), int(seconds * RATE))


def tone(seconds: float, level: float, *hertz: float) -> NDArray[np.float64]:
    at = np.arange(int(seconds * RATE)) / RATE
    waves = [np.sin(2 * np.pi * one * at) for one in hertz]
    return np.asarray(10 ** (level / 20) * np.sum(waves, axis=0) / len(hertz))


@cache
def spoken(sentence: str) -> NDArray[np.float64]:
    samples = read_wav(speak(sentence, "en")).samples.astype(np.float64)
    return np.asarray(samples / np.abs(samples).max())


@given(lasting, levels, seeds)
def test_steady_noise_is_blank(seconds: float, level: float, seed: int) -> None:
    assert is_blank(wav(noise(seconds, level, seed)))


@given(lasting, levels, st.floats(200, 3400))
def test_a_steady_tone_is_blank(seconds: float, level: float, hertz: float) -> None:
    assert is_blank(wav(tone(seconds, level, hertz)))


@given(st.sampled_from([697, 770, 852, 941]), st.sampled_from([1209, 1336, 1477]), st.floats(-30, -6), seeds)
def test_a_key_in_silence_is_blank(low: int, high: int, level: float, seed: int) -> None:
    quiet = noise(3.0, -68, seed)
    quiet[8000:10400] += tone(0.3, level, low, high)
    assert is_blank(wav(quiet))


@given(seeds, st.integers(0, 15_000))
def test_a_click_in_silence_is_blank(seed: int, at: int) -> None:
    quiet = noise(2.0, -66, seed)
    quiet[at : at + 80] += 0.8
    assert is_blank(wav(quiet))


@given(st.floats(0, 0.49), levels, seeds)
def test_what_is_too_short_for_a_word_is_blank(seconds: float, level: float, seed: int) -> None:
    assert is_blank(wav(noise(seconds, level, seed)))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SENTENCES), st.floats(-38, 0), st.floats(0.3, 3), st.floats(0.3, 3), seeds)
def test_speech_is_never_blank(sentence: str, level: float, before: float, after: float, seed: int) -> None:
    """Down to a far-away voice 38 dB below full scale, in noise 12 dB below the voice."""
    speech = spoken(sentence) * 10 ** (level / 20)
    quiet = noise(before, level - 40, seed), noise(after, level - 40, seed)
    heard = np.concatenate([quiet[0], speech, quiet[1]])
    assert not is_blank(wav(heard + noise(len(heard) / RATE + 1, level - 30, seed)[: len(heard)]))


@settings(deadline=None)
@given(st.sampled_from(SENTENCES[::2]), seeds)
def test_speech_in_a_noisy_street_is_not_blank(sentence: str, seed: int) -> None:
    speech = 0.3 * spoken(sentence)
    loudness = 20 * np.log10(np.sqrt(np.mean(speech**2)))
    assert not is_blank(wav(speech + noise(len(speech) / RATE + 1, loudness - 3, seed)[: len(speech)]))


@pytest.mark.parametrize("broken", [b"", b"RIFF", b"not sound", b"RIFF\x00\x00\x00\x00WAVE", b"<html>"])
def test_what_cannot_be_read_is_left_to_a_person(broken: bytes) -> None:
    assert not is_blank(broken)


def test_mu_law_is_read_as_the_telephone_writes_it() -> None:
    """ITU-T G.711: 0xFF and 0x7F are zero, 0x80 and 0x00 the loudest."""
    coded = bytes([0xFF, 0x7F, 0x80, 0x00, 0xF0])
    header = b"RIFF\0\0\0\0WAVEfmt " + (16).to_bytes(4, "little") + b"\7\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0"
    heard = read_wav(header + b"data" + len(coded).to_bytes(4, "little") + coded)
    assert [round(float(one) * 32768) for one in heard.samples] == [0, 0, 32124, -32124, 120]
