"""Which numbers may be told outside the desk: small ones are withheld, and whatever would give them away.

Four ways lead from published numbers to a withheld one, and each is shut here. A total less the cells beside it: so a
further cell is withheld. One step of a funnel less the next: so a step that is nearly the one before is withheld. A sum
of cells that is a withheld step: so such a table is withheld with it. Two publications less each other: so only whole
quarters that are over are told, never a window that moves on, and only what is counted in the week of a deed, since it
never changes afterwards. One way stays open: two properties of the same reports in one table. So none may cross them
(language by category); each property is told by itself, and a row that counts nothing is a row all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

LEAST = 5  # of those whom a number counts, so that it points to none of them
QUARTER_WEEKS = 13


@dataclass(frozen=True)
class Shown:
    """The cells of one table in their order, and their sum; none where a number is withheld."""

    cells: tuple[int | None, ...]
    total: int | None

    @property
    def is_whole(self) -> bool:
        """Say whether nothing is withheld."""
        return self.total is not None and None not in self.cells


def suppressed(numbers: Sequence[int], least: int = LEAST, *, sum_is_told: bool = True) -> Shown:
    """Return what may be told of numbers that add up to their total; zero is a small number too.

    What is withheld always looks the same, so that nobody learns which cell is small and which stands in front of it.
    `sum_is_told`: False where the same sum is a step of a funnel that is withheld.
    """
    total = sum(numbers)
    if total < least or not sum_is_told:
        return Shown((None,) * len(numbers), None)
    withheld = {place for place, number in enumerate(numbers) if number < least}
    if withheld:  # with the smallest of the others: alone, or all at their bounds, small ones are told by their sum
        next_one = min((number for number in numbers if number >= least), default=least)
        withheld |= {place for place, number in enumerate(numbers) if number == next_one}
    return Shown(tuple(None if place in withheld else number for place, number in enumerate(numbers)), total)


def whole_or_withheld(numbers: Sequence[int], *, is_told: bool) -> Shown:
    """Return every number, or none of them: for a table that has a step of a funnel among its cells.

    With the step and some of the others, one that is withheld beside them is told. `is_told`: whether the step is.
    """
    return suppressed(numbers, sum_is_told=is_told and suppressed(numbers).is_whole)


def suppressed_steps(numbers: Sequence[int], least: int = LEAST) -> tuple[int | None, ...]:
    """Return what may be told of the steps of a funnel, the widest first.

    A step that differs from the last one told by fewer than `least` is withheld: the difference counts people as well.
    """
    told: list[int | None] = []
    last: int | None = None
    for number in numbers:
        is_told = number >= least and (last is None or number == last or abs(last - number) >= least)
        told.append(number if is_told else None)
        last = number if is_told else last
    return tuple(told)


def last_whole_quarter(week: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the ISO weeks of the last quarter that was over before this week, such as `2026-Q3`.

    A quarter is thirteen ISO weeks from the first week of a year; the last one of a long year has fourteen.
    """
    year, number = int(week[:4]), int(week[6:])
    quarter = min((number - 1) // QUARTER_WEEKS, 3)
    if quarter == 0:
        year, quarter = year - 1, 4
    first = (quarter - 1) * QUARTER_WEEKS + 1
    last = first + QUARTER_WEEKS - 1 if quarter < 4 else weeks_of_year(year)
    return f"{year}-Q{quarter}", tuple(f"{year}-W{one:02d}" for one in range(first, last + 1))


def weeks_of_year(year: int) -> int:
    """Return 52 or 53: the ISO weeks of a year, the last of which holds its 28th of December."""
    return date(year, 12, 28).isocalendar().week
