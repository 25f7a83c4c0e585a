"""What is the same for many is made once, and little of it is kept."""

from __future__ import annotations

from handlers.desk.recent import MOST_KEPT, Recent


def test_an_answer_is_made_once_and_the_longest_unasked_is_forgotten() -> None:
    made: list[str] = []

    def make(mark: str) -> str:
        made.append(mark)
        return mark.upper()

    recent = Recent()
    for mark in ("a", "b", "a"):
        assert recent.of(mark, lambda mark=mark: make(mark)) == mark.upper()  # type: ignore[misc]
    assert made == ["a", "b"]
    for number in range(MOST_KEPT - 1):
        recent.of(str(number), lambda: "")
    recent.of("a", lambda: make("a"))
    recent.of("b", lambda: make("b"))
    assert made == ["a", "b", "b"], "b was asked for last the longest ago"
