"""The page for charity managers names everything that can be written."""

from __future__ import annotations

import pytest

from prompts.line import Line
from prompts.wording import line_values
from tests.prompts.files import REAL, Copy

PAGE = (REAL.parent / "docs" / "call-wording.md").read_text(encoding="utf-8")


def test_every_placeholder_is_explained(copy: Copy) -> None:
    line = copy.line()
    values = line_values(line, line.primary, copy.wording().files["en"])
    digits = {f"key_{digit}" for digit in "12345678"}  # said as "key_0 to key_9"
    for name in set(values) - digits:
        assert f"{{{name}}}" in PAGE, name


@pytest.mark.parametrize("field", sorted(Line.model_fields))
def test_every_part_of_a_lines_file_is_explained(field: str) -> None:
    assert f"`{field}`" in PAGE


@pytest.mark.parametrize("variant", ["says", "silence", "silence2", "wrong_key", "more"])
def test_every_variant_is_explained(variant: str) -> None:
    assert f"`{variant}`" in PAGE


def test_every_file_of_wording_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in ("questionnaire.toml", "signatures.toml", "en.toml", "pl.toml"))
    languages = {path.stem for path in REAL.glob("*.toml")} - {"questionnaire", "signatures"}
    assert all(f"`{code}`" in PAGE for code in languages)
