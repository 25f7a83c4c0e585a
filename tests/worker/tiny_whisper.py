"""A small whisper model with random weights: it knows nothing, but is loaded and run like a real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs.whisper_spec import WhisperConfig, WhisperSpec
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

WIDTH, HEADS, MELS, FRAMES, POSITIONS = 16, 2, 80, 1500, 448
TASKS = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")


def make(folder: Path) -> Path:
    """Write the model and return its folder."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    folder.mkdir(parents=True, exist_ok=True)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<|endoftext|>", "<|startoftranscript|>"]
    special += [f"<|{code}|>" for code in _LANGUAGE_CODES] + [f"<|{task}|>" for task in TASKS]
    special += [f"<|{step * 0.02:.2f}|>" for step in range(1501)]
    words = letters + special
    _write_tokenizer(folder, letters, special)
    numbers = {word: number for number, word in enumerate(words)}
    spec = WhisperSpec(1, HEADS, 1, HEADS)
    _fill(spec, len(words))
    spec.register_vocabulary(words)
    spec._config = WhisperConfig(
        suppress_ids=[],
        suppress_ids_begin=[numbers["<|endoftext|>"]],
        lang_ids=[numbers[f"<|{code}|>"] for code in _LANGUAGE_CODES],
        alignment_heads=[(0, 0)],
    )
    spec.validate()
    spec.save(str(folder))
    return folder


def _write_tokenizer(folder: Path, letters: list[str], special: list[str]) -> None:
    tokenizer: Any = Tokenizer(models.BPE({letter: at for at, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    tokenizer.save(str(folder / "tokenizer.json"))
    features = {"feature_size": MELS, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(features), encoding="utf-8")


def _fill(spec: Any, words: int) -> None:
    random = np.random.default_rng(1)

    def weights(*shape: int) -> Any:
        return random.normal(0, 0.1, shape).astype(np.float32)

    def linear(layer: Any, inward: int, outward: int) -> None:
        layer.weight, layer.bias = weights(outward, inward), weights(outward)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def attention(layer: Any, *, itself: bool) -> None:
        norm(layer.layer_norm)
        parts = [3 * WIDTH, WIDTH] if itself else [WIDTH, 2 * WIDTH, WIDTH]
        for part, outward in zip(layer.linear, parts, strict=True):
            linear(part, WIDTH, outward)

    def forward(layer: Any) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, WIDTH, 4 * WIDTH)
        linear(layer.linear_1, 4 * WIDTH, WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = weights(WIDTH, MELS, 3), weights(WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = weights(WIDTH, WIDTH, 3), weights(WIDTH)
    encoder.position_encodings.encodings = weights(FRAMES, WIDTH)
    decoder.embeddings.weight = weights(words, WIDTH)
    decoder.position_encodings.encodings = weights(POSITIONS, WIDTH)
    decoder.projection.weight = decoder.embeddings.weight
    for stack in (encoder, decoder):
        norm(stack.layer_norm)
        for layer in stack.layer:
            attention(layer.self_attention, itself=True)
            if stack is decoder:
                attention(layer.attention, itself=False)
            forward(layer.ffn)
