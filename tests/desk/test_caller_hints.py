"""What in typed words may say who the caller is, and what may not."""

from __future__ import annotations

import pytest

from handlers.desk.caller_hints import hints_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ring 07700 900123 after six", ["telephone"]),
        ("on +44 (0)20 7946 0018", ["telephone"]),
        ("020-7946-0018", ["telephone"]),
        ("0044 7700.900.123", ["telephone"]),
        ("write to wren.k+1@example.org", ["email"]),
        ("he came to SW1A 2AA", ["postcode"]),
        ("My name is Robin", ["name"]),
        ("my name's Robin", ["name"]),
        ("I\u2019m called Robin", ["name"]),
        ("I am 34 and afraid", ["age"]),
        ("My husband is a constable", ["relation"]),
        ("it was my ex-partner", ["relation"]),
        ("my cousin told me", ["relation"]),
        ("MY SISTER-IN-LAW saw it", ["relation"]),
        ("my name is Robin, my wife is 07700 900123", ["telephone", "name", "relation"]),
    ],
)
def test_what_is_hinted_at(text: str, names: list[str]) -> None:
    assert [hint.name for hint in hints_in(text)] == names


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sergeant wren, shoulder number 4471, drives the grey van AB12 CDE",
        "on 24.11.2026 at 14:05, about £12,500",
        "his wife saw him with her cousin",
        "they call him Wren; I saw 30 of them",
        "case 2026-0471",
        "he is called Wren by name",
        "army husbandry",
    ],
)
def test_what_is_not(text: str) -> None:
    assert hints_in(text) == ()


def test_a_hostile_text_is_looked_at_in_no_time() -> None:
    for text in ("1 " * 200_000, "my " * 150_000, "a" * 400_000 + "@", "1-" * 200_000, "ex-" * 150_000):
        hints_in(text)
