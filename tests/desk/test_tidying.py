"""Short fields as they were typed."""

from __future__ import annotations

import pytest

from handlers.desk.tidying import tidy


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Sgt   Wren \t", "Sgt Wren"),
        ("PC\x00 12\n34", "PC 12 34"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("\u2066Wren\u2069", "Wren"),
        ("\u0631\u0636\u0627", "\u0631\u0636\u0627"),  # written from right to left by itself
        (
            "\u0645\u06cc\u200c\u0631\u0648\u062f",
            "\u0645\u06cc\u200c\u0631\u0648\u062f",
        ),  # a joiner that belongs to the word
    ],
)
def test_what_controls_or_turns_a_text_is_left_out_and_its_words_stay(typed: str, kept: str) -> None:
    assert tidy(typed) == kept
