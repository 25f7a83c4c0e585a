"""Both texts side by side, paragraph by paragraph: marks on the raw one, edits on the clean one."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from handlers.sanitising.deeds import Work
from handlers.sanitising.edits import Edit, What, checked, pieces
from handlers.sanitising.marks import Mark
from handlers.sanitising.reasons import EditReason, KeepReason

PARAGRAPH = re.compile(r"\n{2,}")


@dataclass(frozen=True)
class Bit:
    """A stretch of the raw text that looks the same throughout. `start` counts its characters from the beginning."""

    start: int
    text: str
    mark: Mark | None = None
    is_changed: bool = False
    kept: KeepReason | None = None

    @property
    def is_gap(self) -> bool:
        """Say whether it only parts two paragraphs, which the rows do already."""
        return bool(PARAGRAPH.fullmatch(self.text))


@dataclass(frozen=True)
class Shown:
    """A stretch of the clean text: kept words, or one edit with its number."""

    what: What
    raw: str
    clean: str
    number: int = 0  # of the edit, from 1, in the order of the text; 0 where nothing was changed
    reason: EditReason | None = None

    @property
    def is_gap(self) -> bool:
        """Say whether it only parts two paragraphs, which the rows do already."""
        return self.what is What.KEPT and bool(PARAGRAPH.fullmatch(self.raw))


@dataclass(frozen=True)
class Row:
    """One paragraph of both texts; an edit that joins several joins their rows."""

    raw: tuple[Bit, ...]
    clean: tuple[Shown, ...]


@dataclass(frozen=True)
class Listed:
    """One edit in the list below the texts."""

    number: int
    edit: Edit
    what: What
    raw: str


def rows_of(work: Work, marks: Sequence[Mark]) -> tuple[Row, ...]:
    """Return the rows; their raw sides together are the raw text, their clean sides the clean text."""
    borders = _borders(work)
    rows: list[tuple[list[Bit], list[Shown]]] = [([], []) for _ in pairwise(borders)]
    cuts = sorted({*borders, *(match.start() for match in PARAGRAPH.finditer(work.raw))})
    for bit in _bits(work, marks, cuts):
        rows[_row(borders, bit.start)][0].append(bit)
    for start, one in _shown(work, cuts):
        rows[_row(borders, start)][1].append(one)
    return tuple(Row(tuple(raw), tuple(clean)) for raw, clean in rows)


def listed(work: Work) -> tuple[Listed, ...]:
    """Return the edits in the order of the text, numbered as they are shown."""
    found = [one for one in pieces(work.raw, work.edits) if one.what is not What.KEPT]
    in_order = checked(work.raw, work.edits)
    return tuple(
        Listed(number, edit, piece.what, piece.raw)
        for number, (edit, piece) in enumerate(zip(in_order, found, strict=True), 1)
    )


def _row(borders: Sequence[int], start: int) -> int:
    return min(bisect_right(borders, start), len(borders) - 1) - 1


def _borders(work: Work) -> list[int]:
    ends = (match.end() for match in PARAGRAPH.finditer(work.raw))
    joined = [(one.start, one.end) for one in work.edits]
    inner = [end for end in ends if end < len(work.raw) and not any(start < end < last for start, last in joined)]
    return [0, *inner, len(work.raw)]


def _bits(work: Work, marks: Sequence[Mark], fixed: Sequence[int]) -> Iterator[Bit]:
    spans = [(one.start, one.end) for one in work.edits] + [(one.start, one.end) for one in work.kept]
    spans += [(mark.hint.start, mark.hint.end) for mark in marks]
    cuts = sorted({*fixed, *(place for span in spans for place in span)})
    by_start = sorted(marks, key=lambda mark: mark.hint.start)
    open_marks: list[Mark] = []
    ahead = 0
    for start, end in pairwise(cuts):
        while ahead < len(by_start) and by_start[ahead].hint.start <= start:
            open_marks.append(by_start[ahead])
            ahead += 1
        open_marks = [mark for mark in open_marks if mark.hint.end > start]
        yield Bit(
            start,
            work.raw[start:end],
            max(open_marks, key=lambda mark: mark.hint.weight, default=None),
            any(one.start <= start and end <= one.end for one in work.edits),
            next((one.reason for one in work.kept if one.start <= start and end <= one.end), None),
        )


def _shown(work: Work, fixed: Sequence[int]) -> Iterator[tuple[int, Shown]]:
    place = number = 0
    for piece in pieces(work.raw, work.edits):
        last = place + len(piece.raw)
        if piece.what is What.KEPT:
            inner = [place, *fixed[bisect_right(fixed, place) : bisect_left(fixed, last)], last]
            for start, end in pairwise(inner):
                yield start, Shown(What.KEPT, work.raw[start:end], work.raw[start:end])
        else:
            number += 1
            yield place, Shown(piece.what, piece.raw, piece.clean, number, piece.reason)
        place = last
