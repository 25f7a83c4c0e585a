"""Finds in a text what the caller asked to leave out, however it is spelt there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from jellyfish import jaro_winkler_similarity

from handlers.tokens import folded, sounds_alike

LIKE_ENOUGH = 0.92  # of 1: how like two longer words must be written
LONG = 5  # letters: shorter words that differ at all are other words
NEAR = 3  # words between two found ones that belong to one place
Word = tuple[str, int, int]  # folded, start, end


def left_out(words: Sequence[Word], asked: str, ignored: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """Give the start and end of each place that has words of the answer, and those words, as the caller said them."""
    wanted = tuple(word for word in dict.fromkeys(folded(asked).split()) if word not in ignored and len(word) > 1)
    place: tuple[int, int, list[str]] | None = None
    last = 0
    for index, (word, start, end) in enumerate(words):
        meant = next((one for one in wanted if is_same_word(word, one)), None)
        if meant is None:
            continue
        if place is not None and index - last <= NEAR:
            place = (place[0], end, [*place[2], meant])
        else:
            if place is not None:
                yield _told(place)
            place = (start, end, [meant])
        last = index
    if place is not None:
        yield _told(place)


def is_same_word(one: str, other: str) -> bool:
    """Say whether two folded words are one, by spelling, sound or ending: nurse and nurses, Stephen and Steven."""
    if one == other or _stem(one) == _stem(other):
        return True
    if min(len(one), len(other)) < LONG:
        return False
    return sounds_alike(one, other) or jaro_winkler_similarity(one, other) >= LIKE_ENOUGH


def _told(place: tuple[int, int, list[str]]) -> tuple[int, int, str]:
    start, end, meant = place
    return start, end, " ".join(dict.fromkeys(meant))


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ers", "ed", "es", "er", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word[: -len(ending)]
    return word
