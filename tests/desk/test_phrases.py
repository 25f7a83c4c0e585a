"""Words in opened texts, and the piece around them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.desk.phrases import AROUND_CHARACTERS, find, text_in
from handlers.tokens import folded


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        ("old mill", "They met at the Old  Mill.", "Old  Mill"),
        ("mill every", "the mill, every Friday", "mill, every"),
        ("strasse", "in der Straße dort", "Straße"),
        ("obrien", "Sergeant O'Brien said", "O'Brien"),
        ("zazolc", "Zażółć gęślą", "Zażółć"),
        ("شرطة", "قال الشرطة لنا", "شرطة"),
    ],
)
def test_a_place_is_pointed_at_as_it_is_written(wanted: str, text: str, found: str) -> None:
    place = find(wanted, text)
    assert place is not None
    assert place.found == found
    assert f"{place.before}{place.found}{place.after}".strip() in text


def test_what_is_not_there_is_not_found() -> None:
    assert find("mill", "at the mall") is None
    assert find("", "anything") is None


def test_a_long_text_is_shown_around_the_place_only() -> None:
    place = find("needle", "x " * 500 + "needle" + " y" * 500)
    assert place is not None
    assert place.before.startswith("… ")
    assert place.after.endswith(" …")
    assert len(place.before + place.after) <= 2 * AROUND_CHARACTERS + 4


@given(st.text(max_size=80), st.integers(0, 80), st.integers(1, 20))
def test_whatever_stands_in_a_text_is_found_in_it(text: str, start: int, length: int) -> None:
    plain = folded(text)
    wanted = plain[start : start + length]
    assert (find(wanted, text) is not None) == bool(wanted)


@pytest.mark.parametrize(
    ("kind", "raw", "text"),
    [
        ("transcript", {"text": "words"}, "words"),
        ("note", {"text": "words"}, "words"),
        ("answer", {"values": ["yes", 7, "1234"]}, "yes, 1234"),
        ("answer", {"values": "yes"}, ""),
        ("draft", {"text": 7}, ""),
        ("draft", {}, ""),
    ],
)
def test_the_words_inside_a_seal_are_found_whatever_its_shape(kind: str, raw: object, text: str) -> None:
    assert text_in(kind, json.dumps(raw).encode()) == text


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="another shape"):
        text_in("note", b"[]")
