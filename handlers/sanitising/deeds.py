"""What a supervisor does to a text: cut, replace, add, keep as it is, take back; each gives new work, changing none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from handlers.sanitising.blurring import KeptExact
from handlers.sanitising.edits import Edit, EditsOverlap, checked
from handlers.sanitising.reasons import EditReason, KeepReason

CLOSES = ".,;:!?)"  # no space stands before these
LEADS_IN = re.compile(r"\b(?:on|at|in|by|around|about)(?: the)? $", re.IGNORECASE)
LONGEST_LEAD = 12
NOUNS_BEGIN = ("a", "an", "the", "where")  # "at a home in the area" needs its "at", "at late at night" does not


@dataclass(frozen=True)
class Work:
    """A raw text with what was decided about it. The edits stand in the order in which they were made."""

    raw: str
    edits: tuple[Edit, ...] = ()
    kept: tuple[KeptExact, ...] = ()


class NothingChosen(Exception):
    """The words are not in the text, or no place of it was chosen; it helps to choose one."""


def with_cut(work: Work, start: int, end: int, reason: EditReason) -> Work:
    """Return the work with a place cut, and the space beside it that would stand twice; raises an `EditMistake`."""
    closed = _closed_up(work, start, end)
    return _with(work, Edit(*closed, "", reason))


def with_replacement(work: Work, start: int, end: int, put: str, reason: EditReason) -> Work:
    """Return the work with other words in a place; raises an `EditMistake`."""
    return _with(work, Edit(start, end, put, reason))


def with_blur(work: Work, start: int, end: int, put: str, reason: EditReason) -> Work:
    """Return the work with coarser words in a place, which bring their own "in" or "at"; raises an `EditMistake`."""
    before = LEADS_IN.search(work.raw, max(0, start - LONGEST_LEAD), start)
    is_whole = put.split(" ", 1)[0] in NOUNS_BEGIN
    if before and not is_whole and not any(one.start < start and before.start() < one.end for one in work.edits):
        start = before.start()
    return with_replacement(work, start, end, put, reason)


def with_addition(work: Work, place: int, put: str, reason: EditReason = EditReason.ADDED) -> Work:
    """Return the work with words added behind a place, parted from what stands there; raises an `EditMistake`."""
    before, behind = work.raw[:place][-1:], work.raw[place:][:1]
    put = put if not before or before.isspace() or put[:1].isspace() or put[:1] in CLOSES else f" {put}"
    put = put if not behind or behind.isspace() or behind in CLOSES else f"{put} "
    return _with(work, Edit(place, place, put, reason))


def with_kept(work: Work, start: int, end: int, reason: KeepReason) -> Work:
    """Return the work with a place that stays as it is, and why; an edit within it is taken back."""
    if not 0 <= start < end <= len(work.raw):
        raise NothingChosen
    edits = tuple(one for one in work.edits if not _is_within(one.start, one.end, start, end))
    if any(_meets(one.start, one.end, start, end) for one in edits):
        raise EditsOverlap(next(one for one in edits if _meets(one.start, one.end, start, end)))
    kept = tuple(one for one in work.kept if not _meets(one.start, one.end, start, end))
    return replace(work, edits=edits, kept=(*kept, KeptExact(start, end, reason)))


def without(work: Work, start: int, end: int) -> Work:
    """Return the work without the edit, or the keeping, of exactly this place. May run twice."""
    return replace(
        work,
        edits=tuple(one for one in work.edits if (one.start, one.end) != (start, end)),
        kept=tuple(one for one in work.kept if (one.start, one.end) != (start, end)),
    )


def without_last(work: Work) -> Work:
    """Return the work without the edit that was made last."""
    return replace(work, edits=work.edits[:-1])


def places_of(raw: str, first: str, last: str = "", most: int = 20) -> tuple[tuple[int, int], ...]:
    """Return where a text says the first words, up to the last words where these are given; at most 20 places.

    Large and small letters, and how much space stands between words, are all the same.
    """
    if not first.strip():
        return ()
    found = []
    for match in re.finditer(_pattern(first), raw, re.IGNORECASE):
        end = match.end()
        if last.strip():
            behind = re.compile(_pattern(last), re.IGNORECASE).search(raw, end)
            if behind is None:
                break
            end = behind.end()
        found.append((match.start(), end))
        if len(found) == most:
            break
    return tuple(found)


def _pattern(words: str) -> str:
    return r"\s+".join(re.escape(word) for word in words.split())


def _with(work: Work, edit: Edit) -> Work:
    """Return the work with an edit in the place of those that lie within it."""
    rest = tuple(one for one in work.edits if not _gives_way(one, edit))
    kept = tuple(one for one in work.kept if not _meets(one.start, one.end, edit.start, edit.end))
    edits = (*rest, edit)
    checked(work.raw, edits)
    return replace(work, edits=edits, kept=kept)


def _gives_way(old: Edit, new: Edit) -> bool:
    if new.start == new.end:
        return False
    # Words that were added at the very end of what is cut now are not part of it.
    return _is_within(old.start, old.end, new.start, new.end) and not (old.start == old.end in (new.start, new.end))


def _closed_up(work: Work, start: int, end: int) -> tuple[int, int]:
    raw = work.raw
    if not 0 <= start < end <= len(raw):
        return start, end  # the edit itself says what is wrong
    is_free_behind = not any(one.start <= end < max(one.end, one.start + 1) for one in work.edits)
    is_free_before = not any(one.start < start <= one.end or one.start == one.end == start for one in work.edits)
    at_the_start = start == 0 or raw[start - 1].isspace()
    if at_the_start and raw[end : end + 1] == " " and is_free_behind:
        return start, end + 1
    if start and raw[start - 1] == " " and raw[end : end + 1] in (*CLOSES, "\n", "") and is_free_before:
        return start - 1, end
    return start, end


def _is_within(start: int, end: int, first: int, last: int) -> bool:
    return first <= start and end <= last


def _meets(start: int, end: int, first: int, last: int) -> bool:
    return start < last and first < end
